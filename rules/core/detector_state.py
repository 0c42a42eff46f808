"""What the day tier remembers of each home: a struct of arrays, about 18 kB a home. Homes are the last axis."""

import json
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from rules.core.detector_baseline import RING_DAYS
from rules.core.features import NAMES
from rules.core.patterns import PATTERN_NAMES

SCORE_DAYS = 112  # earlier scores a new one is ranked among
ONSET_DAYS = 42  # how far back the start of a change is looked for
DELTAS = (0.75, 1.25, 2.0)  # sizes of change the evidence is gathered for, in calibrated SD
NEVER = -1
FORMAT = 1
P, F, K = len(PATTERN_NAMES), len(NAMES), len(DELTAS)
_MAGIC = b"KINDAY1\n"


@dataclass(slots=True, eq=False)
class DayState:
    """All arrays end in homes (H). Rings are oldest first; the last row is the care day last closed."""

    day: int  # the care day last closed, NEVER before the first
    ring: NDArray[np.float32]  # (63, F, H) transformed features, NaN where unknown
    learn: NDArray[np.bool_]  # (63, H) whether the day counts towards the person's normal
    scores: NDArray[np.float32]  # (112, P, H) pooled scores; NaN where not assessed or an episode was open
    surprises: NDArray[np.float32]  # (42, P, H) calibrated scores
    coverage: NDArray[np.float32]  # (P, H) share of the pattern's weight that could be seen on the last day
    evidence: NDArray[np.float64]  # (P, 3, H) Shiryaev-Roberts wealth for each size of change
    level: NDArray[np.float64]  # (P, H) smoothed surprise: an episode ends when it has come down
    episode: NDArray[np.int16]  # (P, H) assessed days since the episode opened, NEVER when none is open
    odds: NDArray[np.float64]  # (P, H) days between chance alerts at the level at which the episode opened
    onset: NDArray[np.int32]  # (P, H) care day on which the open episode is thought to have begun
    refractory: NDArray[np.int16]  # (H,) days until another alert may open
    away: NDArray[np.int16]  # (H,) days away or unwatched in a row; below 0: days of grace left after coming home
    flags: NDArray[np.int16]  # (H,) `confounders.Flag` of the last day
    nothing_found: NDArray[np.int16]  # (P, H) answers "nothing found"
    right: NDArray[np.int16]  # (P, H) answers "right"
    alerts: NDArray[np.int32]  # (H,) alerts opened so far ...
    assessed: NDArray[np.int32]  # (H,) ... in so many assessed days: the observed rate

    @property
    def homes(self) -> int:
        """H."""
        return int(self.refractory.shape[0])

    def take(self, homes: NDArray[np.intp]) -> "DayState":
        """A copy of the chosen homes, in that order; a home may be chosen more than once."""
        arrays = {f.name: np.ascontiguousarray(getattr(self, f.name)[..., homes]) for f in fields(self)[1:]}
        return DayState(day=self.day, **arrays)

    def to_bytes(self) -> bytes:
        """Every bit of the state, behind a header that names shapes and types."""
        arrays = {f.name: np.ascontiguousarray(getattr(self, f.name)) for f in fields(self)[1:]}
        header = {"format": FORMAT, "day": self.day, "features": NAMES, "patterns": PATTERN_NAMES, "homes": self.homes}
        text = json.dumps(header, separators=(",", ":")).encode()
        return b"".join([_MAGIC, len(text).to_bytes(4, "little"), text, *(a.tobytes() for a in arrays.values())])

    @classmethod
    def from_bytes(cls, raw: bytes) -> "DayState":
        """The state `to_bytes` wrote. ValueError for anything else, or for another set of features: rebuild then."""
        if raw[: len(_MAGIC)] != _MAGIC:
            raise ValueError("not a saved state of the day tier")
        at = len(_MAGIC) + 4
        end = at + int.from_bytes(raw[len(_MAGIC) : at], "little")
        header = json.loads(raw[at:end])
        mine = {"format": FORMAT, "features": list(NAMES), "patterns": list(PATTERN_NAMES)}
        if {key: header.get(key) for key in mine} != mine:
            raise ValueError("state of another version of the day tier")
        state = new_state(int(header["homes"]))
        state.day = int(header["day"])
        for f in fields(cls)[1:]:
            array = getattr(state, f.name)
            if len(raw) < end + array.nbytes:
                raise ValueError("saved state of the day tier is cut short")
            array[...] = np.frombuffer(raw, array.dtype, array.size, end).reshape(array.shape)
            end += array.nbytes
        if end != len(raw):
            raise ValueError("saved state of the day tier is too long")
        return state


def new_state(homes: int) -> DayState:
    """The state of `homes` homes nobody has watched yet."""
    h = homes
    return DayState(
        day=NEVER,
        ring=np.full((RING_DAYS, F, h), np.nan, np.float32),
        learn=np.zeros((RING_DAYS, h), np.bool_),
        scores=np.full((SCORE_DAYS, P, h), np.nan, np.float32),
        surprises=np.full((ONSET_DAYS, P, h), np.nan, np.float32),
        coverage=np.zeros((P, h), np.float32),
        evidence=np.zeros((P, K, h)),
        level=np.zeros((P, h)),
        episode=np.full((P, h), NEVER, np.int16),
        odds=np.zeros((P, h)),
        onset=np.full((P, h), NEVER, np.int32),
        refractory=np.zeros(h, np.int16),
        away=np.zeros(h, np.int16),
        flags=np.zeros(h, np.int16),
        nothing_found=np.zeros((P, h), np.int16),
        right=np.zeros((P, h), np.int16),
        alerts=np.zeros(h, np.int32),
        assessed=np.zeros(h, np.int32),
    )
