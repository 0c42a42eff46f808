"""The table of the fault suite: every row notes its figures here, and the run prints them and writes FAULTS_JSON.

A run is short (minutes, part of `make test`) or whole (`make faults`, KINLIGHT_FAULTS=whole): the same tests with more
kills, cuts and inputs.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.report import Figure, write
from tests import servers

ROOT = Path(__file__).parent.parent.parent
SETTINGS = (ROOT / "examples" / "mosquitto.conf").read_text()
WHOLE = os.environ.get("KINLIGHT_FAULTS") == "whole"
BUSY = 5  # times slower is everything while others use the machine
FIGURE = "figure"
Note = Callable[..., None]


def times(short: int, whole: int) -> int:
    """How often a row is tried in this run."""
    return whole if WHOLE else short


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Note:
    """Notes one figure, `note("faults.F1.lost", 0, "readings", floor=0)`; one that misses its floor fails the test.

    Of times the short run only says that nothing hangs: it shares its machine, and the whole run judges them.
    """

    def noted(figure: str, value: float, unit: str, floor: float | None = None, better: str = "lower") -> None:
        row = Figure(figure, float(value), unit, floor, better)
        request.node.user_properties.append((FIGURE, asdict(row)))  # travels from a worker of a parallel run, too
        shared = BUSY if figure.endswith("_s") and not WHOLE else 1
        judged = replace(row, floor=None if floor is None else floor * shared)
        assert judged.verdict != "NO", f"{figure} is {value:g} {unit}; it must be {judged.floor:g}"

    return noted


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the table."""
    del config
    reports = [each for several in terminalreporter.stats.values() for each in several]
    properties = [said for each in reports if getattr(each, "when", "") == "call" for said in each.user_properties]
    if rows := [Figure(**figure) for name, figure in properties if name == FIGURE]:
        file = os.environ.get("FAULTS_JSON")
        title = f"Faults, {'the whole suite' if WHOLE else 'short run (make faults runs the whole)'}"
        write(sorted(rows, key=lambda row: row.figure), title, Path(file) if file else None)


@pytest.fixture
def documented(tmp_path: Path) -> Iterator[servers.Broker]:
    """mosquitto as it is installed: examples/mosquitto.conf and examples/mosquitto.acl."""
    if reason := servers.missing_mosquitto():
        pytest.skip(reason)
    settings = SETTINGS.replace("/etc/mosquitto/kinlight.acl", f"{ROOT}/examples/mosquitto.acl")
    with servers.mosquitto(tmp_path, settings, ("kinlight", "zigbee2mqtt", "stranger")) as running:
        yield running
