"""What a leaf returns is looked at before the trunk uses it: nonsense is a technical alert, the home stays watched."""

import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from drivers.kit.contract import DecodeError, ErrorKind, Frame, Reading
from drivers.zigbee2mqtt import Options, decoder
from drivers.zigbee2mqtt_keys import READ
from gateway.ingest.intake import CAUSES, HOUR_NS, Intake
from gateway.ingest.message_rates import MOST_A_MINUTE, SENDERS, Rates
from gateway.model.bulkhead import AHEAD_NS, finding_fault
from gateway.model.home import Home, Sensor
from rules.kit.contract import Window
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_MINUTE
from tests.thinking import START_NS, Box, says, setup

GOOD = Finding("odd", "home", AlertKind.PERSONAL, Priority.LOW, "Worth checking", START_NS, "Ring.")
YEAR_NS = 365 * 24 * HOUR_NS
HOUR_OF_PRESSES = Frame(START_NS, "zigbee", b'{"sos":true,"battery":90,"temperature":20}', "zigbee2mqtt/key")


@dataclass(frozen=True)
class Odd:
    """A rule that returns whatever it is told to."""

    given: Any
    wakes_on: ClassVar[frozenset[str]] = frozenset()

    def check(self, window: Window) -> list[Finding]:
        return self.given  # type: ignore[no-any-return]


NONSENSE = [
    None, 7, "text", [None], [{"rule": "odd"}], (GOOD,),
    *([replace(GOOD, **changes)] for changes in (
        {"hold_s": math.nan}, {"hold_s": math.inf}, {"hold_s": -1.0}, {"hold_s": "soon"},
        {"since_ns": START_NS + YEAR_NS}, {"since_ns": -1}, {"since_ns": math.nan}, {"since_ns": None},
        {"again_ns": START_NS + YEAR_NS}, {"again_ns": 1.5}, {"times": "many"}, {"times": 2**70}, {"latching": 1},
        {"rule": "sos"}, {"subject": ""}, {"subject": None}, {"what": 7}, {"what": "x" * 5000}, {"next_step": b""},
        {"kind": "personal!"}, {"priority": 3}, {"sensors": ["a"]}, {"sensors": (1,)}, {"changes": ("x",) * 5000},
    )),
]  # fmt: skip


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Callable[[Any], Box]]:
    made: list[Box] = []

    def make(given: Any) -> Box:
        made.append(Box(setup(tmp_path, rules={"odd": Odd(given)}), START_NS))
        return made[0]

    yield make
    made[0].opened.close()


@pytest.mark.parametrize("given", NONSENSE, ids=lambda given: repr(given)[:60])
def test_a_rule_that_returns_nonsense_is_named_and_the_home_stays_watched(
    box: Callable[[Any], Box], given: Any
) -> None:
    pipeline = box(given).opened.pipeline
    changes = [change for n in range(1, 5) for change in pipeline.tick(START_NS + n * NS_PER_MINUTE)]
    (told,) = [change.alert.finding for change in changes if change.tell]
    assert (told.kind, told.subject) == (AlertKind.TECHNICAL, "rule odd")
    assert told.what.startswith("Part of the Kinlight box is not working: rule odd: it gave ")
    pipeline.frame(says(START_NS + 5 * NS_PER_MINUTE, "hall", "motion", 1.0))
    assert pipeline.intake.tally.late == 0
    assert pipeline.engine.moved_ns() > START_NS


def test_a_sound_finding_beside_a_bad_one_is_told(box: Callable[[Any], Box]) -> None:
    pipeline = box([None, GOOD]).opened.pipeline
    changes = pipeline.tick(START_NS + NS_PER_MINUTE)
    assert "Worth checking" in [change.alert.finding.what for change in changes]


def test_numbers_of_numpy_and_times_of_today_are_well() -> None:
    found = replace(GOOD, since_ns=np.int64(START_NS), hold_s=np.float64(60), times=np.int64(2))
    assert finding_fault(found, "odd", START_NS) == ""
    assert finding_fault(replace(GOOD, since_ns=START_NS + AHEAD_NS - 1), "odd", START_NS) == ""


def intake(answer: Any) -> Intake:
    def decode(frame: Frame) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Intake(Home("test", [Sensor("hall", "hallway", "board", "hall")]), {"board": decode}, {"board": 100})


SOUND = Reading(START_NS, "hall", "motion", 1.0)
FRAME = Frame(START_NS, "board", b"x")


@pytest.mark.parametrize(
    "wrong",
    [
        None, 7, {}, (START_NS, "hall", "motion", 1.0), *(SOUND._replace(**changes) for changes in (
            {"value": "1"}, {"value": None}, {"value": True}, {"value": 10**400}, {"value": math.nan},
            {"time_ns": None}, {"time_ns": 1.5}, {"time_ns": 2**80}, {"time_ns": -5}, {"time_ns": math.nan},
            {"device": None}, {"device": ""}, {"device": "x" * 5000}, {"quantity": 3}, {"quantity": "x" * 5000},
            {"quantity": []}, {"suspect": None}, {"stale": "no"},
        )), DecodeError(START_NS, "hall", ErrorKind.VALUE, None), DecodeError(START_NS, "hall", "odd", "why"),
        DecodeError(START_NS, ["hall"], ErrorKind.VALUE, "why"),
    ],
    ids=lambda wrong: repr(wrong)[:60],
)  # fmt: skip
def test_a_decoder_that_returns_nonsense_is_named_and_the_other_readings_count(wrong: Any) -> None:
    made = intake([wrong, SOUND])
    assert [sample.value for sample in made.take(FRAME)] == [1.0]
    assert made.tally.errors["board", ErrorKind.DRIVER] == 1
    assert list(made.troubles(START_NS)) == ["driver of board"]


@pytest.mark.parametrize("wrong", [None, 7, (SOUND,), iter([SOUND]), "text"])
def test_a_decoder_that_returns_no_list_is_named(wrong: Any) -> None:
    made = intake(wrong)
    assert made.take(FRAME) == []
    assert list(made.troubles(START_NS)) == ["driver of board"]
    assert made.troubles(START_NS + HOUR_NS) == {}, "an hour without another is over"


def test_a_reading_of_next_year_makes_no_later_one_late() -> None:
    made = intake([SOUND._replace(time_ns=START_NS + YEAR_NS)])
    assert made.take(FRAME)[0].time_ns == START_NS
    made.take(FRAME._replace(time_ns=START_NS + NS_PER_MINUTE))
    assert made.tally.late == 0


def test_the_log_has_a_drivers_fault_once_an_hour_and_few_causes(caplog: pytest.LogCaptureFixture) -> None:
    made = intake(IndexError("oops"))
    for n in range(200):
        made.take(FRAME._replace(time_ns=START_NS + n * NS_PER_MINUTE))
    assert caplog.text.count("driver of board failed: IndexError in the driver") == 4, "in 200 minutes"
    caplog.clear()
    wrong = [SOUND._replace(quantity=f"q{n}", value=math.nan) for n in range(1000)]
    intake(wrong).take(FRAME)
    assert len(caplog.records) == CAUSES


@pytest.mark.parametrize("key", ["battery", "linkquality_odd", "sos"])
def test_one_field_that_a_driver_fails_at_silences_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    def fail(*_: object) -> None:
        raise OverflowError

    for name in ("temperature", key):
        monkeypatch.setitem(READ, name, fail)
    sensors = [Sensor("key", "lounge", "zigbee", "key")]
    made = Intake(Home("test", sensors), {"zigbee": decoder(Options())}, {"zigbee": 8192})
    with caplog.at_level(logging.ERROR):
        for n in range(60):
            frame = HOUR_OF_PRESSES._replace(time_ns=START_NS + n * NS_PER_MINUTE)
            quantities = {made.home.channels[sample.channel].quantity for sample in made.take(frame)}
            assert quantities == {"sos", "battery_percent"} - {"battery_percent" if key == "battery" else key}
    assert len(caplog.records) == (1 if key == "linkquality_odd" else 2), "one for each cause"


def test_a_device_that_never_stops_is_told_and_one_that_is_busy_is_not(box: Callable[[Any], Box]) -> None:
    pipeline = box([]).opened.pipeline
    told: list[str] = []
    for minute in range(6):
        for n in range(MOST_A_MINUTE + 1):
            at_ns = START_NS + minute * NS_PER_MINUTE + n * NS_PER_MINUTE // 2000
            pipeline.frame(says(at_ns, "meter", "energy_kwh", float(n)))
            if n % 2:
                pipeline.frame(says(at_ns, "climate", "humidity_percent", 50.0))
        changes = pipeline.tick(START_NS + (minute + 1) * NS_PER_MINUTE)
        told += [change.alert.finding.what for change in changes if change.tell]
    assert told == [
        "Part of the Kinlight box is not working: messages of meter: more than 1200 a minute come from it;"
        " it wears out the card, and what is urgent waits behind them."
    ]


def test_names_without_end_count_together() -> None:
    rates = Rates()
    for n in range(SENDERS + MOST_A_MINUTE + 1):
        rates.count("zigbee", f"invented{n}")
    rates.end_minute()
    assert rates.loud == (("zigbee", ""),)
    rates.end_minute()
    assert rates.loud == ()
