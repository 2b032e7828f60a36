"""Templates: goals that a trainer sets again and again, kept in his own stream.

SPEC.md, G14.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from coachline_protocol import limits, ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Date, Id, Revision, Role, Target, Template, Terms

from coachline_core.domain.goals import check_asked
from coachline_core.domain.text import normalise_name, normalise_note


def may_keep(roles: Sequence[Role]) -> Refusal | None:
    """Why somebody with these roles keeps no templates, or None."""
    return None if "trainer" in roles else Refusal(code=RefusalCode.ROLE_REQUIRED, hint="trainer")


def kept(held: Mapping[Id, Template], command: ops.TemplateSet, rev: Revision) -> Template | Refusal:
    """The template as the command says it, at revision `rev`; one that was removed is offered again."""
    id = command.id if command.template is None else command.template
    if command.template is not None and id not in held:
        return Refusal(code=RefusalCode.NOT_FOUND, field="template")
    if command.template is None and id in held:
        return Refusal(code=RefusalCode.CONFLICT, field="id", hint="this id was used for another template")
    others = sum(template.removed_at is None and template.id != id for template in held.values())
    if others >= limits.TEMPLATES_MAX:
        return Refusal(code=RefusalCode.TOO_MANY, limit=limits.TEMPLATES_MAX, actual=others + 1)
    title = normalise_name(command.title, field="title", limit=limits.GOAL_TITLE_CHARACTERS)
    if isinstance(title, Refusal):
        return title
    note = normalise_note(command.note, field="note", limit=limits.GOAL_NOTE_CHARACTERS)
    if isinstance(note, Refusal):
        return note
    refusal = check_asked(command.kind, title, command.targets, note)
    if refusal is not None:
        return refusal
    return Template(
        rev=rev, id=id, kind=command.kind, title=title, targets=command.targets, days=command.days, note=note
    )


def terms_from(template: Template, start: Date, targets: Sequence[Target] | None = None) -> Terms:
    """What a template asks from a day on; `targets`: with these amounts instead of its own."""
    due = None if template.days is None else start + timedelta(days=template.days)
    return Terms(
        title=template.title,
        targets=template.targets if targets is None else tuple(targets),
        start=start,
        due=due,
        note=template.note,
    )
