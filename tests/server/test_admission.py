"""More is asked at once than is taken on: the rest is refused at once, and said again nothing of it is lost."""

from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from coachline_core.domain.admission import Admission
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Id
from support.daemon import daemon
from trio.testing import MockClock

EACH = 60
"""Posts of one device at once; one more connection has still room for others."""


async def test_what_is_too_much_is_busy_and_comes_through_later(
    tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[M6] [M7] And costs the database nothing: what is refused for now is not looked up."""
    limit = Admission().limit
    async with daemon(tmp_path, storage_seconds=1) as house, AsyncExitStack() as ending:
        maya = house.account("maya", "trainer")
        clients = [house.account(f"client{n}", "client") for n in range(limit // EACH + 2)]
        for client in clients:
            house.relate(maya, client)
        wires = [await ending.enter_async_context(house.client(client)) for client in clients]
        talks = [await house.open(wire, maya) for wire in wires]
        looked_up: list[Id] = []
        monkeypatch.setattr(house.store, "answer", lambda _, command: looked_up.append(command))
        said = [[house.post(talk, f"{n}") for n in range(EACH)] for talk in talks]
        asked = [await wire.say_all(*posts) for wire, posts in zip(wires, said, strict=True)]
        answers = [[await wire.answer(n) for n in numbers] for wire, numbers in zip(wires, asked, strict=True)]
        ends = Counter(a.code if isinstance(a, Refusal) else "done" for some in answers for a in some)
        assert ends["done"] == limit
        assert ends[RefusalCode.BUSY] > 0
        assert set(ends) <= {"done", RefusalCode.BUSY, RefusalCode.OUT_OF_ORDER}
        assert ends[RefusalCode.OUT_OF_ORDER] > 0
        assert looked_up == []
        for wire, posts, some in zip(wires, said, answers, strict=True):
            for post, answer in zip(posts, some, strict=True):
                if isinstance(answer, Refusal):
                    await wire.get(post, ops.Posted)
        for talk in talks:
            kept = house.store.messages(talk, before=None, after=1, limit=100)
            assert [row.text for row in kept] == [f"{n}" for n in range(EACH)]
        metrics = house.app.metrics.text().decode()
        assert "coachline_commands_under_way 0.0" in metrics
