"""From a pattern's score to a calibrated one: how surprising is today, against this person's own past?

The rank among the person's own earlier scores (conformal, exact whatever the distribution) is blended with a normal
tail (which can tell far from very far), the more past there is the more rank: p = rank^ω · tail^(1−ω), ω = n/(n+50).
The result is returned as u = Φ⁻¹(1−p), standard normal when nothing has changed.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

AS_GATHERED_DAYS = 30.0  # up to here gathered evidence is about as many days of chance as it says ...
LIKENESS = 0.55  # ... beyond, one day resembles the next, and it grows by chance faster than days pass
BLEND_DAYS = 50.0  # earlier scores at which rank and tail weigh the same
TAIL_SCALE = 1.35  # pooled scores of real homes spread wider than 1 (research: SD 1.2 to 1.4)


def rounded(x: Array) -> Array:
    """To 2⁻¹⁶: what is kept from day to day must not hang on the last bit of a processor's logarithm."""
    return np.asarray(np.round(x * 65536.0) / 65536.0)


def days_of_chance(evidence: Array) -> Array:
    """How many days pass between such evidence when nothing is the matter.

    Gathered evidence says so itself where days are independent. They are not, and the more is asked the more that
    matters: days^0.55 was measured from 30 to 180 days on homes that nothing was chosen on. Rises with the evidence.
    """
    beyond: Array = AS_GATHERED_DAYS * np.power(np.maximum(evidence, AS_GATHERED_DAYS) / AS_GATHERED_DAYS, LIKENESS)
    return np.where(evidence <= AS_GATHERED_DAYS, evidence, rounded(beyond))


def surprise(score: Array, past: Array) -> Array:
    """Calibrated score (…) of today's `score` (…) against the `past` (D, …) ones; NaN where there is no score."""
    known = np.isfinite(past)
    n = known.sum(axis=0)  # integers: exact in any order
    above = (known & (past >= score)).sum(axis=0)
    rank: Array = (1.0 + above) / (1.0 + n)
    weight: Array = n / (n + BLEND_DAYS)
    with np.errstate(invalid="ignore"):
        log_p = weight * np.log(rank) + (1.0 - weight) * np.log(upper_tail(score / TAIL_SCALE))
        p: Array = np.exp(np.minimum(log_p, -1e-9))
    return rounded(upper_quantile(p))


def upper_tail(x: Array) -> Array:
    """P(Z > x) of the standard normal, relative error below 2e-7 (Chebyshev fit of erfc, Press et al. 6.2)."""
    z = np.abs(x) * np.sqrt(0.5)
    t = 1.0 / (1.0 + 0.5 * z)
    poly = np.full_like(z, 0.17087277)
    for c in (-0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368):
        poly = c + t * poly
    half = 0.5 * t * np.exp(-z * z - 1.26551223 + t * poly)
    return np.asarray(np.where(x >= 0, half, 1.0 - half))


def upper_quantile(p: Array) -> Array:
    """x with P(Z > x) = p, for p in (0, 1): Wichura's AS 241 (PPND7), seven digits."""
    q = 0.5 - p
    r = 0.180625 - q * q
    middle = q * _ratio(
        r, (3.3871327179, 50.434271938, 159.29113202, 59.109374720), (1.0, 17.895169469, 78.757757664, 67.187563600)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.sqrt(-np.log(np.minimum(p, 1.0 - p)))
    near = _ratio(
        r - 1.6, (1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103), (1.0, 0.73700164250, 0.12021132975)
    )
    far = _ratio(
        r - 5.0, (6.6579051150, 3.0812263860, 0.42868294337, 0.017337203997), (1.0, 0.24197894225, 0.012258202635)
    )
    tail = np.where(r <= 5.0, near, far)
    return np.where(np.abs(q) <= 0.425, middle, np.copysign(tail, q))


def _ratio(r: Array, top: tuple[float, ...], bottom: tuple[float, ...]) -> Array:
    a = np.full_like(r, top[-1])
    for c in top[-2::-1]:
        a = a * r + c
    b = np.full_like(r, bottom[-1])
    for c in bottom[-2::-1]:
        b = b * r + c
    return np.asarray(a / b)
