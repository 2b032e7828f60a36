"""Excuses: days of illness, injury, holiday or travel on which nothing is held against the client.

SPEC.md, G11.
"""

import msgspec
from coachline_protocol import limits, ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Excuse

from coachline_core.domain.days import AHEAD, BACK, outside
from coachline_core.domain.goal_deeds import client_day
from coachline_core.domain.permits import excuse_refusal
from coachline_core.domain.record import UNNUMBERED, RecordState
from coachline_core.domain.streams import Decision, Envelope, View
from coachline_core.domain.text import normalise_note


def make(view: View, state: RecordState, envelope: Envelope, command: ops.ExcuseMake) -> Decision | Refusal:
    """Days that do not count: at most a year back, so that what was looked at long ago stays what it was."""
    refusal = excuse_refusal(state, envelope.author, new=True)
    if refusal is not None:
        return refusal
    today = client_day(view, state, envelope)
    if isinstance(today, Refusal):
        return today
    refusal = outside(command.first, today - BACK, today + AHEAD, "first") or outside(
        command.last, command.first, command.first + BACK, "last"
    )
    if refusal is not None:
        return refusal
    if len(state.excuses) >= limits.EXCUSES_MAX:
        return Refusal(code=RefusalCode.TOO_MANY, limit=limits.EXCUSES_MAX, actual=len(state.excuses) + 1)
    note = normalise_note(command.note, field="note", limit=limits.GOAL_NOTE_CHARACTERS)
    if isinstance(note, Refusal):
        return note
    row = Excuse(
        rev=UNNUMBERED,
        id=envelope.id,
        author=envelope.author,
        at=envelope.at,
        first=command.first,
        last=command.last,
        reason=command.reason,
        note=note,
    )
    return _done(state, row)


def withdraw(state: RecordState, envelope: Envelope, command: ops.ExcuseWithdraw) -> Decision | Refusal:
    """An excuse does not count any more."""
    refusal = excuse_refusal(state, envelope.author, new=False)
    if refusal is not None:
        return refusal
    held = state.excuses.get(command.excuse)
    if held is None:
        return Refusal(code=RefusalCode.NOT_FOUND, field="excuse")
    if envelope.author not in (state.client, held.author):
        return Refusal(code=RefusalCode.NOT_YOURS, field="excuse")
    if held.withdrawn_at is not None:
        return Decision(ops.Changed(rev=held.rev))
    return _done(state, msgspec.structs.replace(held, withdrawn_at=envelope.at))


def _done(state: RecordState, row: Excuse) -> Decision:
    changed = state.written(row)
    return Decision(ops.Changed(rev=changed.rev), (changed,))
