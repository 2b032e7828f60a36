"""Delivered and read: cursors that only go forward, who may see them, and what they say of one message.

A cursor says *up to here*: every message with seq ≤ `delivered` is on a device of that person, ≤ `read` was
seen. Always `read ≤ delivered ≤ head`. A person's own messages count as read by him without his cursors
moving: writing is not seeing, and what came in between may still be unseen.
"""

from collections.abc import Mapping
from typing import Literal

from coachline_protocol.rows import Cursor, Id, Message, Seq, Time

from coachline_core.domain.streams import CursorMove

CursorKind = Literal["delivered", "read"]
MessageState = Literal["sent", "delivered", "read"]


def move(
    conversation: Id, cursors: Mapping[Id, Cursor], person: Id, kind: CursorKind, seq: Seq, head: Seq, at: Time
) -> tuple[CursorMove, ...]:
    """The moves that take a person's cursor to `seq`, never past `head` and never back; read takes delivered along.

    Empty if the cursor is there already. `cursors`: those of the conversation, by person.
    """
    cursor = cursors.get(person) or Cursor(person=person)
    to = min(seq, head)
    moves: list[CursorMove] = []
    if to > cursor.delivered:
        moves.append(CursorMove(conversation, person, "delivered", cursor.delivered, to, at))
    if kind == "read" and to > cursor.read:
        moves.append(CursorMove(conversation, person, "read", cursor.read, to, at))
    return tuple(moves)


def moved(cursor: Cursor, move: CursorMove) -> Cursor:
    """The cursor after a move; one that is behind changes nothing."""
    if move.kind == "delivered":
        return merge(cursor, Cursor(person=cursor.person, delivered=move.after, delivered_at=move.at))
    return merge(cursor, Cursor(person=cursor.person, read=move.after, read_at=move.at))


def merge(one: Cursor, other: Cursor) -> Cursor:
    """The maximum of two cursors of one person, each position with its time; in any order, any number of times."""
    delivered, delivered_at = max((one.delivered, one.delivered_at), (other.delivered, other.delivered_at))
    read, read_at = max((one.read, one.read_at), (other.read, other.read_at))
    return Cursor(person=one.person, delivered=delivered, delivered_at=delivered_at, read=read, read_at=read_at)


def shown(cursor: Cursor, owner_sends: bool, viewer_sends: bool) -> Cursor:
    """Another person's cursor as a viewer sees it: read only if both send read receipts.

    A person sees his own cursor whole; that is not asked here.
    """
    if owner_sends and viewer_sends:
        return cursor
    return Cursor(person=cursor.person, delivered=cursor.delivered, delivered_at=cursor.delivered_at)


def message_state(seq: Seq, author: Id, cursors: Mapping[Id, Cursor], me: Id) -> MessageState:
    """How far a message has come: my own by everybody else's cursors, somebody else's by mine.

    In a group a message is delivered or read once it is so for every other member.
    """
    if author == me:
        witnesses = [cursor for person, cursor in cursors.items() if person != me]
    else:
        witnesses = [cursors[me]] if me in cursors else []
    if witnesses and all(seq <= cursor.read for cursor in witnesses):
        return "read"
    if witnesses and all(seq <= cursor.delivered for cursor in witnesses):
        return "delivered"
    return "sent"


def is_unread(message: Message, me: Id, read: Seq) -> bool:
    """Whether a message I may see counts on my badge: above my cursor, not mine, and something to be read."""
    return message.seq > read and message.author != me and message.kind not in ("system", "progress")
