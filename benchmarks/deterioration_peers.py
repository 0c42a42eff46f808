"""Other detectors on the same features and copies, each with a threshold fitted on the other half of the homes."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from benchmarks.deterioration_days import NEEDED_DAYS, WARM_UP_DAYS, Copies, Homes
from rules.core.detector import REFRACTORY_DAYS
from rules.core.features import INDEX

Array = NDArray[np.float64]
Scorer = Callable[[Array, Array], Array]
ALERTS_MOST = 1.0 / 30.0
SCENARIOS = ("uti", "decline", "heart_failure", "slow")
REFIT_DAYS = 7
LEAST_PAST = 7  # assessed days a reference is made of


def _finite(past: Array, days: Array) -> tuple[Array, Array]:
    """The features known on most past days, unknown values at their median."""
    kept = np.isfinite(past).mean(axis=0) > 0.7
    middle = np.nanmedian(past[:, kept], axis=0) if kept.any() else np.zeros(0)
    return (np.where(np.isfinite(x[:, kept]), x[:, kept], middle) for x in (past, days))  # type: ignore[return-value]


def any_mean_sd(past: Array, days: Array) -> Array:
    """Largest |z| of any feature, mean and SD of the last 30 days."""
    a, b = _finite(past[-30:], days)
    return np.max(np.abs(b - a.mean(axis=0)) / np.maximum(a.std(axis=0), 0.3), axis=1, initial=0.0)


def any_median_mad(past: Array, days: Array) -> Array:
    """Largest |z| of any feature, median and MAD."""
    a, b = _finite(past, days)
    middle = np.median(a, axis=0)
    mad = 1.4826 * np.median(np.abs(a - middle), axis=0)
    return np.max(np.abs(b - middle) / np.maximum(mad, 0.3), axis=1, initial=0.0)


def total_activity(past: Array, days: Array) -> Array:
    """|z| of all movements of the day."""
    return any_mean_sd(past[:, [INDEX["firings"]]], days[:, [INDEX["firings"]]])


def hotelling(past: Array, days: Array) -> Array:
    """Hotelling's T² with a shrunken covariance."""
    a, b = _finite(past, days)
    scale = np.maximum(a.std(axis=0), 0.3)
    a, b = (a - a.mean(axis=0)) / scale, (b - a.mean(axis=0)) / scale
    cov = 0.5 * (a.T @ a / len(a)) + 0.5 * np.eye(a.shape[1])
    return np.einsum("nf,nf->n", b @ np.linalg.inv(cov), b)


def isolation_forest(past: Array, days: Array) -> Array:
    """Isolation Forest, 50 trees."""
    a, b = _finite(past, days)
    return -IsolationForest(n_estimators=50, random_state=0).fit(a).score_samples(b)


PEERS: dict[str, Scorer] = {
    "any feature, mean/SD": any_mean_sd,
    "any feature, median/MAD": any_median_mad,
    "total activity": total_activity,
    "Hotelling T²": hotelling,
    "IsolationForest": isolation_forest,
}


def compare(homes: Homes, changed: list[Copies]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and rows: alerts per 30 assessed days and share found in 14 days at the fitted threshold."""
    return ("detector", "alerts/30 d", *SCENARIOS), [
        _row(name, scorer, homes, changed) for name, scorer in PEERS.items()
    ]


def _row(name: str, scorer: Scorer, homes: Homes, changed: list[Copies]) -> tuple[str, ...]:
    clean = _clean_scores(scorer, homes)
    half = np.arange(len(homes.ids)) % 2
    limit = np.array([_threshold(clean[:, half != side]) for side in (0, 1)])[half]
    alarms = _alarms(clean, limit)
    found: dict[str, list[bool]] = {s: [] for s in SCENARIOS}
    for each in changed:
        for n, h in enumerate(each.home):
            if each.scenario[n] in found and each.recorded[n]:
                past = homes.features[: each.onset, h][homes.flags[: each.onset, h] == 0]
                good = each.flags[:NEEDED_DAYS, n] == 0
                able = len(past) >= LEAST_PAST and bool(good.any())
                score = scorer(past, each.features[:NEEDED_DAYS, n][good]) if able else np.empty(0)
                found[str(each.scenario[n])].append(bool((score > limit[h]).any()))
    rate = 30.0 * alarms.sum() / np.isfinite(clean).sum()
    return name, f"{rate:.2f}", *(f"{np.mean(found[s]):.2f}" for s in SCENARIOS)


def _clean_scores(scorer: Scorer, homes: Homes) -> Array:
    """Scores (D, H) of the recorded days, the reference refitted weekly; NaN where not assessed or in the warm-up."""
    scores = np.full(homes.flags.shape, np.nan)
    for h, length in enumerate(homes.lengths):
        for start in range(WARM_UP_DAYS, int(length), REFIT_DAYS):
            week = np.arange(start, min(start + REFIT_DAYS, int(length)))
            week = week[homes.flags[week, h] == 0]
            past = homes.features[:start, h][homes.flags[:start, h] == 0]
            if week.size and len(past) >= LEAST_PAST:
                scores[week, h] = scorer(past, homes.features[week, h])
    return scores


def _alarms(scores: Array, limit: Array | float) -> NDArray[np.bool_]:
    over = np.nan_to_num(scores, nan=-np.inf) > limit
    rest = np.zeros(scores.shape[1], np.intp)
    for day in range(len(over)):
        over[day] &= rest <= 0
        rest = np.where(over[day], REFRACTORY_DAYS, rest - 1)
    return over


def _threshold(scores: Array) -> float:
    """The lowest limit with at most one alert in 30 days."""
    days = np.isfinite(scores).sum()
    for limit in np.sort(scores[np.isfinite(scores)]):
        if _alarms(scores, limit).sum() <= ALERTS_MOST * days:
            return float(limit)
    return float("inf")
