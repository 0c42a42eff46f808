"""A call for help whose reading was committed and its alert not: told at the next start, marked late, and once."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.alerts.wording import message
from rules.sos import Rule
from rules.terms.time import NS_PER_MINUTE, NS_PER_S
from tests.thinking import DAY_NS, HOUR_NS, START_NS, Box, says, setup

AT_NS = START_NS + 10 * NS_PER_MINUTE


class Forgetful(Box):
    """A box whose alerts never reach its card."""

    def _keep(self, changes: object) -> None:
        """The cut comes before the alert is recorded."""


def pressed(tmp_path: Path, kind: type[Box], *at_ns: int, retain: bool = False) -> None:
    """Somebody presses at these times; the box ends a moment after the last."""
    box = kind(setup(tmp_path, rules={"sos": Rule()}), START_NS)
    box.hear([says(each, "help", "sos", 1.0, retain=retain) for each in at_ns], at_ns[-1])
    box.off()


@pytest.mark.parametrize("away_ns", [NS_PER_S, 30 * NS_PER_MINUTE, 23 * HOUR_NS])
def test_it_is_told_after_the_start_marked_late_and_once(tmp_path: Path, away_ns: int) -> None:
    pressed(tmp_path, Forgetful, AT_NS)
    box = Box(setup(tmp_path, rules={"sos": Rule()}), AT_NS + away_ns)
    (change,) = box.late
    assert (change.tell, change.late, change.time_ns) == (True, True, AT_NS)
    said = message(change, ZoneInfo("UTC"))
    assert said.title == "Late: Help button pressed: help"
    assert said.body.startswith("Sent late. This is how it was at Wednesday 18 November 2026 00:10.")
    box.hear([], box.now_ns + 5 * NS_PER_MINUTE)
    assert [each.tell for each in box.opened.alerts.history(change.alert.id)].count(True) == 1
    box.off()
    again = Box(setup(tmp_path, rules={"sos": Rule()}), box.now_ns + NS_PER_MINUTE)
    assert again.late == []
    again.off()


def test_what_has_its_alert_is_not_told_again(tmp_path: Path) -> None:
    pressed(tmp_path, Box, AT_NS, AT_NS + 5 * NS_PER_S, AT_NS + 2 * HOUR_NS)
    box = Box(setup(tmp_path, rules={"sos": Rule()}), AT_NS + 3 * HOUR_NS)
    assert box.late == []
    box.off()


def test_a_press_behind_one_that_has_its_alert_is_told(tmp_path: Path) -> None:
    pressed(tmp_path, Box, AT_NS)
    box = Forgetful(setup(tmp_path, rules={"sos": Rule()}), AT_NS + NS_PER_MINUTE)
    box.hear([says(AT_NS + 10 * NS_PER_MINUTE, "help", "sos", 1.0)], AT_NS + 10 * NS_PER_MINUTE)
    box.off()
    again = Box(setup(tmp_path, rules={"sos": Rule()}), AT_NS + HOUR_NS)
    assert [(c.alert.id, c.late, c.alert.finding.again_ns) for c in again.late] == [
        (1, True, AT_NS + 10 * NS_PER_MINUTE)
    ]
    again.off()


def test_what_is_older_than_a_day_or_was_old_news_is_not_told(tmp_path: Path) -> None:
    pressed(tmp_path, Forgetful, AT_NS)
    box = Box(setup(tmp_path, rules={"sos": Rule()}), AT_NS + DAY_NS + NS_PER_MINUTE)
    assert box.late == []
    box.off()
    remembered = tmp_path / "remembered"
    pressed(remembered, Forgetful, AT_NS, retain=True)
    box = Box(setup(remembered, rules={"sos": Rule()}), AT_NS + HOUR_NS)
    assert box.late == []
    box.off()
