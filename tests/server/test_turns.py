"""Streams decide in one task's turn what takes no waiting; their own tasks do the rest."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
import trio
from coachline_core.domain.streams import Envelope
from coachline_core.runtime.mailbox import Mailbox
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_server import app, journal
from coachline_server.stream_parts import Submission
from coachline_server.turns import EndOfTurn
from support.daemon import two_talks
from trio.testing import MockClock


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """The steps of tasks, by the kind of actor."""
    steps: Counter[str] = Counter()

    class Steps(trio.abc.Instrument):
        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            steps[task.name.partition(" ")[0]] += 1

    counter = Steps()
    trio.lowlevel.add_instrument(counter)
    yield steps
    trio.lowlevel.remove_instrument(counter)


async def test_what_is_due_in_a_turn_is_done_at_its_end_in_order(autojump_clock: MockClock) -> None:
    due: Mailbox[str] = Mailbox(9, name="due")
    done: list[str] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(EndOfTurn("end of turn", due, done.append).serve)
        for name in ("a", "b", "c"):
            due.offer(name)
        assert done == []
        await trio.testing.wait_all_tasks_blocked()
        assert done == ["a", "b", "c"]
        nursery.cancel_scope.cancel()


async def test_the_task_of_a_stream_sleeps_through_messages_and_receipts(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with two_talks(tmp_path) as (house, trainer, *talks):
        for talk in talks:
            await trainer.get(house.post(talk), ops.Posted)
        with counted() as steps:
            posted = [await trainer.get(house.post(talk), ops.Posted) for talk in talks for _ in range(5)]
            for talk in talks:
                await trainer.get(ops.CursorDelivered(conversation=talk, seq=posted[-1].seq), ops.Empty)
        assert [name for name in steps if name.startswith("conversation")] == []
        assert steps["decider"] == 0  # a journal that waits has them decide
        with counted() as steps:
            for number in await trainer.say_all(*[house.post(talk) for talk in talks for _ in range(5)]):
                assert isinstance(await trainer.answer(number), ops.Posted)
        assert [name for name in steps if name.startswith("conversation")] == []


@pytest.mark.parametrize(("where", "name"), [(app, "STREAMS_UNDECIDED"), (journal, "APPENDS_WAITING")])
async def test_what_there_is_no_place_for_is_done_by_the_streams_own_tasks(
    where: ModuleType, name: str, tmp_path: Path, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among the streams that decide in a turn, or in the journal."""
    monkeypatch.setattr(where, name, 1)
    monkeypatch.setattr(journal.Journal, "let_decide", lambda *_: False)  # as one that is at work
    async with two_talks(tmp_path) as (house, trainer, one, other):
        for talk in (one, other):
            await trainer.get(house.post(talk), ops.Posted)
        with counted() as steps:
            for number in await trainer.say_all(house.post(one), house.post(other), house.post(one)):
                assert isinstance(await trainer.answer(number), ops.Posted)
        assert [task for task in steps if task.startswith("conversation")] != []
        assert (await trainer.get(house.post(other), ops.Posted)).seq == 4
        assert b"coachline_crashes_total{" not in house.app.metrics.text()


def test_a_command_that_would_overtake_another_is_told_so_once() -> None:
    """A turn that leaves what it was given to the stream's task has asked already, and to be asked again is what
    somebody does who has given up what he waited for."""
    asked: list[object] = []
    said: list[object] = []

    def admit() -> Refusal:
        asked.append(None)
        return Refusal(code=RefusalCode.OUT_OF_ORDER)

    command = ops.MessagePost(id=b"1" * 16, conversation=b"c" * 16, text="third")
    envelope = Envelope(author=b"a" * 16, device=b"d" * 16, id=command.id, at=1, command=command, digest=b"")
    submission = Submission(said.append, envelope=envelope, admit=admit)
    assert [submission.barred(), submission.barred()] == [True, True]
    assert (len(asked), said) == (1, [Refusal(code=RefusalCode.OUT_OF_ORDER)])
