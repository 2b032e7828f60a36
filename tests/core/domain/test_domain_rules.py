"""Which rules a stream follows, and where a command is at home."""

from typing import get_args

import pytest
from coachline_core.domain.conversation import conversation_stream, direct_id
from coachline_core.domain.person import person_stream
from coachline_core.domain.record import record_stream
from coachline_core.domain.rules import RULES, home
from coachline_protocol import ops
from coachline_protocol.rows import Consent, StreamId, StreamKind
from support.world import MAYA, PHONE, TOM, made

PLACE = made(7)


def test_every_kind_of_stream_has_its_rules() -> None:
    assert set(RULES) == set(get_args(StreamKind))


def test_the_state_of_a_new_stream_is_at_revision_0() -> None:
    for stream in (conversation_stream(PLACE), record_stream(TOM), person_stream(TOM)):
        state = RULES[stream.kind].empty(stream)
        assert (state.stream, state.rev) == (stream, 0)


@pytest.mark.parametrize(
    ("command", "stream"),
    [
        (ops.MessagePost(id=made(1), conversation=PLACE, text="x"), conversation_stream(PLACE)),
        (ops.ConversationOpen(id=made(1), person=MAYA), conversation_stream(direct_id(TOM, MAYA))),
        (ops.InvitationAccept(id=made(1), code="c", consent=Consent()), record_stream(TOM)),
        (ops.InvitationCreate(id=made(1), purpose="coaching"), person_stream(TOM)),
        (ops.InvitationRevoke(id=made(1), invitation=made(2)), person_stream(TOM)),
        (ops.ProfileSet(id=made(1), base=1), person_stream(TOM)),
        (ops.DeviceRevoke(id=made(1), device=PHONE), person_stream(TOM)),
        (ops.SignOut(id=made(1)), person_stream(TOM)),
    ],
)
def test_a_command_is_at_home_in_one_stream(command: ops.Command, stream: StreamId) -> None:
    assert home(TOM, command) == stream
