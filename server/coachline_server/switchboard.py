"""The switchboard: stream → its actor, woken on demand, gone to rest when idle. Nothing is taken without a grant."""

from collections.abc import Sequence
from typing import Any

import trio
from coachline_core.domain.access import Grant
from coachline_core.domain.conversation import conversation_stream
from coachline_core.domain.ids import direct_id
from coachline_core.domain.person import PersonState
from coachline_core.domain.streams import Changed, State
from coachline_core.runtime.executor import Executor
from coachline_core.runtime.mailbox import ActorGone
from coachline_core.runtime.seams import Clock
from coachline_core.runtime.supervisor import Supervisor
from coachline_protocol.codes import CloseCode
from coachline_protocol.rows import AnyRow, Device, Id, Profile, Relationship, Revision, StreamId
from structlog.typing import FilteringBoundLogger

from coachline_server.backplane import Backplane
from coachline_server.conversation_actor import ConversationActor, CursorWish, LookAgain, TypingSign, ViewSign
from coachline_server.fanout import Fanout
from coachline_server.journal import JournalDesk
from coachline_server.metrics import Metrics
from coachline_server.people_online import PeopleOnline
from coachline_server.person_actor import PersonActor
from coachline_server.presence import Presence
from coachline_server.receipt_choices import ReceiptChoices
from coachline_server.record_actor import RecordActor
from coachline_server.settings import Settings
from coachline_server.store.port import Store
from coachline_server.stream_actor import StreamActor
from coachline_server.stream_parts import Nudge, Rest, StreamParts, Submission, Wake
from coachline_server.turns import Undecided

Item = Submission | CursorWish | TypingSign | ViewSign


class Switchboard:
    """Lives as long as the supervisor its actors run under."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store,
        executor: Executor,
        journal: JournalDesk,
        undecided: Undecided,
        fanout: Fanout,
        people: PeopleOnline,
        presence: Presence,
        backplane: Backplane,
        choices: ReceiptChoices,
        clock: Clock,
        metrics: Metrics,
        log: FilteringBoundLogger,
    ) -> None:
        self._settings = settings
        self._people = people
        self._presence = presence
        self._choices = choices
        self._actors: dict[StreamId, StreamActor[Any]] = {}
        self._supervisor: Supervisor | None = None
        metrics.stream_actors.set_function(lambda: len(self._actors))
        self._parts = StreamParts(
            store=store,
            executor=executor,
            journal=journal,
            undecided=undecided,
            fanout=fanout,
            choices=choices,
            clock=clock,
            metrics=metrics,
            log=log,
            nudge=self.nudge,
            announce=backplane.announce,
            state_of=self._state_of,
            retire=self._retire,
            tell_revoked=self._revoked,
            tell_changed=self._changed,
        )

    def open(self, supervisor: Supervisor) -> None:
        """From here on actors are woken, and run under `supervisor`."""
        self._supervisor = supervisor

    def close(self) -> None:
        """From here on nothing is taken: everything offered is busy."""
        self._supervisor = None

    def offer(self, grant: Grant, item: Item) -> bool:
        """Hand something to the actor of the granted stream, waking it. False: busy. Never waits."""
        return self._offer(grant.stream, item)

    def nudge(self, changed: Changed) -> None:
        """A stream was changed by somebody else than its actor."""
        # Busy: it is told where the stream stands by its next append, which will not fit.
        self._offer(changed.stream, Nudge(changed))

    def hint(self, stream: StreamId, rev: Revision) -> None:
        """Another node says where a stream stands; what is missing here is read from the database, and told."""
        self.nudge(Changed(stream, rev, rev, ()))

    def revisions(self) -> dict[StreamId, Revision]:
        """How far the streams that are awake have come."""
        return {stream: actor.state.rev for stream, actor in self._actors.items() if actor.loaded}

    def at_work(self, stream: StreamId) -> bool:
        """Whether the stream's actor wakes, or has something to do."""
        actor = self._actors.get(stream)
        return actor is not None and (not actor.loaded or actor.mailbox.depth > 0 or actor.at_work)

    def awake(self, stream: StreamId) -> bool:
        """Whether the stream has an actor now."""
        return stream in self._actors

    def put_to_rest(self) -> None:
        """Those to whom nobody spoke for so long. Asked now and then, so that none needs a timer for each wait, or even
        the time."""
        now = trio.current_time()
        for stream, actor in tuple(self._actors.items()):
            if actor.stirred or self.at_work(stream):
                actor.stirred, actor.quiet_since = False, now
            elif actor.quiet_since <= now - self._settings.rest_after_seconds:
                self._offer(stream, Rest())

    def _offer(self, stream: StreamId, item: object) -> bool:
        actor = self._actors.get(stream)
        if actor is None:
            if self._supervisor is None:
                return False
            actor = self._actors[stream] = self._make(stream)
            self._supervisor.start_temporary(actor)
        try:
            return actor.offer(item)
        except ActorGone:
            return False

    def _make(self, stream: StreamId) -> StreamActor[Any]:
        if stream.kind == "conversation":
            return ConversationActor(stream, self._parts, self._people, self._settings.typing_expires_seconds)
        if stream.kind == "record":
            return RecordActor(stream, self._parts, self._people)
        return PersonActor(stream, self._parts)

    def _state_of(self, stream: StreamId) -> State | None:
        actor = self._actors.get(stream)
        if actor is None or not actor.loaded:
            return None
        state: State = actor.state
        return state

    def _retire(self, stream: StreamId, actor: object, revive: bool) -> None:
        if self._actors.get(stream) is actor:
            del self._actors[stream]
            if revive:
                self._offer(stream, Wake())

    # -- what a change means beyond its stream

    def _revoked(self, person: Id, device: Device, itself: bool) -> None:
        online = self._people.get(person)
        for connection in tuple(online.connections if online else ()):
            if connection.device == device.id:
                if itself:
                    connection.dismiss(CloseCode.SIGNED_OUT, "signed out", purge=True)
                else:
                    connection.dismiss(CloseCode.DEVICE_REVOKED, "this device was signed out", purge=True)

    def _changed(self, state: State, rows: Sequence[AnyRow]) -> None:
        for row in rows:
            if isinstance(row, Profile) and isinstance(state, PersonState):
                self._choices.learn(row, state.stream.id)
                self._presence.profile_changed(state, row)
            elif isinstance(row, Relationship):
                self._presence.relationship_changed(row)
                conversation = conversation_stream(direct_id(row.client, row.trainer))
                if self.awake(conversation):
                    self._offer(conversation, LookAgain())
