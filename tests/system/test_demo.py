"""The demo, as a newcomer starts it: a real daemon, real sessions, and a table of what was checked at the end."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.checkout import ROOT

PROCESS = re.compile(r"\(process (\d+)\)")
MINUTES = 10  # half of one is enough; a loaded machine gets more


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "demo", *arguments]


def environment(temporary: Path) -> dict[str, str]:
    """What the program finds around it: this test's packages, and a place of its own for temporary files."""
    temporary.mkdir()
    paths = [str(ROOT / "packaging"), *(path for path in sys.path if path)]
    more = {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(temporary),
        "QT_QPA_PLATFORM": "offscreen",
    }
    return {**os.environ, **more}


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(("more", "pictured"), [((), 16), (("--terminal",), 0)], ids=["windows", "terminal"])
def test_the_demo_plays_and_everything_it_checks_holds(tmp_path: Path, more: tuple[str, ...], pictured: int) -> None:
    kept, temporary, pictures = tmp_path / "kept", tmp_path / "temporary", tmp_path / "pictures"
    done = subprocess.run(
        command("--fast", "--keep", str(kept), "--pictures", str(pictures), *more),
        env=environment(temporary),
        capture_output=True,
        text=True,
        check=False,
        timeout=MINUTES * 60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    table = done.stdout.partition("What was checked")[2].splitlines()
    claims = [line for line in table if line.startswith(("✓", "✗"))]
    assert len(claims) == 12
    assert [line for line in claims if line.startswith("✗")] == []
    assert table[-1] == f"All {len(claims)} hold."
    assert "\x1b" not in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    assert [pid for pid in PROCESS.findall(done.stdout) if is_running(int(pid))] == []
    assert {"coachlined", "maya", "ben", "aroha", "tom", "priya", "jonas"} <= {entry.name for entry in kept.iterdir()}
    assert list(temporary.iterdir()) == []
    taken = sorted(pictures.glob("*.png"))
    assert len(taken) == pictured
    assert all(file.name in done.stdout.replace("\n", "") for file in taken)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX has them")
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    with subprocess.Popen(
        command("--fast"), env=environment(temporary), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as playing:
        assert playing.stdout is not None
        served = next(found for line in playing.stdout if (found := PROCESS.search(line)))
        playing.send_signal(signal.SIGINT)
        _, errors = playing.communicate(timeout=MINUTES * 60)
    assert (playing.returncode, errors) == (130, "")
    assert not is_running(int(served[1]))
    assert list(temporary.iterdir()) == []


def test_a_folder_that_holds_something_is_not_played_in(tmp_path: Path) -> None:
    (tmp_path / "somebody's").touch()
    done = subprocess.run(
        command("--keep", str(tmp_path)),
        env=environment(tmp_path / "temporary"),
        capture_output=True,
        text=True,
        check=False,
        timeout=MINUTES * 60,
    )
    assert done.returncode == 2
    assert done.stderr == f"{tmp_path}: is not empty; name a new folder.\n"
    assert done.stdout == ""
