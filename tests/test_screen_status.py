"""`kinlight status` for whoever has to decide whether to drive there: what is wrong now, in few lines."""

import threading
from typing import Any

import pytest

from gateway.cli.status_text import status_faults, status_lines
from gateway.system.worker import Fault, Stop, Worker
from tests.test_screen_sensors import NOW_NS, STATUS

WELL: dict[str, Any] = {
    **STATUS,
    "sensors": [],
    "workers": {"mqtt": {"fault": "", "restarts": 0}},
    "disk_free_mb": 900.0,
}


def shown(age_s: float = 0.0, **values: Any) -> list[str]:
    return list(status_lines({**WELL, **values}, age_s))


@pytest.mark.parametrize(
    ("age_s", "values", "fault"),
    [
        (0.0, {}, []),
        (61.0, {}, ["the box is not running"]),
        (0.0, {"workers": {"mqtt": {"fault": "gone", "restarts": 2}}}, ["1 part not working: mqtt"]),
        (0.0, {"disk_free_mb": 0.0}, ["there is no room on the disk"]),
    ],
)
def test_what_needs_somebody_now(age_s: float, values: dict[str, Any], fault: list[str]) -> None:
    assert status_faults({**WELL, **values}, age_s) == fault


def test_a_full_disk_is_said() -> None:
    assert "  NO ROOM      0 MB are free on the disk; remove what does not belong there" in shown(disk_free_mb=0.0)


def test_open_alerts_are_said_and_where_to_read_on() -> None:
    alerts = [{"id": n, "priority": "high", "state": "active", "what": "Help button pressed."} for n in range(1, 13)]
    lines = shown(alerts=alerts)
    assert "12 open alerts (kinlight alerts list):" in lines
    assert "     1  high    active        Help button pressed." in lines
    assert sum("Help button" in line for line in lines) == 10
    assert not any("alerts list" in line for line in shown(alerts=[]))


def test_a_stranger_is_one_line_whatever_it_says() -> None:
    said = [("battery_percent", 3), ("motion", 9), ("linkquality", 12)]
    strangers = [{"device": "zigbee", "address": "Hall", "quantity": name, "count": count} for name, count in said]
    strangers.append({"device": "zigbee", "address": "Door", "quantity": "contact_open", "count": 1})
    lines = shown(strangers=strangers)
    assert lines[lines.index("Heard, but no [[sensor]] claims it, or Kinlight does not know the field:") + 1 :] == [
        "  device zigbee, address 'Hall': battery_percent, motion, linkquality (12 x)",
        "  device zigbee, address 'Door': contact_open (1 x)",
    ]


def sensor(name: str, heard_ns: int = NOW_NS, **own: float) -> dict[str, Any]:
    return {"sensor": name, "room": "hall", "heard_ns": heard_ns, "silent": False, "chatters": False, **own}


def test_batteries_and_radio_the_flattest_first() -> None:
    rows = [sensor("a", battery_percent=80.0, linkquality=200.0), sensor("b", battery_percent=12.0), sensor("c")]
    lines = shown(sensors=[*rows, sensor("d", battery_low=1.0)])
    assert [line for line in lines if line.startswith("  ")] == [
        "  b                     battery 12 %, battery LOW",
        "  a                     battery 80 %, radio 200 of 255",
        "  d                     battery LOW",
    ]


def test_sensors_that_were_not_heard_are_named_with_the_usual_cause() -> None:
    lines = shown(sensors=[sensor("sos", heard_ns=0), sensor("hall")])
    assert lines[-1] == "Not heard since it was put in: sos. Is the address exactly the device's own?"
    many = shown(sensors=[sensor(f"sensor-with-a-long-name-{n}", heard_ns=0) for n in range(9)])
    assert max(map(len, many)) < 80


def test_the_newest_reason_of_a_fault_is_kept() -> None:
    told: list[Fault] = []
    stop, twice = Stop(), threading.Event()
    reasons = iter(["the first", "the second", "the second"])

    def work(_: object) -> None:
        reason = next(reasons)
        if len(told) == 2:
            twice.set()
        raise OSError(reason)

    worker = Worker("mqtt", work, stop, told.append)
    worker.start()
    assert twice.wait(20)
    stop.set()
    assert worker.join(20)
    assert worker.fault == "the second"
    assert [fault.reason for fault in told] == ["the first", "the second"]
