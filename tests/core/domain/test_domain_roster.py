"""The roster: one line about a client, and why. Most of what it decides is in the table of verdicts."""

from fractions import Fraction

from coachline_core.domain.roster import RosterLine, roster_line
from support.courses import Diary, day


def line(today: int, *goals: Diary, excuses: Diary | None = None) -> RosterLine:
    return roster_line([goal.course for goal in goals], [] if excuses is None else excuses.excuses, day(today))


def goal(number: int, words: str, *entries: tuple[int, str], due: int | None = None) -> Diary:
    kept = Diary(goal=number)
    kept.version(words, 1, due=due)
    for on, said in entries:
        kept.entry(on, said)
    return kept


def good(number: int) -> Diary:
    return goal(number, "steps up 10000 steps day", *((on, "10000") for on in range(1, 8)))


def poor(number: int) -> Diary:
    return goal(number, "steps up 10000 steps day", *((on, "100") for on in range(1, 8)))


def silent(number: int) -> Diary:
    return goal(number, "steps up 10000 steps day")


def test_a_client_is_as_well_off_as_his_worst_goal() -> None:
    assert line(8).where == "nothing"
    assert line(8, good(1)).where == "on"
    assert line(8, good(1), silent(2)).where == "no_data"
    assert line(8, silent(1), poor(2), good(3)).where == "off"


def test_it_says_which_goals_and_why() -> None:
    one, two, three = silent(1), poor(2), good(3)
    found = line(8, one, two, three)
    assert [(reason.goal, reason.why) for reason in found.reasons] == [
        (one.course.goal.id, "no_data"),
        (two.course.goal.id, "off"),
    ]
    assert [[each.day for each in reason.days] for reason in found.reasons] == [[day(on) for on in range(1, 8)]] * 2
    assert [reason.target for reason in found.reasons] == [None, None]


def test_a_week_and_a_total_bring_their_verdict_along() -> None:
    weekly = goal(1, "sessions up 4 sessions week", (2, "1"))
    total = goal(2, "distance up 300 km total", (2, "10"), due=30)
    found = line(11, weekly, total)
    first, second = (reason.target for reason in found.reasons)
    assert first is not None
    assert (first.value, first.lower, first.first) == (Fraction(1), Fraction(4), day(1))
    assert second is not None
    assert (second.value, second.lower, second.pace) == (Fraction(10), Fraction(300), Fraction(100))
    assert [reason.days for reason in found.reasons] == [(), ()]


def test_a_limit_in_total_is_held_against_its_pace() -> None:
    assert line(11, goal(1, "distance down 300 km total", (2, "150"), due=30)).where == "on"
    assert line(11, goal(1, "distance down 300 km total", (2, "150.001"), due=30)).where == "off"


def test_a_band_in_total_is_held_against_itself() -> None:
    assert line(11, goal(1, "weight hold 74..76 kg total", (2, "77.52"), due=30)).where == "on"
    assert line(11, goal(1, "weight hold 74..76 kg total", (2, "77.53"), due=30)).where == "off"


def test_a_total_without_an_entry_is_told_after_a_week() -> None:
    (reason,) = line(8, goal(1, "distance up 300 km total", due=30)).reasons
    assert reason.why == "no_data"
    assert reason.target is not None
    assert reason.target.value is None
    assert line(7, goal(1, "distance up 300 km total", due=30)).where == "on"


def test_a_week_that_is_lost_already_counts_at_once() -> None:
    assert line(3, goal(1, "sessions down 2 sessions week", (1, "4"))).where == "off"


def test_targets_of_one_metric_with_other_repetitions_are_not_mixed_up() -> None:
    words = "load up 100 kg week x5; load up 120 kg week"
    missed = goal(1, words, (1, "120 load"), (8, "100 load + 5 reps"))
    assert [reason.target and reason.target.target.reps for reason in line(10, missed).reasons] == []
    assert line(8, goal(1, words, (1, "120 load"))).where == "no_data"


def test_it_tells_the_last_day_with_an_entry_and_the_excuses_of_today() -> None:
    ill = Diary(goal=9)
    excuse = ill.excuse("ill", 8, 9)
    early = goal(1, "steps up 10000 steps day", (3, "10000"))
    assert line(8, good(2), early, excuses=ill).last_day == day(7)
    assert line(8, early, good(2), excuses=ill).excuses == (excuse.id,)
    assert line(10, silent(1), excuses=ill).excuses == ()
    assert line(8, silent(1)).last_day is None


def test_a_goal_that_rests_still_tells_when_it_was_entered_last() -> None:
    resting = good(1)
    resting.phase("paused", 8)
    assert line(8, resting) == RosterLine("nothing", (), day(7), ())
