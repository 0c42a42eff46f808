"""How much illness the day tier finds, how early, and at what price in alerts, on real homes.

    python -m benchmarks.deterioration --tihm DIR [--seeds N] [--peers] [--plot FILE] [--json FILE]

Deterioration is put into the days of TIHM homes at the level of events (`inject`), on three dates and with N seeds;
every copy is a column of one detector. Both operating points are constants of the detector; nothing is fitted here.
An episode is a copy whose home could record what was put in (`deterioration_days.Copies.recorded`); the share of all
copies, those of dead sensors and empty homes included, stands beside it (`.all.`). Found is what people are told of:
by an alert, or by news of one that is open; `alerts30` counts both, `episodes30` and `alerts_per_illness` alerts alone.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.deterioration_days import LEAST_DAYS, NEEDED_DAYS, ONSETS, WARM_UP_DAYS, Copies, Homes, copies, load
from benchmarks.deterioration_runs import Clean, Found, chance, counted, joined, run_clean, run_copies
from benchmarks.inject import SCENARIOS
from benchmarks.inject_nulls import NULLS
from benchmarks.report import Figure, arguments, show, write
from rules.core.detector import ONE_IN_30_DAYS, ONE_IN_60_DAYS
from rules.core.patterns import PATTERN_NAMES

POINTS = {"at1": ONE_IN_30_DAYS, "at50": ONE_IN_60_DAYS}
ALERTS_MOST = {"at1": 1.0, "at50": 0.5}
FLOORS = {
    ("uti", "at1"): 0.90,
    ("decline", "at1"): 0.95,
    ("heart_failure", "at1"): 0.90,
    ("uti", "at50"): 0.74,
    ("decline", "at50"): 0.88,
    ("heart_failure", "at50"): 0.72,
}
FLOORS_OF_ALL = {("uti", "at1"): 0.88}  # of all copies, those that no sensor could record included
CHANCE_MOST = 0.40
NULL_EXCESS = 1.2
RIGHT = {
    "uti": {"urinary"},
    "decline": {"slowing_down", "withdrawing"},
    "heart_failure": {"strain", "restless_nights"},
    "slow": {"slowing_down", "withdrawing"},
    "isolation": {"going_out_less", "withdrawing"},
    "not_drinking": {"eating_drinking"},
}
"""Patterns whose name sends people the right way."""

PROMISED = (30, 45, 63, 90, 130, 180)  # days between false alerts; beyond, nothing was measured
SPANS = (7, 14, 28)  # days in which an episode is found
UNRECORDED = ", with those no sensor could record"
BOOTSTRAPS = 2000
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Run:
    """One operating point."""

    clean: Clean
    found: Found


def run(homes: Homes, changed: list[Copies], c: float) -> Run:
    """Everything at days-between-chance-alerts `c`."""
    clean = run_clean(homes, c)
    return Run(clean, joined([run_copies(clean, each, c) for each in changed]))


def interval(home: NDArray[np.intp], value: Array, weight: Array | None = None) -> tuple[float, float]:
    """95 % bootstrap over homes of the (weighted) mean of `value`."""
    rng = np.random.default_rng(0)
    weight = np.ones(len(value)) if weight is None else weight
    names = np.unique(home)
    top = np.array([(value * weight)[home == h].sum() for h in names])
    bottom = np.array([weight[home == h].sum() for h in names])
    drawn = rng.integers(len(names), size=(BOOTSTRAPS, len(names)))
    means = top[drawn].sum(axis=1) / np.maximum(bottom[drawn].sum(axis=1), 1e-9)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def figures(homes: Homes, runs: dict[str, Run]) -> list[Figure]:
    """The figures with a promise, and the rest, for each operating point."""
    found = [f for point, each in runs.items() for name in SCENARIOS for f in _scenario(point, name, each.found)]
    for point, each in runs.items():
        alerts, days = counted(each.clean)
        rate = 30.0 * alerts.sum() / days.sum()
        low, high = interval(np.arange(len(days)), alerts / np.maximum(days, 1), days.astype(float))
        note = f"{30 * low:.2f} to {30 * high:.2f}; {alerts.sum()} alerts in {days.sum()} person-days"
        found.append(
            Figure(f"deterioration.alerts30.{point}", rate, "per 30 person-days", ALERTS_MOST[point], "lower", note)
        )
        opened = 30.0 * (each.clean.alarm & ~each.clean.news)[WARM_UP_DAYS:].sum() / days.sum()
        found.append(Figure(f"deterioration.episodes30.{point}", opened, "per 30 person-days", note="without news"))
        twins = np.unique(np.stack([each.found.onset, each.found.home, each.found.twin]), axis=1)[2]
        note = f"the {twins.size} untouched twins, at the same onsets"
        found.append(Figure(f"deterioration.chance14.onsets.{point}", float(twins.mean()), "share", note=note))
        by_home = chance(each.clean, homes.lengths, NEEDED_DAYS)
        lengths = homes.lengths.astype(float)
        value = float(np.nansum(by_home * lengths) / lengths[np.isfinite(by_home)].sum())
        floor = CHANCE_MOST if point == "at1" else None
        found.append(Figure(f"deterioration.chance14.{point}", value, "share", floor, "lower", "nothing put in"))
    return [*found, *_nulls(runs["at1"].found), *_rates(homes)]


def _scenario(point: str, name: str, found: Found) -> list[Figure]:
    copies = found.scenario == name
    mine = copies & found.recorded
    day, home = found.day[mine], found.home[mine]
    floor = FLOORS.get((name, point))
    floors = {NEEDED_DAYS: floor}
    figures = [_share(f"deterioration.{name}.found{d}.{point}", day < d, home, floors.get(d)) for d in SPANS]
    of_all = FLOORS_OF_ALL.get((name, point))
    every = found.day[copies] < NEEDED_DAYS
    figures.append(_share(f"deterioration.{name}.all.found14.{point}", every, found.home[copies], of_all, UNRECORDED))
    delay = float(np.median(np.minimum(day + 1, NEEDED_DAYS + 1)))
    figures.append(Figure(f"deterioration.{name}.delay_days.{point}", delay, "d", None, "lower", "15: not found"))
    early = mine & (found.day < NEEDED_DAYS)
    right = np.array([PATTERN_NAMES[p] in RIGHT[name] for p in found.pattern[mine]]) & (day < NEEDED_DAYS)
    silent = (day < NEEDED_DAYS) & ~found.twin[mine]
    figures.append(_share(f"deterioration.{name}.named14.{point}", right, home, None, "; found and rightly named"))
    figures.append(_share(f"deterioration.{name}.twin_silent14.{point}", silent, home, None, "; found, twin silent"))
    alerts = float((found.alarms - found.news)[mine].mean())
    note = "in the four weeks from its onset; all else that is told is news of them"
    figures.append(Figure(f"deterioration.{name}.alerts_per_illness.{point}", alerts, "alerts", 1.3, "lower", note))
    if early.any():
        named = right.sum() / early.sum()
        off = np.median(np.abs(found.onset_error[early]))
        figures.append(Figure(f"deterioration.{name}.named.{point}", float(named), "share", None, "higher", "of found"))
        figures.append(Figure(f"deterioration.{name}.onset_error_days.{point}", float(off), "d", None, "lower"))
    return figures


def _share(name: str, hit: NDArray[np.bool_], home: NDArray[np.intp], floor: float | None, more: str = "") -> Figure:
    low, high = interval(home, hit.astype(float))
    note = f"{low:.2f} to {high:.2f}; {hit.size} episodes in {len(np.unique(home))} homes{more}"
    return Figure(name, float(hit.mean()), "share", floor, "higher", note)


def _rates(homes: Homes) -> list[Figure]:
    """What is promised over what is observed: days between alerts that were asked for, over those that passed."""
    found = []
    for c in PROMISED:
        clean = run_clean(homes, float(c))
        alerts, days = int(clean.alarm[WARM_UP_DAYS:].sum()), int(clean.assessed[WARM_UP_DAYS:].sum())
        note = f"{alerts} alerts in {days} days, told to be {days / c:.1f}"
        found.append(Figure(f"deterioration.rate.{c}.ratio", alerts * c / days, "", 1.25, "lower", note))
    return found


def _nulls(found: Found) -> list[Figure]:
    """Alerts in the four weeks after a harmless change, against the same weeks of the same homes without one."""
    counts = {}
    for name in NULLS:
        mine = found.scenario == name
        counts[name] = np.array([found.alarms[mine].sum(), found.assessed[mine].sum()])
    rates = {name: 30.0 * float(alerts / max(days, 1)) for name, (alerts, days) in counts.items()}
    alerts, days = sum(counts[name] for name in NULLS if name != "nothing")
    clean = rates["nothing"]
    return [
        *(Figure(f"deterioration.null.{name}", rate, "per 30 person-days") for name, rate in rates.items()),
        Figure(
            "deterioration.null.alerts30",
            30.0 * float(alerts / max(days, 1)),
            "per 30 person-days",
            NULL_EXCESS * clean,
            "lower",
            f"the same weeks with nothing put in: {clean:.2f}",
        ),
    ]


def main() -> None:
    """Run, print, and write what was asked for."""
    parser: argparse.ArgumentParser = arguments(__doc__)
    parser.add_argument("--tihm", type=Path, required=True, metavar="DIR", help="homes in the format of TIHM 1.5")
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="copies of each scenario, home and date")
    parser.add_argument("--peers", action="store_true", help="the comparators as well (needs scikit-learn)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write the plot there (needs matplotlib)")
    chosen = parser.parse_args()
    homes = load(chosen.tihm)
    if not homes.ids:
        parser.error(f"no home in {chosen.tihm} has {LEAST_DAYS} days with an event")
    changed = [copies(homes, onset, chosen.seeds) for onset in ONSETS]
    runs = {point: run(homes, changed, c) for point, c in POINTS.items()}
    write(figures(homes, runs), f"Deterioration in {len(homes.ids)} TIHM homes", chosen.json)
    print("TIHM: Palermo et al. 2023, CC BY 4.0; Surrey and Borders Partnership NHS Foundation Trust and Howz.")
    if chosen.peers:
        from benchmarks.deterioration_peers import compare

        show("The same features, other detectors (cross-fitted)", *compare(homes, changed))
    if chosen.plot:
        from benchmarks.deterioration_plot import draw

        draw(homes, changed, chosen.plot)


if __name__ == "__main__":
    main()
