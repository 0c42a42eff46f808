"""What the day tier remembers of each home: a struct of arrays, about 19 kB a home. Homes are the last axis."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from rules.core.detector_baseline import RING_DAYS
from rules.core.features import NAMES
from rules.core.patterns import PATTERN_NAMES
from rules.core.state import StateError, fill, pack, unpack

SCORE_DAYS = 112  # earlier scores a new one is ranked among
ONSET_DAYS = 42  # how far back the start of a change is looked for
DELTAS = (0.75, 1.25, 2.0)  # sizes of change the evidence is gathered for, in calibrated SD
ANSWERS = 64  # answers to a pattern that can be taken back: more than a year of one a week
NEVER = -1
KIND = "day tier"
VERSION = 4
P, F, K = len(PATTERN_NAMES), len(NAMES), len(DELTAS)
_NAMES = np.frombuffer(" ".join((*NAMES, *PATTERN_NAMES)).encode(), np.uint8)


@dataclass(slots=True, eq=False)
class DayState:
    """All arrays end in homes (H). Rings are oldest first; the last row is the care day last closed."""

    day: int  # the care day last closed, NEVER before the first
    ring: NDArray[np.float32]  # (63, F, H) transformed features, NaN where unknown
    learn: NDArray[np.bool_]  # (63, H) whether the day counts towards the person's normal
    kept: NDArray[np.bool_]  # (63, H) whether it was kept out of it by an open episode or by visitors nobody declared
    scores: NDArray[np.float32]  # (112, P, H) pooled scores; NaN where not assessed or an episode was open
    surprises: NDArray[np.float32]  # (42, P, H) calibrated scores
    coverage: NDArray[np.float32]  # (P, H) share of the pattern's weight that could be seen on the last day
    evidence: NDArray[np.float64]  # (P, 3, H) Shiryaev-Roberts wealth for each size of change
    level: NDArray[np.float64]  # (P, H) smoothed surprise: an episode ends when it has come down
    episode: NDArray[np.int16]  # (P, H) watched days since the episode opened, NEVER when none is open
    odds: NDArray[np.float64]  # (P, H) days between chance alerts at the level at which the episode opened
    onset: NDArray[np.int32]  # (P, H) care day on which the open episode is thought to have begun
    told: NDArray[np.int32]  # (H,) care day on which an episode opened or grew last
    refractory: NDArray[np.int16]  # (H,) days until there may be something to tell again
    away: NDArray[np.int16]  # (H,) days away or unwatched in a row; below 0: days of grace left after coming home
    blind: NDArray[np.int16]  # (H,) days in a row on which enough was seen and nothing could be judged
    flags: NDArray[np.int16]  # (H,) `confounders.Flag` of the last day
    answers: NDArray[np.int8]  # (64, P, H) people's answers as steps of evidence, newest last; row 0: all before them
    asked: NDArray[np.int8]  # (P, H) what they come to: half steps of evidence asked beyond the usual
    alerts: NDArray[np.int32]  # (H,) alerts opened so far ...
    assessed: NDArray[np.int32]  # (H,) ... in so many assessed days: the observed rate

    @property
    def homes(self) -> int:
        """H."""
        return int(self.refractory.shape[0])

    def back_to(self, day: int) -> None:
        """The clock was ahead: care day `day` is the one last closed. Episodes keep their age."""
        self.onset[self.onset != NEVER] -= self.day - day
        self.told[self.told != NEVER] -= self.day - day
        self.day = day

    def take(self, homes: NDArray[np.intp]) -> "DayState":
        """A copy of the chosen homes, in that order; a home may be chosen more than once."""
        arrays = {f.name: np.ascontiguousarray(getattr(self, f.name)[..., homes]) for f in fields(self)[1:]}
        return DayState(day=self.day, **arrays)

    def to_bytes(self) -> bytes:
        """Every bit of the state, with the names of features and patterns and a checksum (`rules.core.state`)."""
        arrays = {f.name: getattr(self, f.name) for f in fields(self)[1:]}
        return pack(KIND, VERSION, {"day": self.day, "homes": self.homes}, arrays | {"names": _NAMES})

    @classmethod
    def from_bytes(cls, raw: bytes) -> "DayState":
        """The state `to_bytes` wrote. StateError, a ValueError, for anything else: damage, another version, other
        features or patterns. Rebuild it from history then.
        """
        numbers, arrays = unpack(raw, KIND, VERSION)
        names = arrays.pop("names", None)
        if names is None or names.tobytes() != _NAMES.tobytes():
            raise StateError(f"state of a {KIND} with other features or patterns")
        state = new_state(numbers["homes"])
        fill({f.name: getattr(state, f.name) for f in fields(cls)[1:]}, arrays)
        state.day = numbers["day"]
        return state


def new_state(homes: int) -> DayState:
    """The state of `homes` homes nobody has watched yet."""
    h = homes
    return DayState(
        day=NEVER,
        ring=np.full((RING_DAYS, F, h), np.nan, np.float32),
        learn=np.zeros((RING_DAYS, h), np.bool_),
        kept=np.zeros((RING_DAYS, h), np.bool_),
        scores=np.full((SCORE_DAYS, P, h), np.nan, np.float32),
        surprises=np.full((ONSET_DAYS, P, h), np.nan, np.float32),
        coverage=np.zeros((P, h), np.float32),
        evidence=np.zeros((P, K, h)),
        level=np.zeros((P, h)),
        episode=np.full((P, h), NEVER, np.int16),
        odds=np.zeros((P, h)),
        onset=np.full((P, h), NEVER, np.int32),
        told=np.full(h, NEVER, np.int32),
        refractory=np.zeros(h, np.int16),
        away=np.zeros(h, np.int16),
        blind=np.zeros(h, np.int16),
        flags=np.zeros(h, np.int16),
        answers=np.zeros((ANSWERS, P, h), np.int8),
        asked=np.zeros((P, h), np.int8),
        alerts=np.zeros(h, np.int32),
        assessed=np.zeros(h, np.int32),
    )
