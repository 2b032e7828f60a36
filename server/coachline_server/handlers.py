"""What is done for each op: one row a request, by its type."""

from collections.abc import Mapping
from dataclasses import dataclass

from coachline_protocol import ops
from coachline_protocol.ops import Body

from coachline_server.caller import OfferHandler, ReadHandler, VisitorHandler
from coachline_server.commands import Commands
from coachline_server.reading import Reading
from coachline_server.sessions import Sessions
from coachline_server.signs import Signs


@dataclass(frozen=True)
class Handlers:
    """`hello` is the connection's own affair; every mutation not named here is offered to its stream."""

    visitors: Mapping[type[Body], VisitorHandler]
    """Answered also, or only, before welcome."""
    offers: Mapping[type[Body], OfferHandler]
    reads: Mapping[type[Body], ReadHandler]
    sessions: Sessions
    commands: Commands
    signs: Signs


def handlers(sessions: Sessions, commands: Commands, signs: Signs, reading: Reading) -> Handlers:
    """The table."""
    return Handlers(
        sessions=sessions,
        commands=commands,
        signs=signs,
        visitors={
            ops.InvitationInspect: sessions.inspect,
            ops.SignIn: sessions.sign_in,
            ops.AccountCreate: sessions.create_account,
        },
        offers={
            ops.CursorDelivered: signs.delivered,
            ops.CursorRead: signs.read,
            ops.Typing: signs.typing,
            ops.ConversationView: signs.view,
        },
        reads={
            ops.InvitationAccept: commands.accept,
            ops.DeviceList: sessions.devices,
            ops.PeopleList: reading.people,
            ops.ConversationList: reading.conversations,
            ops.History: reading.history,
            ops.Receipts: reading.receipts,
            ops.Heads: reading.heads,
            ops.Changes: reading.changes,
            ops.Snapshot: reading.snapshot,
            ops.PresenceQuery: signs.query,
        },
    )
