"""Mutations: granted, within the budget, in order, and then decided by the stream they are at home in."""

from dataclasses import dataclass

from coachline_core.domain import access
from coachline_core.domain.access import Grant
from coachline_core.domain.rules import home
from coachline_core.domain.streams import Envelope, repeated
from coachline_core.runtime.executor import Executor
from coachline_core.runtime.seams import Clock
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.ops import OP_BY_REQUEST, Body, Command, InvitationAccept, InvitationCreate
from coachline_protocol.rows import Id, StreamId

from coachline_server.admission import Admission
from coachline_server.auth import Auth, decided
from coachline_server.caller import Caller
from coachline_server.people_online import PeopleOnline
from coachline_server.store.port import Store
from coachline_server.stream_parts import Settle, Submission
from coachline_server.switchboard import Switchboard


@dataclass(frozen=True)
class Commands:
    """The way of every mutation from a connection's reader into a stream's mailbox."""

    store: Store
    executor: Executor
    switchboard: Switchboard
    people: PeopleOnline
    auth: Auth
    clock: Clock
    admission: Admission

    def offer(self, caller: Caller, body: Command, settle: Settle) -> Refusal | None:
        """Hand a command on; `settle` hears the end. Never waits. A refusal from here is not final: see `first`."""
        number = caller.next_number()
        admitted = self._admit(caller, body, number)
        if isinstance(admitted, Refusal):
            return admitted
        stream, heard_at = admitted.stream, caller.connection.active_at

        def end(outcome: Body | Refusal) -> None:
            self.admission.ended(heard_at)
            settle(_closing_behind(caller, stream, body.id, number, outcome))

        submission = Submission(
            end,
            envelope=self._envelope(caller, body, None),
            heard_at=heard_at,
            admit=lambda: caller.pass_gate(stream, body.id, number),
            connection=caller.connection,
        )
        if self.switchboard.offer(admitted, submission):
            self.admission.begun()
            return None
        refusal = Refusal(code=RefusalCode.BUSY)
        caller.close_gate(stream, body.id, number, refusal)
        return refusal

    def turn_away(self, caller: Caller, body: Command, refusal: Refusal) -> None:
        """A command is refused before it was looked at: those after it on its stream wait for it."""
        caller.close_gate(home(caller.person, body), body.id, caller.next_number(), refusal)

    async def accept(self, caller: Caller, body: InvitationAccept) -> Body | Refusal:
        """`invitation.accept`: whose the code is must be looked up before it can be decided. Raises StoreError."""
        invitation = await self.executor.read(lambda: self.store.invitation(body.code))
        number = caller.next_number()
        admitted = self._admit(caller, body, number)
        if isinstance(admitted, Refusal):
            return await self.first(caller, body, admitted)
        envelope = self._envelope(caller, body, invitation)
        outcome = await decided(lambda settle: self.switchboard.offer(admitted, Submission(settle, envelope=envelope)))
        return _closing_behind(caller, admitted.stream, body.id, number, outcome)

    async def first(self, caller: Caller, body: Command, refusal: Refusal) -> Body | Refusal:
        """The first answer to a command that is about to be refused; the refusal, if it is new. Raises StoreError.

        What was done stays done: a resend is answered whatever has been withdrawn or used up since.
        """
        person = caller.person
        answer = await self.executor.read(lambda: self.store.answer(person, body.id))
        if answer is None:
            return refusal
        # It will not be said again, so nothing may wait for its return.
        caller.gate = caller.gate.answered(home(person, body), body.id)
        return repeated(answer, self._envelope(caller, body, None))

    def _admit(self, caller: Caller, body: Command, number: int) -> Grant | Refusal:
        granted = access.grant(caller.standing, body)
        if isinstance(granted, Refusal):
            return granted
        barred = caller.pass_gate(granted.stream, body.id, number)
        if barred is not None:
            return barred
        if not self.admission.open:
            # Before the budget: what is not even tried costs its author nothing.
            refusal = Refusal(code=RefusalCode.BUSY)
            caller.close_gate(granted.stream, body.id, number, refusal)
            return refusal
        wait = self.people.spend(caller.online, OP_BY_REQUEST[type(body)].budget, caller.connection.active_at)
        if wait is None:
            return granted
        refusal = Refusal(code=RefusalCode.RATE_LIMITED, retry_after_ms=wait)
        caller.close_gate(granted.stream, body.id, number, refusal)
        return refusal

    def _envelope(self, caller: Caller, body: Command, invitation: tuple[Id, Id] | None) -> Envelope:
        return Envelope(
            author=caller.person,
            device=caller.connection.device,
            id=body.id,
            at=self.clock.now(),
            command=body,
            digest=self.store.digest(body),
            secret=self.auth.new_code() if isinstance(body, InvitationCreate) else "",
            invitation=invitation,
        )


def _closing_behind(
    caller: Caller, stream: StreamId, command: Id, number: int, outcome: Body | Refusal
) -> Body | Refusal:
    if isinstance(outcome, Refusal):
        caller.close_gate(stream, command, number, outcome)
    return outcome
