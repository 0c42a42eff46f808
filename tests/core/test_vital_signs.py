"""Vital signs alone: days that hold nothing else are judged, by a pattern whose evidence stands alone."""

from dataclasses import replace

import numpy as np
import pytest

from rules.core.confounders import Flag, day_flag
from rules.core.day import ROLES, DayEvents, Role
from rules.core.detector import close_day, shares
from rules.core.detector_state import NEVER, DayState, F, new_state
from rules.core.explain import explain
from rules.core.features import FEATURES, INDEX, day_features
from rules.core.patterns import ALONE, PATTERN_NAMES, PATTERNS, SUMMED
from rules.core.vitals import VITAL_INDEX
from tests.core.feature_days import SCALE, ordinary, run

VITAL_SIGNS = PATTERN_NAMES.index("vital_signs")


def measured(*, pulse: list[float] | None = None, heard: tuple[Role, ...] = (), **vitals: float) -> DayEvents:
    """A day on which nothing moved that could be heard, with these readings an hour apart from noon on."""
    readings = [("pulse_bpm", value) for value in pulse or []] + list(vitals.items())
    return DayEvents(
        time_s=np.empty(0),
        role=np.empty(0, np.int8),
        heard=np.isin(np.arange(ROLES), heard),
        vital_s=6 * 3600.0 + 60.0 * np.arange(len(readings)),
        vital_kind=np.array([VITAL_INDEX[name] for name, _ in readings], np.int8),
        vital=np.array([value for _, value in readings]),
    )


def wearers(seed: int, days: int, ill: int | None = None) -> tuple[DayState, np.ndarray]:
    """Forty people of whom one pulse at rest a day is known, each day a little like the one before; alerts (days, 40).

    The illness: eight days of six beats more, 2.4 of their usual deviations, after a day of half as many.
    """
    rng, state, alarms, off = np.random.default_rng(seed), new_state(40), [], np.zeros(40)
    for day in range(days):
        off = 0.5 * off + np.sqrt(0.75) * rng.normal(0, 2.5, 40)
        rise = 6.0 if ill is not None and ill < day < ill + 8 else 3.0 if day == ill else 0.0
        features = np.full((40, F), np.nan)
        features[:, INDEX["night_pulse"]] = 62.0 + off + rise
        alarms.append(close_day(state, day, features, np.zeros(40, np.int64)).alarm)
    return state, np.array(alarms)


def test_a_day_that_holds_only_vital_signs_is_judged_and_one_with_a_room_thermometer_is_not() -> None:
    assert day_flag(measured(pulse=[62.0])) == Flag.NONE
    assert day_flag(measured(room_temperature_c=19.0)) == Flag.NOT_WATCHED
    assert day_flag(measured()) == Flag.NOT_WATCHED
    half = replace(measured(pulse=[62.0]), time_s=np.array([7.0]), role=np.array([0], np.int8))
    assert day_flag(half) == Flag.NOT_WATCHED, "movement, and no sensor that was heard all day: half a day"


def test_an_illness_is_found_by_the_pulse_at_rest_alone_and_chance_speaks_seldom() -> None:
    state, ill = wearers(1, 98, ill=90)
    _, well = wearers(1, 98)
    found, chance = (alarms[90:].any(axis=0).mean() for alarms in (ill, well))
    assert found >= 0.6
    assert chance <= 0.25
    assert 30.0 * well[21:].mean() <= 1.0
    home = int(np.flatnonzero(ill[90:].any(axis=0))[0])
    assert state.episode[VITAL_SIGNS, home] != NEVER
    told = explain(state, home, VITAL_SIGNS)
    assert told.changes == ()
    assert any(line.startswith("Pulse at night: usually 6") for line in told.vitals), told.vitals


def test_evidence_of_vital_signs_takes_nothing_from_the_others_and_gives_them_nothing() -> None:
    vitals = [i for i, f in enumerate(FEATURES) if not f.roles]
    rows = ordinary(80, 2, 4)
    rows[:, 1] = rows[:, 0]
    rows[:, 1, vitals] = np.nan
    state = new_state(2)
    result = run(state, rows)[-1]
    rest = [p for p in SUMMED if not any(f in dict(PATTERNS[p].optional) for f in ("respiration", "night_pulse"))]
    rest = [p for p in rest if PATTERN_NAMES[p] not in ("urinary", "eating_drinking")]  # which take vital signs, too
    np.testing.assert_array_equal(result.surprise[rest, 0], result.surprise[rest, 1])
    before = shares(state)[0]
    state.evidence[VITAL_SIGNS] = 1e6
    after, total = shares(state)
    np.testing.assert_array_equal(before[SUMMED], after[SUMMED])
    np.testing.assert_array_equal(total, after[VITAL_SIGNS])


def test_it_is_judged_while_visitors_and_silence_keep_the_rest_out_and_not_when_somebody_is_away() -> None:
    state, rows = new_state(1), ordinary(60, 1, 5)
    run(state, rows[:50])
    for day, (flag, judged) in enumerate(((Flag.NOT_WATCHED, True), (Flag.VISITORS, False), (Flag.AWAY, False)), 50):
        result = close_day(state, day, rows[day], np.array([int(flag)]))
        assert not np.isfinite(result.score[SUMMED, 0]).any()
        assert bool(np.isfinite(result.score[ALONE[:, 0], 0]).all()) == judged


def test_somebody_who_measures_three_times_a_week_is_not_taken_for_just_back() -> None:
    state = new_state(1)
    for day in range(80):
        seen = measured(pulse=[62.0 + day % 3] if day % 7 in (0, 2, 4) else [])
        result = close_day(state, day, day_features(seen)[None], np.array([int(day_flag(seen))]))
        judged = day % 7 in (0, 2, 4) and day > 40
        assert bool(np.isfinite(result.score[VITAL_SIGNS, 0])) == judged or day <= 40


@pytest.mark.parametrize("weight_kg", [70.2, 67.9])
def test_a_weight_that_left_its_band_stands_in_the_message(weight_kg: float) -> None:
    """Two kilograms in three days: the scales knew it while the message said «weigh them»."""
    state, rng = new_state(1), np.random.default_rng(1)
    rows = ordinary(70, 1, 6)[:, 0]
    rows[:, [i for i, f in enumerate(FEATURES) if not f.roles]] = np.nan
    rows[:, INDEX["weight"]] = rng.normal(68.0, 0.3, 70)
    rows[60:, INDEX["night_active_blocks"]] += 4 * SCALE[INDEX["night_active_blocks"]]
    for back, share in enumerate((1.0, 0.7, 0.5)):
        rows[69 - back, INDEX["weight"]] = 68.0 + share * (weight_kg - 68.0)
    for day, row in enumerate(rows):
        close_day(state, day, row[None], np.zeros(1, np.int64))
    told = explain(state, 0, PATTERN_NAMES.index("strain"))
    rose = weight_kg > 69
    assert [line[: len("Weight: usually 6")] for line in told.vitals] == (["Weight: usually 6"] if rose else [])
    assert not rose or told.vitals[0].endswith("now 70.2 kg")
