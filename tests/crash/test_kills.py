"""The short form of `dev.py crash`: a real daemon is killed under load, and nothing that was told is untrue."""

import random
import shutil
from pathlib import Path

import pytest
from crash.__main__ import main
from crash.campaign import Campaign
from crash.order import judge


async def test_a_daemon_killed_under_load_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    """[H1] [H2] [H3] [H5] [H11] In its last life, where there is `strace`: each acknowledgement follows the sync."""
    campaign = Campaign(tmp_path, random.Random(1))
    await campaign.begin()
    for death in ("acknowledging", "draining"):
        assert await campaign.cycle(death) == []
    assert campaign.acknowledged > 0
    assert campaign.chronicle.told > campaign.acknowledged
    assert len(campaign.chronicle.epochs) == 1
    if shutil.which("strace") is not None:
        seen = await campaign.watched_cycle(tmp_path / "trace", 200)
        assert judge(seen) == []
        assert len(seen.said) > 200
        assert len(seen.transactions) > 1
        assert campaign.judge() == []


def test_without_strace_the_command_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["--only", "order"]) == 2
    assert "strace, which this system lacks" in capsys.readouterr().err
