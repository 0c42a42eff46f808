"""The sensors of `kinlight status`: what an installer takes for proof that a sensor works."""

from typing import Any

import pytest

from gateway.cli.status_text import status_lines

NOW_NS = 1_800_000_000 * 10**9
STATUS: dict[str, Any] = {
    "home": "h1",
    "version": "1",
    "rss_mb": 50.0,
    "clock_trusted": True,
    "readings": 0,
    "frames": 0,
    "pending": 0,
    "dropped": 0,
    "workers": {},
    "sinks": {},
    "household": {"residents": 1, "pets": 0, "carers": 0, "today": ""},
    "time_ns": NOW_NS,
    "errors": [],
    "strangers": [],
}


def row(heard_ns: int, *, silent: bool = False, chatters: bool = False, sensor: str = "hall-motion") -> str:
    """The line of one sensor."""
    each = {"sensor": sensor, "room": "hallway", "heard_ns": heard_ns, "silent": silent, "chatters": chatters}
    (line,) = [line for line in status_lines({**STATUS, "sensors": [each]}, 0.0) if line.startswith(sensor[:23])]
    return line


@pytest.mark.parametrize("silent", [False, True])
def test_a_sensor_that_was_never_heard_is_never_ok(silent: bool) -> None:
    line = row(0, silent=silent)
    assert line.split()[2:] == ["never", "not", "heard", "yet"]


@pytest.mark.parametrize(
    ("age_s", "said"),
    [
        (20, "less than a minute ago"),
        (86_340, "23 hours 59 minutes ago"),
        (89 * 86_400 + 82_800, "89 days 23 hours ago"),
    ],
)
def test_when_it_was_heard_is_never_cut_in_eighty_columns(age_s: int, said: str) -> None:
    for extra, state in (({}, "ok"), ({"silent": True}, "SILENT"), ({"chatters": True}, "NEVER PAUSES")):
        line = row(NOW_NS - age_s * 10**9, sensor="a-sensor-with-a-very-long-name", **extra)
        assert line.endswith(f" {state}")
        assert f"{said} " in line
        assert len(line) < 80
