"""Batteries: one message for one visit, before a sensor falls silent."""

import numpy as np
import pytest

from gateway.alerts.book import AlertBook
from gateway.model.alert import State
from rules import battery_low
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_MINUTE
from tests.rules.windows import local_ns, window

DEFAULT = battery_low.Rule()
NOW = "2026-03-03 12:00"


def found(
    last: dict[str, float], before: dict[str, list[float]] | None = None, rule: battery_low.Rule = DEFAULT
) -> list[Finding]:
    """`before`: what a channel said in the last minutes, the latest last."""

    def change(arrays: dict[str, np.ndarray]) -> None:
        for name, values in (before or {}).items():
            arrays["value"][-len(values) :, list(last).index(name)] = values

    return rule.check(window(NOW, dict.fromkeys(last, ""), last_value=last, change=change))


def test_batteries_that_are_full_say_nothing() -> None:
    assert found({"a/battery_percent": 21, "b/battery_low": 0, "c/battery_percent": 100, "d/motion": 1}) == []


def test_three_batteries_are_one_message_the_lowest_first() -> None:
    last = {"hall-motion/battery_percent": 18, "kitchen-motion/battery_percent": 12, "bath/battery_percent": 20}
    (finding,) = found(last)
    assert (finding.kind, finding.priority, finding.subject) == (AlertKind.TECHNICAL, Priority.LOW, "batteries")
    assert finding.what == "3 batteries are low, kitchen motion first"
    assert finding.now == "kitchen motion 12 %, hall motion 18 % and bath 20 %"
    assert finding.sensors[0] == "kitchen-motion/battery_percent"
    assert finding.since_ns == local_ns(NOW)


def test_one_battery() -> None:
    (finding,) = found({"hall-motion/battery_percent": 18})
    assert finding.what == "Battery low: hall motion"
    assert finding.next_step.startswith("Change it before hall motion falls silent")


@pytest.mark.parametrize(
    "last",
    [
        {"a/battery_percent": 10.0},
        {"a/battery_low": 1.0},
        {"a/battery_percent": 20.0, "a/sos": 0.0},
        {"a/battery_percent": 18.0, "b/battery_low": 1.0},
    ],
)
def test_nearly_empty_or_of_a_help_button_is_medium(last: dict[str, float]) -> None:
    assert [finding.priority for finding in found(last)] == [Priority.MEDIUM]


def test_the_figure_and_the_word_of_one_sensor_are_one_battery() -> None:
    (finding,) = found({"a/battery_percent": 9, "a/battery_low": 1})
    assert (finding.what, finding.now) == ("Battery low: a", "a 9 %")
    assert finding.sensors == ("a/battery_percent", "a/battery_low")


@pytest.mark.parametrize("value", [-1.0, 101.0, 200.0, np.nan, np.inf])
def test_what_no_battery_can_say_is_not_used(value: float) -> None:
    assert found({"a/battery_percent": value}) == []


def test_a_plug_that_says_0_percent_has_no_battery() -> None:
    assert found({"a/battery_percent": 0, "a/battery_low": 1, "a/power_w": 3}) == []


def test_a_warm_day_brings_no_new_battery_and_a_new_battery_ends_it() -> None:
    last, name = {"a/battery_percent": 23.0}, "a/battery_percent"
    assert found(last, {name: [25.0, 23.0]}) == []
    assert len(found(last, {name: [19.0, 23.0]})) == 1
    assert found({name: 100.0}, {name: [19.0, 23.0, 100.0]}) == []
    assert found(last, {name: [19.0, 100.0, 23.0]}) == []


def test_it_is_known_since_the_first_time_it_was_said() -> None:
    (finding,) = found({"a/battery_percent": 19.0}, {"a/battery_percent": [30.0, 20.0, np.nan, 21.0, 19.0]})
    assert finding.since_ns == local_ns(NOW) - 4 * NS_PER_MINUTE


def test_a_sensor_may_be_left_out() -> None:
    assert found({"a/battery_percent": 0}, rule=battery_low.Rule(ignore_sensors=("a",))) == []


def test_ten_days_of_falling_figures_are_told_once_and_once_more_when_it_is_nearly_empty() -> None:
    book, told = AlertBook([], 0), []
    start_ns = local_ns("2026-03-01 00:00")
    for hour in range(10 * 24):
        last = {"a/battery_percent": 25.0 - 2 * (hour // 24), "b/battery_percent": 20.0 if hour > 100 else 60.0}
        findings = found(last)
        changes = book.observe(findings, start_ns + hour * 60 * NS_PER_MINUTE, frozenset({"battery_low"}))
        told += [(hour // 24, c.alert.finding.priority) for c in changes if c.tell and c.alert.state is State.ACTIVE]
    assert told == [(3, Priority.LOW), (8, Priority.MEDIUM)]
