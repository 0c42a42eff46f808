"""Does a restless score that nobody taught anything tell the days on which a clinical team confirmed agitation?

    python -m benchmarks.agitation --tihm DIR [--json FILE]

One score a care day, from that day alone (`rules.core.patterns.restlessness`). Within-home figures only mean what they
say: a home's identity explains most of a pooled AUC (research 6.2), and labels fall on verification rounds.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import tihm
from benchmarks.report import Figure, arguments, write
from benchmarks.tihm_days import care_days
from rules.core.day import CARE_DAY_START_H
from rules.core.features import INDEX, day_features
from rules.core.patterns import restlessness

BOOTSTRAPS = 2000
ONE_IN_30 = 1.0 / 30.0

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


def days(directory: Path) -> tuple[NDArray[np.str_], Bools, Array]:
    """Home, label and features of each assessed care day of all homes: (N,), (N,), (N, F)."""
    homes, labels, rows = [], [], []
    for home in tihm.load(directory):
        cut = care_days(home)
        confirmed = (home.labels.get("Agitation", np.empty(0, np.int64)) - CARE_DAY_START_H * 3600) // tihm.S_PER_DAY
        positive = set(confirmed.tolist())
        for number, day in enumerate(cut.days, cut.first):
            if day.time_s.size and day.heard.any():
                homes.append(home.id)
                labels.append(number in positive)
                rows.append(day_features(day))
    return np.array(homes), np.array(labels), np.array(rows)


def pairs(score: Array, label: Bools) -> tuple[float, int]:
    """Pairs of a labelled and another day in which the labelled one scores higher (ties count half), and all pairs."""
    yes, no = score[label], np.sort(score[~label])
    below = np.searchsorted(no, yes, "left").sum() + np.searchsorted(no, yes, "right").sum()
    return float(below) / 2.0, yes.size * no.size


def within_auc(home: NDArray[np.str_], score: Array, label: Bools) -> tuple[float, float, float]:
    """AUC over pairs of days of one and the same home, with its 95 % bootstrap over homes."""
    counts = np.array([pairs(score[home == h], label[home == h]) for h in np.unique(home[label])])
    rng = np.random.default_rng(0)
    drawn = counts[rng.integers(len(counts), size=(BOOTSTRAPS, len(counts)))].sum(axis=1)
    low, high = np.percentile(drawn[:, 0] / np.maximum(drawn[:, 1], 1.0), [2.5, 97.5])
    return float(counts[:, 0].sum() / counts[:, 1].sum()), float(low), float(high)


def sensitivity(score: Array, label: Bools) -> float:
    """Share of labelled days above the limit that one other day in thirty passes."""
    others = np.sort(score[~label])[::-1]
    return float((score[label] > others[int(ONE_IN_30 * others.size)]).mean())


def main() -> None:
    """Run, print, and write what was asked for."""
    parser = arguments(__doc__)
    parser.add_argument("--tihm", type=Path, required=True, metavar="DIR", help="homes in the format of TIHM 1.5")
    chosen = parser.parse_args()
    home, label, features = days(chosen.tihm)
    figures = []
    for name, score, floors in (
        ("", restlessness(features), (0.76, 0.28)),
        (".firings_alone", features[:, INDEX["firings"]], (None, None)),
    ):
        known = np.isfinite(score)
        auc, low, high = within_auc(home[known], score[known], label[known])
        note = f"{low:.2f} to {high:.2f}; {int(label[known].sum())} labelled of {int(known.sum())} days"
        figures.append(Figure(f"agitation.within_auc{name}", auc, "AUC", floors[0], "higher", note))
        found = sensitivity(score[known], label[known])
        figures.append(
            Figure(f"agitation.sens_at_1fp30{name}", found, "share", floors[1], "higher", "one limit for all")
        )
    write(figures, "Confirmed agitation, unsupervised and causal", chosen.json)
    print("TIHM: Palermo et al. 2023, CC BY 4.0; Surrey and Borders Partnership NHS Foundation Trust and Howz.")


if __name__ == "__main__":
    main()
