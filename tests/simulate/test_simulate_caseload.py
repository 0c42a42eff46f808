"""A caseload that a store could have got: every row once, every home as its story says."""

import math
from collections import Counter

import pytest

from gateway.model.point import Point, line
from gateway.points.box_score import box_score
from gateway.points.caseload_priority import Judged, Reason
from gateway.simulate.caseload import STORIES, home, of_home, points

END_S = 1_790_000_000 // 900 * 900
DAYS = 30  # the core learns for two weeks before it compares a day


def homes_of(story: str) -> list[int]:
    return [number for number in range(400) if home(number).story == story]


def rows(number: int, measurement: str, field: str) -> list[Point]:
    made = of_home(home(number), END_S, DAYS, 0.2)
    return sorted((p for p in made if p.measurement == measurement and field in dict(p.fields)), key=lambda p: p.time_s)


def last(number: int, field: str) -> float:
    return dict(rows(number, "home", field)[-1].fields)[field]


def test_the_same_arguments_give_the_same_rows() -> None:
    made = [line(p) for p in points(range(3, 5), END_S, DAYS, 0.1)]
    assert made == [line(p) for p in points(range(3, 5), END_S, DAYS, 0.1)]
    assert made != [line(p) for p in points(range(3, 5), END_S, DAYS, 0.1, seed=8)]


def test_no_row_is_said_twice_with_another_value() -> None:
    seen = Counter(
        (p.measurement, p.tags, p.time_s, name) for p in points(range(40), END_S, DAYS, 1.0) for name, _ in p.fields
    )
    assert [key for key, count in seen.items() if count > 1] == []


def test_nothing_comes_from_the_future() -> None:
    assert max(p.time_s for p in points(range(20), END_S, DAYS, 0.1)) <= END_S


@pytest.mark.parametrize("story", STORIES)
def test_every_story_is_lived_somewhere(story: str) -> None:
    assert homes_of(story)


def test_a_dark_home_stopped_hours_ago_and_the_others_did_not() -> None:
    newest = {story: rows(homes_of(story)[0], "gateway", "up")[-1].time_s for story in STORIES}
    assert newest.pop("dark") <= END_S - 5 * 3600
    assert set(newest.values()) == {END_S}


@pytest.mark.parametrize(
    ("story", "reason"), [("new", Reason.LEARNING), ("away", Reason.AWAY), ("dim", Reason.LITTLE_SEEN)]
)
def test_a_home_that_cannot_be_judged_says_why(story: str, reason: Reason) -> None:
    number = next(n for n in homes_of(story) if not home(n).open_alert)
    assert last(number, "reason") == reason


def test_a_changed_routine_is_the_reason_once_it_is_over_its_level() -> None:
    number = next(
        n for n in homes_of("urinary") if home(n).level > 1.1 and home(n).onset_days > 4 and not home(n).open_alert
    )
    assert last(number, "reason") == Reason.URINARY
    assert last(number, "concern") >= 40
    assert last(number, "open_alerts") == 1, "it was told, as the daemon's is"
    assert last(number, "since_h") == pytest.approx(24 * home(number).onset_days, abs=36)
    told = rows(number, "alert", "raised_s")[-1]
    assert {("rule", "deterioration"), ("subject", "urinary"), ("state", "active")} <= set(told.tags)


def test_a_change_that_is_worth_knowing_asks_for_a_visit_too() -> None:
    number = next(n for n in homes_of("restless_nights") if home(n).level > 1.1 and home(n).onset_days > 4)
    assert last(number, "reason") == Reason.RESTLESS_NIGHTS
    assert last(number, "concern") >= 40


def test_an_open_alert_comes_first() -> None:
    number = next(n for n in range(400) if home(n).open_alert == "no_movement")
    assert last(number, "reason") == Reason.NO_MOVEMENT
    assert last(number, "open_alerts") >= 1
    assert last(number, "unanswered") == (0 if home(number).held else last(number, "open_alerts"))


@pytest.mark.parametrize("story", ["dim", "calm"])
def test_the_trouble_of_a_box_counts_the_sensors_that_are_not_heard(story: str) -> None:
    number = homes_of(story)[0]
    box = dict(rows(number, "gateway", "trouble")[-1].fields)
    quiet = sum(dict(p.fields)["silent"] for p in rows(number, "sensor", "silent") if p.time_s == END_S)
    assert box["trouble"] == box_score(box, int(quiet))
    assert (quiet >= 6) == (story == "dim")


def day_after_day(number: int, measurement: str, field: str) -> list[float]:
    return [
        dict(row.fields)[field] for row in rows(number, measurement, field) if not math.isnan(dict(row.fields)[field])
    ]


def quiet(story: str) -> int:
    return next(n for n in homes_of(story) if not home(n).open_alert)


def test_a_new_home_has_no_usual_and_no_day_that_was_seen_or_judged() -> None:
    number = quiet("new")
    assert day_after_day(number, "home", "state_learning")[-1] == 1.0
    assert day_after_day(number, "home", "coverage") == []
    assert day_after_day(number, "pattern", "evidence") == []
    assert last(number, "learning_day") == 1 + len(day_after_day(number, "home", "state_learning"))
    assert last(number, "judged") == Judged.LEARNING


def test_in_an_empty_home_nothing_moves_and_nothing_is_compared() -> None:
    number = quiet("away")
    assert day_after_day(number, "home", "state_away")[-1] == 1.0
    assert last(number, "judged") == Judged.AWAY
    assert set(day_after_day(number, "hour", "movements")) == {0.0}
    made = of_home(home(number), END_S, DAYS, 0.2)
    assert not [p for p in made if ("quantity", "motion") in p.tags]


def test_of_a_home_that_is_hardly_heard_no_bars_are_drawn_of_what_was_not_seen() -> None:
    number = quiet("dim")
    kitchen = [p.time_s for p in rows(number, "day", "value") if ("feature", "kitchen_visits") in p.tags]
    fridge = [p.time_s for p in rows(number, "day", "value") if ("feature", "fridge_openings") in p.tags]
    assert (fridge[-1] > END_S - 86_400, fridge[-1] in kitchen) == (True, False)
    assert day_after_day(number, "hour", "movements") == []
    assert last(number, "reason") == Reason.LITTLE_SEEN
