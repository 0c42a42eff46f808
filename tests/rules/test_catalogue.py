"""Rules by name, and settings from a file."""

import pytest

from rules import sos
from rules.kit import catalogue


def test_names_hold_the_rules_and_nothing_else() -> None:
    assert {"sos", "no_movement", "cold_room", "device_silent"} <= set(catalogue.names())
    for name in catalogue.names():
        assert hasattr(catalogue.load(name), "Rule"), f"rules/{name}.py is not a rule: move it or list it in catalogue"


@pytest.mark.parametrize("name", ["", "soss", "../sos", "base", "core", "os"])
def test_a_name_that_is_no_rule_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no rule"):
        catalogue.load(name)


def test_the_nearest_spelling_is_offered() -> None:
    with pytest.raises(ValueError, match="did you mean 'no_movement'"):
        catalogue.load("no_movment")
    with pytest.raises(ValueError, match="'no_movement': no setting 'day_hour'; did you mean 'day_hours'"):
        catalogue.build("no_movement", {"day_hour": 8})


def test_settings_arrive_in_their_types() -> None:
    assert catalogue.build("sos", {}) == sos.Rule()
    built = catalogue.build("no_movement", {"day_hours": 8, "outside_doors": ["front-door"]})
    assert (built.day_hours, built.outside_doors) == (8.0, ("front-door",))
    assert isinstance(built.day_hours, float)


@pytest.mark.parametrize(
    ("setting", "value", "text"),
    [
        ("day_hours", "9", "a number is wanted"),
        ("day_hours", True, "a number is wanted"),
        ("day_hours", float("nan"), "a number is wanted"),
        ("day_hours", float("inf"), "a number is wanted"),
        ("day_hours", 0, "must be above 0"),
        ("night_from_hour", 22.5, "a whole number is wanted"),
        ("night_from_hour", 24, "from 0 to 23"),
        ("outside_doors", "front-door", "a list is wanted"),
        ("outside_doors", [1], "a text is wanted"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(setting: str, value: object, text: str) -> None:
    with pytest.raises(ValueError, match=f"rule 'no_movement'.*{setting}.*{text}|rule 'no_movement'.*{text}"):
        catalogue.build("no_movement", {setting: value})
