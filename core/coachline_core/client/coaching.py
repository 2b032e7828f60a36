"""What a session shows and does of coaching: records, consent, goals, progress, excuses, templates.

Every deed is a command that is queued: on disk when the method returns, said when there is a connection, in order
for each client. What no server would take is refused at once; what the server refuses is `Failed`, to be retried or
discarded. `outcome` waits for the answer.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import (
    Consent,
    Date,
    Goal,
    GoalKind,
    GoalVersion,
    Id,
    Measure,
    Relationship,
    StreamId,
    Target,
    Template,
    Terms,
    Time,
)

from coachline_core.client import records
from coachline_core.client.connecting import Connector
from coachline_core.client.errors import Refused
from coachline_core.client.model import PEOPLE, record_topic
from coachline_core.client.outgoing import Outgoing
from coachline_core.client.updates import Topic
from coachline_core.client.values import Record
from coachline_core.domain.basis import UNKNOWN
from coachline_core.domain.days import AHEAD, outside
from coachline_core.domain.goals import check_asked, check_measures, check_terms
from coachline_core.runtime.seams import Clock

OFFLINE_MS: Final = 24 * 60 * 60 * 1000
"""How long others' records are shown without a connection (SPEC.md S11)."""

Reason = Literal["ill", "injured", "holiday", "travel"]
State = Literal["active", "paused", "done", "missed", "cancelled"]


class Coaching(Outgoing):
    """The part of a session that is about coaching. `client` is whose record is meant, oneself or somebody coached.

    The methods that change something return the command's id, unless they say otherwise. They raise Refused, SignedOut,
    StorageFailed.
    """

    _clock: Clock
    _connector: Connector
    _records: records.Records
    _heard_until: Time
    """When the latest connection ended, which may not be on disk yet; 0 before that."""

    # -- what is shown -------------------------------------------------------------------------------------

    @property
    def hides_records(self) -> bool:
        """Others' records are not shown: for so long nobody could have told that consent was withdrawn."""
        fresh = self._clock.now() - self._in_touch <= OFFLINE_MS
        return not fresh and self._connector.state.phase != "connected"

    def relationships(self) -> tuple[Relationship, ...]:
        """The coaching relationships I am in; those in others' records only while those are shown."""
        found = self._owner.model.relationships()
        return tuple(row for row in found if self._shows(row.client))

    def records(self) -> tuple[Record, ...]:
        """My own record, and those of my clients as far as I may see them, in order of client."""
        return tuple(found for client in self._owner.model.records() if (found := self.record(client)) is not None)

    def record(self, client: Id) -> Record | None:
        """A client's record; None: it is not mine to see, or not shown now (`hides_records`)."""
        return self._records.of(self._owner.model, client, self._clock.now()) if self._shows(client) else None

    def templates(self) -> tuple[Template, ...]:
        """The goals I keep to set again, by title."""
        return tuple(sorted(self._owner.model.templates(), key=lambda row: (row.title, row.id)))

    # -- relationships -------------------------------------------------------------------------------------

    async def set_consent(self, trainer: Id, consent: Consent) -> Id:
        """Say anew what a trainer may see and do. From its outcome on he sees no more than that."""
        body = ops.ConsentSet(id=self._ids.new(), trainer=trainer, base=UNKNOWN, consent=consent)
        return await self._change(self._me(), body)

    async def pause(self, client: Id, trainer: Id) -> Id:
        """Have the coaching rest."""
        return await self._say(client, ops.RelationshipPause(id=self._ids.new(), client=client, trainer=trainer))

    async def resume(self, client: Id, trainer: Id) -> Id:
        """Go on with the coaching that I paused."""
        return await self._say(client, ops.RelationshipResume(id=self._ids.new(), client=client, trainer=trainer))

    async def end(self, client: Id, trainer: Id, *, leave: bool = False) -> Id:
        """End the coaching. `leave`: what the trainer saw until now stays with him; the client's to say."""
        body = ops.RelationshipEnd(id=self._ids.new(), client=client, trainer=trainer, leave=leave)
        return await self._say(client, body)

    # -- goals ---------------------------------------------------------------------------------------------

    async def assign_goal(self, client: Id, kind: GoalKind, terms: Terms) -> Id:
        """A goal that holds at once; returns its id, which is the command's too."""
        return (await self.set_goals(kind, {client: terms}))[client]

    async def propose_goal(self, client: Id, kind: GoalKind, terms: Terms) -> Id:
        """A goal to be answered by the client; returns its id, which is the command's too."""
        return (await self.set_goals(kind, {client: terms}, propose=True))[client]

    async def set_goals(self, kind: GoalKind, terms: Mapping[Id, Terms], *, propose: bool = False) -> dict[Id, Id]:
        """Assign or propose the same to several clients, each with his own terms; returns client → goal.

        All are queued or none; each has its own outcome.
        """
        for client, each in terms.items():
            _check(check_terms(kind, each))
            if (held := self.record(client)) is not None:
                _check(outside(each.start, held.today, held.today + AHEAD, "terms.start"))
        make = ops.GoalPropose if propose else ops.GoalAssign
        made = {id: make(id=self._ids.new(), client=id, kind=kind, terms=each) for id, each in terms.items()}
        await self._queue(*((StreamId("record", client), body) for client, body in made.items()))
        return {client: body.id for client, body in made.items()}

    async def change_goal(self, client: Id, goal: Id, terms: Terms, effective: Date) -> Id:
        """New terms for a goal of mine, from a day on."""
        self._check_terms(client, goal, terms)
        body = ops.GoalChange(
            id=self._ids.new(), client=client, goal=goal, base=UNKNOWN, terms=terms, effective=effective
        )
        return await self._change(client, body)

    async def counter_goal(self, client: Id, goal: Id, terms: Terms, effective: Date) -> Id:
        """Other terms, for the other side to answer."""
        self._check_terms(client, goal, terms)
        body = ops.GoalCounter(
            id=self._ids.new(), client=client, goal=goal, base=UNKNOWN, terms=terms, effective=effective
        )
        return await self._change(client, body)

    async def accept_goal(self, client: Id, goal: Id) -> Id:
        """Yes to the terms that wait for my answer."""
        return await self._change(client, ops.GoalAccept(id=self._ids.new(), client=client, goal=goal, base=UNKNOWN))

    async def decline_goal(self, client: Id, goal: Id) -> Id:
        """No to the terms that wait for my answer."""
        return await self._change(client, ops.GoalDecline(id=self._ids.new(), client=client, goal=goal, base=UNKNOWN))

    async def set_goal_state(self, client: Id, goal: Id, state: State) -> Id:
        """Let a goal rest, go on, or be over."""
        body = ops.GoalSetState(id=self._ids.new(), client=client, goal=goal, base=UNKNOWN, state=state)
        return await self._change(client, body)

    # -- progress ------------------------------------------------------------------------------------------

    async def record_progress(self, client: Id, goal: Id, day: Date, measures: Sequence[Measure], note: str = "") -> Id:
        """What was done for a goal on a day of the client's calendar; returns the entry's id, the command's too."""
        if not measures and not note.strip():
            raise Refused(Refusal(code=RefusalCode.INVALID, field="measures", hint="neither a value nor a note"))
        kind, targets = self._asked(client, goal)
        _check(check_measures(kind, targets, measures))
        body = ops.ProgressRecord(
            id=self._ids.new(),
            client=client,
            goal=goal,
            day=day,
            zone=records.zone_of(self._owner.model, client),
            measures=tuple(measures),
            note=note,
        )
        return await self._say(client, body)

    async def correct_progress(self, client: Id, entry: Id, measures: Sequence[Measure], note: str = "") -> Id:
        """Say an entry better; without measures and note it is taken back."""
        body = ops.ProgressCorrect(
            id=self._ids.new(), client=client, entry=entry, base=UNKNOWN, measures=tuple(measures), note=note
        )
        return await self._change(client, body)

    async def make_excuse(self, client: Id, first: Date, last: Date, reason: Reason, note: str = "") -> Id:
        """Days that are not to be held against the client; returns the excuse's id, the command's too."""
        if last < first:
            raise Refused(Refusal(code=RefusalCode.DATE_OUT_OF_RANGE, field="last", hint="before the first"))
        body = ops.ExcuseMake(id=self._ids.new(), client=client, first=first, last=last, reason=reason, note=note)
        return await self._say(client, body)

    async def withdraw_excuse(self, client: Id, excuse: Id) -> Id:
        """Let an excuse count no more."""
        return await self._say(client, ops.ExcuseWithdraw(id=self._ids.new(), client=client, excuse=excuse))

    # -- templates -----------------------------------------------------------------------------------------

    async def set_template(
        self,
        kind: GoalKind,
        title: str,
        targets: Sequence[Target],
        *,
        days: int | None = None,
        note: str = "",
        template: Id | None = None,
    ) -> Id:
        """Keep a goal to set again, or say one of mine (`template`) anew."""
        _check(check_asked(kind, title, targets, note))
        body = ops.TemplateSet(
            id=self._ids.new(), template=template, kind=kind, title=title, targets=tuple(targets), days=days, note=note
        )
        await self._queue((StreamId("person", self._me()), body))
        return body.id

    async def remove_template(self, template: Id) -> Id:
        """Offer a template no more."""
        body = ops.TemplateRemove(id=self._ids.new(), template=template)
        await self._queue((StreamId("person", self._me()), body))
        return body.id

    # -- inside --------------------------------------------------------------------------------------------

    def _turn(self) -> float:
        """Seconds until time alone changes what is shown: a day begins somewhere, or records are to be hidden."""
        now, model = self._clock.now(), self._owner.model
        turn = records.next_day(model, now)
        if not self.hides_records and self._connector.state.phase != "connected":
            turn = min(turn, self._in_touch + OFFLINE_MS + 1)
        return max(0.0, (turn - now) / 1000)

    def _turned(self) -> list[Topic]:
        """What that changes."""
        return [PEOPLE, *(record_topic(client) for client in self._owner.model.records())]

    @property
    def _in_touch(self) -> Time:
        """Until when somebody would have told."""
        return max(self._owner.model.in_touch, self._heard_until)

    def _shows(self, client: Id) -> bool:
        return client == self._owner.model.person or not self.hides_records

    def _check_terms(self, client: Id, goal: Id, terms: Terms) -> None:
        kind, _ = self._asked(client, goal)
        _check(check_terms(kind, terms))

    def _asked(self, client: Id, goal: Id) -> tuple[GoalKind, tuple[Target, ...]]:
        """A goal's kind, and all that was ever asked in it, also if the goal is yet to be said. Raises Refused."""
        model, stream = self._owner.model, StreamId("record", client)
        rows = model.rows.get(stream, {}).values()
        for row in rows:
            if isinstance(row, Goal) and row.id == goal:
                versions = (each for each in rows if isinstance(each, GoalVersion) and each.goal == goal)
                return row.kind, tuple(target for version in versions for target in version.terms.targets)
        entry = model.outbox.get(goal)
        if entry is not None and isinstance(entry.body, ops.GoalAssign | ops.GoalPropose):
            return entry.body.kind, entry.body.terms.targets
        raise Refused(Refusal(code=RefusalCode.NOT_FOUND, field="goal"))


def _check(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise Refused(refusal)
