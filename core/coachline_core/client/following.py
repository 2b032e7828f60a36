"""How a session follows streams: what to make of what the server says. Pure; answers facts and what to ask.

Holes are judged by revision only (`rev ≤ mine` drop, `after ≤ mine < rev` apply, `after > mine` ask), never by
seq.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from coachline_protocol.connection import Answered, Told
from coachline_protocol.ops import (
    Change,
    ChangePage,
    CursorDelivered,
    CursorMoved,
    CursorRead,
    Empty,
    Head,
    MessagePost,
    Messages,
    Person,
    Posted,
    SnapshotTaken,
)
from coachline_protocol.ops import Withdrawn as WithdrawnEvent
from coachline_protocol.rows import AnyRow, Cursor, Id, Message, Relationship, Revision, Seq, StreamId

from coachline_core.client import facts
from coachline_core.client.model import Model, conversation_stream
from coachline_core.client.records import rows_said
from coachline_core.domain.outbox import Entry
from coachline_core.domain.ranges import Range
from coachline_core.domain.record import sees
from coachline_core.domain.streams import row_key
from coachline_core.domain.sync import Action, Verdict, judge, plan


@dataclass(slots=True)
class Findings:
    """What some events come to: facts to keep, and how far streams are known to have gone without us."""

    learned: list[facts.Fact] = field(default_factory=list)
    behind: dict[StreamId, Revision] = field(default_factory=dict)
    anew: list[StreamId] = field(default_factory=list)
    """Of these, what is being fetched was asked for too early, and all is to be taken again."""


def events(model: Model, heard: Sequence[Told | Answered]) -> list[Told]:
    """What was told, by events and by replies: who is answered is not told by an event what the reply says (S5, R2)."""
    return [event for one in heard if (event := one if isinstance(one, Told) else _told_by(model, one)) is not None]


def _told_by(model: Model, answered: Answered) -> Told | None:
    """The event that a reply stands for."""
    me, epoch = model.person, model.epoch
    if me is None or epoch is None:
        return None
    match answered.request, answered.body:
        case MessagePost() as post, Posted() as reply:
            stream = conversation_stream(post.conversation)
            rows = (posted(me, post, reply),)
            return Told("message", Change(stream=stream, epoch=epoch, after=reply.rev - 1, rev=reply.rev, rows=rows))
        case CursorDelivered(conversation=conversation, seq=seq), Empty():
            cursor = Cursor(person=me, delivered=seq)
            return Told("cursor", CursorMoved(conversation=conversation, cursors=(cursor,)))
        case CursorRead(conversation=conversation, seq=seq), Empty():
            cursor = Cursor(person=me, delivered=seq, read=seq)
            return Told("cursor", CursorMoved(conversation=conversation, cursors=(cursor,)))
        case _:
            return None


def posted(me: Id, post: MessagePost, reply: Posted) -> Message:
    """The message that I posted, as the reply to it says."""
    return Message(rev=reply.rev, seq=reply.seq, id=post.id, author=me, kind=post.kind, text=post.text, at=reply.at)


def hear(model: Model, events: Sequence[Told], fetching: Callable[[StreamId], bool]) -> Findings:
    """What one message's events come to, in order; what is only shown and not kept is left out.

    `fetching(stream)`: the stream is asked for. A snapshot on its way may have been taken before a cursor moved of
    which it is told now, and would not be told again.
    """
    findings = Findings()
    revs: dict[StreamId, Revision | None] = {}
    seqs: dict[StreamId, Seq] = {}
    for event in events:
        match event.body:
            case Change() as change:
                _hear_change(model, change, revs, seqs, findings)
            case CursorMoved(conversation=conversation, cursors=cursors):
                stream = StreamId("conversation", conversation)
                mine = revs[stream] if stream in revs else model.revs.get(stream)
                if mine is not None or (stream not in revs and fetching(stream)):
                    findings.learned.append(facts.CursorsMoved(conversation, cursors))
            case Person() as person:
                findings.learned.append(facts.Met((person,)))
            case WithdrawnEvent(stream=stream):
                findings.learned.append(facts.Withdrawn(stream))
                findings.behind.pop(stream, None)
                revs[stream] = None
                seqs[stream] = 0
            case _:
                pass
    return findings


def _hear_change(
    model: Model,
    change: Change,
    revs: dict[StreamId, Revision | None],
    seqs: dict[StreamId, Seq],
    findings: Findings,
) -> None:
    stream = change.stream
    mine = revs.get(stream, model.revs.get(stream))
    verdict = judge(mine or 0, change)
    news = mine is not None and verdict is not Verdict.DROP and change.epoch == model.epoch
    reached = _reached(model, stream, mine or 0, change.rows) if news else None
    if reached is not None:
        findings.learned += confined(model, reached)
        findings.anew.append(stream)
        findings.behind[stream] = max(change.rev, findings.behind.get(stream, 0))
    elif change.epoch != model.epoch or verdict is Verdict.ASK:
        findings.behind[stream] = max(change.rev, findings.behind.get(stream, 0))
    elif verdict is Verdict.APPLY:
        seq = max([seqs.get(stream, last_seq(model, stream)), *_seqs(change.rows)])
        revs[stream], seqs[stream] = change.rev, seq
        findings.learned.append(facts.Grown(stream, change.epoch, change.rev, seq, change.rows))
        findings.learned += accepted(model, change.rows)


def related(model: Model, events: Sequence[Told]) -> set[Id]:
    """With whom I am related otherwise than before, as these events say."""
    found: set[Id] = set()
    for event in events:
        match event.body:
            case Change(rows=rows):
                sides = ((row.trainer, row.client) for row in rows if isinstance(row, Relationship))
                found |= {person for pair in sides for person in pair}
            case WithdrawnEvent(stream=stream) if stream.kind == "record":
                found.add(stream.id)
            case _:
                pass
    return found - {model.person}


def _reached(model: Model, stream: StreamId, mine: Revision, rows: Sequence[AnyRow]) -> Relationship | None:
    """My relationship as these rows say it, if that is news: I may see more or less of the client's record now."""
    for row in rows:
        if isinstance(row, Relationship) and row.trainer == model.person and row.client != model.person:
            return row if row.reach > max(mine, model.reach(stream.id)) else None
    return None


def confined(model: Model, relationship: Relationship) -> list[facts.Fact]:
    """From now on I see of a client's record what this relationship says.

    What it does not cover goes at once. The record stays at the revision it had, which is before `reach`: until it has
    been taken anew it is not complete, and a cut does not make it so.
    """
    if model.person is None:
        return []
    stream = StreamId("record", relationship.client)
    return [facts.Noted(stream, (relationship,)), facts.Confined(model.person, relationship)]


def entered(model: Model, entry: Entry, rev: Revision) -> list[facts.Fact]:
    """What an acknowledged command of mine has made of progress or a goal, unless it is here or not mine to see."""
    stream, me = entry.stream, model.person
    if me is None or stream not in model.revs:
        return []
    held, mine = model.rows[stream], model.my_relationship(stream.id)
    said = rows_said(me, entry.body, rev, held.values())
    rows = tuple(row for row in said if row_key(row) not in held and sees(me, stream.id, mine, row))
    return [facts.Noted(stream, rows)] if rows else []


def accepted(model: Model, rows: Sequence[AnyRow]) -> list[facts.Fact]:
    """The queued messages that these rows show to be accepted."""
    return [
        facts.Acknowledged(row.id)
        for row in rows
        if isinstance(row, Message) and row.author == model.person and model.outbox.get(row.id) is not None
    ]


def last_seq(model: Model, stream: StreamId) -> Seq:
    """Up to which message a conversation is held; 0 for other streams."""
    held = model.conversations.get(stream.id) if stream.kind == "conversation" else None
    return held.seq if held is not None and stream in model.revs else 0


# -- hello -------------------------------------------------------------------------------------------------


def welcome(model: Model, at: int, epoch: Id, heads: Sequence[Head]) -> Findings:
    """What a complete list of heads comes to. Withdrawals come before anything else."""
    steps = plan(model.revs, model.epoch, heads, epoch)
    cursors = {head.stream: head.cursors for head in heads}
    findings = Findings([facts.Withdrawn(step.stream) for step in steps if step.action is Action.WIPE])
    reaches = tuple((head.stream, head.reach) for head in heads if head.reach)
    findings.learned.append(facts.Welcomed(at, epoch, reaches))
    for step in steps:
        if step.action in (Action.CHANGES, Action.NOTHING) and cursors[step.stream]:
            findings.learned.append(facts.CursorsMoved(step.stream.id, cursors[step.stream]))
    revs = {head.stream: head.rev for head in heads}
    fetched = [step.stream for step in steps if step.action in (Action.CHANGES, Action.SNAPSHOT)]
    findings.behind.update({stream: revs[stream] for stream in fetched})
    return findings


# -- answers -----------------------------------------------------------------------------------------------


def changed(model: Model, stream: StreamId, after: Revision, page: ChangePage) -> Findings:
    """A page of changes asked for after `after`.

    Messages come in order of their latest change, so only the last page tells that none below its highest seq is
    missing; until then the conversation's seq stays.
    """
    if model.revs.get(stream) != after or model.epoch is None:
        return Findings()
    reached = _reached(model, stream, after, page.rows)
    if reached is not None:
        return Findings(confined(model, reached), anew=[stream])
    seq = last_seq(model, stream)
    if not page.more and stream.kind == "conversation":
        held = model.conversations[stream.id]
        seq = max([seq, *held.timeline.messages, *_seqs(page.rows)])
    grown = facts.Grown(stream, model.epoch, max(after, page.upto), seq, page.rows)
    moved = [facts.CursorsMoved(stream.id, page.cursors)] if page.cursors else []
    return Findings([grown, *moved, *accepted(model, page.rows)])


def retaken(model: Model, stream: StreamId, taken: SnapshotTaken) -> list[facts.Fact]:
    """A snapshot, unless it is of another epoch than this connection.

    It may end before my own relationship, which is known then, and stays.
    """
    if taken.epoch != model.epoch:
        return []
    start = min(_seqs(taken.rows), default=taken.seq + 1)
    mine = model.my_relationship(stream.id) if stream.kind == "record" else None
    rows = taken.rows if mine is None or mine.rev <= taken.head else (*taken.rows, mine)
    fact = facts.Retaken(stream, taken.epoch, taken.head, taken.seq, start, rows)
    moved = [facts.CursorsMoved(stream.id, taken.cursors)] if taken.cursors else []
    return [fact, *moved, *accepted(model, taken.rows)]


def filled(model: Model, conversation: Id, hole: Range, page: Messages) -> list[facts.Fact]:
    """A page of history asked for below the end of a hole: complete down to its first message, or to the hole's
    beginning when there is nothing more."""
    if conversation_stream(conversation) not in model.revs:
        return []
    start = page.messages[0].seq if page.more and page.messages else hole[0]
    return [facts.Filled(conversation, start, hole[1], page.messages)]


def _seqs(rows: Sequence[AnyRow]) -> list[Seq]:
    return [row.seq for row in rows if isinstance(row, Message)]
