"""What a session knows, as what the window shows. Pure: the same knowledge at the same time looks the same."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from math import ceil
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from coachline_core.client import ConnectionState, Record, Summary
from coachline_core.domain.text import preview
from coachline_core.domain.timeline import Timeline
from coachline_protocol import ops
from coachline_protocol.codes import RefusalCode
from coachline_protocol.limits import PREVIEW_CHARACTERS
from coachline_protocol.rows import Id, Invitation, Profile, Relationship, Seq

from coachline_desktop import bubbles, cards, explain, goal_words, words
from coachline_desktop.markdown import plain
from coachline_desktop.memory import Memory
from coachline_desktop.state import (
    ConnectionBanner,
    ConversationRow,
    ConversationState,
    DeviceRow,
    InvitationRow,
    Me,
    Offer,
    PersonRow,
    Presence,
)
from coachline_desktop.words import say

T = TypeVar("T")
SOMEBODY: Final = "Somebody"
PREVIEW_LOOKED_AT: Final = 2 * PREVIEW_CHARACTERS
SIGNED_OUT: Final = ("signed_out",)
"""Reasons that the first screen says by being there."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was read from a session at one moment, `now_ms`, by somebody in `zone`."""

    now_ms: int
    zone: ZoneInfo
    connection: ConnectionState
    person: Id | None = None
    profile: Profile | None = None
    summaries: tuple[Summary, ...] = ()
    people: Mapping[Id, ops.Person] = field(default_factory=dict)
    presences: Mapping[Id, ops.Presence] = field(default_factory=dict)
    typing: Mapping[Id, tuple[Id, ...]] = field(default_factory=dict)
    viewing: Mapping[Id, tuple[Id, ...]] = field(default_factory=dict)
    relationships: tuple[Relationship, ...] = ()
    invitations: tuple[Invitation, ...] = ()
    records: tuple[Record, ...] = ()
    hides_records: bool = False
    """Others' records are not shown now: nobody could have told for a day that consent was withdrawn."""
    memory: Memory = field(default_factory=Memory, compare=False)
    """What was made of such knowledge before."""

    def made(self, record: Record, what: Hashable, make: Callable[[], T]) -> T:
        """Something that follows from a record and the names of people; `what`: which, among all that do."""
        return self.memory.made((record.client, what), (record, self.people, self.profile), make)

    def name(self, person: Id) -> str:
        """What somebody is called."""
        if person == self.person and self.profile is not None:
            return self.profile.display_name
        return self.people[person].display_name if person in self.people else say(SOMEBODY)


@dataclass(frozen=True, slots=True)
class Opened:
    """The conversation on the screen. `new_after`: how far I had read when I opened it; the line stays there."""

    id: Id
    timeline: Timeline
    draft: str
    new_after: Seq | None


# -- people ------------------------------------------------------------------------------------------------


def initials(name: str) -> str:
    """One or two capitals that stand for a name."""
    parts = [part for part in name.split() if part[0].isalnum()] or name.split()
    chosen = [parts[0], *parts[-1:]] if len(parts) > 1 else parts
    return "".join(part[0].upper()[:1] for part in chosen)


def hue(id: Id) -> int:
    """A colour for somebody, 0 … 359 degrees, the same everywhere."""
    return int.from_bytes(blake2b(id, digest_size=4).digest()) % 360


def presence(known: Known, person: Id | None) -> Presence:
    """Whether somebody is here; unknown where it is not told."""
    told = known.presences.get(person) if person is not None else None
    return told.state if told is not None else "unknown"


def presence_words(known: Known, person: Id | None) -> str:
    """The same in words; empty where nothing is told."""
    told = known.presences.get(person) if person is not None else None
    if told is None:
        return ""
    if told.state == "online":
        return say("online")
    return words.last_seen(told.last_seen_at, known.now_ms, known.zone) if told.last_seen_at else say("offline")


def me(known: Known) -> Me | None:
    """Who is signed in, once that is known."""
    profile = known.profile
    if known.person is None or profile is None:
        return None
    return Me(
        id=known.person,
        name=profile.display_name,
        handle=profile.handle,
        initials=initials(profile.display_name),
        hue=hue(known.person),
        zone=profile.time_zone,
        trainer="trainer" in profile.roles,
        client="client" in profile.roles,
        admin="admin" in profile.roles,
        receipts=profile.receipts,
    )


def people(known: Known) -> tuple[PersonRow, ...]:
    """Everybody I know but me, by name."""
    listed = {summary.other for summary in known.summaries}
    admin = known.profile is not None and "admin" in known.profile.roles
    rows = [
        PersonRow(
            key=person.id,
            name=person.display_name,
            handle=person.handle,
            initials=initials(person.display_name),
            hue=hue(person.id),
            presence=presence(known, person.id),
            presence_words=presence_words(known, person.id),
            relation=_relation(known, person.id),
            can_message=person.id in listed or admin or _trains_with(known, person.id),
            agreed=agreed(known, person.id),
        )
        for person in known.people.values()
        if person.id != known.person
    ]
    return tuple(sorted(rows, key=lambda row: (row.name.casefold(), row.key)))


def _trains_with(known: Known, person: Id) -> bool:
    return any(person in (row.trainer, row.client) and row.state == "active" for row in known.relationships)


def agreed(known: Known, person: Id | None) -> str:
    """What the page of a coaching relationship with somebody is called; empty where there is none."""
    for row in known.relationships:
        if person is not None and person in (row.trainer, row.client):
            return goal_words.agreement(known.name(person), mine=row.trainer == person)
    return ""


def _relation(known: Known, person: Id) -> str:
    for row in known.relationships:
        since = words.when(row.since, known.now_ms, known.zone)
        if row.state == "paused" and person in (row.trainer, row.client):
            return say("Paused since {day}", day=since)
        if row.state == "ended" and person in (row.trainer, row.client):
            return say("Ended on {day}", day=since)
        if row.trainer == person:
            return say("Your coach since {day}", day=since)
        if row.client == person:
            return say("You coach since {day}", day=since)
    return ""


def invitations(known: Known) -> tuple[InvitationRow, ...]:
    """The codes I made, newest first."""
    rows = reversed(known.invitations)
    return tuple(
        InvitationRow(row.id, row.code, row.purpose, row.note, _status(known, row), _is_open(known, row))
        for row in rows
    )


def _is_open(known: Known, row: Invitation) -> bool:
    return row.state == "open" and row.expires_at > known.now_ms


def _status(known: Known, row: Invitation) -> str:
    who = known.name(row.person) if row.person is not None else say(SOMEBODY)
    match row.state:
        case "revoked":
            return say("Withdrawn")
        case "accepted":
            return say("Accepted by {name}", name=who)
        case "claimed":
            return say("{name} made an account and has yet to accept", name=who)
    if not _is_open(known, row):
        return say("Expired {when}", when=words.ago(row.expires_at, known.now_ms, known.zone))
    return say("Open until {day}", day=_future(known, row.expires_at))


def _future(known: Known, at_ms: int) -> str:
    at = words.local(at_ms, known.zone)
    today = words.local(known.now_ms, known.zone).date()
    return say("{day}, {time}", day=words.day(at.date(), today), time=words.clock(at))


def offer(known: Known, code: str, seen: ops.InvitationSeen) -> Offer:
    """What a code leads to."""
    return Offer(code, seen.inviter, seen.purpose == "coaching", _future(known, seen.expires_at))


def devices(known: Known, told: tuple[ops.DeviceEntry, ...]) -> tuple[DeviceRow, ...]:
    """My devices, this one first, then by last use."""
    ordered = sorted(told, key=lambda device: (not device.this, -device.last_used_at))
    return tuple(
        DeviceRow(
            key=device.id,
            name=device.name,
            last_used=say("in use now")
            if device.online
            else say("last used {when}", when=words.ago(device.last_used_at, known.now_ms, known.zone)),
            online=device.online,
            this=device.this,
        )
        for device in ordered
    )


# -- conversations -----------------------------------------------------------------------------------------


def title(known: Known, summary: Summary) -> str:
    """What a conversation is called: the other person, or its own title."""
    if summary.other is not None:
        return known.name(summary.other)
    return summary.title or say("Conversation")


def conversations(known: Known, open_now: Id | None = None) -> tuple[ConversationRow, ...]:
    """The list, latest activity first. The one on the screen shows no draft: its composer does."""
    return tuple(_row(known, summary, shown=summary.conversation == open_now) for summary in known.summaries)


def said_last(known: Known, summary: Summary) -> str:
    """The last message in one line, as it reads and not as it was typed."""
    last = summary.last
    if last is None:
        return summary.preview
    if last.kind == "system":
        return bubbles.system_words(last.text, known.name(last.about or last.author))
    if last.kind in cards.KINDS:
        return cards.preview(last, say("You") if last.author == known.person else known.name(last.author))
    # More than a line holds is not looked at: this is made anew with every change of the list.
    return preview(plain(last.text[:PREVIEW_LOOKED_AT]))


def _row(known: Known, summary: Summary, *, shown: bool) -> ConversationRow:
    name, last = title(known, summary), summary.last
    mine = last is not None and last.author == known.person and last.kind != "system"
    draft = bool(summary.draft.strip()) and not shown
    text = preview(summary.draft) if draft else said_last(known, summary)
    return ConversationRow(
        id=summary.conversation,
        title=name,
        initials=initials(name),
        hue=hue(summary.other or summary.conversation),
        presence=presence(known, summary.other),
        preview=text,
        preview_mine=mine and not draft,
        preview_tick=last.state if last is not None and mine and not draft else None,
        when_ms=summary.active_at,
        when=words.when(summary.active_at, known.now_ms, known.zone) if summary.active_at else "",
        unread=summary.unread,
        typing=bool(known.typing.get(summary.conversation)),
        draft=draft,
    )


def conversation(known: Known, opened: Opened) -> ConversationState | None:
    """The conversation on the screen; None: it is not in my list any more."""
    summary = next((summary for summary in known.summaries if summary.conversation == opened.id), None)
    if summary is None or known.person is None:
        return None
    name, timeline = title(known, summary), opened.timeline
    typing = known.typing.get(opened.id, ())
    lowest = min(timeline.messages, default=timeline.head + 1)
    first = min((window.join for window in timeline.windows), default=1)
    return ConversationState(
        id=opened.id,
        title=name,
        initials=initials(name),
        hue=hue(summary.other or summary.conversation),
        presence=presence(known, summary.other),
        subtitle=_typing_words(known, typing) if typing else _who_is_here(known, summary),
        typing=bool(typing),
        entries=bubbles.entries(
            timeline.items(),
            me=known.person,
            name=known.name,
            new_after=opened.new_after,
            now_ms=known.now_ms,
            zone=known.zone,
            records=known.records,
            other=summary.other,
            hides_records=known.hides_records,
            made=known.made,
        ),
        unread=summary.unread,
        can_write=not summary.closed,
        draft=opened.draft,
        more_above=lowest > max(first, 1),
        read_only=say(explain.REFUSALS[RefusalCode.CONVERSATION_CLOSED]) if summary.closed else None,
        last_seq=max(timeline.messages, default=0),
        other=summary.other,
        agreed=agreed(known, summary.other),
    )


def _who_is_here(known: Known, summary: Summary) -> str:
    """Presence of the other one, and who else has this conversation before his eyes just now."""
    viewing = known.viewing.get(summary.conversation, ())
    if not viewing:
        return presence_words(known, summary.other)
    if viewing == (summary.other,):
        presence = presence_words(known, summary.other)
        return " · ".join(part for part in (presence, say("is looking at this conversation")) if part)
    return say("Looking at this: {names}", names=", ".join(known.name(person) for person in viewing))


def _typing_words(known: Known, people: tuple[Id, ...]) -> str:
    if len(people) == 1:
        return say("{name} is typing…", name=known.name(people[0]))
    return say("{names} are typing…", names=", ".join(known.name(person) for person in people))


# -- connection --------------------------------------------------------------------------------------------


def banner(state: ConnectionState) -> ConnectionBanner:
    """How things stand with the server; empty words where all is well. `retry_in` of the state is from now."""
    why = explain.reason(state.reason)
    match state.phase:
        case "connected":
            return ConnectionBanner("connected", "" if state.synced else say("Catching up…"))
        case "connecting":
            return ConnectionBanner("connecting", say("Connecting…"))
        case "reconnecting":
            wait = max(0, ceil(state.retry_in or 0)) or None
            # The banner itself counts down to the next try.
            words = why or say("The connection was lost.") if wait else _joined(why, say("Reconnecting…"))
            return ConnectionBanner("reconnecting", words, wait, can_retry=True)
    if state.reason in SIGNED_OUT:
        return ConnectionBanner("disconnected", "")
    if state.reason == "device_revoked":  # once it is done, the first screens say so
        words = say("This device was signed out from another one. What is kept here is being removed.")
        return ConnectionBanner("disconnected", words)
    return ConnectionBanner("disconnected", why or say("Not connected."), can_retry=True)


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
