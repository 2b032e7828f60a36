"""Sound requests that must not be done: somebody else's, in the wrong role, too late, or twice with another content.

What each gets from a whole daemon. Frames and bodies that are wrong in themselves are in `test_bad_input.py`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import trio
from coachline_core.domain.streams import Changed
from coachline_protocol import limits, ops
from coachline_protocol.codes import CloseCode, Refusal, RefusalCode
from coachline_protocol.ops import OPS, Op
from coachline_protocol.rows import Consent, Member, Role, StreamId, Window
from coachline_server.store.port import Append
from support.daemon import PASSWORD, Account
from support.faults import bare, plain
from support.requests import Household, alive, household, sound_requests
from support.wire import Client
from trio.testing import MockClock

NAMING = (
    "device.revoke",
    "invitation.revoke",
    "invitation.accept",
    *(op.name for op in OPS if op.request in get_args(ops.RecordCommand)),
    "template.remove",
    "conversation.open",
    "conversation.view",
    "message.post",
    "history",
    "receipts",
    "cursor.delivered",
    "cursor.read",
    "typing",
    "changes",
    "snapshot",
)
"""The ops that name something of somebody's and are refused if it is not the asker's to know of."""
SHARED = ("conversation.list", "heads", "presence.query")
"""Those that name something and only leave it out."""
HOUR_MS = 60 * 60 * 1000
DAY_MS = 24 * HOUR_MS


def test_every_op_that_names_somebody_elses_is_in_a_table() -> None:
    own = {"device.list", "invitation.create", "invitation.inspect", "people.list", "profile.set", "sign_out"}
    own |= {"template.set"}
    entrance = {op.name for op in OPS if not op.after_welcome}
    assert {op.name for op in OPS} == own | entrance | set(NAMING) | set(SHARED)


async def untouched(home: Household, others: list[Client], before: dict[StreamId, int]) -> None:
    """Nothing was written, and nobody heard of anything; that a stream stands where it stood is no news."""
    await trio.sleep(1)
    told = [event.body for client in others for event in client.events]
    assert [body for body in told if not (isinstance(body, ops.Change) and body.after == body.rev)] == []
    assert home.heads() == before


# -- what is somebody else's -------------------------------------------------------------------------------


@pytest.mark.parametrize("asker", ["eve", "zoe"])
@pytest.mark.parametrize("name", NAMING)
async def test_what_is_others_looks_as_if_it_were_not_there(
    name: str, asker: str, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[P5] To a stranger, and to another client of the same trainer."""
    async with household(tmp_path) as home, home.house.client(home.maya) as maya, home.house.client(home.tom) as tom:
        account: Account = getattr(home, asker)
        await trio.sleep(1)
        async with home.house.client(account) as client:
            await trio.sleep(1)
            maya.forget()
            before = home.heads()
            theirs = await client.ask(sound_requests(home.house, home.toms())[name])
            absent = await client.ask(sound_requests(home.house, home.nobodys())[name])
            assert bare(theirs) == bare(absent)
            assert bare(theirs)[0] is RefusalCode.NOT_FOUND
            await alive(client)
            await untouched(home, [maya, tom], before)


@pytest.mark.parametrize("name", ["changes", "snapshot"])
@pytest.mark.parametrize(
    ("asker", "kind"), [("eve", "record"), ("eve", "person"), ("zoe", "record"), ("maya", "person")]
)
async def test_a_stream_of_others_looks_as_if_it_were_not_there(
    name: str, asker: str, kind: Any, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[S1] [P5] A trainer reads a client's record, never the person's own stream."""
    async with household(tmp_path) as home:
        stream = StreamId(kind, home.tom.person)
        async with home.house.client(getattr(home, asker)) as client:
            theirs = await client.ask(sound_requests(home.house, home.toms(stream))[name])
            absent = await client.ask(sound_requests(home.house, home.nobodys(stream))[name])
            assert bare(theirs) == bare(absent) == (RefusalCode.NOT_FOUND, "stream", None, None)


@pytest.mark.parametrize("name", ["device.revoke", "invitation.revoke"])
async def test_a_trainer_does_not_manage_what_is_a_clients_nor_a_client_what_is_the_trainers(
    name: str, tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with household(tmp_path) as home:
        account = home.maya if name == "device.revoke" else home.tom
        async with home.house.client(account) as client, home.house.client(home.tom) as tom:
            code, *_ = bare(await client.ask(sound_requests(home.house, home.toms())[name]))
            assert code is RefusalCode.NOT_FOUND
            await alive(tom)


@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("asker", ["eve", "zoe"])
async def test_what_is_others_is_left_out_of_lists(
    asker: str, name: str, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[P2] [P5]"""
    async with household(tmp_path) as home, home.house.client(getattr(home, asker)) as client:
        theirs = await client.ask(sound_requests(home.house, home.toms())[name])
        assert not isinstance(theirs, Refusal)
        for id in (home.tom.person, home.tom.device, home.conversation):
            assert repr(id) not in repr(theirs)


@pytest.mark.parametrize(
    ("asker", "purpose", "roles", "code", "field"),
    [
        ("tom", "coaching", ("client",), RefusalCode.ROLE_REQUIRED, "purpose"),
        ("tom", "account", ("client",), RefusalCode.ROLE_REQUIRED, "purpose"),
        ("maya", "account", ("client",), RefusalCode.ROLE_REQUIRED, "purpose"),
        ("maya", "coaching", ("admin",), RefusalCode.INVALID, "roles"),
        ("maya", "coaching", (), RefusalCode.INVALID, "roles"),
    ],
)
async def test_nobody_gives_what_he_has_not(
    asker: str,
    purpose: Any,
    roles: tuple[Role, ...],
    code: RefusalCode,
    field: str,
    tmp_path: Path,
    autojump_clock: MockClock,
) -> None:
    async with household(tmp_path) as home, home.house.client(getattr(home, asker)) as client:
        command = ops.InvitationCreate(id=home.house.ids.new(), purpose=purpose, roles=roles)
        assert bare(await client.ask(command))[:2] == (code, field)


# -- what is over ------------------------------------------------------------------------------------------


async def end_relationship(home: Household, client: Account) -> None:
    """He ends it: Maya coaches him no more, and what they said is read only."""
    over = ops.RelationshipEnd(id=home.house.ids.new(), client=client.person, trainer=home.maya.person)
    async with home.house.client(client) as phone:
        await phone.get(over, ops.Changed)


def end_membership(home: Household) -> None:
    """Tom left after the first message."""
    stream = StreamId("conversation", home.conversation)
    held = home.house.store.load(stream)
    row = next(row for row in held.rows if isinstance(row, Member) and row.person == home.tom.person)
    left = msgspec.structs.replace(row, rev=held.rev + 1, windows=(Window(join=1, leave=2),))
    home.house.put(Append(changes=(Changed(stream, held.rev, held.rev + 1, (left,)),)))


@pytest.mark.parametrize("asker", ["maya", "tom"])
async def test_after_the_relationship_its_conversation_is_read_only(
    asker: str, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[P6]"""
    async with household(tmp_path) as home:
        await end_relationship(home, home.tom)
        requests = sound_requests(home.house, home.toms())
        async with home.house.client(getattr(home, asker)) as client:
            for name in ("message.post", "typing"):
                assert await client.refused(requests[name]) is RefusalCode.CONVERSATION_CLOSED
            for name in ("history", "receipts", "changes", "snapshot", "cursor.read", "conversation.view"):
                assert not isinstance(await client.ask(requests[name]), Refusal), name


@pytest.mark.parametrize("name", ["changes", "snapshot"])
async def test_a_former_trainer_is_told_why_the_record_is_closed(
    name: str, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[P5] Whoever once saw it gets the refusal that fits."""
    async with household(tmp_path) as home:
        await end_relationship(home, home.tom)
        async with home.house.client(home.maya) as client:
            request = sound_requests(home.house, home.toms(StreamId("record", home.tom.person)))[name]
            assert await client.refused(request) is RefusalCode.NO_RELATIONSHIP


async def test_who_was_related_once_cannot_open_a_conversation(tmp_path: Path, autojump_clock: MockClock) -> None:
    """[P6] Maya and Zoe never spoke."""
    async with household(tmp_path) as home:
        await end_relationship(home, home.zoe)
        for me, other in ((home.maya, home.zoe), (home.zoe, home.maya)):
            async with home.house.client(me) as client:
                command = ops.ConversationOpen(id=home.house.ids.new(), person=other.person)
                assert await client.refused(command) is RefusalCode.NO_RELATIONSHIP


async def test_who_left_takes_no_part_and_sees_up_to_there(tmp_path: Path, autojump_clock: MockClock) -> None:
    """[S9] [P5]"""
    async with household(tmp_path) as home:
        end_membership(home)
        requests = sound_requests(home.house, home.toms())
        async with home.house.client(home.tom) as client:
            for name in ("message.post", "typing", "cursor.delivered", "cursor.read", "conversation.view"):
                assert await client.refused(requests[name]) is RefusalCode.NOT_A_MEMBER, name
            seen = await client.get(ops.History(conversation=home.conversation), ops.Messages)
            assert [message.seq for message in seen.messages] == [1]
            for name in ("changes", "snapshot"):
                assert "for Tom only" not in repr(await client.ask(requests[name]))


INSIDE = [op for op in OPS if not op.before_welcome]


async def sign_out(home: Household, client: Client) -> CloseCode:
    await client.get(ops.SignOut(id=home.house.ids.new()), ops.Empty)
    return CloseCode.SIGNED_OUT


async def be_revoked(home: Household, _: Client) -> CloseCode:
    other = home.house.another_device(home.tom)
    async with home.house.client(other) as laptop:
        await laptop.get(ops.DeviceRevoke(id=home.house.ids.new(), device=home.tom.device), ops.Changed)
    return CloseCode.DEVICE_REVOKED


@pytest.mark.parametrize("end", [sign_out, be_revoked])
async def test_a_device_that_was_signed_out_does_nothing_any_more(
    end: Callable[[Household, Client], Any], tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[C3] [C10] [H7] Over all ops, with the token it had."""
    async with household(tmp_path) as home:
        async with home.house.client(home.tom) as client:
            code = await end(home, client)
            assert await client.ended() == code
        before = home.heads()
        async with home.house.wire() as client:
            again = await client.say(ops.Hello(token=home.tom.token, client="test"))
            if code is CloseCode.DEVICE_REVOKED:  # it may have been away when it was: it is told again
                assert await client.ended() == code
            else:
                assert await client.answer(again) == Refusal(code=RefusalCode.BAD_TOKEN)
        async with home.house.wire() as client:
            for name, body in sound_requests(home.house, home.toms()).items():
                if name in {op.name for op in INSIDE}:
                    answer = await client.answer(await client.say_anything(name, plain(body)))
                    assert answer == Refusal(code=RefusalCode.UNAUTHENTICATED), name
        assert home.heads() == before


# -- what cannot be done as it is said ---------------------------------------------------------------------

Ask = Callable[[Household], ops.Body]


def post(text: str, **more: Any) -> Ask:
    return lambda home: ops.MessagePost(
        **{"id": home.house.ids.new(), "conversation": home.conversation, "text": text, **more}
    )


def profile(**values: Any) -> Ask:
    return lambda home: ops.ProfileSet(id=home.house.ids.new(), base=1, **values)


def made_at(home: Household, ms: int) -> bytes:
    """A command id made so many ms from now."""
    at = home.house.clock.now() + ms
    return bytes(at.to_bytes(6, "big") + home.house.ids.new()[6:])


def changes(**values: Any) -> Ask:
    def ask(home: Household) -> ops.Body:
        stream = StreamId("conversation", home.conversation)
        return ops.Changes(**{"stream": stream, "epoch": home.house.store.epoch(), "after": 0, **values})

    return ask


TOO_LONG = limits.TEXT_CHARACTERS + 1
SAID: dict[str, tuple[Ask, tuple[Any, ...]]] = {
    "nothing": (post(""), ("text_blank", "text", None, None)),
    "white space": (post(" \n\u2003\u200b"), ("text_blank", "text", None, None)),
    "too much": (post("x" * TOO_LONG), ("text_too_long", "text", TOO_LONG - 1, TOO_LONG)),
    "too many bytes, too": (post("\U0001f600" * TOO_LONG), ("text_too_long", "text", TOO_LONG - 1, TOO_LONG)),
    "a kind that the server makes": (post("x", kind="system"), ("invalid", "kind", None, None)),
    "a random id": (post("x", id=bytes(6) + b"\x40\0\x80" + bytes(7)), ("invalid", "id", None, None)),
    "a name of nothing": (profile(display_name="  "), ("text_blank", "display_name", None, None)),
    "a name with a control": (profile(display_name="M\x07"), ("invalid", "display_name", None, None)),
    "a zone on no map": (profile(time_zone="Mars/Olympus"), ("invalid", "time_zone", None, None)),
    "a zone that is a path": (profile(time_zone="../../etc/passwd"), ("invalid", "time_zone", None, None)),
    "what is no longer so": (
        lambda home: ops.ProfileSet(id=home.house.ids.new(), base=7, display_name="X"),
        ("stale", "base", 1, 7),
    ),
    "a command of long ago": (
        lambda home: ops.ProfileSet(id=made_at(home, -61 * DAY_MS), base=1, display_name="X"),
        ("too_old", "id", ..., ...),
    ),
    "a command of the day after tomorrow": (
        lambda home: ops.ProfileSet(id=made_at(home, 2 * DAY_MS), base=1, display_name="X"),
        ("invalid", "id", ..., ...),
    ),
    "to oneself": (
        lambda home: ops.ConversationOpen(id=home.house.ids.new(), person=home.tom.person),
        ("invalid", "person", None, None),
    ),
    "before and after": (
        lambda home: ops.History(conversation=home.conversation, before=2, after=1),
        ("invalid", "after", None, None),
    ),
    "another epoch": (changes(epoch=b"\x01" * 16), ("reset", None, None, None)),
    "beyond the head": (changes(after=999), ("reset", None, None, None)),
    "accepted already": (
        lambda home: ops.InvitationAccept(id=home.house.ids.new(), code=home.code, consent=Consent()),
        ("already_related", ..., None, None),
    ),
}
"""What Tom says, and the code, field, limit and actual value of the refusal; `...`: whatever it is."""


@pytest.mark.parametrize("said", SAID)
async def test_what_cannot_be_done_is_refused_by_its_code(said: str, tmp_path: Path, autojump_clock: MockClock) -> None:
    """[M4] [M5] [M9] [S4] [S8]"""
    ask, expected = SAID[said]
    async with household(tmp_path) as home, home.house.client(home.tom) as client:
        before = home.heads()
        heard = bare(await client.ask(ask(home)))
        assert tuple(h if e is not ... else ... for h, e in zip(heard, expected, strict=True)) == expected
        await alive(client)
        assert home.heads() == before


COMMANDS = [op for op in OPS if op.mutation]


@pytest.mark.parametrize("op", COMMANDS, ids=lambda op: op.name)
async def test_an_id_that_was_said_with_other_content_is_a_conflict(
    op: Op, tmp_path: Path, autojump_clock: MockClock
) -> None:
    """[M2] Whatever was done under that id before."""
    async with household(tmp_path) as home, home.house.client(home.tom) as client:
        first = home.house.post(home.conversation, "said before")
        await client.get(first, ops.Posted)
        before = home.heads()
        other: Any = sound_requests(home.house, home.toms())[op.name]
        answer = await client.ask(msgspec.structs.replace(other, id=first.id))
        assert isinstance(answer, Refusal)
        assert answer.code is RefusalCode.CONFLICT
        assert home.heads() == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": "no such code"}, RefusalCode.NOT_FOUND),
        ({"password": "short"}, RefusalCode.WEAK_PASSWORD),
        ({"password": "aaaaaaaaaaaaaaa"}, RefusalCode.WEAK_PASSWORD),
        ({"handle": "tom"}, RefusalCode.HANDLE_TAKEN),
        ({"handle": " TOM "}, RefusalCode.HANDLE_TAKEN),
        ({"handle": "to m"}, RefusalCode.INVALID),
        ({"display_name": ""}, RefusalCode.TEXT_BLANK),
        ({"device_name": ""}, RefusalCode.TEXT_BLANK),
        ({"time_zone": "Nowhere"}, RefusalCode.INVALID),
    ],
    ids=str,
)
async def test_an_account_is_refused_by_what_is_wrong_with_it(
    change: dict[str, str], code: RefusalCode, tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with household(tmp_path) as home, home.house.wire() as client:
        before = home.heads()
        sound: Any = sound_requests(home.house, home.toms())["account.create"]
        assert await client.refused(msgspec.structs.replace(sound, **{"code": home.code, **change})) is code
        assert home.heads() == before


@pytest.mark.parametrize(("handle", "password"), [("tom", "wrong password"), ("nobody", PASSWORD), ("tom", "")])
async def test_bad_credentials_do_not_say_which(
    handle: str, password: str, tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with household(tmp_path) as home, home.house.wire() as client:
        body = ops.SignIn(handle=handle, password=password, device=home.house.ids.new(), device_name="x")
        assert await client.ask(body) == Refusal(code=RefusalCode.BAD_CREDENTIALS)
