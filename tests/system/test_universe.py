"""Whole universes: the daemon, three people with two devices each, and everything that can happen to them.

One process, virtual time, one seed. A story that fails prints the command that plays it again.
"""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from support.checkout import PACKAGES, ROOT
from support.daemon_deeds import crashes, daemon_starts, is_backed_up, is_restored
from support.deed import Step
from support.device_deeds import comes_online, goes_offline, is_killed, posts, revokes, starts
from support.planted import PLANTED, Planted
from support.play_story import play_story, story_of
from support.story import DAEMON_DEEDS, DEVICE_DEEDS, shrink, write_story

SEEDS = range(20)
SHORT = 30
"""Steps of the stories that are only played to be compared."""


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_nothing_is_lost_doubled_or_out_of_order(
    seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """[H1] [H2] [H3] [H4] [H5] [H6] [H7] [H8] [H10] [F2] [F3] [M6] [M7] [M8] [R1] [R2] [R6]"""
    ending = play_story(seed, story_of(seed))
    with capsys.disabled():
        sys.stdout.write(f" {ending}\n")
    assert not ending.problems, ending.complaint()


def test_the_stories_tell_of_everything_that_can_happen() -> None:
    told = {step.deed.words for seed in SEEDS for step in story_of(seed)}
    assert told == {deed.words for deed in (*DEVICE_DEEDS, *DAEMON_DEEDS)}


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_a_planted_bug_is_found(planted: Planted) -> None:
    """From the story on in which it was found when this was written; where stories have changed, soon after.

    `packaging/dev.py universe --planted` counts anew.
    """
    planted.first_found(planted.seed)


def test_the_planted_bugs_are_told_of() -> None:
    document = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for planted in PLANTED:
        assert f"| {planted.name} | {planted.found_by} | {planted.seed + 1} |" in document


def test_the_same_seed_gives_the_same_trace(tmp_path: Path) -> None:
    story = story_of(7, SHORT)
    first, second = play_story(7, story), play_story(7, story)
    different = [pair for pair in zip(first.lines, second.lines, strict=False) if pair[0] != pair[1]]
    assert not different[:1]
    assert first.digest == second.digest == _digest_elsewhere(7, tmp_path)


def _digest_elsewhere(seed: int, folder: Path) -> str:
    """The trace's digest in a process of its own, where hashes, and so the order of sets, are others."""
    command = [sys.executable, "-m", "universe", "--replay", str(seed), "--length", str(SHORT)]
    folders = [str(ROOT / "tests"), *(str(ROOT / name) for name in PACKAGES)]
    hash_seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    variables = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(folders)}
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[1]


def test_another_seed_gives_another_trace() -> None:
    """Also of the same story: latencies, disks and the scheduler follow the seed."""
    story = story_of(7, SHORT)
    assert play_story(7, story).digest != play_story(8, story).digest


def test_what_is_raised_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("support.play_story.judge", None)
    (problem,) = play_story(1, []).problems
    assert problem.check == "raised"
    assert "TypeError" in problem.words


OFFLINE_AND_KILLED = [
    Step(5, goes_offline, "tom phone"),
    Step(1, posts, "tom phone"),
    Step(1, is_killed, "tom phone"),
    Step(1, starts, "tom phone"),
    Step(5, comes_online, "tom phone"),
]


def test_what_was_written_offline_is_there_in_the_end() -> None:
    ending = play_story(1, OFFLINE_AND_KILLED)
    assert (ending.problems, ending.acknowledged) == ([], 1)


REVOKED_AND_RESTORED = [
    Step(5, is_backed_up, "daemon"),
    Step(1, goes_offline, "tom laptop"),
    Step(1, revokes, "tom phone"),
    Step(5, is_restored, "daemon"),
    Step(1, daemon_starts, "daemon"),
    Step(5, comes_online, "tom laptop"),
    Step(30, posts, "tom phone"),
]


def test_a_backup_takes_a_revocation_back() -> None:
    """The operator's handbook says so; it is no leak."""
    ending = play_story(1, REVOKED_AND_RESTORED)
    assert (ending.problems, ending.acknowledged) == ([], 1)


def test_a_story_that_fails_is_made_shorter() -> None:
    story = [*story_of(3, 20), Step(1, crashes, "daemon"), *story_of(4, 20)]
    assert shrink(story, lambda shorter: any(step.deed is crashes and step.after == 1 for step in shorter)) == [
        Step(1, crashes, "daemon")
    ]


def test_a_trouble_ends_within_the_story() -> None:
    story = write_story(random.Random(1), 400)
    for place, step in enumerate(story[:300]):
        if step.deed.remedy is not None:
            later = [other.deed for other in story[place:] if other.who == step.who]
            assert step.deed.remedy in later
