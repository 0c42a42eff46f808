"""What gateway.toml declares reaches the core: roles, doors, and how often chance may speak."""

from pathlib import Path

import pytest

from gateway.alerts.book import AlertBook
from gateway.learning import learning
from gateway.service.build import build
from gateway.simulate import describe, simulate
from rules.core.day import Role
from rules.core.detector import Array, DayResult, close_day
from rules.core.detector_state import DayState
from tests.simulated_home import START, feed, samples


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
