"""How fast is the core, beside what else could be installed?

    python -m benchmarks.speed [--json FILE]

One core, one thread, processor time, everything in one run. The unit of ours is the minute tier in batch form: a score
for every point, slots closed and learned, 1 % of the minutes unknown, scores stored. Ratios compare cost per scored
point with the run of ours just before; copy share takes 6 bytes a point (2 in, 4 out) against a plain copy.
"""

import os
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Figure, arguments, write
from benchmarks.speed_peers import PEERS, cost_us
from rules.core.calendar import MINUTES_PER_DAY, offset_minutes
from rules.core.day import ROLES, DayEvents
from rules.core.detector import close_day
from rules.core.detector_state import new_state
from rules.core.features import day_features
from rules.core.hazard import Hazard
from rules.core.minute import MinuteTier
from rules.core.numeric import MISSING

DAYS = 365
YEAR = DAYS * MINUTES_PER_DAY
HOME_SERIES = 40
EVENTS_PER_DAY = 600
FLOORS = {"pandas": 8.0, "bottleneck": 20.0, "adtk": 300.0, "halfspacetrees": 5000.0}
FLEET_HOMES, FLEET_SERIES, FLEET_TILE = 10_000, 30, 10  # homes at once: 300 series
FIRST = 1_767_225_600 // 60  # 2026-01-01T00:00Z

Steps = NDArray[np.int16]


def made_up(rows: int, series: int, unknown: float = 0.01) -> Steps:
    """Counts of a home, (T, N), with a share of minutes unknown."""
    rng = np.random.default_rng(0)
    x = np.empty((rows, series), np.int16)
    for start in range(0, rows, MINUTES_PER_DAY):
        part = x[start : start + MINUTES_PER_DAY]
        part[...] = rng.poisson(3, part.shape)
        part[rng.random(part.shape) < unknown] = MISSING
    return x


def best_s(work: Callable[[], object], times: int = 3) -> float:
    """Processor seconds of the best of `times` runs."""
    best = np.inf
    for _ in range(times):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def clock(rows: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """UTC minutes (T,) and London's offset at each."""
    minute = np.arange(FIRST, FIRST + rows)
    return minute, offset_minutes(ZoneInfo("Europe/London"), minute)


def year_s(x: Steps, scores: NDArray[np.float32], times: int = 3) -> float:
    """A year of every series of `x` (T, N), from an empty state."""
    minute, offset = clock(x.shape[0])
    return best_s(lambda: MinuteTier(x.shape[1]).run(minute, offset, x, scores), times)


def copy_bytes_per_s() -> float:
    """Bytes read and written by a plain copy that fits no cache."""
    source = np.ones(100_000_000, np.float32)
    target = np.ones_like(source)
    return 2 * source.nbytes / best_s(lambda: np.copyto(target, source))


def tick_us(series: int) -> float:
    """One minute at a time, 20,000 of them."""
    x, z, tier = made_up(20_000, series), np.empty(series, np.float32), MinuteTier(series)

    def ticks() -> None:
        start = tier.minute + 1 if tier.minute > 0 else FIRST
        for row in range(20_000):
            tier.tick(start + row, 0, x[row], z)

    return best_s(ticks) / 20_000 * 1e6


def rebuild_s() -> tuple[float, float]:
    """A home's year through all tiers: seconds, and kilobytes of state at the end."""
    x = made_up(YEAR, HOME_SERIES)
    minute, offset = clock(YEAR)
    rng = np.random.default_rng(1)
    moved = (rng.random((YEAR, 1)) < EVENTS_PER_DAY / MINUTES_PER_DAY) & (np.arange(YEAR)[:, None] % 1440 > 400)
    door = moved & (rng.random((YEAR, 1)) < 0.02)
    at = np.sort(rng.uniform(0, 86_400, (DAYS, EVENTS_PER_DAY)), axis=1)
    role = rng.integers(0, ROLES, at.shape).astype(np.int8)
    heard = np.ones(ROLES, np.bool_)
    size = 0

    def rebuild() -> None:
        nonlocal size
        tier, hazard, days = MinuteTier(HOME_SERIES), Hazard(1), new_state(1)
        for day in range(DAYS):
            rows = slice(day * MINUTES_PER_DAY, (day + 1) * MINUTES_PER_DAY)
            tier.run(minute[rows], offset[rows], x[rows])
            hazard.run(minute[rows], offset[rows], moved[rows], door[rows], np.ones_like(door[rows]))
            features = day_features(DayEvents(at[day], role[day], heard))
            close_day(days, day, features[None], np.zeros(1, np.int64))
        size = len(tier.save()) + len(hazard.save()) + len(days.to_bytes())

    return best_s(rebuild, 2), size / 1000


def fleet_s() -> float:
    """One day of 10,000 homes of 30 series on a state that has learned, tile by tile."""
    x = made_up(MINUTES_PER_DAY, FLEET_TILE * FLEET_SERIES)
    tiers = [MinuteTier(x.shape[1]) for _ in range(20)]
    minute, offset = clock(MINUTES_PER_DAY)
    z = np.empty(x.shape, np.float32)

    def day() -> None:
        for tier in tiers:
            tier.minute = 0  # the same day again
            tier.run(minute, offset, x, z)

    return best_s(day) * (FLEET_HOMES / FLEET_TILE) / len(tiers)


def main() -> None:
    """Print the table."""
    options = arguments(__doc__).parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    figures = []
    for series, floor in ((1, None), (1000, None), (100, 0.3)):
        x = made_up(YEAR, series) if series < 1000 else made_up(YEAR // 5, series)
        scores = np.zeros(x.shape, np.float32)
        seconds = year_s(x, scores) * YEAR / x.shape[0]
        note = f"{seconds / YEAR / series * 1e9:.2f} ns a point"
        figures.append(Figure(f"speed.year_{series}_series_s", seconds, "s", floor, "lower", note))
    share = 6 * x.size / seconds / copy_bytes_per_s()
    known = x.copy()
    known[known == MISSING] = 3
    full = 6 * x.size / year_s(known, scores) / copy_bytes_per_s()
    figures.append(
        Figure("speed.copy_share", 100 * share, "%", 6.0, "higher", f"{full:.1%} where no minute is unknown")
    )
    for peer in PEERS:
        cost, ours = cost_us(peer), year_s(x, scores, 2) / x.size * 1e6
        value = None if isinstance(cost, str) else cost / ours
        note = cost if isinstance(cost, str) else f"{cost:.3g} us a point; ours {ours * 1000:.2f} ns beside it"
        figures.append(Figure(f"speed.ratio_{peer.name}", value, "x", FLOORS.get(peer.name), "higher", note))
    del known, scores
    figures.append(Figure("speed.tick_100_us", tick_us(100), "us", 20.0))
    rebuild, kilobytes = rebuild_s()
    figures.append(Figure("speed.rebuild_year_s", rebuild, "s", 2.0, "lower", "minute, no-movement and day tier"))
    figures.append(Figure("speed.state_kb_home", kilobytes, "kB", 150.0, "lower", f"{HOME_SERIES} series, all tiers"))
    figures.append(Figure("speed.fleet_day_s", fleet_s(), "s", 2.5, "lower", "10,000 homes x 30 series, minute tier"))
    write(figures, "Speed: one core, processor time", options.json)


if __name__ == "__main__":
    main()
