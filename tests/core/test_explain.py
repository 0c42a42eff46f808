"""What people are told: their own units, a date, the sensors, how often by chance; and what is only shown."""

import math
import re
from datetime import date

import numpy as np

from rules.core.confounders import Flag
from rules.core.detector import close_day
from rules.core.detector_state import DayState, F, new_state
from rules.core.explain import chance_text, explain, open_patterns, status
from rules.core.features import FEATURES, INDEX, transform
from rules.core.patterns import PATTERN_NAMES, PATTERNS, SUMMED

URINARY = PATTERN_NAMES.index("urinary")
MONDAY = date(2025, 6, 2).toordinal()


def usual(days: int, seed: int = 1) -> np.ndarray:
    """Days (days, F) around one visit at night and eight by day."""
    rng = np.random.default_rng(seed)
    level = np.array([transform(f.unit, 8.0) if f.roles else np.nan for f in FEATURES])
    level[INDEX["night_bathroom_visits"]] = transform(FEATURES[INDEX["night_bathroom_visits"]].unit, 1.0)
    return level + 0.6 * np.array([f.scale for f in FEATURES]) * rng.standard_normal((days, F))


def ill(days: int = 60, from_day: int = 50) -> DayState:
    rows = usual(days)
    for name in ("night_bathroom_visits", "night_bathroom_firings", "bathroom_visits"):
        rows[from_day:, INDEX[name]] += 2.5 * FEATURES[INDEX[name]].scale
    state = new_state(1)
    for day, row in enumerate(rows):
        close_day(state, MONDAY + day, row[None], np.zeros(1, np.int64))
    return state


def test_a_finding_is_told_in_the_persons_units() -> None:
    state = ill()
    assert open_patterns(state, 0) == [URINARY]
    told = explain(state, 0, URINARY)
    assert told.words == PATTERNS[URINARY].words
    assert abs(told.since_day - (MONDAY + 50)) <= 2
    assert told.coverage == 1.0
    assert told.baseline_days >= 40
    assert "by chance about once in" in told.chance
    assert told.next_step
    assert re.fullmatch(r"Up to the bathroom at night: usually once, now \d times", " ".join(told.changes[1:2]))


def test_what_moved_beside_the_pattern_is_told_too_and_what_stayed_is_not() -> None:
    rows = usual(60)
    for name in ("night_bathroom_visits", "night_bathroom_firings", "bathroom_visits", "first_activity"):
        rows[50:, INDEX[name]] += 2.5 * FEATURES[INDEX[name]].scale
    state = new_state(1)
    for day, row in enumerate(rows):
        close_day(state, MONDAY + day, row[None], np.zeros(1, np.int64))
    told = explain(state, 0, URINARY)
    assert [line.partition(":")[0] for line in told.also] == ["Up in the morning"]
    assert explain(ill(), 0, URINARY).also == ()


def test_a_closed_pattern_can_be_explained_without_anything_that_moved() -> None:
    told = explain(new_state(1), 0, URINARY)
    assert (told.changes, told.also) == ((), ())


def test_learning_away_and_not_assessed_are_shown() -> None:
    state = new_state(1)
    assert status(state, 0).learning_days_left == 14
    rows = usual(30)
    for day in range(29):
        close_day(state, MONDAY + day, rows[day][None], np.zeros(1, np.int64))
    seen = status(state, 0)
    assert (seen.learning_days_left, seen.flags, seen.not_assessed) == (0, Flag.NONE, ())
    assert math.isinf(seen.observed_days_between_alerts) or seen.alerts
    close_day(state, MONDAY + 29, rows[29][None], np.array([int(Flag.AWAY)]))
    away = status(state, 0)
    assert away.flags == Flag.AWAY
    assert set(away.not_assessed) == {PATTERN_NAMES[p] for p in SUMMED}


def test_chance_is_a_neat_number_of_days_rounded_down() -> None:
    assert "once in 30 days" in chance_text(44.9)
    assert "once in 45 days" in chance_text(45.0)
    assert "once in 10 days" in chance_text(10.4)
