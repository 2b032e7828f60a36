"""The window while somebody is signed in: what the session says becomes state, what people want becomes calls.

Nothing here waits with the window: what takes the network is a task of its own, and its end is said in the window.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, Literal

import trio
from coachline_core.client import (
    ConnectionChanged,
    ConversationsChanged,
    Failed,
    NotConnected,
    Refused,
    Session,
    SignedOut,
    StorageFailed,
)
from coachline_core.domain.timeline import Timeline
from coachline_core.runtime.nursery import flat_nursery
from coachline_core.runtime.seams import Clock
from coachline_protocol.rows import Id, Seq, StreamId

from coachline_desktop import explain, goal_intents, intents, present, present_goals, waking
from coachline_desktop.alerts import Alerts
from coachline_desktop.goal_deeds import GoalDeeds
from coachline_desktop.memory import Memory
from coachline_desktop.painter import Painter
from coachline_desktop.present import Known, Opened
from coachline_desktop.reading import read
from coachline_desktop.screen import Desk, NetworkReturned, Screen
from coachline_desktop.state import FirstRun, Notice, Offer
from coachline_desktop.words import say

LEAVING: Final = ("signed_out", "bad_token", "device_revoked", "account_disabled")
"""Reasons after which there is nobody to show anything to."""
LEADING: Final = (
    goal_intents.OpenClient,
    goal_intents.ShowGoal,
    intents.MessagePerson,
    intents.OpenConversation,
    intents.OpenPage,
    intents.Draft,
    intents.Send,
)
"""What leads somewhere in the window, or is done where somebody is."""
MINUTE: Final = 60.0
HISTORY: Final = 100


class SignedIn:
    """One session in one window, until it ends."""

    def __init__(self, session: Session, painter: Painter, screen: Screen, desk: Desk, clock: Clock) -> None:
        self._session, self._painter, self._screen, self._desk = session, painter, screen, desk
        self._clock = clock
        self._opened: Id | None = None
        self._new_after: Seq | None = None
        self._marked = False
        """What is new in the conversation on the screen has been found."""
        self._drafts: dict[Id, str] = {}
        self._drafted = trio.Event()
        self._alerts = Alerts(painter, screen, desk)
        self._retry_at = 0.0
        self._changed = trio.Event()
        self._busy: set[object] = set()
        self._went: object = None
        """What led where somebody is now."""
        self._left = ""
        self._goals = GoalDeeds(session, screen)
        self._memory = Memory()

    async def live(self, wants: AsyncIterator[object]) -> str:
        """Until the session ends; returns why, one of LEAVING."""
        # The window may open in the middle of a wait, and shows itself before the first update comes.
        self._retry_at = trio.current_time() + (self._session.connection.retry_in or 0.0)
        async with flat_nursery() as nursery:
            nursery.start_soon(self._present)
            nursery.start_soon(self._keep_drafts)
            nursery.start_soon(self._obey, wants, nursery)
            nursery.start_soon(waking.watch, self._clock, partial(nursery.start_soon, self._session.network_up))
            await self._follow()
            nursery.cancel_scope.cancel()
        return self._left

    # -- what the session says -----------------------------------------------------------------------------

    async def _follow(self) -> None:
        with self._session.subscribe() as updates:
            async for update in updates:
                match update:
                    case ConnectionChanged(state):
                        self._retry_at = trio.current_time() + (state.retry_in or 0.0)
                        self._alerts.hear(self._known())  # caught up: what comes from here on is news
                    case ConversationsChanged():
                        self._alerts.hear(self._known())
                    case Failed(refusal=refusal, stream=StreamId(kind="conversation", id=conversation)):
                        words = say("A message was not sent: {why}", why=explain.refusal(refusal))
                        self._notice(words, "error", conversation)
                    case Failed(id=id):
                        for words in self._goals.not_done(self._known(), id):
                            self._notice(words, "error")
                if self._has_left():
                    return
                self._changed.set()

    def _has_left(self) -> bool:
        """Nobody is signed in here any more; a revoked device is left when it is empty: leaving ends the session."""
        state = self._session.connection
        if state.phase != "disconnected" or state.reason not in LEAVING:
            return False
        if state.reason == "device_revoked" and self._session.person is not None:
            return False
        self._left = state.reason
        return True

    async def _present(self) -> None:
        """Show what changed; and, as time passes, what only time changes."""
        while True:
            self._changed = trio.Event()
            self._show()
            waits = self._session.connection.phase == "reconnecting"
            with trio.move_on_after(1.0 if waits else MINUTE):
                await self._changed.wait()

    def _show(self) -> None:
        known = self._known()
        current = None
        if self._opened is not None and (timeline := self._session.timeline(self._opened)) is not None:
            self._mark_new(timeline)
            draft = self._session.draft(self._opened)
            current = present.conversation(known, Opened(self._opened, timeline, draft, self._new_after))
        rows = present.conversations(known, self._opened)
        self._desk.badge(sum(row.unread for row in rows))
        self._painter.change(
            screen="main",
            me=present.me(known),
            banner=present.banner(known.connection),
            conversations=rows,
            current=current,
            people=present.people(known),
            invitations=present.invitations(known),
            goals=self._goals.state(known),
            loaded=bool(rows) or known.connection.synced,
        )
        self._memory.forget()

    def _mark_new(self, timeline: Timeline) -> None:
        """Remember what is new when a conversation is first there to be seen, which may be after it was asked for."""
        if not self._marked and timeline.unread():
            cursor = timeline.cursors.get(timeline.me)
            self._new_after = cursor.read if cursor is not None else 0
        self._marked = True

    def _known(self) -> Known:
        return read(self._session, self._clock.now(), self._retry_at - trio.current_time(), self._memory)

    # -- what people want ----------------------------------------------------------------------------------

    async def _obey(self, wants: AsyncIterator[object], nursery: trio.Nursery) -> None:
        """What stays on this computer is done in order, at once; what takes the server beside it, each thing once."""
        here, there = self._here(), self._there()
        async for want in wants:
            kind = type(want)
            if kind in LEADING:
                self._went = want
            if kind in here:
                await self._attempt(here[kind], want)
            elif kind in there and want not in self._busy:
                self._busy.add(want)
                nursery.start_soon(self._attempt, there[kind], want)
            self._changed.set()

    async def _attempt(self, act: Callable[[Any], Awaitable[object]], want: object) -> None:
        try:
            await act(want)
        except Refused as refused:
            self._notice(explain.refusal(refused.refusal), "error")
        except NotConnected:
            self._notice(say("Not connected just now. Please try again when the connection is back."), "warning")
        except StorageFailed:
            self._notice(explain.reason("storage"), "error")
        except SignedOut:
            pass  # the end of the session says it
        finally:
            self._busy.discard(want)
            self._changed.set()

    def _here(self) -> Mapping[type, Callable[[Any], Awaitable[object]]]:
        return {
            **self._goals.here(),
            goal_intents.OpenClient: self._outside(self._open_client),
            goal_intents.ShowGoal: self._outside(self._open_client),
            goal_intents.ShowDay: self._outside(self._goals.show_day),
            intents.OpenConversation: self._open,
            intents.Send: self._send,
            intents.Draft: self._draft,
            intents.RetryMessage: lambda want: self._session.retry(want.message),
            intents.DiscardMessage: lambda want: self._session.discard(want.message),
            intents.Saw: lambda want: self._session.saw(want.conversation, want.seq),
            intents.LookAt: self._look_at,
            intents.RetryConnection: self._outside(lambda _: self._session.retry_now()),
            intents.OpenLink: self._outside(lambda want: self._desk.open_link(want.address)),
            intents.Copy: self._outside(lambda want: self._desk.copy(want.text)),
            intents.CopyDiagnostics: self._outside(lambda _: self._desk.copy(self._diagnostics())),
            intents.ChangeSettings: self._outside(self._change_settings),
            intents.ForgetOffer: self._outside(lambda _: self._offer(None)),
            intents.DismissNotice: self._outside(lambda want: self._painter.dismiss(want.notice)),
        }

    def _there(self) -> Mapping[type, Callable[[Any], Awaitable[object]]]:
        session = self._session
        return {
            NetworkReturned: lambda _: session.network_up(),
            intents.WantOlder: self._older,
            intents.OpenPage: self._open_page,
            intents.LookUpCode: self._look_up,
            intents.AcceptInvitation: self._accept,
            intents.MakeInvitation: self._invite,
            intents.RevokeInvitation: lambda want: session.revoke_invitation(want.invitation),
            intents.MessagePerson: self._message,
            intents.SignOutDevice: self._sign_out_device,
            intents.SignOut: lambda _: session.sign_out(),
            intents.ChangeReceipts: lambda want: session.set_profile(receipts=want.send),
        }

    @staticmethod
    def _outside(act: Callable[[Any], None]) -> Callable[[Any], Awaitable[object]]:
        async def done(want: object) -> None:
            await trio.lowlevel.checkpoint()
            act(want)

        return done

    def _open_client(self, want: goal_intents.OpenClient | goal_intents.ShowGoal) -> None:
        self._goals.opened = want.client

    # -- conversations -------------------------------------------------------------------------------------

    async def _open(self, want: intents.OpenConversation) -> None:
        await self._save_drafts()
        if want.conversation == self._opened:
            return
        self._opened, self._new_after, self._marked = want.conversation, None, False
        self._show()

    async def _look_at(self, want: intents.LookAt) -> None:
        if want.conversation is not None:
            self._alerts.seen(want.conversation)
        await self._session.view(want.conversation)

    async def _message(self, want: intents.MessagePerson) -> None:
        conversation = await self._session.open_conversation(want.person)
        if self._went != want:
            return  # whoever went on meanwhile writes there, and is not to write to somebody else
        await self._open(intents.OpenConversation(conversation))  # shown as soon as its first rows are here

    async def _send(self, want: intents.Send) -> None:
        try:
            await self._session.post(want.conversation, want.text)
        except Refused as refused:
            self._screen.refused(want.conversation, want.text, explain.refusal(refused.refusal))
        except StorageFailed:
            self._screen.refused(want.conversation, want.text, explain.reason("storage"))
        else:
            self._drafts[want.conversation] = ""
            self._drafted.set()
            if self._opened == want.conversation:
                self._new_after = None
            self._screen.sent(want.conversation)

    async def _draft(self, want: intents.Draft) -> None:
        self._drafts[want.conversation] = want.text
        self._drafted.set()
        if want.text.strip():
            await self._session.typing(want.conversation)

    async def _keep_drafts(self) -> None:
        """Drafts go to the disk as they are written, as fast as it takes them; only the latest counts."""
        while True:
            await self._drafted.wait()
            self._drafted = trio.Event()
            await self._save_drafts()

    async def _save_drafts(self) -> None:
        while self._drafts:
            conversation, text = next(iter(self._drafts.items()))
            try:
                if text != self._session.draft(conversation):
                    await self._session.set_draft(conversation, text)
                    self._changed.set()
            except StorageFailed:
                self._notice(explain.reason("storage"), "error")
                return
            if self._drafts.get(conversation) == text:  # nobody wrote on meanwhile
                del self._drafts[conversation]

    async def _older(self, want: intents.WantOlder) -> None:
        timeline = self._session.timeline(want.conversation)
        if timeline is not None and timeline.messages:
            await self._session.history_before(want.conversation, min(timeline.messages), HISTORY)

    # -- people and this device ----------------------------------------------------------------------------

    async def _look_up(self, want: intents.LookUpCode) -> None:
        code = want.code.strip()
        try:
            seen = await self._session.inspect_invitation(code)
        except Refused as refused:
            self._painter.change(first_run=FirstRun(problem=explain.refusal(refused.refusal), problem_field="code"))
        else:
            self._offer(present.offer(self._known(), code, seen))

    def _offer(self, offer: Offer | None) -> None:
        self._painter.change(first_run=FirstRun(offer=offer))

    async def _accept(self, want: intents.AcceptInvitation) -> None:
        offer = self._painter.state.first_run.offer
        trainer = await self._session.accept_invitation(want.code.strip(), present_goals.consent(want.consent))
        if self._painter.state.first_run.offer == offer:  # else another code was looked up meanwhile
            self._offer(None)
        # Who that is will be known from the server in a moment; from the offer it is known now.
        name = offer.inviter if offer is not None else self._known().name(trainer)
        self._notice(say("You train with {name} now.", name=name))

    async def _invite(self, want: intents.MakeInvitation) -> None:
        made = await self._session.create_invitation(
            "coaching" if want.whom == "client" else "account",
            roles=("trainer",) if want.whom == "coach" else ("client",),
            note=want.note,
            valid_hours=want.valid_hours,
        )
        self._screen.form_done(want)
        self._desk.copy(made.code)
        self._notice(say("The code {code} was made and copied.", code=made.code))

    async def _open_page(self, want: intents.OpenPage) -> None:
        await trio.lowlevel.checkpoint()
        if want.page == "devices":
            await self._load_devices()

    async def _sign_out_device(self, want: intents.SignOutDevice) -> None:
        await self._session.revoke_device(want.device)
        await self._load_devices()

    async def _load_devices(self) -> None:
        told = await self._session.devices()
        self._painter.change(devices=present.devices(self._known(), told))

    def _change_settings(self, want: intents.ChangeSettings) -> None:
        settings = want.on(self._painter.state.settings)
        self._desk.keep_settings(settings)
        self._painter.change(settings=settings)

    def _diagnostics(self) -> str:
        state = self._session.connection
        lines = (
            self._desk.diagnostics(),
            f"connection: {state.phase}, {state.reason or 'no reason'}, synced: {state.synced}",
            f"conversations: {len(self._session.conversations())}, people: {len(self._session.people())}",
        )
        return "\n".join(lines)

    def _notice(
        self, words: str, kind: Literal["info", "warning", "error"] = "info", conversation: Id | None = None
    ) -> None:
        self._painter.notice(Notice(self._painter.next_key(), words, kind, conversation))
