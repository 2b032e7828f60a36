"""The short form of `dev.py crash`: a real daemon is killed under load, and nothing that was told is untrue."""

import random
from pathlib import Path

from crash.campaign import Campaign


async def test_a_daemon_killed_under_load_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    """[H1] [H2] [H3] [H5] [H11]"""
    campaign = Campaign(tmp_path, random.Random(1))
    await campaign.begin()
    for death in ("acknowledging", "draining", "acknowledging"):
        assert await campaign.cycle(death) == []
    assert campaign.acknowledged > 0
    assert campaign.chronicle.told > campaign.acknowledged
    assert len(campaign.chronicle.epochs) == 1
