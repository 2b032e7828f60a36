"""Whether somebody may do this to a client's record: by being the client, or by his relationship and consent.

SPEC.md, G2 and G5.
"""

from typing import Final, Literal

from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Consent, Id, Relationship

from coachline_core.domain.record import RecordState

NOT_AUTHORISED: Final = "not authorised to assign goals to this client"
"""The hint of every refusal for want of the consent to set goals."""

PairCommand = ops.RelationshipPause | ops.RelationshipResume | ops.RelationshipEnd
"""What either side may say of their relationship."""


def coached(held: Relationship | None, field: str) -> Relationship | Refusal:
    """A relationship by which something can be done, or why not. `field`: where its other side was named."""
    if held is None:
        return Refusal(code=RefusalCode.NOT_FOUND, field=field)
    if held.state == "ended":
        return Refusal(code=RefusalCode.NO_RELATIONSHIP, field=field)
    return held


def of_pair(author: Id, command: PairCommand, held: Relationship | None) -> Relationship | Refusal:
    """The relationship that a command of one of its two sides names, or why not; `held`: that one, if there is one."""
    if author == command.client:
        return coached(held, "trainer")
    return coached(held if author == command.trainer else None, "client")


def consent_refusal(consent: Consent) -> Refusal | None:
    """Why a client cannot consent to this, or None: who sets goals must see them, and so on."""
    if consent.set_goals != "none" and not consent.see_goals:
        return _inconsistent("set_goals", "see_goals")
    if consent.see_progress and not consent.see_goals:
        return _inconsistent("see_progress", "see_goals")
    if consent.record_progress and not consent.see_progress:
        return _inconsistent("record_progress", "see_progress")
    return None


def goal_refusal(
    state: RecordState, author: Id, needed: Literal["propose", "assign"], *, new_terms: bool = False
) -> Refusal | None:
    """Why somebody cannot do this to goals, or None. `new_terms`: it asks something new, which waits in a pause."""
    if author == state.client:
        return None
    held = coached(state.relationships.get(author), "client")
    if isinstance(held, Refusal):
        return held
    if new_terms and held.state == "paused":
        return Refusal(code=RefusalCode.RELATIONSHIP_PAUSED, field="client")
    return None if held.consent.set_goals in (needed, "assign") else _withheld("set_goals", NOT_AUTHORISED)


def progress_refusal(state: RecordState, author: Id) -> Refusal | None:
    """Why somebody cannot record progress, or None."""
    if author == state.client:
        return None
    held = coached(state.relationships.get(author), "client")
    if isinstance(held, Refusal):
        return held
    return None if held.consent.record_progress else _withheld("record_progress")


def excuse_refusal(state: RecordState, author: Id, *, new: bool) -> Refusal | None:
    """Why somebody cannot make (`new`) or withdraw an excuse, or None: excuses are seen with progress."""
    if author == state.client:
        return None
    held = coached(state.relationships.get(author), "client")
    if isinstance(held, Refusal):
        return held
    if new and held.consent.set_goals != "assign":
        return _withheld("set_goals", NOT_AUTHORISED)
    return None if held.consent.see_progress else _withheld("see_progress")


def _withheld(permission: str, hint: str | None = None) -> Refusal:
    return Refusal(code=RefusalCode.CONSENT_REQUIRED, field=f"consent.{permission}", hint=hint)


def _inconsistent(permission: str, needed: str) -> Refusal:
    return Refusal(code=RefusalCode.INVALID, field=f"consent.{permission}", hint=f"needs {needed}")
