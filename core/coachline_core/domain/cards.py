"""Cards: what a conversation shows of goals and progress, written in the commit of the deed itself.

A card stands in the conversation of the goal's author with the client, in order with the messages, and holds nothing
of the record: whoever reads it fills it from the record as far as the client's consent reaches. SPEC.md, G12.
"""

from coachline_protocol.rows import Date, Goal, GoalDeed, Message, Seq

from coachline_core.domain.conversation import ConversationState, conversation_stream, founded
from coachline_core.domain.ids import beside, direct_id
from coachline_core.domain.record import RecordState
from coachline_core.domain.streams import Changed, Envelope, View


def goal_card(view: View, state: RecordState, envelope: Envelope, goal: Goal, deed: GoalDeed) -> tuple[Changed, ...]:
    """The changes beside the record's that tell a deed."""
    return _told(view, state, envelope, goal, deed=deed)


def progress_card(view: View, state: RecordState, envelope: Envelope, goal: Goal, day: Date) -> tuple[Changed, ...]:
    """The changes beside the record's that tell of progress: for a goal and day the first entry tells of all."""
    if state.said_on(goal.id, day):
        return ()
    return _told(view, state, envelope, goal, day=day)


def _told(
    view: View,
    state: RecordState,
    envelope: Envelope,
    goal: Goal,
    *,
    deed: GoalDeed | None = None,
    day: Date | None = None,
) -> tuple[Changed, ...]:
    coach, client = goal.author, state.client
    if not state.related(coach):
        # One's own goal, or one of somebody who coaches no more: there is no conversation to tell it in.
        return ()
    # What another trainer recorded stands in a conversation he is not in as what it is about: the client's.
    author = coach if envelope.author == coach else client
    place = view.state(conversation_stream(direct_id(coach, client)), ConversationState)
    if place.row is None:
        rows, listings = founded(
            view, place, envelope, author, coach if author == client else client, remark=beside(envelope.id)
        )
        rev = rows[-1].rev
        card = _card(envelope, goal, author, rev + 1, 2, deed, day)
        return (Changed(place.stream, place.rev, rev + 1, (*rows, card)), *listings)
    if place.row.closed_at is not None:
        return ()
    card = _card(envelope, goal, author, place.rev + 1, place.seq + 1, deed, day)
    return (Changed(place.stream, place.rev, place.rev + 1, (card,)),)


def _card(
    envelope: Envelope, goal: Goal, author: bytes, rev: int, seq: Seq, deed: GoalDeed | None, day: Date | None
) -> Message:
    return Message(
        rev=rev,
        seq=seq,
        id=envelope.id,
        author=author,
        kind="progress" if deed is None else "goal",
        text=deed or "",
        at=envelope.at,
        goal=goal.id,
        day=day,
    )
