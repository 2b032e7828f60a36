"""Every op, asked by nobody, by a stranger, and by somebody of the wrong role: the code each gets."""

from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.ops import OPS, Op
from coachline_protocol.rows import StreamId
from support.daemon import Account, House, daemon
from support.requests import Named, sound_requests
from trio.testing import MockClock

OK = None


def bodies(house: House, maya: Account, tom: Account) -> dict[str, ops.Body]:
    """One request of each op, each about Maya, or about her with Tom."""
    conversation, new = house.direct(maya, tom), house.ids.new
    named = Named(
        person=maya.person,
        device=maya.device,
        conversation=conversation,
        invitation=new(),
        stream=StreamId("conversation", conversation),
        trainer=maya.person,
        goal=new(),
        entry=new(),
        excuse=new(),
        template=new(),
    )
    return sound_requests(house, named)


@pytest.mark.parametrize("op", [op for op in OPS if not op.before_welcome], ids=lambda op: op.name)
async def test_nobody_is_told_to_say_who_he_is(op: Op, tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        async with house.wire() as wire:
            # Our client's own state machine would not say it, so it is said by hand.
            body = ops_to_map(bodies(house, maya, tom)[op.name])
            answer = await wire.answer(await wire.say_anything(op.name, body))
    assert answer == Refusal(code=RefusalCode.UNAUTHENTICATED)


COACHING = (*get_args(ops.RecordCommand), ops.TemplateRemove)
STRANGER: dict[str, RefusalCode | None] = {
    "invitation.inspect": RefusalCode.NOT_FOUND,
    "device.list": OK,
    "device.revoke": RefusalCode.NOT_FOUND,
    "profile.set": OK,
    "invitation.create": RefusalCode.ROLE_REQUIRED,
    "invitation.revoke": RefusalCode.NOT_FOUND,
    "invitation.accept": RefusalCode.NOT_FOUND,
    **{op.name: RefusalCode.NOT_FOUND for op in OPS if op.request in COACHING},
    "template.set": RefusalCode.ROLE_REQUIRED,
    "people.list": OK,
    "conversation.open": RefusalCode.NOT_FOUND,
    "conversation.list": OK,
    "conversation.view": RefusalCode.NOT_FOUND,
    "message.post": RefusalCode.NOT_FOUND,
    "history": RefusalCode.NOT_FOUND,
    "receipts": RefusalCode.NOT_FOUND,
    "cursor.delivered": RefusalCode.NOT_FOUND,
    "cursor.read": RefusalCode.NOT_FOUND,
    "typing": RefusalCode.NOT_FOUND,
    "heads": OK,
    "changes": RefusalCode.NOT_FOUND,
    "snapshot": RefusalCode.NOT_FOUND,
    "presence.query": OK,
    "sign_out": OK,
}
"""What somebody with an account who knows nobody gets: Maya and Tom do not exist for him."""


def test_every_op_a_stranger_may_say_is_in_the_table() -> None:
    assert STRANGER.keys() == {op.name for op in OPS if op.after_welcome}


@pytest.mark.parametrize("name", STRANGER)
async def test_a_stranger_learns_nothing(name: str, tmp_path: Path, autojump_clock: MockClock) -> None:
    async with daemon(tmp_path) as house:
        maya, tom = house.account("maya", "trainer"), house.account("tom", "client")
        eve = house.account("eve", "client")
        house.relate(maya, tom)
        async with house.client(maya) as trainer, house.client(eve) as stranger:
            conversation = await house.open(trainer, tom)
            await trainer.get(house.post(conversation, "for Tom only"), ops.Posted)
            before = len(house.store.changes(StreamId("conversation", conversation), 0, 500).rows)
            answer = await stranger.ask(bodies(house, maya, tom)[name])
            assert (answer.code if isinstance(answer, Refusal) else OK) == STRANGER[name]
            assert b"for Tom only" not in repr(answer).encode()
            if isinstance(answer, ops.Presences):
                assert answer.presences == ()
            if isinstance(answer, ops.People):
                assert answer.people == ()
        assert len(house.store.changes(StreamId("conversation", conversation), 0, 500).rows) == before


@pytest.mark.parametrize(
    ("roles", "purpose", "code"),
    [
        (("client",), "coaching", RefusalCode.ROLE_REQUIRED),
        (("client",), "account", RefusalCode.ROLE_REQUIRED),
        (("trainer",), "account", RefusalCode.ROLE_REQUIRED),
        (("trainer",), "coaching", OK),
        (("admin",), "account", OK),
    ],
)
async def test_invitations_need_a_role(
    roles: Any, purpose: Any, code: RefusalCode | None, tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with daemon(tmp_path) as house:
        somebody = house.account("somebody", *roles)
        async with house.client(somebody) as client:
            answer = await client.ask(ops.InvitationCreate(id=house.ids.new(), purpose=purpose))
    assert (answer.code if isinstance(answer, Refusal) else OK) == code


def ops_to_map(body: ops.Body) -> Any:
    """A body as plain values."""
    return msgspec.to_builtins(body, builtin_types=(bytes,))
