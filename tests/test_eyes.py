"""What nobody could have seen is nobody's quiet: a power cut, a dead stick, half of the sensors."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from drivers.kit.contract import Frame
from rules import device_silent, no_movement, sos
from rules.kit.contract import Rule
from rules.terms.time import NS_PER_MINUTE, NS_PER_S
from tests.thinking import DAY_NS, HOUR_NS, START_NS, Box, says, setup

RULES: dict[str, Rule] = {"no_movement": no_movement.Rule(), "device_silent": device_silent.Rule(), "sos": sos.Rule()}
TEN_NS = START_NS + DAY_NS + 10 * HOUR_NS
SIX_NS = START_NS + 2 * DAY_NS + 6 * HOUR_NS


def beats(begin_ns: int, end_ns: int, *addresses: str) -> Iterable[Frame]:
    """Heartbeats every ten minutes, and nobody who moves."""
    for time_ns in range(begin_ns, end_ns, 10 * NS_PER_MINUTE):
        for n, address in enumerate(addresses):
            yield says(time_ns + n + 1, address, "motion", 0.0)


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """Two movement sensors that are silent after half an hour, heard and seeing until ten in the morning."""
    made = Box(setup(tmp_path, rules=RULES, fixed_s={"hall": 1800.0, "climate": 1800.0}), START_NS)
    late_s = [h * h * 97 % 2400 for h in range(34)]  # nobody walks by the clock
    walks = [says(START_NS + h * HOUR_NS + s * NS_PER_S, "hall", "motion", 1.0) for h, s in enumerate(late_s)]
    frames = sorted([*walks, *beats(START_NS, TEN_NS, "hall", "climate")], key=lambda frame: frame.time_ns)
    made.hear(frames, TEN_NS)
    return made


def told(box: Box) -> set[tuple[str, str]]:
    return {(alert.finding.rule, alert.finding.subject) for alert in box.opened.pipeline.engine.book.open()}


def test_after_twenty_hours_without_power_nobody_is_still(box: Box) -> None:
    box.hear([], SIX_NS)
    assert ("device_silent", "home") in told(box)
    box.hear(list(beats(SIX_NS, SIX_NS + 2 * HOUR_NS, "hall", "climate")), SIX_NS + 2 * HOUR_NS)
    learned = box.opened.pipeline.engine.learning.learned
    from_ns, to_ns = learned.blind_ns
    assert TEN_NS - 11 * NS_PER_MINUTE < from_ns < TEN_NS
    assert SIX_NS < to_ns <= SIX_NS + NS_PER_MINUTE
    assert told(box) == {("device_silent", "help"), ("device_silent", "never heard")}, "she is well, and asleep"
    box.hear(list(beats(box.now_ns, SIX_NS + 12 * HOUR_NS, "hall", "climate")), SIX_NS + 12 * HOUR_NS)
    (alert,) = [a for a in box.opened.pipeline.engine.book.open() if a.finding.rule == "no_movement"]
    assert alert.finding.since_ns == to_ns
    assert alert.finding.missing.startswith("I could not see from 09:50 on Thursday to 06:00 on Friday")
    box.off()


def test_a_restart_while_blind_and_after_it_forgets_nothing(box: Box) -> None:
    box.hear([], TEN_NS + 3 * HOUR_NS)
    box.off()
    box.on(box.now_ns + NS_PER_MINUTE)
    box.hear(list(beats(SIX_NS, SIX_NS + HOUR_NS, "hall")), SIX_NS + HOUR_NS)
    before = box.opened.pipeline.engine.learning.learned
    box.off()
    box.on(box.now_ns + NS_PER_MINUTE)
    after = box.opened.pipeline.engine.learning.learned
    assert after.blind_ns == before.blind_ns
    assert after.partly_ns >= before.partly_ns > SIX_NS, "the other one is still not heard"
    box.off()


def test_a_stick_that_dies_is_one_alert_however_long_it_lasts(box: Box) -> None:
    meter = [says(t, "meter", "power_w", 3.0) for t in range(TEN_NS, TEN_NS + DAY_NS, 10 * NS_PER_MINUTE)]
    box.hear(meter, TEN_NS + DAY_NS)
    silent = {subject for rule, subject in told(box) if rule == "device_silent" and subject != "never heard"}
    assert silent == {"movement sensors", "help"}, "and the button that nobody ever heard"
    (movement,) = [a for a in box.opened.pipeline.engine.book.open() if a.finding.subject == "movement sensors"]
    assert movement.finding.priority == "high", "nobody was seen for ten hours: somebody should ring"
    assert not any(rule == "no_movement" for rule, _ in told(box))
    box.off()


def test_the_battery_that_comes_with_the_press_is_in_the_message(box: Box) -> None:
    frame = Frame(TEN_NS + 9, "toy", b'{"help": {"sos": 1.0, "battery_percent": 7.0}}', "", False, 0)
    box.hear([frame], TEN_NS + 10)
    (call,) = [a for a in box.opened.pipeline.engine.book.open() if a.finding.rule == "sos"]
    assert "battery of help is low (7 %)" in call.finding.missing
    box.off()
