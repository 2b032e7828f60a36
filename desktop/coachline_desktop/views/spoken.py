"""Words that views put beside shapes, so that no meaning hangs on a shape or a colour alone."""

from coachline_desktop.state import Bubble, ConversationRow, DayLine, NewLine, Presence, Tick, TimelineEntry
from coachline_desktop.words import plural
from coachline_desktop.words import say as tr


def presence_words(presence: Presence) -> str:
    """Empty where it is not ours to know."""
    return {"online": tr("online"), "offline": tr("offline"), "unknown": ""}[presence]


def tick_words(tick: Tick) -> str:
    """How far a message has come."""
    return {
        "queued": tr("Waiting"),
        "sending": tr("Sending"),
        "sent": tr("Sent"),
        "delivered": tr("Delivered"),
        "read": tr("Read"),
        "failed": tr("Not sent"),
    }[tick]


def spoken_row(row: ConversationRow) -> str:
    """A line of the conversation list, as a screen reader says it."""
    parts = [row.title, presence_words(row.presence)]
    if row.unread:
        parts.append(plural("%n unread", "%n unread", row.unread))
    if row.typing:
        parts.append(tr("typing"))
    elif row.draft:
        parts.append(tr("Draft: {text}").format(text=row.preview))
    elif row.preview_mine:
        parts.append(tr("You: {text}").format(text=row.preview))
    else:
        parts.append(row.preview)
    if row.preview_tick and not row.draft:
        parts.append(tick_words(row.preview_tick))
    parts.append(row.when)
    return ", ".join(part for part in parts if part)


def spoken_entry(entry: TimelineEntry) -> str:
    """A row of the timeline, as a screen reader says it: author, text, time, state."""
    if isinstance(entry, DayLine):
        return entry.words
    if isinstance(entry, NewLine):
        return tr("New messages")
    return _spoken_bubble(entry)


def _spoken_bubble(bubble: Bubble) -> str:
    if bubble.system:
        return ", ".join(part for part in (bubble.text, bubble.time) if part)
    author = tr("You") if bubble.mine else bubble.author
    parts = [f"{author}: {bubble.text}", bubble.time]
    if bubble.tick:
        parts.append(tick_words(bubble.tick))
    if bubble.failure:
        parts.append(bubble.failure)
    return ", ".join(part for part in parts if part)
