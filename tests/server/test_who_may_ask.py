"""Every op, asked by nobody, and what asks for a role, by somebody of a wrong one: the code each gets.

Every op asked by somebody is in `tests/system/who_may_what.txt`.
"""

from pathlib import Path
from typing import Any

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
