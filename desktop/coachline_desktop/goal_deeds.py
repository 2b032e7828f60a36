"""What people want of coaching becomes calls of the session, and what the session knows the coaching half of the state.

What is typed is read here, by the locale's decimal point; what cannot be read is said beside its field and nothing is
lost. Everything else is queued on this computer, so it works offline; what the server refuses later is a notice.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from coachline_core.client import Refused, Session
from coachline_core.domain.amounts import parse_amount
from coachline_core.domain.metrics import METRICS
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Amount, GoalKind, Id, Measure, Target, Terms

from coachline_desktop import client_page, explain, goal_intents, goal_words, present_goals
from coachline_desktop.goal_intents import Typed
from coachline_desktop.goal_state import GoalForm, GoalsState, TargetForm
from coachline_desktop.present import Known
from coachline_desktop.screen import Screen
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

    # -- what is shown -------------------------------------------------------------------------------------

    def state(self, known: Known) -> GoalsState:
        """All of it."""
        session, records = self._session, known.records
        mine = next((record for record in records if record.client == known.person), None)
        opened = next((record for record in records if record.client == self.opened), None)
        waiting = [proposal for record in records for proposal in present_goals.proposals(known, record)]
        return GoalsState(
            today=() if mine is None else present_goals.today(known, mine),
            today_words="" if mine is None else goal_words.weekday(mine.today),
            proposals=tuple(waiting),
            roster=present_goals.roster(known, records),
            agreements=present_goals.agreements(known, records),
            templates=present_goals.templates(session.templates()),
            settable=present_goals.settable(known, records),
            open=None if opened is None else client_page.client_page(known, opened),
            hidden=say("Not connected for a day: what others share is shown again with the next connection.")
            if session.hides_records
            else "",
        )

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
        }

    async def _enter(self, want: goal_intents.Enter) -> None:
        async def act() -> None:
            record = self._session.record(want.client)
            day = want.day or (record.today if record is not None else date.min)
            await self._session.record_progress(want.client, want.goal, day, _measures(want.values), want.note.strip())

        await self._fill_in(want.place, act)

    async def _correct(self, want: goal_intents.Correct) -> None:
        async def act() -> None:
            await self._session.correct_progress(want.client, want.entry, _measures(want.values), want.note.strip())

        await self._fill_in(want.place, act)

    async def _set_goal(self, want: goal_intents.SetGoal) -> None:
        async def act() -> None:
            if not want.forms:
                raise Refused(Refusal(code=RefusalCode.INVALID, field="client", hint=say("Choose somebody.")))
            todays = {one.client: one.today for one in self._session.records()}
            said = {client: _terms(form, todays.get(client, date.min)) for client, form in want.forms}
            await self._session.set_goals(KINDS[want.forms[0][1].kind], said, propose=want.propose)

        await self._fill_in(want.place, act)

    async def _change_goal(self, want: goal_intents.ChangeGoal) -> None:
        async def act() -> None:
            record = self._session.record(want.client)
            today = record.today if record is not None else date.min
            terms, effective = _terms(want.form, today), want.effective or today
            change = self._session.counter_goal if want.counter else self._session.change_goal
            await change(want.client, want.goal, terms, effective)

        await self._fill_in(want.place, act)

    async def _answer(self, want: goal_intents.AnswerGoal) -> None:
        answer = self._session.accept_goal if want.accept else self._session.decline_goal
        await answer(want.client, want.goal)

    async def _excuse(self, want: goal_intents.MakeExcuse) -> None:
        async def act() -> None:
            await self._session.make_excuse(want.client, want.first, want.last, want.reason, want.note.strip())

        await self._fill_in(want.place, act)

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
            form = want.form
            terms = _terms(form, date.min)
            days = (form.due - form.start).days if form.due is not None and form.start is not None else 0
            await self._session.set_template(
                KINDS[form.kind], terms.title, terms.targets, days=days if days > 0 else None, note=terms.note
            )

        await self._fill_in(want.place, act)

    async def _fill_in(self, place: str, act: Callable[[], Awaitable[None]]) -> None:
        """Do what a form says; what is wrong with it is said there, and what stands in it stays."""
        try:
            await act()
        except Refused as refused:
            self._screen.form_refused(place, refused.refusal.field or "", _why(refused.refusal))
        else:
            self._screen.form_done(place)


def _why(refused: Refusal) -> str:
    """What is wrong with what was typed: nearer than what the server would say."""
    if refused.code is RefusalCode.INVALID and refused.hint:
        words = {
            "not a number, or not clearly one": say("That is not clearly a number."),
            "too many decimals": say("That has more decimals than are counted: {limit}.", limit=refused.limit),
            "too many digits": say("That number is too large."),
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
    """What stands in an editor, as terms; targets without an amount are not asked."""
    filled = [(n, target) for n, target in enumerate(form.targets) if target.amount.strip()]
    return Terms(
        title=form.title.strip(),
        targets=tuple(_target(target, f"terms.targets[{n}]") for n, target in filled),
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
