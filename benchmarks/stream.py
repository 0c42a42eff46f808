"""The generic stream scorer on made-up series, by the rules of the Numenta Anomaly Benchmark.

    python -m benchmarks.stream [--json FILE]

Not the benchmark itself: its files are kept back. These series compare designs; a windowed Gaussian, a sum of residuals
and random scores stand beside ours. Scores on real series are lower.
"""

import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.nab import PROFILES, nab_score
from benchmarks.report import Figure, arguments, show, write
from benchmarks.stream_series import corpus
from rules.core import score_stream

F8 = NDArray[np.float64]
SEEDS = (0, 1)
WINDOW = 6400


def windowed_gaussian(values: F8) -> F8:
    """One minus the tail probability under the mean and deviation of the last 6400 values (NAB's own baseline)."""
    first, second = (np.concatenate(([0.0], np.cumsum(x))) for x in (values, values * values))
    now = np.arange(1, values.size)
    start = np.maximum(now - WINDOW, 0)
    count = now - start
    mean = (first[now] - first[start]) / count
    sd = np.sqrt(np.maximum((second[now] - second[start]) / count - mean * mean, 1e-12))
    z = np.abs(values[1:] - mean) / sd
    return np.concatenate(([0.0], [1 - math.erfc(x / math.sqrt(2)) / 2 for x in z.tolist()]))


def differences(values: F8) -> F8:
    """Absolute change over its own mean so far."""
    change = np.abs(np.diff(values, prepend=values[:1]))
    usual = np.cumsum(change) / np.arange(1, values.size + 1)
    return change / np.maximum(np.concatenate(([0.0], usual[:-1])), 1e-12)


def main() -> None:
    """Print the table."""
    options = arguments(__doc__).parse_args()
    series = [one for seed in SEEDS for one in corpus(seed)]
    rng = np.random.default_rng(0)
    start = time.process_time()
    ours = [score_stream(s.values) for s in series]
    cost_us = (time.process_time() - start) / sum(s.values.size for s in series) * 1e6
    peers: dict[str, Callable[[F8], F8]] = {
        "windowed Gaussian": windowed_gaussian,
        "change over usual change": differences,
        "random": lambda values: rng.random(values.size),
    }
    scores = {"kinlight": ours} | {name: [peer(s.values) for s in series] for name, peer in peers.items()}
    rows = [(name, *(f"{nab_score(series, s, p):.1f}" for p in PROFILES)) for name, s in scores.items()]
    show(f"{len(series)} made-up series, NAB scoring", ("scorer", *PROFILES), rows)
    figures = [
        Figure("stream.made_up_standard", nab_score(series, ours), "of 100", None, "higher"),
        Figure("stream.value_us", cost_us, "us", 50.0, "lower"),
    ]
    write(figures, "Stream scorer", options.json)


if __name__ == "__main__":
    main()
