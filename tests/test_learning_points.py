"""What the core says of its days: the concern, the evidence and the points that leave the home agree."""

import math
from collections.abc import Iterator

import numpy as np
import pytest

from gateway.model.point import Point
from gateway.points.caseload_priority import VISIT, DayCoverage, Judged, Reason, caseload_priority
from gateway.points.day_points import day_coverage, day_points
from gateway.service.build import Setup, build
from gateway.simulate import describe, simulate
from gateway.thinking.engine import Engine
from rules.core.confounders import Flag
from rules.core.detector import DayResult, close_day
from rules.core.explain import DayStatus, status
from rules.core.features import FEATURES, INDEX
from rules.core.patterns import PATTERN_NAMES, PATTERNS
from tests.simulated_home import START, engine_of, samples
from tests.thinking import DAY_NS


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    path = tmp_path_factory.mktemp("home") / "gateway.toml"
    path.write_text(describe())
    return build(path)


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
        found = caseload_priority([], learning.evidence(learning.closed_ns), DayCoverage(1.0), learning.closed_ns)
        if result.alarm[0]:
            assert found.concern >= max(before, VISIT)
            opened = True
        if opened:
            assert found.concern >= VISIT
            assert found.reason is Reason.RESTLESS_NIGHTS
            began = learning.closed_ns / DAY_NS - found.since_h / 24.0
            assert abs(began - 50) <= 3, f"dated to day {began:.0f}"
            later = caseload_priority([], learning.evidence(learning.closed_ns + DAY_NS // 4), DayCoverage(1.0), 0)
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
        gathered = {name: each["evidence"] for name, each in patterns.items() if math.isfinite(each["evidence"])}
        alone = gathered.pop("vital_signs", 0.0)
        assert {each["threshold"] for each in (*patterns.values(), home)} == {30.0}
        if math.isfinite(home["evidence"]):
            assert max(math.fsum(gathered.values()), alone) == pytest.approx(home["evidence"])
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


def test_an_empty_home_is_no_home_that_was_seen_badly(setup: Setup) -> None:
    """Nobody moves while somebody is in hospital: that was compared with nothing, and 0 would be a fault to mend."""
    _, engine = engine_of(setup)
    for flags, known in ((Flag.AWAY | Flag.NOT_WATCHED, False), (Flag.NOT_WATCHED, True), (Flag.NONE, True)):
        engine.learning.state.coverage[:] = 0.5
        seen = day_coverage(engine.learning.state, DayStatus(0, flags, (), 0, 20))
        assert math.isfinite(seen.coverage) is known, flags


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
    seen = [dict(point.fields)["coverage"] for point in points if point.measurement == "home"]
    assert all(map(math.isnan, seen)), "nothing was compared, which is not nothing seen"
    now = engine.learning.day_coverage()
    assert (now.learning_day, now.judged) == (len(learning), Judged.LEARNING), (
        "the first was not watched from its start"
    )
    unassessed = [dict(point.fields) for point in points if point.measurement == "pattern"]
    assert all(fields["assessed"] == 0.0 for fields in unassessed), "nothing is judged in the first days"
