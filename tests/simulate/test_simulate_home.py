"""The simulated home against what a carer would expect of a real one."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.simulate import Decline, simulate
from gateway.simulate.decline import KINDS
from tests.simulate.seen import DAYS, SEEDS, START, ZONE, Seen, local, look, run

SETTLED = 10  # by then every ramp has ended


def visits(times: list[datetime], first_h: float, last_h: float) -> list[int]:
    """Visits a night, `first_h` of one evening to `last_h` of the next morning; firings within 12 min are one visit."""
    counts = []
    for day in range(DAYS - 1):
        evening = datetime.combine(START + timedelta(days=day), datetime.min.time(), ZONE)
        night = [t for t in times if evening + timedelta(hours=first_h) <= t < evening + timedelta(hours=24 + last_h)]
        counts.append(sum(b - a > timedelta(minutes=12) for a, b in pairwise([evening, *night])))
    return counts


@pytest.mark.parametrize("seed", SEEDS)
def test_person_sleeps_at_night_and_gets_up_for_the_toilet(seed: int) -> None:
    seen = run(seed)
    small_hours = [kg > 30 for t, kg in seen.bed if 1 <= t.hour < 5]
    assert np.mean(small_hours) > 0.9
    by_day = [kg > 30 for t, kg in seen.bed if 10 <= t.hour < 20]
    assert np.mean(by_day) < 0.02
    counts = visits(seen.happened["bathroom_motion"], 23.5, 6)
    assert 1.5 <= np.mean(counts) <= 3.3
    assert np.mean([1 <= count <= 4 for count in counts]) > 0.85


@pytest.mark.parametrize("seed", SEEDS)
def test_kettle_fridge_and_rooms_are_used_as_in_a_home(seed: int) -> None:
    seen = run(seed)
    kettle = [seen.on("kettle", day) for day in range(DAYS)]
    assert np.mean([3 <= n <= 8 for n in kettle]) >= 0.9, kettle
    assert len(set(kettle)) > 2, "every day the same"
    assert 4 <= np.mean([seen.on("fridge_door", day) for day in range(DAYS)]) <= 12
    firings = [sum(seen.on(f"{room}_motion", day) for room in ("kitchen", "lounge", "bathroom")) for day in range(DAYS)]
    assert 100 < np.mean(firings) < 320
    assert 0.05 < np.std(firings) / np.mean(firings) < 0.35, "TIHM: 23 % from day to day"


@pytest.mark.parametrize("seed", SEEDS)
def test_person_goes_out_on_some_days_and_the_home_is_silent_meanwhile(seed: int) -> None:
    seen = run(seed)
    moved, doors = seen.moved(), seen.happened["front_door"]
    out = []
    for a, b in pairwise(doors):
        inside = [t for t in moved if a + timedelta(minutes=2) < t < b - timedelta(minutes=1)]
        if timedelta(minutes=30) < b - a < timedelta(hours=6) and not inside:
            out.append(a.date())
    assert 5 <= len(set(out)) < 20
    assert max(np.bincount([day.weekday() for day in set(out)])) >= 3, "no regular weekday"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_visitor_doubles_the_firings(seed: int) -> None:
    moved = run(seed).moved()

    def in_carers_hour(weekdays: tuple[int, ...]) -> float:
        return sum(t.weekday() in weekdays and 9 * 60 <= t.hour * 60 + t.minute < 600 for t in moved) / len(weekdays)

    assert in_carers_hour((0, 2, 4)) > 1.7 * in_carers_hour((1, 3, 5))


@pytest.mark.parametrize("start", [date(2025, 3, 28), date(2025, 10, 24)])
def test_the_clock_change_moves_the_night_and_not_the_routine(start: date) -> None:
    seen = look(simulate(2, start, 5))
    up = {}
    for t, kg in seen.bed:
        if t.hour < 10 and kg > 30:
            up[t.date()] = t.hour * 60 + t.minute
    minutes = list(up.values())
    assert len(minutes) == 5
    assert max(minutes) - min(minutes) < 120
    per_day = np.bincount([(t.date() - start).days for t, _ in seen.bed])
    hours = 23 if start.month == 3 else 25
    assert abs(per_day[2] - 60 * hours) < 30
    assert abs(per_day[1] - 60 * 24) < 30


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    assert list(simulate(5, START, 3)) == list(simulate(5, START, 3))
    assert list(simulate(5, START, 3)) != list(simulate(6, START, 3))


def test_more_days_continue_the_same_story() -> None:
    short = list(simulate(5, START, 3))
    assert short == list(islice(simulate(5, START, 9), len(short)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_decline_leaves_the_days_before_it_untouched(kind: str) -> None:
    before = list(simulate(5, START, 4))
    declining = list(simulate(5, START, 6, decline=Decline(kind, 4)))
    assert declining[: len(before)] == before
    assert declining != list(simulate(5, START, 6))


def test_frames_come_day_by_day_however_long_the_run() -> None:
    assert len(list(islice(simulate(5, START, 50_000), 5000))) == 5000


@given(
    seed=st.integers(0, 2**32),
    day=st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    zone=st.sampled_from(["UTC", "Europe/London", "Australia/Lord_Howe", "America/Los_Angeles"]),
)
@settings(max_examples=15)
def test_frames_are_in_order_and_within_their_days(seed: int, day: date, zone: str) -> None:
    times = [frame.time_ns for frame in simulate(seed, day, 1, zone)]
    assert all(a <= b for a, b in pairwise(times))
    assert 22 * 3600 < (times[-1] - times[0]) / 1e9 < 25.1 * 3600


def share(count: Callable[[Seen], float], kind: str) -> float:
    """How much of something there is in a decline, of what there is in health."""
    return sum(count(run(seed, kind)) for seed in SEEDS) / sum(count(run(seed)) for seed in SEEDS)


def often(name: str) -> Callable[[Seen], float]:
    return lambda seen: seen.from_day(name, SETTLED)


def at_night(seen: Seen) -> float:
    return sum(visits(seen.happened["bathroom_motion"], 23.5, 6)[SETTLED:])


def mean(key: str, kind: str) -> float:
    """Mean of a measurement over the settled days of all homes."""
    first = START + timedelta(days=SETTLED)
    return float(np.mean([v for seed in SEEDS for t, v in run(seed, kind).spot[key] if t.date() >= first]))


def test_urinary_infection_shows_at_night_in_the_bathroom() -> None:
    assert 1.5 < share(at_night, "uti") < 2.2
    assert 1.2 < share(often("bathroom_motion"), "uti") < 1.55
    assert 1.15 < share(often("bedroom_motion"), "uti") < 1.7
    assert 0.9 < share(often("kitchen_motion"), "uti") < 1.1
    assert 0.6 < mean("temp", "uti") - mean("temp", "") < 1.2


def test_slowing_shows_in_everything_but_the_bathroom() -> None:
    for name in ("kitchen_motion", "lounge_motion", "fridge_door", "front_door"):
        assert 0.62 < share(often(name), "slowing") < 0.87, name
    assert 0.9 < share(often("bathroom_motion"), "slowing") < 1.12

    def up_min(seen: Seen) -> float:
        last = {t.date(): t.hour * 60 + t.minute for t, kg in seen.bed if t.hour < 11 and kg > 30}
        return float(np.mean(list(last.values())[SETTLED:]))

    later = np.mean([up_min(run(seed, "slowing")) - up_min(run(seed)) for seed in SEEDS])
    assert 32 < later < 48


def test_not_drinking_shows_at_the_kettle() -> None:
    assert 0.4 < share(often("kettle"), "not_drinking") < 0.6
    assert 0.4 < share(often("kitchen_motion"), "not_drinking") < 0.6
    assert 0.9 < share(often("bathroom_motion"), "not_drinking") < 1.1


def test_a_failing_heart_shows_in_weight_breath_pulse_and_nights() -> None:
    assert 1.25 < share(at_night, "heart") < 1.85
    assert 1.5 < mean("weight", "heart") - mean("weight", "") < 2.8
    assert 2 < mean("resp", "heart") - mean("resp", "") < 4
    assert 8 < mean("pulse", "heart") - mean("pulse", "") < 16


def test_weight_rises_by_two_kilograms_in_three_days() -> None:
    seen = look(simulate(3, START, 21, decline=Decline("heart", 9)))  # a Wednesday: weighed that day, and on Friday
    kg = {t.date(): v for t, v in seen.spot["weight"]}
    assert kg[START + timedelta(days=11)] - kg[START + timedelta(days=7)] > 1.5


@pytest.mark.parametrize("seed", SEEDS)
def test_after_a_fall_nothing_moves_but_the_sensors_still_speak(seed: int) -> None:
    frames = list(simulate(seed, START, 6, decline=Decline("fall", 4)))
    seen = look(frames)
    last = seen.moved()[-1]
    assert last.date() == START + timedelta(days=4)
    assert 8 <= last.hour < 20
    assert not [t for name in ("front_door", "fridge_door", "kettle") for t in seen.happened[name] if t > last]
    assert not [t for t, kg in seen.bed if t > last and kg > 30]
    speaking = {f.topic for f in frames if local(f) > last + timedelta(hours=3)}
    assert {"zigbee2mqtt/front_door", "zigbee2mqtt/lounge_motion", "zigbee2mqtt/sos_button"} <= speaking
    before = [t for t in seen.happened["front_door"] if t < last]
    assert last - before[-1] > timedelta(seconds=30), "gone out, not fallen"


def test_dropout_loses_radio_messages_and_nothing_on_the_wire() -> None:
    all_, some, none = (list(simulate(3, START, 3, dropout=share_)) for share_ in (0.0, 0.2, 1.0))
    radio = [sum(b"last_seen" in f.payload for f in frames) for frames in (all_, some, none)]
    assert 0.7 < radio[1] / radio[0] < 0.95
    assert radio[2] == 0
    assert [f for f in all_ if not f.topic] == [f for f in none if not f.topic]


def test_nonsense_is_refused() -> None:
    for arguments in ({"seed": -1}, {"days": -1}, {"dropout": 1.5}):
        with pytest.raises(ValueError, match="negative"):
            next(simulate(**{"seed": 1, "start": START, "days": 1, **arguments}))
