"""Which rules a stream follows, and in which stream a command is at home."""

from collections.abc import Mapping
from typing import Any, Final

from coachline_protocol import ops
from coachline_protocol.rows import Id, StreamId, StreamKind

from coachline_core.domain import conversation, person, record, record_rules
from coachline_core.domain.streams import Rules

RULES: Final[Mapping[StreamKind, Rules[Any]]] = {
    "conversation": conversation.RULES,
    "record": record_rules.RULES,
    "person": person.RULES,
}
"""The rules of every kind of stream; each takes only its own kind of state."""


def home(author: Id, command: ops.Command | ops.SignIn | ops.AccountCreate) -> StreamId:
    """The stream in which a command is decided and kept in order with the author's others."""
    match command:
        case ops.MessagePost():
            return conversation.conversation_stream(command.conversation)
        case ops.ConversationOpen():
            return conversation.conversation_stream(conversation.direct_id(author, command.person))
        case ops.InvitationAccept() | ops.ConsentSet():
            return record.record_stream(author)
        case _ if isinstance(command, ops.RecordCommand):
            return record.record_stream(command.client)
        case _:
            return person.person_stream(author)
