"""What every benchmark prints: a table for people, and with `--json FILE` the same for machines.

The file is a list of {"figure", "value", "unit", "floor", "better": "lower" | "higher"}. A figure that could not be
measured has value null and is shown as "not run" with its reason; it is never made up.
"""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number and the least it must be."""

    figure: str  # "speed.tick_100_us"
    value: float | None
    unit: str
    floor: float | None = None  # the figure to reach; None where there is no promise
    better: str = "lower"  # or "higher"
    note: str = ""  # interval, conditions, or why it was not run

    @property
    def verdict(self) -> str:
        """ "yes", "NO", or "" where nothing was promised or measured."""
        if self.value is None or self.floor is None or math.isnan(self.value):
            return ""
        return "yes" if (self.value <= self.floor if self.better == "lower" else self.value >= self.floor) else "NO"


def arguments(summary: str | None) -> argparse.ArgumentParser:
    """A command line with the option every benchmark has."""
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    return parser


def write(figures: list[Figure], title: str, json_file: Path | None) -> None:
    """Print the table, and write `json_file` where one is named."""
    rows = [
        (
            f.figure,
            "not run" if f.value is None else f"{f.value:.4g}",
            f.unit,
            "" if f.floor is None else f"{'<=' if f.better == 'lower' else '>='} {f.floor:g}",
            f.verdict,
            f.note,
        )
        for f in figures
    ]
    show(title, ("figure", "value", "unit", "must", "met", "note"), rows)
    if json_file is not None:
        keys = ("figure", "value", "unit", "floor", "better")
        json_file.write_text(json.dumps([{key: getattr(f, key) for key in keys} for f in figures], indent=1) + "\n")


def show(title: str, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print one table; wide enough for its words when the output is a file."""
    table = Table(title=title, title_justify="left")
    for index, name in enumerate(header):
        table.add_column(name, justify="left" if index in (0, len(header) - 1) else "right")
    for row in rows:
        table.add_row(*row)
    console = Console() if sys.stdout.isatty() else Console(width=150)
    console.print(table)
