"""The table of the fault suite: every row notes its figures here, and the run prints them and writes FAULTS_JSON.

A run is short (minutes, part of `make test`) or whole (`make faults`, KINLIGHT_FAULTS=whole): the same tests with more
kills, cuts and inputs.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.report import Figure, write

WHOLE = os.environ.get("KINLIGHT_FAULTS") == "whole"
_FIGURES = pytest.StashKey[list[Figure]]()
Note = Callable[..., None]


def times(short: int, whole: int) -> int:
    """How often a row is tried in this run."""
    return whole if WHOLE else short


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Note:
    """Notes one figure, `note("faults.F1.lost", 0, "readings", floor=0)`; one that misses its floor fails the test."""

    def noted(figure: str, value: float, unit: str, floor: float | None = None, better: str = "lower") -> None:
        row = Figure(figure, float(value), unit, floor, better)
        request.config.stash.setdefault(_FIGURES, []).append(row)
        assert row.verdict != "NO", f"{figure} is {value:g} {unit}; it must be {floor:g}"

    return noted


def pytest_terminal_summary(config: pytest.Config) -> None:
    """Print the table."""
    if rows := config.stash.get(_FIGURES, []):
        file = os.environ.get("FAULTS_JSON")
        title = f"Faults, {'the whole suite' if WHOLE else 'short run (make faults runs the whole)'}"
        write(sorted(rows, key=lambda row: row.figure), title, Path(file) if file else None)
