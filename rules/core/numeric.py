"""Fixed-point numbers: why a block of a year and a year of minutes give the same bits.

A sum of floats depends on the order of adding, and numpy's order on the shape of the array. The core therefore adds
integers: a value enters as a whole number of its series' own steps (0.01 degrees, 1/256 of a firing).
"""

import numpy as np
from numpy.typing import NDArray

MISSING = -32768
"""The step count that says "unknown". Never a value."""
LARGEST = 32767


def quantise(value: NDArray[np.floating], step: NDArray[np.floating] | float) -> NDArray[np.int16]:
    """Values (T, N) as whole steps, int16; `step` is one size or one for each series (N,), finite and above 0.

    NaN and infinity become MISSING. What is too large for 16 bits is held at the largest value: kept, and visibly odd.
    Raises ValueError for any other step.
    """
    sizes = np.asarray(step, dtype=np.float64)
    if not (np.isfinite(sizes) & (sizes > 0)).all():
        raise ValueError("a step must be finite and above 0")
    with np.errstate(invalid="ignore", over="ignore"):
        steps = np.rint(np.asarray(value, dtype=np.float64) / sizes)
    whole = np.where(np.isfinite(value), np.clip(steps, -LARGEST, LARGEST), MISSING)
    return whole.astype(np.int16)
