"""What others cost a scored point: each at its defaults, on as much of a year as takes about a second.

Nobody here does the same work as the minute tier; the list is cost per point, not merit.
"""

import importlib.util
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

DAY = 1440


class Peer(NamedTuple):
    """A scorer of other people's, and the module it needs."""

    name: str
    module: str
    days: float  # of minutes to score
    run: Callable[[NDArray[np.float64]], object]  # values (T,)


def _pandas(values: NDArray[np.float64]) -> object:
    import pandas as pd

    window = pd.Series(values).rolling(DAY)
    return (values - window.mean()) / window.std()


def _bottleneck(values: NDArray[np.float64]) -> object:
    import bottleneck as bn

    middle = bn.move_median(values, DAY)
    away = np.abs(values - middle)
    return away / bn.move_median(away, DAY, min_count=1)


def _seasonal(values: NDArray[np.float64]) -> object:
    import pandas as pd
    from adtk.detector import SeasonalAD

    series = pd.Series(values, index=pd.date_range("2026-01-01", periods=values.size, freq="min"))
    return SeasonalAD(freq=DAY).fit_detect(series)


def _half_space_trees(values: NDArray[np.float64]) -> object:
    from river.anomaly import HalfSpaceTrees

    return _learn_and_score(HalfSpaceTrees(), [{"x": x} for x in (values / values.max()).tolist()])


def _learn_and_score(model: Any, rows: list[dict[str, float]]) -> object:
    score = 0.0
    for row in rows:
        score = model.score_one(row)
        model.learn_one(row)
    return score


def _adwin(values: NDArray[np.float64]) -> object:
    from river.drift import ADWIN

    return _updates(ADWIN(), values)


def _page_hinkley(values: NDArray[np.float64]) -> object:
    from river.drift import PageHinkley

    return _updates(PageHinkley(), values)


def _updates(model: Any, values: NDArray[np.float64]) -> object:
    for x in values.tolist():
        model.update(x)
    return model.drift_detected


def _ecod(values: NDArray[np.float64]) -> object:
    from pyod.models.ecod import ECOD

    return ECOD().fit(np.lib.stride_tricks.sliding_window_view(values, 10)).decision_scores_


PEERS = (
    Peer("pandas", "pandas", 365, _pandas),
    Peer("bottleneck", "bottleneck", 60, _bottleneck),
    Peer("adtk", "adtk", 60, _seasonal),
    Peer("halfspacetrees", "river", 4, _half_space_trees),
    Peer("adwin", "river", 60, _adwin),
    Peer("pagehinkley", "river", 30, _page_hinkley),
    Peer("ecod", "pyod", 14, _ecod),
)


def cost_us(peer: Peer) -> float | str:
    """Processor microseconds a point, the better of two runs; or why it could not be run."""
    if importlib.util.find_spec(peer.module) is None:
        return f"not run: {peer.module} is not installed (pip install 'kinlight[bench]')"
    time_of_day = np.arange(int(peer.days * DAY)) / DAY * 2 * np.pi
    values = 10 + 3 * np.sin(time_of_day) + np.random.default_rng(0).normal(0, 1, time_of_day.size)
    best = np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(2):
            start = time.process_time()
            try:
                peer.run(values)
            except (TypeError, ValueError, AttributeError, ImportError, KeyError) as error:
                return f"not run: {type(error).__name__}: {error}"
            best = min(best, time.process_time() - start)
    return best / values.size * 1e6
