"""How soon is it noticed that somebody stopped moving, and how often is that wrong?

    python -m benchmarks.no_movement --tihm DIR [--json FILE]

Protocol (research, algorithms 5.3): on every person-day after a home's first 21, the person stops at a random time
between 07 and 22 h and no event follows; delay runs from the stop to the alert. False alerts are counted in the same
days as they were recorded. Causal: the core is fed minute after minute and copied at the stop. A stop while the person
is possibly out has no delay and is counted beside it. Homes need 42 days. TIHM records no heartbeats, so a silence
that spans a calendar day without any event is taken for a recording outage, for every rule alike.

"ours" is what `rules.no_movement` does with its defaults: the learned limit, capped by the configured allowance. An
hour of quiet uses up 1/day_hours of that by day and 1/night_hours by night.

Data: TIHM, Palermo et al. 2023, with thanks to Surrey and Borders Partnership NHS Foundation Trust and Howz.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Figure, arguments, show, write
from benchmarks.tihm import DOORS, Home, load
from rules.core.calendar import MINUTES_PER_DAY
from rules.core.hazard import LEAST_MINUTES, NO_LIMIT, OUT_MINUTES, RETURN_DAYS, Hazard
from rules.no_movement import Rule

WARM_DAYS = 21
LEAST_DAYS = 42
STOP_HOURS = (7, 22)
SEEDS = 5
HORIZON_DAYS = 4
RESAMPLES = 1000
CURVE = (15, 30, RETURN_DAYS, 75, 120, 200)
CAPS = [(6, 12), (9, 12), (10, 12), (10, 14), (12, 12), (12, 14)]


@dataclass(frozen=True)
class Result:
    """One rule in one home."""

    false: int  # alerts in the recording
    days: int  # person-days with an event after the warm-up
    delay_h: NDArray[np.float64]  # of each stop at home


@dataclass(frozen=True)
class Recording:
    """One home as minutes (T,) from 06:00 of its first day, on its own clock."""

    minute: NDArray[np.int64]
    moved: NDArray[np.bool_]
    door: NDArray[np.bool_]
    watched: NDArray[np.bool_]
    days: NDArray[np.int64]  # index of each care day with an event
    stops: list[tuple[int, int]]  # (care day, row)
    gap: NDArray[np.int64]  # (T,) row of the last event; -1 for none
    out: NDArray[np.bool_]  # (T,) the silence began at a door

    @classmethod
    def of(cls, home: Home) -> "Recording":
        first = home.days[0] * MINUTES_PER_DAY + 360
        total = (home.days[1] - home.days[0] + 1) * MINUTES_PER_DAY
        moved, door = np.zeros(total, np.bool_), np.zeros(total, np.bool_)
        for flags, times in ((moved, home.merged()), (door, home.merged(*DOORS))):
            rows = times // 60 - first
            flags[rows[(rows >= 0) & (rows < total)]] = True
        index = np.arange(total)
        gap = np.maximum.accumulate(np.where(moved, index, -1))
        doors = np.maximum.accumulate(np.where(door, index, -MINUTES_PER_DAY))
        out = (gap >= 0) & (gap - doors[np.maximum(gap, 0)] <= OUT_MINUTES)
        days = np.flatnonzero(moved.reshape(-1, MINUTES_PER_DAY).any(axis=1))
        rng = [np.random.default_rng([seed, *home.id.encode()]) for seed in range(SEEDS)]
        stops = []
        for day in range(WARM_DAYS, total // MINUTES_PER_DAY):
            at = [day * MINUTES_PER_DAY + int(r.integers(STOP_HOURS[0] * 60, STOP_HOURS[1] * 60)) - 360 for r in rng]
            stops += [(day, row) for row in at] if day in days else []
        watched = ~_outages(moved, (home.days[0] * MINUTES_PER_DAY - first) % MINUTES_PER_DAY)
        return cls(first + index, moved, door, watched, days, stops, gap, out)


def _outages(moved: NDArray[np.bool_], midnight: int) -> NDArray[np.bool_]:
    """(T,) minutes of silences that span a whole calendar day; the first midnight is row `midnight`."""
    rows = np.flatnonzero(np.concatenate(([True], moved, [True]))) - 1
    outage = np.zeros(moved.size, np.bool_)
    for start, stop in zip(rows[:-1].tolist(), rows[1:].tolist(), strict=True):
        dawn = midnight + -(-(start - midnight) // MINUTES_PER_DAY) * MINUTES_PER_DAY
        if dawn + MINUTES_PER_DAY <= stop:
            outage[start + 1 : stop] = True
    return outage


@dataclass(frozen=True)
class Allowance:
    """Hours of quiet by day and by night, as the rule uses them up."""

    day_h: float
    night_h: float

    def up_at(self, home: Recording) -> NDArray[np.int64]:
        """(T,) the row at which the allowance is used up by the quiet that is open at each row."""
        hour = np.arange(home.minute[0], home.minute[-1] + HORIZON_DAYS * MINUTES_PER_DAY) // 60 % 24
        rule = Rule()
        night = (hour >= rule.night_from_hour) | (hour < rule.night_to_hour)
        used = np.cumsum(np.where(night, 1 / self.night_h, 1 / self.day_h) / 60)
        return np.searchsorted(used, used[np.maximum(home.gap, 0)] + 1 - 1e-9)


def own_hazard(
    home: Recording, return_days: int, cap: Allowance | None = None, least_minutes: int = LEAST_MINUTES
) -> Result:
    """The core's hazard, fed causally; `cap` speaks where it has not yet."""
    core = Hazard(1, return_days=return_days, least_minutes=least_minutes)
    up_at = cap.up_at(home) if cap else np.full(home.moved.size, NO_LIMIT)
    over = np.zeros(home.moved.size, np.bool_)
    delays: list[float] = []
    at = 0

    def feed(into: Hazard, rows: slice, *, still: bool = False) -> NDArray[np.bool_]:
        minute = np.arange(home.minute[0] + rows.start, home.minute[0] + rows.stop)
        quiet = np.zeros((minute.size, 1), np.bool_)
        seen = (
            (~quiet, quiet, quiet)
            if still
            else (home.watched[rows, None], home.moved[rows, None], home.door[rows, None])
        )
        return into.run(minute, np.zeros_like(minute), seen[1], seen[2], seen[0])[:, 0]

    for row in sorted({row for _, row in home.stops}):
        over[at : row + 1] = feed(core, slice(at, row + 1))
        at = row + 1
        if home.out[row] or not home.watched[row] or home.gap[row] < 0:
            continue
        late = 0 if over[row] else HORIZON_DAYS * MINUTES_PER_DAY
        copy = Hazard.load(core.save())
        for start in range(row + 1, row + 1 + late, MINUTES_PER_DAY // 2):
            alert = feed(copy, slice(start, start + MINUTES_PER_DAY // 2), still=True)
            if alert.any():
                late = start + int(np.argmax(alert)) - row
                break
        delays.append(min(late, max(int(up_at[row]) - row, 0)) / 60)
    over[at:] = feed(core, slice(at, over.size))
    over |= (np.arange(over.size) >= up_at) & ~home.out & home.watched & (home.gap >= 0)
    return _result(home, over, delays)


def fixed_hours(home: Recording, hours: float) -> Result:
    """A timer since the last event, held back while possibly out."""
    return _timer(home, np.full(home.moved.size // MINUTES_PER_DAY + HORIZON_DAYS, hours * 60))


def allowance(home: Recording, cap: Allowance) -> Result:
    """What holds before anything is learned."""
    up_at, index = cap.up_at(home), np.arange(home.moved.size)
    counts = ~home.out & home.watched & (home.gap >= 0)
    delays = [max(int(up_at[row]) - row, 0) / 60 for _, row in home.stops if counts[row]]
    return _result(home, (index >= up_at) & counts, delays)


def longest_gap(home: Recording, days: int) -> Result:
    """The longest silence of the last `days` days."""
    quiet = np.where(home.out | ~home.watched, 0, np.arange(home.moved.size) - home.gap)
    most = quiet.reshape(-1, MINUTES_PER_DAY).max(axis=1)
    limit = [most[max(day - days, 0) : day].max() + 1 if day else np.inf for day in range(most.size + HORIZON_DAYS)]
    return _timer(home, np.array(limit))


def _timer(home: Recording, limit: NDArray[np.float64]) -> Result:
    index = np.arange(home.moved.size)
    over = (index - home.gap >= limit[index // MINUTES_PER_DAY]) & ~home.out & home.watched & (home.gap >= 0)
    delays = []
    for day, row in home.stops:
        if not home.out[row] and home.watched[row] and home.gap[row] >= 0:
            delays.append(max(home.gap[row] + limit[day] - row, 0) / 60)
    return _result(home, over, delays)


def _result(home: Recording, over: NDArray[np.bool_], delays: list[float]) -> Result:
    late = np.flatnonzero(over & (np.arange(over.size) >= WARM_DAYS * MINUTES_PER_DAY))
    alerts = np.unique(home.gap[late]).size
    return Result(alerts, int((home.days >= WARM_DAYS).sum()), np.array(delays))


def rates(results: Sequence[Result]) -> tuple[float, float, float]:
    """False alerts in 30 person-days, median and 90th percentile of the delay in hours."""
    delays = np.concatenate([r.delay_h for r in results])
    false30 = 30 * sum(r.false for r in results) / sum(r.days for r in results)
    return false30, float(np.median(delays)), float(np.quantile(delays, 0.9))


def intervals(results: Sequence[Result]) -> NDArray[np.float64]:
    """95 % bootstrap over homes of `rates`: (2, 3), lower row first."""
    rng = np.random.default_rng(0)
    draws = [rates([results[i] for i in rng.integers(0, len(results), len(results))]) for _ in range(RESAMPLES)]
    return np.quantile(draws, (0.025, 0.975), axis=0)


def main() -> None:
    """Print the curve, the comparators and the two figures."""
    parser = arguments(__doc__)
    parser.add_argument("--tihm", type=Path, required=True, metavar="DIR", help="a directory in TIHM's format")
    options = parser.parse_args()
    found = load(options.tihm)
    homes = [Recording.of(h) for h in found if h.days[1] - h.days[0] + 1 >= LEAST_DAYS]
    if not homes:
        sys.exit(f"{options.tihm}: no home of {LEAST_DAYS} days or more among {len(found)}")
    set_to = Allowance(Rule().day_hours, Rule().night_hours)
    rules = {f"own hazard alone, {r}-day level": [own_hazard(h, r) for h in homes] for r in CURVE}
    own = f"own hazard, {RETURN_DAYS}-day level"
    rules[f"{own} alone, without the floor of {LEAST_MINUTES} min"] = [
        own_hazard(h, RETURN_DAYS, least_minutes=0) for h in homes
    ]
    for cap in (Allowance(*hours) for hours in CAPS):
        rules[f"{own}, {cap.day_h:g} h by day, {cap.night_h:g} by night"] = [
            own_hazard(h, RETURN_DAYS, cap) for h in homes
        ]
        rules[f"{cap.day_h:g} h by day, {cap.night_h:g} by night alone"] = [allowance(h, cap) for h in homes]
    ours = rules["ours"] = [own_hazard(h, RETURN_DAYS, set_to) for h in homes]
    rules |= {f"own longest gap of {d} days": [longest_gap(h, d) for h in homes] for d in (30,)}
    rules |= {f"fixed {hours} h": [fixed_hours(h, hours) for h in homes] for hours in (4, 9, 12)}
    rows = [(name, *(f"{x:.2f}" for x in rates(results))) for name, results in rules.items()]
    show("No movement: all rules hold back while possibly out", ("rule", "false / 30 d", "median h", "p90 h"), rows)
    stops = sum(len(h.stops) for h in homes)
    low, high = intervals(ours)
    false30, delay, _ = rates(ours)
    print(
        f"{len(homes)} homes of {len(found)}, {sum(r.days for r in ours)} person-days, {stops} stops, "
        f"of which {1 - sum(r.delay_h.size for r in ours) / stops:.0%} while possibly out or not recorded"
    )
    figures = [
        Figure(
            "no_movement.delay_h", delay, "h", 4.0, "lower", f"median; 95 % over homes {low[1]:.2f} to {high[1]:.2f}"
        ),
        Figure("no_movement.false30", false30, "/30 d", 0.9, "lower", f"95 % over homes {low[0]:.2f} to {high[0]:.2f}"),
    ]
    write(figures, "No movement", options.json)


if __name__ == "__main__":
    main()
