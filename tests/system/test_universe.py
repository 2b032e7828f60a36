"""Whole universes: the daemon, two people with two devices each, and everything that can happen to them.

One process, virtual time, one seed. A story that fails prints the command that plays it again.
"""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest
from coachline_core.client import following
from coachline_core.client.cache import Cache, Stored
from coachline_core.client.model import Model
from support.checkout import PACKAGES, ROOT
from support.play_story import play_story, story_of
from support.story import Step, shrink

SEEDS = range(8)
SHORT = 40
"""Steps of the stories that are only played to be compared."""


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_nothing_is_lost_doubled_or_out_of_order(
    seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """[H1] [H2] [H3] [H4] [H5] [H6] [F3] [M6] [M7] [M8] [R1] [R6]"""
    ending = play_story(seed, story_of(seed))
    with capsys.disabled():
        sys.stdout.write(f" {ending}\n")
    assert not ending.problems, ending.complaint()


def test_the_same_seed_gives_the_same_trace(tmp_path: Path) -> None:
    story = story_of(7, SHORT)
    first, second = play_story(7, story), play_story(7, story)
    different = [pair for pair in zip(first.lines, second.lines, strict=False) if pair[0] != pair[1]]
    assert not different[:1]
    assert first.digest == second.digest == _digest_elsewhere(7, tmp_path)


def _digest_elsewhere(seed: int, folder: Path) -> str:
    """The trace's digest in a process of its own, where hashes, and so the order of sets, are others."""
    command = [sys.executable, "-m", "support.play_story", str(seed), "--length", str(SHORT)]
    folders = [str(ROOT / "tests"), *(str(ROOT / name) for name in PACKAGES)]
    hash_seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    variables = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(folders)}
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[1]


def test_another_seed_gives_another_trace() -> None:
    """Also of the same story: latencies, disks and the scheduler follow the seed."""
    story = story_of(7, SHORT)
    assert play_story(7, story).digest != play_story(8, story).digest


OFFLINE_AND_KILLED = [
    Step(5, "goes offline", "tom phone"),
    Step(1, "posts", "tom phone"),
    Step(1, "is killed", "tom phone"),
    Step(1, "starts", "tom phone"),
]
AWAY_MEANWHILE = [
    Step(5, "goes offline", "tom phone"),
    Step(1, "posts", "maya phone"),
    Step(5, "comes online", "tom phone"),
]


def test_a_client_that_forgets_its_outbox_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not play_story(1, OFFLINE_AND_KILLED).problems
    load = Cache.load
    monkeypatch.setattr(Cache, "load", lambda cache: _without_outbox(load(cache)))
    (problem,) = play_story(1, OFFLINE_AND_KILLED).problems
    assert problem == "tom phone took 1 of 1 messages that are not in the database"


def _without_outbox(stored: Stored) -> Stored:
    return dataclasses.replace(stored, outbox=())


def test_a_client_that_does_not_catch_up_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not play_story(1, AWAY_MEANWHILE).problems
    welcome = following.welcome

    def careless(model: Model, at: int, *heard: object) -> following.Findings:
        found = welcome(model, at, *heard)  # type: ignore[arg-type]
        return found if not model.revs else following.Findings(found.learned)

    monkeypatch.setattr(following, "welcome", careless)
    problems = play_story(1, AWAY_MEANWHILE).problems
    assert any("tom phone" in problem for problem in problems)


def test_a_story_that_fails_is_made_shorter() -> None:
    story = [*story_of(3, 20), Step(1, "crashes", "daemon"), *story_of(4, 20)]
    assert shrink(story, lambda shorter: any(step.deed == "crashes" and step.after == 1 for step in shorter)) == [
        Step(1, "crashes", "daemon")
    ]
