"""A score for any regularly sampled series: how unlike everything before is what just happened?

Online, no look-ahead, nothing to set. The last few values, as they are, are compared with every stretch of the same
length in memory; the distance to the nearest one, in units of how far the nearest usually is, is the novelty. A daily
pattern, a job every hour or a noisy level is thereby its own normal, and neither a period nor a distribution has to be
assumed. It is looked at closely (8 values) and from afar (16 means of 4), and the two are added. While one surprise
lasts, only a greater one counts.

(Nearest-neighbour novelty: left matrix profile, Yeh et al. 2016; KNN-CAD, Burnaev and Ishimtsev 2016.)
"""

import math

import numpy as np
from numpy.typing import NDArray

from rules.core.state import Array, fill, pack, unpack

F8 = NDArray[np.float64]

WARM_UP = 150  # values before it says anything
CLOSE, FAR, COARSE = 8, 16, 4
MEMORY = 1500  # stretches remembered in each view
USUAL_MEMORY = 1000  # values over which "usually" is learned
CLIP = 8.0  # usual distances that one surprise may teach
LEAST_SHARE = 0.05  # of the series' standard deviation: nearer than that is as good as equal
REFRACTORY_SHARE, REFRACTORY_LEAST, REFRACTORY_MOST = 0.04, 20, 500  # of the values seen; values
GREATER = 1.5  # what breaks through while a surprise lasts
DAMPED = 0.05  # what is left of the rest
HALF = 10.0  # the novelty that scores 0.5
LARGEST = 1e100  # values beyond are held here, so that squares stay finite
VERSION = 1


class View:
    """Novelty of the last `width` values against `MEMORY` stretches before them."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.past = np.zeros(2 * MEMORY)
        self.squares = np.zeros((width, MEMORY))  # of the last `width` values: squared difference to each lag
        self.numbers = np.zeros(2)  # usual distance; distances it was learned from
        self.counts = np.zeros(2, np.int64)  # values seen; where the next one goes

    def update(self, x: float, floor: float) -> float:
        """The novelty of the stretch that ends with `x`; 0 while there is too little to compare with."""
        seen, at = int(self.counts[0]), int(self.counts[1])
        if at == self.past.size:
            self.past[:MEMORY] = self.past[MEMORY:]
            at = MEMORY
        lags = min(seen, MEMORY)
        row = self.squares[seen % self.width]
        np.subtract(self.past[at - lags : at][::-1], x, out=row[:lags])
        np.multiply(row[:lags], row[:lags], out=row[:lags])
        self.past[at] = x
        self.counts[:] = seen + 1, at + 1
        last = min(seen - self.width + 1, MEMORY)  # a stretch must lie wholly in the past: lags [width, last)
        if last <= self.width + self.width:
            return 0.0
        nearest = np.add.reduce(self.squares[:, self.width - 1 : last], axis=0).min()
        return self._against_usual(math.sqrt(nearest), floor * math.sqrt(self.width))

    def _against_usual(self, distance: float, floor: float) -> float:
        usual, learned = float(self.numbers[0]), float(self.numbers[1])
        scale = max(usual, floor)
        teaches = min(distance, CLIP * scale) if learned > 30 else distance
        learned += 1
        self.numbers[:] = usual + max(1 / learned, 1 / USUAL_MEMORY) * (teaches - usual), learned
        return distance / scale if scale > 0 else 0.0


class StreamScorer:
    """The state of one series. Memory is constant, about 0.3 MB; a value costs some tens of microseconds."""

    def __init__(self) -> None:
        self.close = View(CLOSE)
        self.far = View(FAR)
        self.seen = 0
        self.last = 0  # when the present surprise began, in values seen
        self.level = np.zeros(6)  # first value, mean, variance, sum of the coarse step, far novelty, surprise

    def update(self, value: float) -> float:
        """The score of `value` in [0, 1), higher is more anomalous; NaN, and nothing learned, where it is not finite.

        0 for the first 150 values: there is nothing to compare with.
        """
        if not math.isfinite(value):
            return math.nan
        first, mean, variance, coarse, far, surprise = self.level.tolist()
        if self.seen == 0:
            first = value
        x = min(max(value - first, -LARGEST), LARGEST)
        self.seen += 1
        rate = max(1 / self.seen, 1 / USUAL_MEMORY)
        step = x - mean
        mean += rate * step
        variance += rate * ((1 - rate) * step * step - variance)
        floor = LEAST_SHARE * math.sqrt(max(variance, 0.0))
        close = self.close.update(x, floor)
        coarse += x
        if self.seen % COARSE == 0:
            far = self.far.update(coarse / COARSE, floor)
            coarse = 0.0
        novelty = close + far if self.seen > WARM_UP else 0.0
        shown, surprise = self._refractory(novelty, surprise)
        self.level[:] = first, mean, variance, coarse, far, surprise
        return shown / (shown + HALF)

    def _refractory(self, novelty: float, surprise: float) -> tuple[float, float]:
        """What is shown of `novelty`, and the surprise that later values have to outdo."""
        rest = min(max(REFRACTORY_LEAST, REFRACTORY_SHARE * self.seen), REFRACTORY_MOST)
        if self.seen - self.last < rest and novelty < GREATER * surprise:
            return novelty * DAMPED, surprise
        self.last = self.seen
        return novelty, novelty

    def save(self) -> bytes:
        """The whole state; `load` gives a scorer that goes on with the same bits."""
        return pack("stream", VERSION, {"seen": self.seen, "last": self.last}, self._arrays())

    @classmethod
    def load(cls, raw: bytes) -> "StreamScorer":
        """Raises StateError for bytes that are not a saved scorer of this version."""
        numbers, arrays = unpack(raw, "stream", VERSION)
        fresh = cls()
        fill(fresh._arrays(), arrays)
        fresh.seen, fresh.last = numbers["seen"], numbers["last"]
        return fresh

    def _arrays(self) -> dict[str, Array]:
        views = {"close": self.close, "far": self.far}
        parts = ("past", "squares", "numbers", "counts")
        return {"level": self.level} | {
            f"{v}_{part}": getattr(view, part) for v, view in views.items() for part in parts
        }


def score_stream(values: NDArray[np.float64]) -> F8:
    """The score of each of `values` (T,), as `StreamScorer.update` gives them one at a time: no value sees a later one.

    In [0, 1), higher is more anomalous; 0 for the first 150 values; NaN where a value is NaN or infinite, which is
    passed over as if it had not been sent. A constant series scores 0, an empty one gives an empty array. Raises
    ValueError for anything but one row of numbers: series are scored one by one.
    """
    row = np.asarray(values, np.float64)
    if row.ndim != 1:
        raise ValueError(f"one series (T,) is wanted, not an array of shape {row.shape}")
    scorer = StreamScorer()
    return np.array([scorer.update(value) for value in row.tolist()], np.float64)
