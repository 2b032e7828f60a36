"""Whoever is mentioned has a name, and the name is the one told last, whichever way it was told (SPEC.md, S12, P5)."""

import msgspec
import pytest
import trio
from coachline_core.client.session import Session
from coachline_protocol import ops
from coachline_protocol.connection import Asked
from coachline_protocol.rows import Listing
from support.client_world import MAYA, PERSON, World, synced, until
from support.scripted_server import Visit
from trio.testing import MockClock

BEN, BENS_TALK = b"\x08" * 16, b"\x07" * 16
BENS_CARD = ops.Person(id=BEN, handle="ben", display_name="Ben", time_zone="UTC", roles=("client",))
ORDERS = pytest.mark.parametrize("order", range(20))
"""Which of two tasks that were woken together goes first is a matter of chance."""


def meet_ben(world: World, *, quiet: bool = False) -> None:
    world.server.people.append(BENS_CARD)
    listed = Listing(rev=0, conversation=BENS_TALK, kind="direct", other=BEN)
    world.server.put(PERSON, lambda rev: msgspec.structs.replace(listed, rev=rev), quiet=quiet)


def name_of(session: Session, person: bytes) -> str | None:
    card = session.card(person)
    return None if card is None else card.display_name


@ORDERS
async def test_who_is_met_while_all_cards_are_asked_for_is_asked_about_again(
    order: int, autojump_clock: MockClock, world: World
) -> None:
    """The answer was written before they met; were they taken for asked about, the talk would stay without a name."""

    def met_right_behind(visit: Visit, asked: Asked) -> bool:
        visit.answer(asked)
        meet_ben(world)
        return True

    world.server.script(ops.PeopleList, met_right_behind)
    async with world.serving(), world.session() as session:
        await synced(session)
        await until(session, lambda: name_of(session, BEN) == "Ben", within=10)
        await trio.sleep(1)
        assert len(world.server.asked(ops.PeopleList)) == 2


async def test_who_is_met_in_a_page_of_changes_is_asked_about(autojump_clock: MockClock, world: World) -> None:
    """No event mentions him: it was one of those that were lost."""
    async with world.serving(), world.session() as session:
        await synced(session)
        await trio.sleep(1)
        meet_ben(world, quiet=True)
        other = Listing(rev=0, conversation=b"\x09" * 16, kind="direct", other=MAYA)
        world.server.put(PERSON, lambda rev: msgspec.structs.replace(other, rev=rev))
        await until(session, lambda: name_of(session, BEN) == "Ben", within=10)


@ORDERS
@pytest.mark.parametrize("behind", [False, True])
async def test_a_card_told_since_the_question_is_newer_than_the_answer(
    order: int, behind: bool, autojump_clock: MockClock, world: World
) -> None:
    """The server reads the cards and answers a moment later; what changes meanwhile is told before or behind that."""
    fresh = msgspec.structs.replace(world.server.people[0], display_name="Maya B.")

    def renamed_meanwhile(visit: Visit, asked: Asked) -> bool:
        if behind:
            visit.answer(asked)
        visit.tell("profile", fresh)
        if not behind:
            visit.answer(asked)
        world.server.people[0] = fresh
        return True

    world.server.script(ops.PeopleList, renamed_meanwhile)
    async with world.serving(), world.session() as session:
        await synced(session)
        await trio.sleep(5)
        assert name_of(session, MAYA) == "Maya B."
        assert len(world.server.asked(ops.PeopleList)) == 1
