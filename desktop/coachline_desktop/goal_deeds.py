"""What people want of coaching becomes calls of the session, and what the session knows the coaching half of the state.

What is typed is read here, by the locale's decimal point; what cannot be read is said beside its field and nothing is
lost. Everything else is queued on this computer, so it works offline; what the server refuses later is a notice, and
stays on the page of goals to be tried again or dropped.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from coachline_core.client import Record, Refused, Session
from coachline_core.domain.amounts import parse_amount
from coachline_core.domain.goals import check_measures
from coachline_core.domain.metrics import METRICS
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Amount, Date, GoalKind, Id, Measure, Target, Terms

from coachline_desktop import (
    client_page,
    explain,
    goal_intents,
    goal_words,
    present_day,
    present_goals,
)
from coachline_desktop.goal_intents import Typed
from coachline_desktop.goal_state import GoalForm, GoalsState, TargetForm
from coachline_desktop.present import Known
from coachline_desktop.screen import Screen
from coachline_desktop.undone import undone
from coachline_desktop.words import say

KINDS: Final[Mapping[str, GoalKind]] = {
    "nutrition": "nutrition",
    "body": "body",
    "strength": "strength",
    "distance": "distance",
    "duration": "duration",
    "steps": "steps",
    "sessions": "sessions",
    "habit": "habit",
    "rating": "rating",
    "free": "free",
}


class GoalDeeds:
    """The coaching half of `SignedIn`. `opened`: whose page is on the screen."""

    def __init__(self, session: Session, screen: Screen) -> None:
        self._session, self._screen = session, screen
        self.opened: Id | None = None
        self._day: tuple[Date, Date] | None = None
        """The day to be entered, and the day on which that was chosen; None: today."""

    # -- what is shown -------------------------------------------------------------------------------------

    def state(self, known: Known) -> GoalsState:
        """All of it."""
        session, records = self._session, known.records
        mine = next((record for record in records if record.client == known.person), None)
        opened = next((record for record in records if record.client == self.opened), None)
        waiting = [proposal for record in records for proposal in present_goals.proposals(known, record)]
        day = None if mine is None else self._day_of(mine)
        return GoalsState(
            today=() if mine is None or day is None else present_day.goals_of_day(known, mine, day),
            day=None if mine is None or day is None else present_day.day_shown(mine, day),
            proposals=tuple(waiting),
            roster=present_goals.roster(known, records),
            agreements=present_goals.agreements(known, records),
            templates=present_goals.templates(session.templates()),
            settable=present_goals.settable(known, records),
            open=None if opened is None else client_page.client_page(known, opened),
            undone=undone(known, session.waiting()),
            hidden=say("Not connected for a day: what others share is shown again with the next connection.")
            if known.hides_records
            else "",
        )

    def _day_of(self, mine: Record) -> Date:
        """The day that is shown: what was chosen the day before is chosen no more."""
        if self._day is None or self._day[1] != mine.today:
            return mine.today
        return self._day[0]

    def show_day(self, want: goal_intents.ShowDay) -> None:
        """Show another day of mine."""
        me = self._session.person
        mine = None if me is None else self._session.record(me)
        self._day = None if mine is None else (want.day, mine.today)

    def not_done(self, known: Known, deed: Id) -> list[str]:
        """What was refused just now, and why."""
        refused = [each for each in undone(known, self._session.waiting()) if each.key == deed]
        return [say("{what}: not done. {why}", what=each.words, why=each.why) for each in refused]

    # -- what is wanted ------------------------------------------------------------------------------------

    def here(self) -> Mapping[type, Callable[[Any], Awaitable[object]]]:
        """Everything is put on this computer's disk first, in order."""
        session = self._session
        return {
            goal_intents.Enter: self._enter,
            goal_intents.Correct: self._correct,
            goal_intents.SetGoal: self._set_goal,
            goal_intents.ChangeGoal: self._change_goal,
            goal_intents.AnswerGoal: self._answer,
            goal_intents.SetGoalState: lambda want: session.set_goal_state(want.client, want.goal, want.state),
            goal_intents.MakeExcuse: self._excuse,
            goal_intents.WithdrawExcuse: lambda want: session.withdraw_excuse(want.client, want.excuse),
            goal_intents.SetConsent: self._consent,
            goal_intents.SetCoaching: self._coaching,
            goal_intents.KeepTemplate: self._keep_template,
            goal_intents.RemoveTemplate: lambda want: session.remove_template(want.template),
            goal_intents.RetryDeed: lambda want: session.retry(want.deed),
            goal_intents.DropDeed: lambda want: session.discard(want.deed),
        }

    async def _enter(self, want: goal_intents.Enter) -> None:
        async def act() -> None:
            values = _measures(want.values)
            await self._session.record_progress(want.client, want.goal, want.day, values, want.note.strip())

        await self._fill_in(want, act, want.values)

    async def _correct(self, want: goal_intents.Correct) -> None:
        async def act() -> None:
            values = _measures(want.values)
            self._check(want, values)
            await self._session.correct_progress(want.client, want.entry, values, want.note.strip())

        await self._fill_in(want, act, want.values)

    def _check(self, want: goal_intents.Correct, values: Sequence[Measure]) -> None:
        """Raises Refused for what the goal takes no more than in a first saying."""
        record = self._session.record(want.client)
        course = None if record is None else record.goal(want.goal)
        if course is not None:
            asked = tuple(target for version in course.versions for target in version.terms.targets)
            if (refusal := check_measures(course.goal.kind, asked, values)) is not None:
                raise Refused(refusal)

    async def _set_goal(self, want: goal_intents.SetGoal) -> None:
        async def act() -> None:
            if not want.forms:
                raise Refused(Refusal(code=RefusalCode.INVALID, field="client", hint=say("Choose somebody.")))
            todays = {one.client: one.today for one in self._session.records()}
            said = {client: _terms(form, todays.get(client, date.min)) for client, form in want.forms}
            await self._session.set_goals(KINDS[want.forms[0][1].kind], said, propose=want.propose)

        await self._fill_in(want, act)

    async def _change_goal(self, want: goal_intents.ChangeGoal) -> None:
        async def act() -> None:
            record = self._session.record(want.client)
            today = record.today if record is not None else date.min
            terms, effective = _terms(want.form, today), want.effective or today
            change = self._session.counter_goal if want.counter else self._session.change_goal
            await change(want.client, want.goal, terms, effective)

        await self._fill_in(want, act)

    async def _answer(self, want: goal_intents.AnswerGoal) -> None:
        answer = self._session.accept_goal if want.accept else self._session.decline_goal
        await answer(want.client, want.goal)

    async def _excuse(self, want: goal_intents.MakeExcuse) -> None:
        async def act() -> None:
            await self._session.make_excuse(want.client, want.first, want.last, want.reason, want.note.strip())

        await self._fill_in(want, act)

    async def _consent(self, want: goal_intents.SetConsent) -> None:
        await self._session.set_consent(want.trainer, present_goals.consent(want.choice))

    async def _coaching(self, want: goal_intents.SetCoaching) -> None:
        match want.deed:
            case "pause":
                await self._session.pause(want.client, want.trainer)
            case "resume":
                await self._session.resume(want.client, want.trainer)
            case "end":
                await self._session.end(want.client, want.trainer, leave=want.leave)

    async def _keep_template(self, want: goal_intents.KeepTemplate) -> None:
        async def act() -> None:
            form, terms = want.form, _terms(want.form, date.min)
            days = (form.due - form.start).days if form.due is not None and form.start is not None else 0
            await self._session.set_template(
                KINDS[form.kind], terms.title, terms.targets, days=days if days > 0 else None, note=terms.note
            )

        await self._fill_in(want, act)

    async def _fill_in(
        self, want: goal_intents.Filled, act: Callable[[], Awaitable[None]], values: Sequence[Typed] = ()
    ) -> None:
        """Do what a form says; what is wrong with it is said there, and what stands in it stays.

        `values`: what of progress stands in it, whose fields are named by their metrics. Raises Refused where no form
        can say so.
        """
        if not want.place:
            await act()
            return
        try:
            await act()
        except Refused as refused:
            field = _field_of(refused.refusal.field or "", values)
            if not self._screen.form_refused(want.place, field, _why(refused.refusal)):
                raise
        else:
            self._screen.form_done(want)


def _field_of(field: str, values: Sequence[Typed]) -> str:
    """The field of a form that a refusal names; measures are counted there, and in forms named by what they measure."""
    found = re.match(r"measures\[(\d+)\]", field)
    said = [metric for metric, _, typed in values if typed.strip()]
    return said[int(found[1])] if found and int(found[1]) < len(said) else field


def _why(refused: Refusal) -> str:
    """What is wrong with what was typed: nearer than what the server would say."""
    if refused.code is RefusalCode.INVALID and refused.hint:
        words = {
            "not a number, or not clearly one": say("That is not clearly a number."),
            "too many decimals": say("That has more decimals than are counted: {limit}.", limit=refused.limit),
            "too many digits": say("That number is too large."),
            "too high to be true": say("That is too high to be true: {limit} at most.", limit=refused.limit),
            "too low to be true": say("That is too low to be true: {limit} at least.", limit=refused.limit),
            "nothing to reach": say("Nothing is nothing to reach."),
            "nothing is asked": say("Nothing is asked yet: write at least one amount."),
        }
        return words.get(refused.hint, refused.hint[:1].upper() + refused.hint[1:])
    return explain.refusal(refused)


def _amount(typed: str, metric: str, unit: str, field: str) -> Amount:
    decimals = METRICS[metric].units[unit].decimals
    read = parse_amount(typed, point=goal_words.point(), decimals=decimals, field=field)
    if isinstance(read, Refusal):
        raise Refused(read)
    return read


def _measures(values: Sequence[Typed]) -> tuple[Measure, ...]:
    """What was typed, as values; fields left empty say nothing."""
    return tuple(
        Measure(metric, unit, _amount(typed, metric, unit, metric)) for metric, unit, typed in values if typed.strip()
    )


def _terms(form: GoalForm, today: date) -> Terms:
    """What stands in an editor, as terms; targets without an amount are not asked.

    What nobody named is called by its kind; only what is asked in words alone has to be named.
    """
    filled = [target for target in form.targets if target.amount.strip()]
    unnamed = "" if form.kind == "free" else say(goal_words.KIND_WORDS[form.kind])
    return Terms(
        title=form.title.strip() or unnamed,
        targets=tuple(_target(target, f"terms.targets[{n}]") for n, target in enumerate(filled)),
        start=form.start or today,
        due=form.due,
        note=form.note.strip(),
    )


def _target(form: TargetForm, field: str) -> Target:
    upper = _amount(form.upper, form.metric, form.unit, f"{field}.upper") if form.direction == "hold" else None
    return Target(
        metric=form.metric,
        unit=form.unit,
        direction=form.direction,
        amount=_amount(form.amount, form.metric, form.unit, f"{field}.amount"),
        upper=upper,
        per=form.per,
        reps=form.reps,
    )
