"""The one thread's thinking: rules are called when they should be, fail alone, and are told what is ours."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest

from gateway.alerts.book import AlertBook
from gateway.learning.learning import Learning
from gateway.model.alert import Answer, Change, State
from gateway.model.home import BRIDGE, STALE, Home, Sample, Sensor
from gateway.thinking.engine import Engine, own_fault
from gateway.thinking.window_store import WindowStore
from rules.kit import catalogue
from rules.kit.contract import Rule, Window
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_MINUTE, NS_PER_S
from tests.thinking import HOUR_NS, START_NS, Box, says, setup


@dataclass(frozen=True)
class Watching:
    """A rule that remembers what it was shown."""

    seen: list[Window] = field(default_factory=list)
    wakes_on: ClassVar[frozenset[str]] = frozenset({"sos"})

    def check(self, window: Window) -> list[Finding]:
        self.seen.append(window)
        return []


@dataclass(frozen=True)
class Failing:
    """A rule with a fault, as long as `broken` is not empty."""

    broken: list[int]
    wakes_on: ClassVar[frozenset[str]] = frozenset()

    def check(self, window: Window) -> list[Finding]:
        if self.broken:
            raise ZeroDivisionError
        return []


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Callable[..., Box]]:
    boxes: list[Box] = []

    def make(**rules: Rule) -> Box:
        boxes.append(Box(setup(tmp_path, rules=rules), START_NS))
        return boxes[-1]

    yield make
    for each in boxes:
        each.opened.close()


def told(changes: list[Change]) -> list[str]:
    return [change.alert.finding.what for change in changes if change.tell]


def minutes(box: Box, count: int) -> list[Change]:
    """Let minutes pass; what was decided in them."""
    changes: list[Change] = []
    for _ in range(count):
        box.now_ns += NS_PER_MINUTE
        changes += box.opened.pipeline.tick(box.now_ns)
    return changes


def test_a_rule_is_asked_every_minute_and_at_once_where_it_asked_to_be_woken(box: Callable[..., Box]) -> None:
    rule = Watching()
    home = box(watching=rule)
    home.hear([says(START_NS + 90 * NS_PER_S, "hall", "motion", 1.0)], START_NS + 2 * NS_PER_MINUTE)
    assert [window.time_ns for window in rule.seen] == [START_NS + NS_PER_MINUTE, START_NS + 2 * NS_PER_MINUTE]
    press = says(START_NS + 150 * NS_PER_S, "help", "sos", 1.0)
    home.opened.pipeline.frame(press)
    assert rule.seen[-1].time_ns == press.time_ns
    assert rule.seen[-1].event_ns[1] == press.time_ns
    count = len(rule.seen)
    home.opened.pipeline.frame(says(press.time_ns + 1, "help", "sos", 1.0, retain=True))
    assert len(rule.seen) == count, "what the broker remembers wakes nobody"


def test_the_help_button_is_an_alert_at_once(box: Callable[..., Box]) -> None:
    home = box(sos=catalogue.build("sos", {}))
    changes = home.opened.pipeline.frame(says(START_NS + 1, "help", "sos", 1.0))
    assert [(change.alert.state, change.tell) for change in changes] == [(State.ACTIVE, True)]


def test_a_rule_that_fails_is_named_and_the_others_go_on(
    box: Callable[..., Box], caplog: pytest.LogCaptureFixture
) -> None:
    broken, other = [1], Watching()
    home = box(broken=Failing(broken), other=other)
    home.opened.pipeline.frame(says(START_NS + 1, "hall", "motion", 1.0))
    changes = minutes(home, 4)
    assert told(changes) == ["Part of the Kinlight box is not working: rule broken: it stopped with an error."]
    assert [change.alert.finding.kind for change in changes if change.tell] == [AlertKind.TECHNICAL]
    assert len(other.seen) == 4
    assert caplog.text.count("rule broken failed") == 1, "once, not every minute"
    broken.clear()
    assert State.RESOLVED in [change.alert.state for change in minutes(home, 8)]


def test_an_alert_of_a_rule_that_fails_stays(box: Callable[..., Box]) -> None:
    class Seeing(Failing):
        def check(self, window: Window) -> list[Finding]:
            super().check(window)
            what = ("cold", "kitchen", AlertKind.PERSONAL, Priority.HIGH, "It is cold.", START_NS, "Call.")
            return [Finding(*what)]

    broken: list[int] = []
    home = box(cold=Seeing(broken))
    minutes(home, 2)
    broken.append(1)
    minutes(home, 10)
    assert [alert.finding.rule for alert in home.opened.pipeline.engine.book.open()] == ["cold", "kinlight"]


def test_an_alert_of_a_rule_that_was_switched_off_ends(box: Callable[..., Box], tmp_path: Path) -> None:
    home = box(sos=catalogue.build("sos", {}))
    changes = home.opened.pipeline.frame(says(START_NS + 1, "help", "sos", 1.0))
    home.opened.alerts.record(changes)
    home.off()
    without = Box(setup(tmp_path), START_NS + 2 * NS_PER_MINUTE)
    assert len(without.opened.pipeline.engine.book.open()) == 1
    changes = minutes(without, 10)
    assert without.opened.pipeline.engine.book.open()[0].ended_ns > 0, "its rule does not say so any more"
    without.off()


def test_a_bridge_takes_everything_behind_it_along_and_a_device_only_itself() -> None:
    sensors = [Sensor(name, "hall", "zigbee", name) for name in ("hall", "door", BRIDGE)]
    home = Home("test", [*sensors, Sensor("bed", "bedroom", "wire", "bed")])
    zone = ZoneInfo("UTC")
    engine = Engine(home, WindowStore(home, zone), Learning(home, zone, {}), {}, AlertBook())
    for n, (device, address) in enumerate((("zigbee", "hall"), ("zigbee", "door"), ("wire", "bed"))):
        engine.sample(Sample(START_NS + n, home.channel(device, address, "motion"), 1.0))

    def says_of_itself(address: str, online: float, flags: int = 0) -> list[bool]:
        engine.sample(Sample(START_NS + 10, home.channel("zigbee", address, "online"), online, flags))
        return [bool(silent) for silent in engine.silence.silent(START_NS + 11)[[0, 1, 3]]]

    engine.start(START_NS, after_downtime=False)
    assert says_of_itself("hall", 0.0) == [True, False, False]
    assert says_of_itself(BRIDGE, 0.0) == [True, True, False]
    assert says_of_itself(BRIDGE, 1.0, STALE) == [False, False, False], "a memory of being online counts"


def test_a_bridge_that_goes_offline_is_told_within_the_minute() -> None:
    sensors = [Sensor(name, "hall", "zigbee", name) for name in ("hall", "door", BRIDGE)]
    home, zone = Home("test", [*sensors, Sensor("bed", "bedroom", "wire", "bed")]), ZoneInfo("UTC")
    rules = {"device_silent": catalogue.build("device_silent", {})}
    engine = Engine(home, WindowStore(home, zone), Learning(home, zone, {}), rules, AlertBook())
    engine.start(START_NS, after_downtime=False)
    for n, (device, address) in enumerate((("zigbee", "hall"), ("zigbee", "door"), ("wire", "bed"))):
        engine.sample(Sample(START_NS + n, home.channel(device, address, "motion"), 1.0))
    offline_ns = START_NS + 10 * NS_PER_MINUTE + 1
    for minute in range(1, 11):
        assert told(list(engine.tick(START_NS + minute * NS_PER_MINUTE).changes)) == []
    engine.sample(Sample(offline_ns, home.channel("zigbee", BRIDGE, "online"), 0.0))
    changes = list(engine.tick(START_NS + 11 * NS_PER_MINUTE).changes)
    assert told(changes) == ["Nothing heard any more from what hangs on zigbee"]


def test_what_is_suspect_or_late_is_kept_and_concluded_from_by_nobody(box: Callable[..., Box]) -> None:
    rule = Watching()
    home = box(watching=rule)
    home.hear([says(START_NS + 1, "climate", "room_temperature_c", 900.0)], START_NS + NS_PER_MINUTE)
    assert rule.seen[-1].channels == ()
    assert home.opened.pipeline.pending() >= 1


def test_a_fault_of_ours_is_told_when_it_lasts_and_ends_when_it_does(box: Callable[..., Box]) -> None:
    home = box()
    engine = home.opened.pipeline.engine
    engine.fault("mqtt", own_fault("mqtt", "the broker is away", START_NS), START_NS)
    assert told(minutes(home, 1)) == []
    assert len(told(minutes(home, 3))) == 1
    engine.fault("mqtt", None, home.now_ns)
    minutes(home, 10)
    assert engine.book.open() == ()


def test_an_answer_holds_the_alert(box: Callable[..., Box]) -> None:
    home = box(sos=catalogue.build("sos", {}))
    home.opened.pipeline.frame(says(START_NS + 1, "help", "sos", 1.0))
    engine = home.opened.pipeline.engine
    engine.answer(Answer(1, "ack", "daughter", START_NS + 2, minutes=60))
    assert told(minutes(home, 50)) == []
    assert len(told(minutes(home, 15))) == 1
    with pytest.raises(ValueError, match="Alert 9 has never been"):
        engine.answer(Answer(9, "ack", "daughter", START_NS + HOUR_NS))


def test_thinking_asks_no_clock_and_gives_the_same_twice(tmp_path: Path) -> None:
    rules = {name: catalogue.build(name, {}) for name in catalogue.names()}
    results = []
    for run in range(2):
        (tmp_path / str(run)).mkdir()
        home = Box(setup(tmp_path / str(run), rules=rules), START_NS)
        changes: list[Change] = []
        for n in range(2000):
            time_ns = START_NS + n * 47 * NS_PER_S
            while home._tick_ns <= time_ns:
                changes += home.opened.pipeline.tick(home._tick_ns)
                home._tick_ns += NS_PER_MINUTE
            if n < 300:
                changes += home.opened.pipeline.frame(says(time_ns, "hall", "motion", 1.0))
            changes += home.opened.pipeline.frame(says(time_ns, "climate", "room_temperature_c", 12.0))
        results.append((changes, home.opened.pipeline.harvest().points))
        home.opened.close()
    assert results[0] == results[1]
    assert results[0][0], "a cold room and a still home are worth an alert"
