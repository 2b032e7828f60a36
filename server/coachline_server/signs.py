"""Cursors, typing, looking, presence: what a connection says often and nobody keeps word for word."""

from dataclasses import dataclass

from coachline_core.domain import access
from coachline_core.domain.conversation import conversation_stream
from coachline_core.domain.receipts import CursorKind
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.ops import Body

from coachline_server.caller import Caller
from coachline_server.conversation_actor import CursorWish, TypingSign, ViewSign
from coachline_server.presence import Presence
from coachline_server.stream_parts import Settle
from coachline_server.switchboard import Item, Switchboard

BUSY = Refusal(code=RefusalCode.BUSY)


@dataclass(frozen=True)
class Signs:
    """The handlers of these ops; all but the query only hand on."""

    switchboard: Switchboard
    presence: Presence

    def delivered(self, caller: Caller, body: ops.CursorDelivered, settle: Settle) -> None:
        """`cursor.delivered`"""
        self._cursor(caller, body, "delivered", settle)

    def read(self, caller: Caller, body: ops.CursorRead, settle: Settle) -> None:
        """`cursor.read`"""
        self._cursor(caller, body, "read", settle)

    def typing(self, caller: Caller, body: ops.Typing, settle: Settle) -> None:
        """`typing`"""
        settle(self._offer(caller, body, TypingSign(caller.person, body.on)) or ops.Empty())

    def view(self, caller: Caller, body: ops.ConversationView, settle: Settle) -> None:
        """`conversation.view`"""
        if body.conversation == caller.viewing:
            settle(ops.Empty())
            return
        self.look_away(caller)
        if body.conversation is None:
            settle(ops.Empty())
            return
        refusal = self._offer(caller, body, ViewSign(caller.person, caller.connection, True))
        if refusal is None:
            caller.viewing = body.conversation
        settle(refusal or ops.Empty())

    def look_away(self, caller: Caller) -> None:
        """The connection shows no conversation any more, or ended."""
        viewed, caller.viewing = caller.viewing, None
        if viewed is not None and self.switchboard.awake(conversation_stream(viewed)):
            sign = ViewSign(caller.person, caller.connection, False)
            self._offer(caller, ops.ConversationView(conversation=viewed), sign)

    async def query(self, caller: Caller, body: ops.PresenceQuery) -> Body | Refusal:
        """`presence.query`"""
        return ops.Presences(presences=await self.presence.query(lambda: caller.standing, body.people))

    def _cursor(
        self, caller: Caller, body: ops.CursorDelivered | ops.CursorRead, kind: CursorKind, settle: Settle
    ) -> None:
        refusal = self._offer(
            caller,
            body,
            CursorWish(settle, person=caller.person, kind=kind, seq=body.seq, connection=caller.connection),
        )
        if refusal is not None:
            settle(refusal)

    def _offer(self, caller: Caller, body: access.Asked, item: Item) -> Refusal | None:
        granted = access.grant(caller.standing, body)
        if isinstance(granted, Refusal):
            return granted
        return None if self.switchboard.offer(granted, item) else BUSY
