"""Coaching through real windows and a real daemon: what is proposed, entered, withdrawn and refused is seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from coachline_desktop import goal_intents
from coachline_desktop.goal_state import Choice
from coachline_desktop.views.chart import Chart, Weeks
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from support.desktop_people import AtWindow, at_window
from support.process import CLIENT_PASSWORD, serving
from support.tunnel import tunnel
from support.windows import MAYA, PASSWORD, TOM, Seated, play

pytestmark = pytest.mark.usefixtures("no_keyring")

FOOD = {"Energy": "kcal", "Protein": "g", "Carbohydrate": "g", "Fat": "g"}
NOT_SHOWN = "Not shown to you any more"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Numbers are written alike wherever this runs."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.NewZealand))
    yield
    QLocale.setDefault(before)


async def at_goals(who: Seated, port: int, handle: str, password: str = CLIENT_PASSWORD) -> None:
    """Sign in and go to the page of goals."""
    await who.sign_in(port, handle, password)
    await who.until(who.titles, "the conversations")
    await who.press(Qt.Key.Key_5)


async def look_at(coach: Seated, name: str) -> None:
    """Open a client's page from the list."""
    await coach.click_row(name)
    await coach.until(lambda: f"Message {name}" in coach.names(), f"the page of {name}")


async def write_goal(coach: Seated, title: str, *amounts: str) -> None:
    """Fill the editor for what somebody is to eat."""
    await coach.press(Qt.Key.Key_G)
    for (metric, unit), amount in zip(FOOD.items(), amounts, strict=False):
        await coach.fill(f"{metric}: amount in {unit}", amount)
    await coach.fill("Title", title)


async def enter_today(client: Seated, *amounts: str) -> None:
    """Type what was eaten into today's fields, then Enter."""
    await client.until(lambda: len(_todays(client)) == len(amounts), "a field for each amount")
    await client.come_forward()
    for field, amount in zip(_todays(client), amounts, strict=True):
        QTest.mouseClick(field, Qt.MouseButton.LeftButton)
        QTest.keyClicks(field, amount)
    QTest.keyClick(_todays(client)[-1], Qt.Key.Key_Return)


def _todays(client: Seated) -> list[QLineEdit]:
    return [field for field in client.main.goals.today.findChildren(QLineEdit) if field.isVisible()]


def asked_today(client: Seated) -> list[str]:
    """What somebody is asked today, by the names of the fields it is entered in."""
    return [field.accessibleName() for field in _todays(client)]


def charts(who: Seated) -> list[QWidget]:
    """The charts and weeks that can be seen."""
    found = [*who.main.goals.findChildren(Chart), *who.main.goals.findChildren(Weeks)]
    return [each for each in found if each.isVisible()]


def test_a_goal_is_proposed_countered_and_accepted(
    qapp: QApplication, coached: Path, maya: Seated, ben: Seated
) -> None:
    async def scene() -> None:
        async with serving(coached) as daemon:
            await at_goals(maya, daemon.port, MAYA, PASSWORD)
            await at_goals(ben, daemon.port, "ben@example.org")
            await look_at(maya, "Ben")
            await write_goal(maya, "Eat for the half marathon", "2200", "160", "220", "70")
            assert "Set the goal" not in maya.names(), "he lets her propose only"
            await maya.click("Propose it")
            await maya.until_words("You proposed this to Ben")

            await ben.until_words("Maya proposes a goal")
            for line in ("Energy: 2,090 to 2,310 kcal a day", "Protein: at least 160 g a day", "Fat: 63 to 77 g a day"):
                await ben.until_words(line)
            await ben.click("Propose something else")
            await ben.fill("Protein: amount in g", "150")
            await ben.click("Propose it")
            await ben.until_words("You proposed this to Maya")

            await maya.until_words("Ben proposes a goal")
            await maya.until_words("Protein: at least 150 g a day")
            await maya.click("Accept: Eat for the half marathon")
            await ben.until(lambda: "Protein, g, at least 150 g a day" in asked_today(ben), "the goal among today's")
            await maya.until(lambda: charts(maya), "the goal's weeks")
            assert not maya.says("proposes a goal")

            await ben.open("Maya")
            await ben.until_spoken("Maya: Maya proposed a goal", "Protein: at least 160 g a day")
            await ben.until_spoken("You: You proposed something else", "Protein: at least 150 g a day")
            await ben.until_spoken("Maya: Maya accepted", "Eat for the half marathon")

    play(qapp, [maya, ben], scene)


def test_what_is_entered_offline_is_seen_live_and_is_gone_when_consent_is(
    qapp: QApplication, coached: Path, maya: Seated, tom: Seated
) -> None:
    async def scene() -> None:
        async with serving(coached) as daemon, tunnel(daemon.port) as way:
            await at_goals(maya, daemon.port, MAYA, PASSWORD)
            await at_goals(tom, way.port, TOM)
            await look_at(maya, "Tom")
            await write_goal(maya, "Eat enough", "2200", "160")
            await maya.click("Set the goal")
            await tom.until(lambda: len(asked_today(tom)) == 2, "what is asked of him")

            way.shut()
            await tom.until_words("Retry")
            await enter_today(tom, "2150", "165")
            await tom.until_words("Waiting to be sent")
            await tom.until_words("165 g")
            assert not maya.says("165 g")
            way.open()
            await tom.press(Qt.Key.Key_R)
            await maya.click("Entries: Eat enough")
            await maya.until_words("Energy 2,150 kcal, Protein 165 g")
            assert charts(maya), "its week"
            assert maya.says("Today is shown when it is over")
            await tom.until(lambda: not tom.says("Waiting to be sent"), "nothing that waits")
            await maya.open("Tom")
            await maya.until_spoken("Tom: Progress on", "Eat enough", "Energy 2,150 kcal, Protein 165 g")
            await maya.press(Qt.Key.Key_5)
            await maya.click("Back to the overview")
            await maya.until_words("Entered today")

            await tom.click("See the progress I record, and my excuses")
            await tom.click("Save what Maya may")
            await maya.until_words("Not shown to you")
            assert not maya.says("Entered today")
            await look_at(maya, "Tom")
            await maya.until_words("Tom does not show you progress, so nothing is said of how goals go.")
            assert maya.says("Protein: at least 160 g a day")
            assert not charts(maya)
            assert not maya.says("165 g")
            await maya.open("Tom")
            await maya.until_spoken("Tom: Progress on", NOT_SHOWN)
            await maya.until_spoken("You set a goal", "Eat enough")
            assert not any("165 g" in row for row in maya.spoken())

            await tom.click("See my goals, also those set with other coaches")
            await tom.click("Save what Maya may")
            await maya.until_spoken("You set a goal", NOT_SHOWN)
            assert not any("Eat enough" in row for row in maya.spoken())
            await maya.press(Qt.Key.Key_5)
            await maya.until_words("Tom does not show you goals.")
            assert not maya.says("Eat enough")
            assert tom.says("Eat enough"), "it is his"

    play(qapp, [maya, tom], scene)


async def lets_her(client: AtWindow, choice: Choice) -> None:
    """Change what his coach may do, and have it settled."""
    (agreement,) = client.state.goals.agreements
    client.want(goal_intents.SetConsent(agreement.trainer, choice))
    await client.paper.until(
        lambda state: [(each.choice, each.waiting) for each in state.goals.agreements] == [(choice, False)]
    )


def test_one_goal_for_several_one_with_another_amount_and_one_who_forbade_it(
    qapp: QApplication, coached: Path, maya: Seated, tom: Seated, tmp_path: Path
) -> None:
    """Leo takes his permission back while Maya is in a tunnel: his is refused, and done when he allows it again."""
    forbidden = "You are not authorised to set goals for this client."

    async def scene() -> None:
        async with (
            serving(coached) as daemon,
            tunnel(daemon.port) as way,
            at_window(tmp_path / "leo") as leo,
        ):
            await leo.sign_in(daemon.port, "leo@example.org", CLIENT_PASSWORD)
            await at_goals(tom, daemon.port, TOM)
            await at_goals(maya, way.port, MAYA, PASSWORD)
            await maya.until_words("Leo")
            way.shut()
            await maya.until_words("Retry")
            await lets_her(leo, Choice(see_goals=True))
            await write_goal(maya, "Eat less", "2000", "150")
            for name in ("Tom", "Zoe", "Leo"):
                await maya.click(name)
            await maya.fill("Energy for Tom, where it differs", "1800")
            await maya.click("Set the goal")
            await maya.until(lambda: not maya.main.goals.editor.isVisible(), "the editor closed")
            await look_at(maya, "Zoe")
            await maya.until_words("Energy: 1,900 to 2,100 kcal a day")
            assert maya.says("Waiting to be sent")
            await maya.click("Back to the overview")
            way.open()
            await maya.press(Qt.Key.Key_R)

            await maya.until_words(f"The goal “Eat less”, for Leo: not done. {forbidden}")
            assert maya.sees(f"Not done: The goal “Eat less”, for Leo. {forbidden}")
            await tom.until(lambda: "Energy, kcal, 1,710 to 1,890 kcal a day" in asked_today(tom), "his own amount")
            await look_at(maya, "Zoe")
            await maya.until_words("Energy: 1,900 to 2,100 kcal a day")
            await maya.until(lambda: not maya.says("Waiting to be sent"), "nothing that waits")
            assert "Try again: The goal “Eat less”, for Leo" not in maya.names(), "that is not about her"
            await maya.click("Back to the overview")

            await lets_her(leo, Choice(see_goals=True, set_goals="assign"))
            await maya.click("Try again: The goal “Eat less”, for Leo")
            await look_at(maya, "Leo")
            await maya.until_words("Energy: 1,900 to 2,100 kcal a day")
            assert "Try again: The goal “Eat less”, for Leo" not in maya.names()

    play(qapp, [maya, tom], scene)
