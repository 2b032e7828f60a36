"""What a session has yet to say: queued commands, and what their author does with those that were refused."""

from collections.abc import Callable, Sequence

import msgspec
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.ops import Command
from coachline_protocol.rows import Id, StreamId

from coachline_core.client import facts
from coachline_core.client.errors import Refused, SignedOut
from coachline_core.client.outcomes import Outcomes
from coachline_core.client.ownership import Lease, Owner
from coachline_core.domain import basis
from coachline_core.domain.outbox import GIVEN_UP, Entry
from coachline_core.runtime.seams import Ids


class Outgoing:
    """The part of a session that is about its outbox. The methods that change something raise StorageFailed."""

    _ids: Ids
    _owner: Owner
    _outcomes: Outcomes

    def waiting(self) -> tuple[Entry, ...]:
        """All that is yet to be said, and all that was refused: messages and everything else, oldest first."""
        return self._owner.model.outbox.entries

    async def outcome(self, id: Id) -> None:
        """Wait until a queued command is done.

        Raises Refused if it is refused for good or given up, SignedOut, NotConnected if the session ends first.
        """
        await self._outcomes.wait(id)

    async def retry(self, id: Id) -> None:
        """Say something that failed again, with what stands or falls with it.

        A change is based on what there is now: whoever says it again has seen that. What is too old to be said
        under its id, because nobody would know whether it was done already, is said under a new one.
        """
        await self._owner.do(lambda: self._again(id))

    async def discard(self, id: Id) -> None:
        """Give up something that failed or waits. What is on its way is not taken back: nothing happens."""
        await self._owner.do(lambda: self._given_up(id))

    # -- inside --------------------------------------------------------------------------------------------

    def _me(self) -> Id:
        """Who is signed in. Raises SignedOut."""
        me = self._owner.model.person
        if me is None:
            raise SignedOut
        return me

    async def _do(self, decide: Callable[[], Sequence[facts.Fact]]) -> None:
        """As `Owner.do`, for whoever is signed in. Raises SignedOut, also if he leaves before it is decided."""
        self._me()
        lease = Lease(self._owner)

        def decide_if_here() -> Sequence[facts.Fact]:
            if lease.ended:
                raise SignedOut
            return decide()

        await self._owner.do(decide_if_here)

    async def _queue(self, *said: tuple[StreamId, Command]) -> None:
        """Have these said, each last of its stream."""

        def decide() -> list[facts.Fact]:
            outbox = self._owner.model.outbox
            return [facts.Queued(body.id, stream, body, outbox.needed(stream, body)) for stream, body in said]

        await self._do(decide)

    async def _say(self, client: Id, body: Command) -> Id:
        """Have this said in a client's record."""
        await self._queue((StreamId("record", client), body))
        return body.id

    async def _change(self, client: Id, body: basis.Based) -> Id:
        """Have a change to what a client's record holds said, based on what is held or will have been said before.

        Raises Refused if there is neither.
        """
        stream = StreamId("record", client)

        def decide() -> list[facts.Fact]:
            model = self._owner.model
            base, needs = model.base(stream, body), model.outbox.needed(stream, body)
            if base == basis.UNKNOWN and needs is None:
                raise Refused(Refusal(code=RefusalCode.NOT_FOUND, field=_field(body)))
            return [facts.Queued(body.id, stream, basis.rebased(body, base), needs)]

        await self._do(decide)
        return body.id

    def _again(self, id: Id) -> list[facts.Fact]:
        found: list[facts.Fact] = []
        renamed: dict[Id, Id] = {}
        for entry in self._owner.model.outbox.related(id):
            body = entry.body
            if isinstance(body, basis.Based):
                body = basis.rebased(body, self._owner.model.base(entry.stream, body))
                found.append(facts.Restated(body))
            if entry.needs in renamed or (entry.refusal is not None and entry.refusal.code is RefusalCode.TOO_OLD):
                renamed[entry.id] = self._ids.new()
                body = msgspec.structs.replace(body, id=renamed[entry.id])
                needs = None if entry.needs is None else renamed.get(entry.needs, entry.needs)
                found += [facts.Discarded(entry.id), facts.Queued(body.id, entry.stream, body, needs)]
            else:
                found.append(facts.Retried(entry.id))
        return found

    def _given_up(self, id: Id) -> list[facts.Fact]:
        outbox = self._owner.model.outbox
        entry = outbox.get(id)
        if entry is None or entry.state == "sending":
            return []
        fallen = (other for other in outbox.dependents(id) if other.state == "queued")
        why = entry.refusal or GIVEN_UP
        return [*(facts.TurnedDown(other.id, why, 0) for other in fallen), facts.Discarded(id)]


def _field(body: basis.Based) -> str:
    """Where a change names what it changes."""
    about = basis.subject(body)
    return {"relationship": "trainer", "goal": "goal", "progress": "entry"}[about[0]] if about else "id"
