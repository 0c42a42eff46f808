"""What a store needs for so many homes, from what was measured for one home and for a caseload.

`python -m benchmarks.forward` prints it with the figures of its run; docs/central.md has it with those of docs/data.md.
"""

from dataclasses import dataclass

HOMES = (10, 100, 1_000, 10_000)
DAY_S = 86_400
YEARS_OF_MEMORY = 4.0  # memory was measured with days of history; allow this many times as much for years of it
LEAST_GB = 0.5  # what any store of a few homes needs
STORAGES, COPIES = 3, 2  # of a cluster, as docs/central.md has it
HEADINGS = ("homes", "lines a second", "into the machine, a day", "disk, a year", "memory", "disk of each of 3, a year")


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one home, and the memory of a store by how many homes it held."""

    lines_a_home_day: float
    mb_a_home_day: float
    disk_mb_a_home_year: float
    memory_gb: float
    memory_homes: int


def rows(measured: Measured) -> list[tuple[str, ...]]:
    """One row for each number of homes, every figure rounded up to two digits."""
    return [
        (
            f"{homes:,}",
            _up(homes * measured.lines_a_home_day / DAY_S),
            _size(homes * measured.mb_a_home_day / 1000),
            _size(homes * measured.disk_mb_a_home_year / 1000),
            _size(max(LEAST_GB, homes * measured.memory_gb / measured.memory_homes * YEARS_OF_MEMORY)),
            _size(homes * measured.disk_mb_a_home_year / 1000 * COPIES / STORAGES),
        )
        for homes in HOMES
    ]


def _size(gb: float) -> str:
    return f"{_up(gb)} GB" if gb >= 1 else f"{_up(gb * 1000)} MB"


def _up(value: float) -> str:
    """At least the value, with two digits that count."""
    step = 10.0 ** (len(str(int(value))) - 2) if value >= 1 else 0.1
    steps = -(-round(value / step, 6) // 1)
    return f"{steps * step:,.1f}" if step < 1 else f"{steps * step:,.0f}"
