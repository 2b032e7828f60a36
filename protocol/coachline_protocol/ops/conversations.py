"""Conversations: opening, posting, reading, receipts, typing."""

from typing import Literal

from coachline_protocol import limits
from coachline_protocol.ops.base import Body, PageSize
from coachline_protocol.rows import Count, Id, Message, MessageKind, Revision, Seq, Time


class ConversationOpen(Body, frozen=True, kw_only=True):
    """Find or create the one direct conversation with a person."""

    id: Id
    person: Id


class Opened(Body, frozen=True, kw_only=True):
    """The conversation, found or created."""

    conversation: Id
    rev: Revision


class ConversationList(Body, frozen=True, kw_only=True):
    """My conversations, by last activity, newest first; `before`: the last entry of the page before."""

    before: tuple[Time, Id] | None = None
    limit: PageSize = limits.LIST_MAX


class ConversationEntry(Body, frozen=True, kw_only=True):
    """A conversation as a list shows it. `other`: the other person of a direct one."""

    conversation: Id
    kind: Literal["direct", "group", "room", "announcement"]
    other: Id | None = None
    title: str | None = None
    head: Seq
    unread: Count
    last: Message | None = None
    """The last message, its text cut to PREVIEW_CHARACTERS."""
    active_at: Time


class Conversations(Body, frozen=True, kw_only=True):
    """One page of my conversations."""

    conversations: tuple[ConversationEntry, ...]
    more: bool = False


class MessagePost(Body, frozen=True, kw_only=True):
    """Say something. `id` becomes the message's id."""

    id: Id
    conversation: Id
    text: str
    kind: MessageKind = "text"


class Posted(Body, frozen=True, kw_only=True):
    """The message is durable: its revision, its place, its time."""

    rev: Revision
    seq: Seq
    at: Time


class History(Body, frozen=True, kw_only=True):
    """Messages by seq, newest first with `before`, oldest first with `after`; exactly one of them, or neither
    for the newest."""

    conversation: Id
    before: Seq | None = None
    after: Seq | None = None
    limit: PageSize = limits.HISTORY_DEFAULT


class Messages(Body, frozen=True, kw_only=True):
    """Messages in ascending seq. `more`: there are more in the direction asked for."""

    messages: tuple[Message, ...]
    more: bool = False


class Receipts(Body, frozen=True, kw_only=True):
    """When each member got and saw one message."""

    conversation: Id
    seq: Seq


class Receipt(Body, frozen=True, kw_only=True):
    """One member's: when it reached a device of theirs, when they saw it; absent: not yet, or not mine to know."""

    person: Id
    delivered_at: Time | None = None
    read_at: Time | None = None


class ReceiptList(Body, frozen=True, kw_only=True):
    """Of every member but the author."""

    receipts: tuple[Receipt, ...]


class CursorDelivered(Body, frozen=True, kw_only=True):
    """This device has stored everything up to `seq`."""

    conversation: Id
    seq: Seq


class CursorRead(Body, frozen=True, kw_only=True):
    """I have seen up to `seq`, in a focused window."""

    conversation: Id
    seq: Seq


class ConversationView(Body, frozen=True, kw_only=True):
    """Which conversation this device shows now; None: none."""

    conversation: Id | None = None


class Typing(Body, frozen=True, kw_only=True):
    """I began to type, or stopped."""

    conversation: Id
    on: bool
