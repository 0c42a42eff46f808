"""NEWS2, the National Early Warning Score, from readings with their times.

Royal College of Physicians. National Early Warning Score (NEWS) 2: standardising the assessment of acute-illness
severity in the NHS. Updated report of a working party. London: RCP, 2017. The bands and the responses are the
College's (charts 1 and 4); it sets no restriction on copying and asks to be acknowledged, which this text does.

Not for anybody under 16 or pregnant. A score is an aid to a clinician's judgement, never a diagnosis; change from the
person's own stable score says more than the number. A set with anything missing is partial and has no total.

Rounding: a value is rounded half up, as a chart is filled in, before it meets a band: whole numbers, the temperature
to 0.1 degrees. 91.5 % is 92 %, 38.05 degrees are 38.1.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Generic, Literal, NamedTuple, TypeVar

NS_PER_S = 1_000_000_000
VALID_S = 12 * 3600.0
"""How long a reading stands when nothing else is said: the longest interval between sets that NEWS2 allows."""

Scale = Literal[1, 2]
"""SpO2 scale. 2 only where a clinician has set a target of 88-92 % (hypercapnic respiratory failure)."""

T = TypeVar("T", bound=object)


class Consciousness(StrEnum):
    """ACVPU: everything but ALERT scores 3."""

    ALERT = "alert"
    NEW_CONFUSION = "new confusion"
    VOICE = "voice"
    PAIN = "pain"
    UNRESPONSIVE = "unresponsive"


class Timed(NamedTuple, Generic[T]):
    """A value and when it was true, UTC nanoseconds."""

    value: T
    time_ns: int


@dataclass(frozen=True, slots=True)
class Observations:
    """The latest of each of the seven parameters, None where there is none. Field names are the vocabulary's."""

    respiration_per_min: Timed[float] | None = None
    spo2_percent: Timed[float] | None = None
    oxygen: Timed[bool] | None = None  # True: breathing supplemental oxygen, False: air
    systolic_mmhg: Timed[float] | None = None
    pulse_bpm: Timed[float] | None = None
    consciousness: Timed[Consciousness] | None = None
    body_temperature_c: Timed[float] | None = None


PARAMETERS = tuple(field.name for field in fields(Observations))

NAMES: Mapping[str, str] = {
    "respiration_per_min": "breathing rate",
    "spo2_percent": "oxygen saturation",
    "oxygen": "air or oxygen",
    "systolic_mmhg": "systolic blood pressure",
    "pulse_bpm": "pulse",
    "consciousness": "consciousness",
    "body_temperature_c": "temperature",
}

POSSIBLE: Mapping[str, tuple[float, float]] = {
    "respiration_per_min": (4, 60),
    "spo2_percent": (50, 100),
    "systolic_mmhg": (60, 260),
    "pulse_bpm": (25, 250),
    "body_temperature_c": (30, 44),
}
"""What a device can have measured, the vocabulary's range: anything else is the device's fault and is missing."""


class Response(NamedTuple):
    """What NEWS2 asks for: how often to look again, and who acts."""

    monitoring: str
    action: str


ROUTINE = Response("at least every 12 hours", "routine monitoring")
NURSE = Response("at least every 4 to 6 hours", "a nurse assesses and decides on frequency and escalation")
RED = Response("at least every hour", "the nurse informs the medical team, who review")
URGENT = Response(
    "at least every hour", "urgent: the medical team at once; assessment by a clinician competent in acute illness"
)
EMERGENCY = Response(
    "continuous", "emergency: the medical team at once, at least a specialist registrar; critical-care team"
)


@dataclass(frozen=True, slots=True)
class News2:
    """A score, or what is known of one."""

    points: Mapping[str, int | None]  # each of PARAMETERS; None where it cannot be said
    total: int | None  # 0..20; None unless every parameter is there
    missing: tuple[str, ...]  # parameters without a usable reading, in the order of PARAMETERS
    partial: bool  # something is missing: show `label`, never a number
    red: tuple[str, ...]  # parameters that score 3 by themselves
    scale: Scale
    response: Response | None  # None where a partial set does not say

    @property
    def label(self) -> str:
        """One line for a screen: the score, or that it is partial and what is missing."""
        if self.total is not None:
            return f"NEWS2 {self.total}" + (" (SpO2 scale 2)" if self.scale == 2 else "")
        said = f"NEWS2 partial, no score: missing {', '.join(NAMES[name] for name in self.missing)}"
        return said + "".join(f"; {NAMES[name]} alone scores 3" for name in self.red)


def score(observed: Observations, now_ns: int, scale: Scale = 1, valid_s: Mapping[str, float] | None = None) -> News2:
    """NEWS2 at `now_ns` from readings that still stand.

    `valid_s` says for how many seconds a parameter's reading stands, VALID_S for those it does not name. A reading
    older than that, from the future, not finite or impossible is missing. Raises ValueError for a scale that does
    not exist or a window for an unknown parameter.
    """
    windows = valid_s or {}
    if scale not in (1, 2):
        raise ValueError(f"SpO2 scale {scale!r}: it is 1, or 2 where a clinician has set 88-92 %")
    if unknown := set(windows) - set(PARAMETERS):
        raise ValueError(f"no such parameter: {', '.join(sorted(unknown))}")
    usable = {name: _usable(observed, name, now_ns, windows.get(name, VALID_S)) for name in PARAMETERS}
    missing = tuple(name for name in PARAMETERS if usable[name] is None)
    points = {name: None if value is None else _points(name, value, usable, scale) for name, value in usable.items()}
    red = tuple(name for name in PARAMETERS if points[name] == 3)
    total = None if missing else sum(value for value in points.values() if value is not None)
    return News2(points, total, missing, bool(missing), red, scale, _response(total, bool(red)))


def _usable(observed: Observations, name: str, now_ns: int, valid_s: float) -> object | None:
    reading: Timed[object] | None = getattr(observed, name)
    if reading is None or not 0 <= now_ns - reading.time_ns <= valid_s * NS_PER_S:
        return None
    if name not in POSSIBLE:
        return reading.value
    value = float(str(reading.value))
    low, high = POSSIBLE[name]
    return value if math.isfinite(value) and low <= value <= high else None


def _points(name: str, value: object, usable: Mapping[str, object | None], scale: Scale) -> int | None:
    if name == "oxygen":
        return 2 if value else 0
    if name == "consciousness":
        return 0 if value == Consciousness.ALERT else 3
    rounded = _rounded(value, "0.1" if name == "body_temperature_c" else "1")
    if name == "spo2_percent" and scale == 2:
        return _spo2_scale_2(rounded, usable["oxygen"])
    return next(points for least, points in _BANDS[name] if rounded >= least)


def _spo2_scale_2(percent: Decimal, oxygen: object | None) -> int | None:
    """Above the target only oxygen can be too much; without knowing of oxygen, a value there says nothing."""
    if percent < 93:
        return next(points for least, points in _SCALE_2_BELOW if percent >= least)
    if oxygen is None:
        return None
    if not oxygen:
        return 0
    return next(points for least, points in _SCALE_2_ON_OXYGEN if percent >= least)


def _response(total: int | None, red: bool) -> Response | None:
    if total is None:
        return RED if red else None
    if total >= 7:
        return EMERGENCY
    if total >= 5:
        return URGENT
    if red:
        return RED
    return NURSE if total else ROUTINE


def _rounded(value: object, step: str) -> Decimal:
    return Decimal(str(value)).quantize(Decimal(step), ROUND_HALF_UP)


def _bands(*rows: tuple[str, int]) -> tuple[tuple[Decimal, int], ...]:
    """(least value, points), the highest band first; the last one begins at 0."""
    return tuple((Decimal(least), points) for least, points in rows)


_BANDS = {
    "respiration_per_min": _bands(("25", 3), ("21", 2), ("12", 0), ("9", 1), ("0", 3)),
    "spo2_percent": _bands(("96", 0), ("94", 1), ("92", 2), ("0", 3)),
    "systolic_mmhg": _bands(("220", 3), ("111", 0), ("101", 1), ("91", 2), ("0", 3)),
    "pulse_bpm": _bands(("131", 3), ("111", 2), ("91", 1), ("51", 0), ("41", 1), ("0", 3)),
    "body_temperature_c": _bands(("39.1", 2), ("38.1", 1), ("36.1", 0), ("35.1", 1), ("0", 3)),
}
_SCALE_2_BELOW = _bands(("88", 0), ("86", 1), ("84", 2), ("0", 3))
_SCALE_2_ON_OXYGEN = _bands(("97", 3), ("95", 2), ("93", 1))
