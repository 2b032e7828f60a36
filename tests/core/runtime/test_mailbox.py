"""Mailboxes are bounded, ordered, lose nothing to cancellation, and let everybody go when they close."""

import pytest
import trio
import trio.testing
from coachline_core.runtime.mailbox import ActorGone, AskTimeout, Mailbox, Question
from hypothesis import given
from hypothesis import strategies as st
from support.determinism import run_universe


def test_a_mailbox_needs_a_size() -> None:
    with pytest.raises(ValueError, match="inbox: size must be at least 1"):
        Mailbox[int](0, name="inbox")


async def test_offer_is_busy_when_full_and_the_peak_is_remembered() -> None:
    mailbox = Mailbox[int](2, name="m")
    assert [mailbox.offer(n) for n in range(3)] == [True, True, False]
    assert (mailbox.depth, mailbox.peak, mailbox.size) == (2, 2, 2)
    assert await mailbox.take_all() == [0, 1]
    assert mailbox.offer(3)
    assert (mailbox.depth, mailbox.peak) == (1, 2)


async def test_take_gives_one_and_take_all_as_many_as_asked() -> None:
    mailbox = Mailbox[int](10, name="m")
    for n in range(6):
        mailbox.offer(n)
    assert await mailbox.take() == 0
    assert await mailbox.take_all(2) == [1, 2]
    assert await mailbox.take_all() == [3, 4, 5]


async def test_one_wake_up_takes_everything_that_gathered(autojump_clock: trio.testing.MockClock) -> None:
    mailbox = Mailbox[int](10, name="m")
    batches: list[list[int]] = []

    async def consume() -> None:
        batches.append(await mailbox.take_all())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(consume)
        await trio.testing.wait_all_tasks_blocked()
        for n in range(5):
            mailbox.offer(n)
    assert batches == [[0, 1, 2, 3, 4]]


async def test_tellers_wait_in_line_and_offers_do_not_overtake_them() -> None:
    mailbox = Mailbox[str](1, name="m")
    mailbox.offer("first")
    async with trio.open_nursery() as nursery:
        for item in ("second", "third"):
            nursery.start_soon(mailbox.tell, item)
            await trio.testing.wait_all_tasks_blocked()
        assert not mailbox.offer("pusher")
        assert [await mailbox.take() for _ in range(3)] == ["first", "second", "third"]
    assert mailbox.peak == 1


async def test_a_cancelled_teller_leaves_nothing_behind() -> None:
    mailbox = Mailbox[int](1, name="m")
    mailbox.offer(1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.tell, 2)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert await mailbox.take_all() == [1]
    assert mailbox.depth == 0


async def test_a_consumer_with_endless_work_starves_nobody() -> None:
    mailbox = Mailbox[int](1, name="m")
    turns = 0

    async def consume() -> None:
        while True:
            await mailbox.take()
            mailbox.offer(1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(consume)
        mailbox.offer(1)
        for _ in range(10):
            await trio.lowlevel.checkpoint()
            turns += 1
        nursery.cancel_scope.cancel()
    assert turns == 10


async def test_a_second_consumer_is_a_mistake() -> None:
    mailbox = Mailbox[int](1, name="m")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.take)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(trio.BusyResourceError, match="two consumers"):
            await mailbox.take()
        nursery.cancel_scope.cancel()


async def test_closing_returns_what_is_left_and_frees_everybody_waiting() -> None:
    full, empty = Mailbox[int](1, name="full"), Mailbox[int](1, name="empty")
    full.offer(1)
    freed: list[str] = []

    async def teller() -> None:
        with pytest.raises(ActorGone, match="full"):
            await full.tell(2)
        freed.append("teller")

    async def consumer() -> None:
        with pytest.raises(ActorGone, match="empty"):
            await empty.take()
        freed.append("consumer")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(teller)
        nursery.start_soon(consumer)
        await trio.testing.wait_all_tasks_blocked()
        assert full.close() == [1, 2]
        assert empty.close() == []
    assert sorted(freed) == ["consumer", "teller"]
    assert full.close() == []
    with pytest.raises(ActorGone):
        full.offer(3)
    with pytest.raises(ActorGone):
        await full.tell(3)
    with pytest.raises(ActorGone):
        await full.take()


@given(seed=st.integers(0, 2**32), size=st.integers(1, 5), tellers=st.integers(1, 6), each=st.integers(1, 8))
def test_under_pressure_every_item_arrives_once_in_its_senders_order(
    seed: int, size: int, tellers: int, each: int
) -> None:
    async def main() -> tuple[list[tuple[int, int]], int]:
        mailbox = Mailbox[tuple[int, int]](size, name="m")
        got: list[tuple[int, int]] = []

        async def tell(who: int) -> None:
            for n in range(each):
                await mailbox.tell((who, n))

        async def consume() -> None:
            while len(got) < tellers * each:
                with trio.move_on_after(0.001):  # impatient: cancellation must lose nothing
                    got.extend(await mailbox.take_all(2))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(consume)
            for who in range(tellers):
                nursery.start_soon(tell, who)
        return got, mailbox.peak

    got, peak = run_universe(main, seed)
    assert sorted(got) == [(who, n) for who in range(tellers) for n in range(each)]
    for who in range(tellers):
        assert [n for w, n in got if w == who] == list(range(each))
    assert peak <= size


async def test_what_there_is_can_be_taken_without_waiting() -> None:
    mailbox = Mailbox[int](1, name="m")
    assert mailbox.take_now() == []
    mailbox.offer(1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mailbox.tell, 2)
        await trio.testing.wait_all_tasks_blocked()
        assert mailbox.take_now() == [1]
    assert mailbox.take_now() == [2]


async def test_what_is_left_in_a_held_mailbox_waits_for_its_release(autojump_clock: trio.testing.MockClock) -> None:
    mailbox = Mailbox[str](2, name="m")
    mailbox.offer("early")
    mailbox.hold()
    taken: list[list[str]] = []

    async def consume() -> None:
        taken.append(await mailbox.take_all())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(consume)
        await trio.testing.wait_all_tasks_blocked()
        assert mailbox.offer("late")
        assert not mailbox.offer("too much")
        await trio.testing.wait_all_tasks_blocked()
        assert taken == []
        mailbox.release("first")
    assert taken == [["first", "early", "late"]]


async def test_a_released_mailbox_wakes_nobody_for_nothing(autojump_clock: trio.testing.MockClock) -> None:
    mailbox = Mailbox[int](2, name="m")
    mailbox.hold()
    with trio.move_on_after(1) as patience:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(mailbox.take)
            await trio.testing.wait_all_tasks_blocked()
            mailbox.release()
    assert patience.cancelled_caught
    mailbox.offer(1)
    assert await mailbox.take() == 1


async def test_a_held_mailbox_can_be_closed(autojump_clock: trio.testing.MockClock) -> None:
    mailbox = Mailbox[int](2, name="m")
    mailbox.offer(1)
    mailbox.hold()
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def consume() -> None:
            with pytest.raises(ActorGone):
                await mailbox.take_all()

        await trio.testing.wait_all_tasks_blocked()
        assert mailbox.close() == [1]


def test_who_does_not_wait_for_an_answer_hears_it_once() -> None:
    heard: list[int] = []
    question = Question(heard.append)
    question.answer(1)
    question.answer(2)
    assert heard == [1]
    failed = Question(heard.append)
    failed.fail(ValueError("no"))
    failed.answer(3)
    assert heard == [1]


async def test_a_question_is_answered_once() -> None:
    question = Question[int]()
    assert not question.settled
    question.answer(1)
    question.answer(2)
    question.fail(ValueError("late"))
    assert await question.wait(1) == 1


async def test_a_failed_question_raises() -> None:
    question = Question[int]()
    question.fail(ValueError("no"))
    question.answer(1)
    with pytest.raises(ValueError, match="no"):
        await question.wait(None)


async def test_a_question_times_out_on_the_deadline(autojump_clock: trio.testing.MockClock) -> None:
    question = Question[int]()
    began = trio.current_time()
    with pytest.raises(AskTimeout):
        await question.wait(7)
    assert trio.current_time() - began == 7
    question.answer(1)  # the actor answering late does no harm


async def test_an_answer_wakes_whoever_waits(autojump_clock: trio.testing.MockClock) -> None:
    question = Question[int]()

    async def answer() -> None:
        await trio.sleep(3)
        question.answer(5)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(answer)
        assert await question.wait(None) == 5


@pytest.mark.parametrize(("gather", "taken"), [(False, {(1,), (1, 2)}), (True, {(1, 2), (1, 2, 3)})])
def test_who_waited_takes_as_it_wakes_or_gathers_for_a_turn(gather: bool, taken: set[tuple[int, ...]]) -> None:
    async def main() -> tuple[int, ...]:
        mailbox: Mailbox[int] = Mailbox(8, name="box")
        got: list[int] = []

        async def consume() -> None:
            got.extend(await mailbox.take_all(gather=gather))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(consume)
            await trio.testing.wait_all_tasks_blocked()
            for n in (1, 2, 3):
                mailbox.offer(n)
                await trio.lowlevel.checkpoint()
        return tuple(got)

    # The consumer and its teller have their turns in either order.
    assert {run_universe(main, seed) for seed in range(20)} == taken


async def test_a_question_has_one_asker_at_a_time() -> None:
    question = Question[int]()
    with trio.move_on_after(0):
        await question.wait(None)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(question.wait, None)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(trio.BusyResourceError, match="one asker"):
            await question.wait(None)
        question.answer(1)
