"""A goal as a whole: what it is told with. What it is judged as is in the table of verdicts."""

from coachline_core.domain.totals import Tally, TotalVerdict, total_verdict, totals
from support.courses import Diary, day


def run(due: int | None = 30) -> Diary:
    kept = Diary()
    kept.version("distance up 100 km total", 3, due=due)
    return kept


def whole(kept: Diary, on: int, today: int) -> TotalVerdict:
    return total_verdict(kept.course, kept.excuses, day(on), day(today))


def test_before_it_begins_there_is_nothing_to_tell() -> None:
    assert whole(run(), 2, 9) == TotalVerdict(day(2), "none")
    assert totals(run().course, (), day(2), day(9)) == ()


def test_it_tells_its_first_and_last_day_and_the_entries_behind_it() -> None:
    kept = run()
    early, late = kept.entry(2, "50"), kept.entry(4, "40")
    found = whole(kept, 9, 9)
    (target,) = found.targets
    assert (found.first, found.last, found.version) == (day(3), day(30), kept.course.versions[0].id)
    assert (target.first, target.last, target.entries, target.side) == (day(3), day(30), (late.id,), "below")
    assert early.id not in target.entries
    assert whole(run(due=None), 9, 9).last is None


def test_it_ends_with_its_due_date_or_when_people_end_it_whichever_is_first() -> None:
    kept = run()
    kept.phase("done", 20)
    found = whole(kept, 25, 25)
    assert (found.last, found.declared, found.mark) == (day(20), "done", "met")
    assert whole(kept, 19, 25).declared is None
    kept = run()
    kept.phase("missed", 35)
    found = whole(kept, 36, 36)
    assert (found.last, found.declared, found.mark) == (day(30), "missed", "missed")
    kept = run(due=None)
    kept.phase("cancelled", 20)
    assert whole(kept, 25, 25).last == day(20)


def test_today_is_not_part_of_the_pace_until_it_is_over() -> None:
    kept = run(due=12)
    paces = [totals(kept.course, (), day(5), day(today))[0].pace for today in (5, 6, 9)]
    assert paces == [20, 30, 30]
    assert totals(run(due=None).course, (), day(5), day(9))[0].pace is None


def test_a_day_to_come_is_as_good_as_today() -> None:
    kept = run()
    kept.entry(4, "40")
    kept.entry(8, "60")
    assert whole(kept, 99, 5) == whole(kept, 5, 5)
    assert whole(kept, 5, 5).targets[0].value == 40


def test_days_and_weeks_are_counted_by_their_mark() -> None:
    kept = Diary()
    kept.version("steps up 10000 steps day; steps up 60000 steps week", 1)
    for number, said in enumerate(["10000", "5000", "1", "20000", "30000"], 1):
        kept.entry(number, said)
    kept.excuse("ill", 6, 6)
    found = whole(kept, 9, 9)
    assert found.days == Tally(met=3, partly=1, missed=3, open=1, excused=1)
    assert found.weeks == Tally(partly=1)
    assert whole(kept, 6, 9).weeks == Tally()
