"""Coaching without its widgets, against a real daemon: a coach enters for a client, who says it better."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from coachline_desktop import goal_intents
from coachline_desktop.goal_state import Choice, EntryRow, GoalForm, TargetForm
from coachline_desktop.state import AppState, Key
from support.desktop_people import ALL, AtWindow, at_window
from support.process import CLIENT_PASSWORD, serving
from support.windows import MAYA, PASSWORD, TOM

pytestmark = [pytest.mark.usefixtures("no_keyring"), pytest.mark.usefixtures("british")]

LETS_HER_ENTER = replace(ALL, record_progress=True)
FOOD = GoalForm("nutrition", "", (TargetForm("protein", "g", "up", "160"),))


async def let(client: AtWindow, choice: Choice) -> None:
    """The client chooses anew what his one coach may."""
    await client.paper.until(lambda state: state.goals.agreements)
    client.want(goal_intents.SetConsent(client.state.goals.agreements[0].trainer, choice))
    await client.paper.until(lambda state: [each.choice for each in state.goals.agreements] == [choice])


def entries(state: AppState) -> tuple[EntryRow, ...]:
    """Of the one goal on the page that is shown."""
    shown = state.goals.open
    return shown.goals[0].entries if shown is not None and shown.goals else ()


async def page_of(who: AtWindow, client: Key) -> None:
    who.want(goal_intents.OpenClient(client))
    await who.paper.until(lambda state: state.goals.open and state.goals.open.goals)


async def test_a_coach_enters_for_a_client_who_says_it_better(data: Path, tmp_path: Path) -> None:
    async with serving(data) as daemon, at_window(tmp_path / "maya") as maya, at_window(tmp_path / "tom") as tom:
        await maya.sign_in(daemon.port, MAYA, PASSWORD)
        await tom.join(daemon.port, await maya.invite(), TOM, CLIENT_PASSWORD)
        await let(tom, LETS_HER_ENTER)
        state = await maya.paper.until(lambda state: state.goals.settable)
        client, today = state.goals.settable[0].client, state.goals.settable[0].today
        maya.want(goal_intents.SetGoal("goal", ((client, FOOD),), propose=False))
        state = await tom.paper.until(lambda state: state.goals.today)
        (goal,) = state.goals.today
        assert goal.title == "Nutrition", "what nobody named is called by its kind, also by the server"
        tom.want(goal_intents.ShowDay(today - timedelta(1)))
        await tom.paper.until(lambda state: not state.goals.today)  # it was not asked yet
        tom.want(goal_intents.ShowDay(today))
        await tom.paper.until(lambda state: state.goals.today)

        await page_of(maya, client)
        maya.want(goal_intents.Enter("entry", client, goal.key, today, (("protein", "g", "99999"),)))
        await maya.paper.until(lambda _: maya.paper.forms[-1:] != [("goal", "", "")])
        assert maya.paper.forms[-1] == ("entry", "protein", "That is too high to be true: 2000 at most.")
        maya.want(goal_intents.Enter("entry", client, goal.key, today, (("protein", "g", "140"),), "By phone"))
        await page_of(tom, client)
        state = await tom.paper.until(entries)
        (entered,) = entries(state)
        assert (entered.values, entered.note, entered.by) == ("Protein 140 g", "By phone", "recorded by Maya")

        tom.want(goal_intents.Correct("entry", client, goal.key, entered.key, (("protein", "g", "150"),)))
        state = await maya.paper.until(lambda state: any(row.values == "Protein 150 g" for row in entries(state)))
        (corrected,) = entries(state)
        assert (corrected.by, corrected.history) == ("", ("Protein 140 g · By phone · recorded by you",))

        tom.want(goal_intents.Correct("entry", client, goal.key, entered.key))
        await maya.paper.until(lambda state: not entries(state))
