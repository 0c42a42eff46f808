"""The core at work in one simulated home: found, explained, rebuilt, rated; without journal and other rules."""

import json
import math
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from drivers.base import Frame
from gateway import learning
from gateway.alerts import AlertBook
from gateway.build import Setup, build
from gateway.concern import VISIT, Reason, Sight, concern
from gateway.daystory import day_points
from gateway.engine import Engine
from gateway.home import Home, Sample
from gateway.learning import Learning, Rating
from gateway.point import Point
from gateway.simulate import Decline, describe, simulate
from gateway.sources.replay import with_ticks
from gateway.store import Store
from gateway.wording import explain
from rules.core.day import Role
from rules.core.detector import Array, DayResult, close_day, factor
from rules.core.detector_state import DayState
from rules.core.explain import status
from rules.core.features import FEATURES, INDEX
from rules.core.patterns import PATTERN_NAMES, PATTERNS
from rules.deterioration import Rule
from tests.thinking import DAY_NS

START = date(2026, 3, 2)


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    path = tmp_path_factory.mktemp("home") / "gateway.toml"
    path.write_text(describe())
    return build(path)


def engine_of(setup: Setup) -> tuple[Home, Engine]:
    home, zone = setup.home(), setup.config.home.zone
    engine = Engine(home, Store(home, zone), Learning(home, zone, {}), {"deterioration": Rule()}, AlertBook())
    return home, engine


def samples(setup: Setup, home: Home, frames: Iterable[Frame]) -> list[Sample | int]:
    """What the engine is fed: samples and the minute ends between them."""
    intake = setup.intake(home)
    fed: list[Sample | int] = []
    for item in with_ticks(frames):
        if isinstance(item, int):
            intake.advance(item)
            fed.append(item)
        else:
            fed += intake.take(item)
    return fed


def feed(engine: Engine, items: Iterable[Sample | int]) -> None:
    for item in items:
        if isinstance(item, int):
            engine.tick(item)
        else:
            engine.sample(item)


@pytest.fixture(scope="module")
def decline(setup: Setup) -> tuple[Setup, Home, Engine]:
    home, engine = engine_of(setup)
    feed(engine, samples(setup, home, simulate(7, START, 52, decline=Decline("uti", 40))))
    return setup, home, engine


def test_a_decline_is_found_and_explained_in_plain_words(decline: tuple[Setup, Home, Engine]) -> None:
    setup, _, engine = decline
    alerts = [alert for alert in engine.book.open() if alert.finding.rule == "deterioration"]
    assert alerts, "twelve days of a urinary infection were not noticed"
    text = explain(alerts[0], setup.config.home.zone)
    assert "Worth " in text
    assert "by chance about once in" in text
    assert "not a medical device" in text
    finding = alerts[0].finding
    assert re.search(r"Here such an alert came (once|\d times) in \d\d days\.", finding.chance)
    assert finding.sensors
    assert finding.changes
    assert all(re.fullmatch(r"[A-Z][a-z ,:]+: usually [^,]+, now [^,]+", change) for change in finding.changes)
    assert any(re.search("p to the bathroom at night: usually", change) for change in finding.changes), finding.changes
    assert f"Changed: {finding.changes[0]}" in text
    onset = (finding.since_ns - engine.learning.closed_ns) / 86_400e9 + 52
    assert 34 <= onset <= 46, f"dated to day {onset:.1f}, it began on day 40"


def days_of(
    engine: Engine, pattern: str, from_day: int, days: int, size: float = 1.6
) -> Iterator[tuple[DayResult, list[Point]]]:
    """Ordinary days, one after the other; what `pattern` looks at moves for the worse from `from_day`."""
    learning, row = engine.learning, PATTERNS[PATTERN_NAMES.index(pattern)]
    scale = np.array([f.scale for f in FEATURES])
    features = 10.0 + scale * np.random.default_rng(1).standard_normal((days, len(FEATURES)))
    for name, weight in row.weights.items():
        features[from_day:, INDEX[name]] += size * weight * scale[INDEX[name]]
    for day in range(days):
        result = close_day(learning.state, day, features[day][None], np.zeros(1, np.int64))
        learning.closed_ns = (day + 1) * DAY_NS
        now = status(learning.state, 0)
        yield result, day_points("demo", learning.state, result, learning.closed_ns, now)


def test_concern_never_falls_because_people_are_told_and_since_is_when_it_began(setup: Setup) -> None:
    _, engine = engine_of(setup)
    learning, before, opened = engine.learning, 0.0, False
    for result, _ in days_of(engine, "restless_nights", 50, 64):
        found = concern([], learning.evidence(learning.closed_ns), Sight(1.0), learning.closed_ns)
        if result.alarm[0]:
            assert found.concern >= max(before, VISIT)
            opened = True
        if opened:
            assert found.concern >= VISIT
            assert found.reason is Reason.RESTLESS_NIGHTS
            began = learning.closed_ns / DAY_NS - found.since_h / 24.0
            assert abs(began - 50) <= 3, f"dated to day {began:.0f}"
            later = concern([], learning.evidence(learning.closed_ns + DAY_NS // 4), Sight(1.0), 0)
            assert later.since_h == found.since_h + 6
        elif found.reason is Reason.RESTLESS_NIGHTS and result.surprise[4, 0] > 1:
            assert 24 <= found.since_h <= 42 * 24, "what stands out says since when"
        before = found.concern
    assert opened


def test_what_leaves_is_what_decides_and_what_is_open_says_so(setup: Setup) -> None:
    _, engine = engine_of(setup)
    alarms, patterns = 0, {}
    for result, points in days_of(engine, "urinary", 50, 70, size=2.0):
        home = next(dict(point.fields) for point in points if point.measurement == "home")
        patterns = {point.tags[1][1]: dict(point.fields) for point in points if point.measurement == "pattern"}
        known = [each["evidence"] for each in patterns.values() if math.isfinite(each["evidence"])]
        assert {each["threshold"] for each in (*patterns.values(), home)} == {30.0}
        if math.isfinite(home["evidence"]):
            assert math.fsum(known) == pytest.approx(home["evidence"])
        if result.alarm[0]:
            assert home["evidence"] >= home["threshold"]
            assert patterns["urinary"]["odds"] == home["evidence"]
        alarms += int(result.alarm[0])
        assert ("change_alerts" in home) == ("assessed_days" in home)
        if "assessed_days" in home:
            assert (home["change_alerts"], home["chance_alerts"]) == (alarms, home["assessed_days"] / 30.0)
        for each in patterns.values():
            assert math.isfinite(each["odds"]) == bool(each["alarm"]) == math.isfinite(each["since_days"])
    assert alarms >= 1
    assert patterns["urinary"]["alarm"]
    assert math.isnan(patterns["urinary"]["evidence"]), "while it is open none gathers, which is not calm"


def test_days_and_patterns_leave_the_home_as_points(setup: Setup) -> None:
    home, engine = engine_of(setup)
    points = []
    for item in samples(setup, home, simulate(3, START, 4)):
        if isinstance(item, int):
            points += engine.tick(item).points
        else:
            engine.sample(item)
    names = {point.measurement for point in points}
    assert {"day", "pattern", "home", "channel", "sensor"} <= names
    learning = [dict(point.fields)["state_learning"] for point in points if point.measurement == "home"]
    assert learning == [1.0] * len(learning)
    unassessed = [dict(point.fields) for point in points if point.measurement == "pattern"]
    assert all(fields["assessed"] == 0.0 for fields in unassessed), "nothing is judged in the first days"


def test_saved_and_restored_it_goes_on_with_the_same_bits(setup: Setup) -> None:
    home, whole = engine_of(setup)
    fed = samples(setup, home, simulate(5, START, 6))
    saved, cut = "", 0
    for n, item in enumerate(fed):
        before = whole.learning.closed_ns
        feed(whole, [item])
        if whole.learning.closed_ns != before and not saved and isinstance(item, int) and n > len(fed) // 2:
            saved, cut = json.dumps(whole.save(item)), n + 1
    again = Engine(
        home, Store(home, setup.config.home.zone), Learning(home, setup.config.home.zone, {}), {}, AlertBook()
    )
    again.restore(json.loads(saved))
    feed(again, fed[cut:])
    assert again.learning.state.to_bytes() == whole.learning.state.to_bytes()
    assert again.learning.hazard.save() == whole.learning.hazard.save()
    assert again.learning.routine.save() == whole.learning.routine.save()
    assert len(saved) < 150_000, "what is kept of a home"
    names = [sensor.name for sensor in home.sensors]
    assert again.silence.save(names) == whole.silence.save(names)


def test_a_saved_state_of_another_version_is_refused_and_nothing_taken_over(setup: Setup) -> None:
    _, engine = engine_of(setup)
    saved = engine.save(0)
    for part, error in (("day", "day tier"), ("hazard", "saved state"), ("routine", "saved state")):
        fresh = engine_of(setup)[1]
        with pytest.raises(ValueError, match=error):
            fresh.restore(saved | {"learning": saved["learning"] | {part: "AAAA"}})
        assert fresh.learning.state.to_bytes() == engine.learning.state.to_bytes()
        assert fresh.learning.closed_ns == 0


def test_ratings_ask_for_more_evidence_and_can_be_taken_back(setup: Setup) -> None:
    _, engine = engine_of(setup)
    pattern = PATTERN_NAMES.index("urinary")
    for rating, undo, wanted in (
        ("nothing found", False, 1.5),
        ("right", False, 1.5**0.5),
        ("nothing found", True, 1.5**-0.5),
    ):
        engine.rate(Rating(0, "urinary", rating, undo))
        engine.tick(60_000_000_000)
        assert float(factor(engine.learning.state)[pattern, 0]) == pytest.approx(wanted)
    engine.rate(Rating(0, "no such pattern", "right"))
    engine.tick(120_000_000_000)


def test_a_quiet_longer_than_ever_is_told_before_the_fixed_hours(setup: Setup) -> None:
    """After three weeks of learning the person stops moving at noon; the fixed limit by day is nine hours."""
    home, engine = engine_of(setup)
    fed = samples(setup, home, simulate(7, START, 24, decline=Decline("fall", 22)))
    told = None
    for item in fed:
        feed(engine, [item])
        if isinstance(item, int) and engine.learning.learned.quiet.over and told is None:
            told = engine.learning.learned.quiet
    assert told is not None
    assert 60 <= told.minutes < 9 * 60
    assert told.learned_days >= 14


@pytest.mark.parametrize("block", [1, 7, 60])
def test_the_minutes_of_a_block_give_the_bits_of_any_other(
    setup: Setup, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    homes = []
    for length in (5, block):
        monkeypatch.setattr("gateway.learning.QUIET_BLOCK", length)
        home, engine = engine_of(setup)
        feed(engine, samples(setup, home, simulate(5, START, 2)))
        homes.append(engine.learning.save())
    assert homes[0] == homes[1]


def test_the_routine_of_every_role_is_learned_live(decline: tuple[Setup, Home, Engine]) -> None:
    """The day tier flags no day of this life as away; the episode at its end keeps what it rests on from changing."""
    _, _, engine = decline
    learning = engine.learning
    learned = learning.routine.tier.profile.learned
    assert learning.routine.tier.refused == 0
    for role, sensors in learning.learned.sensors.items():
        assert sensors
        assert learned[0, :, role].min() >= 7, role.name
    unfitted = set(Role) - set(learning.learned.sensors)
    assert unfitted
    assert not learned[:, :, sorted(unfitted)].any()
    assert learning.learned.usual is learning.routine.usual
    zone = engine.learning.zone
    evening, night = (datetime(2026, 4, 22, hour, 30, tzinfo=zone) for hour in (18, 3))
    assert learning.learned.usual.times(Role.KITCHEN, evening) > learning.learned.usual.times(Role.KITCHEN, night)
    doubtful = {role for each in learning.learned.explanations for role in each.roles}
    assert doubtful
    assert set(np.flatnonzero(learning.routine.tier.frozen).tolist()) == doubtful


def test_the_configuration_declares_roles_that_names_do_not_say(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(
        describe().replace('name = "kettle"\nroom = "kitchen"', 'name = "plug-7"\nroom = "kitchen"\nrole = "kettle"')
    )
    setup = build(path)
    home = setup.home()
    engine = setup.engine(home, AlertBook())
    feed(engine, samples(setup, home, simulate(3, START, 2)))
    assert any("plug-7" in sensor for sensors in engine.learning.learned.sensors.values() for sensor in sensors)


def test_a_door_that_only_a_rule_names_teaches_absences_as_absences(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(describe().replace('name = "front-door"', 'name = "porch"').replace('["front-door"]', '["porch"]'))
    setup = build(path)
    home = setup.home()
    engine = setup.engine(home, AlertBook())
    feed(engine, samples(setup, home, simulate(3, START, 6)))
    assert engine.learning.learned.sensors[Role.FRONT_DOOR] == ["porch/contact_open"]
    outs = engine.learning.hazard.ring[:6, 1, 0]
    assert outs.max() > 20, "somebody went out through the porch, and nobody knew"


def test_a_door_that_only_its_role_declares_is_known_to_the_rules(tmp_path: Path) -> None:
    text = describe().replace('name = "front-door"', 'name = "porch"\nrole = "back_door"')
    path = tmp_path / "gateway.toml"
    path.write_text(text.replace('outside_doors = ["front-door"]', ""))
    assert getattr(build(path).rules["no_movement"], "outside_doors") == ("porch",)  # noqa: B009 - a rule is any dataclass


def test_how_often_chance_may_speak_is_a_setting_that_reaches_the_core(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(describe() + "\n[rules.deterioration]\ndays_between_false_alerts = 65\n")
    setup = build(path)
    home = setup.home()
    engine = setup.engine(home, AlertBook())
    asked: list[float] = []

    def close(state: DayState, day: int, features: Array, flags: Array, c: float = 0.0) -> DayResult:
        asked.append(c)
        return close_day(state, day, features, flags, c)

    monkeypatch.setattr(learning, "close_day", close)
    feed(engine, samples(setup, home, simulate(3, START, 3)))
    assert set(asked) == {65.0}
    assert {each.threshold for each in engine.learning.evidence(engine.learning.closed_ns)} == {65.0}
