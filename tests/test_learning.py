"""The core at work in one simulated home: found, explained, rebuilt, rated."""

import json
import re
from datetime import datetime

import numpy as np
import pytest

from gateway.alerts.book import AlertBook
from gateway.alerts.wording import explain
from gateway.learning.learning import Learning
from gateway.model.home import Home
from gateway.model.rating import Rating
from gateway.service.build import Setup, build
from gateway.simulate import Decline, describe, simulate
from gateway.thinking.engine import Engine
from gateway.thinking.window_store import WindowStore
from rules.core.day import Role
from rules.core.detector import factor
from rules.core.patterns import PATTERN_NAMES
from tests.simulated_home import START, engine_of, feed, samples


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    path = tmp_path_factory.mktemp("home") / "gateway.toml"
    path.write_text(describe())
    return build(path)


@pytest.fixture(scope="module")
def decline(setup: Setup) -> tuple[Setup, Home, Engine]:
    home, engine = engine_of(setup)
    feed(engine, samples(setup, home, simulate(7, START, 57, decline=Decline("uti", 40))))
    return setup, home, engine


def test_a_decline_is_found_and_explained_in_plain_words(decline: tuple[Setup, Home, Engine]) -> None:
    setup, _, engine = decline
    alerts = [alert for alert in engine.book.open() if alert.finding.rule == "deterioration"]
    assert len(alerts) == 1, "one illness, one alert"
    assert sum(engine.learning.state.alerts) == 1, "and none before it that is over"
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
    onset = (finding.since_ns - engine.learning.closed_ns) / 86_400e9 + 57
    assert 34 <= onset <= 46, f"dated to day {onset:.1f}, it began on day 40"


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
        home, WindowStore(home, setup.config.home.zone), Learning(home, setup.config.home.zone, {}), {}, AlertBook()
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
        monkeypatch.setattr("gateway.learning.learning.QUIET_BLOCK", length)
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
