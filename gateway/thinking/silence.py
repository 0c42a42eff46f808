"""Silence detection of sensors by their own learned gaps.

When a sensor is quiet for longer than it ever is.

A dead sensor is not a quiet person, so the two are judged apart: every sensor has its own usual gap between messages,
learned from the messages themselves. The limit is twice its 99.9 % gap (peers wait 25 to 73 hours; a learned
limit is typically 2 to 6), and never under 15 minutes. The home as a whole is one more row of the same arrays: when
nothing at all is heard for longer than usual, the stick, the broker or the mains went, and the person is not concerned.

Gaps are counted in a histogram of quarter-octave bins which forgets with a half-life of four weeks. A gap in which the
whole home was silent (a holiday, a power cut) is no sensor's own and is not counted: after a week away, a dead sensor
would otherwise go unnoticed for two.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.kit.contract import NEVER_HEARD_S
from rules.terms.time import NS_PER_S, moved

BINS = 96  # quarter octaves from 1 s: the last one is over half a year
HALF_LIFE_DAYS = 28.0
FLOOR_S = 15 * 60.0
UNLEARNED_S = 26 * 3600.0  # zigbee2mqtt expects a battery device every 25 h
LEARNED_GAPS = 50  # fewer gaps say little about the longest usual one
LEARNED_S = 3 * 86400.0
FACTOR = 2.0


class Silence:
    """Gaps of N rows: sensors 0..N-2 and the whole home as the last row."""

    def __init__(self, fixed_s: list[float]) -> None:
        """`fixed_s`: per sensor a limit set by the installer in seconds, 0 to learn it."""
        n = len(fixed_s) + 1
        self.home = n - 1
        self._fixed_s = np.array([*fixed_s, 0.0])
        self._gaps = np.zeros((n, BINS))
        self._first_ns = np.zeros(n, dtype=np.int64)
        self._heard_ns = [0] * n
        self._down = [False] * n
        self._with_home = [False] * n  # the whole home has been silent since the row was last heard
        self._limit_ns = np.full(n, UNLEARNED_S * NS_PER_S)
        self._day = 0
        self._since_ns = 0
        self._relearn()

    def heard(self, row: int, time_ns: int) -> None:
        """A sensor said something fresh."""
        if 0 < self._heard_ns[self.home] < time_ns - self._limit_ns[self.home]:
            self._with_home = [r != self.home for r in range(len(self._with_home))]
        self._note(row, time_ns)
        self._note(self.home, time_ns)
        self._down[row] = False

    def reachable(self, row: int, yes: bool) -> None:
        """What the sensor's bridge says: one that cannot be reached is silent at once."""
        self._down[row] = not yes

    def tick(self, time_ns: int) -> None:
        """A minute ended: once a day what was learned fades a little and the limits are learned anew."""
        day = time_ns // (86_400 * NS_PER_S)
        if day != self._day:
            if self._day:
                self._gaps *= 0.5 ** (1.0 / HALF_LIFE_DAYS)
            self._day = day
            self._relearn()

    def silent(self, time_ns: int) -> NDArray[np.bool_]:
        """(N,) which rows are silent now. One that was never heard has been quiet since the box began to watch."""
        heard = np.array(self._heard_ns, dtype=np.int64)
        never = heard == 0
        limit_ns = np.where(never & (self._fixed_s == 0), NEVER_HEARD_S * NS_PER_S, self._limit_ns)
        heard[never] = self._since_ns
        quiet: NDArray[np.bool_] = (time_ns - heard > limit_ns) | np.array(self._down)
        return quiet

    def limit_s(self, row: int) -> float:
        """After how many seconds of quiet the row counts as silent."""
        return float(self._limit_ns[row]) / NS_PER_S

    def is_reachable(self, row: int) -> bool:
        """False where the row, or its bridge, said that it is off."""
        return not self._down[row]

    def heard_ns(self, row: int) -> int:
        """When the row was last heard; 0 for never."""
        return self._heard_ns[row]

    def shift(self, delta_ns: int, since_ns: int = 0) -> None:
        """The clock was off by `delta_ns` since `since_ns`."""
        self._heard_ns = [moved(t, delta_ns, since_ns) for t in self._heard_ns]
        self._since_ns = moved(self._since_ns, delta_ns, since_ns)
        self._first_ns[:] = [moved(t, delta_ns, since_ns) for t in self._first_ns.tolist()]
        self._day = 0

    def start(self, time_ns: int, after_downtime: bool) -> None:
        """The box watches, since `time_ns`. A break of ours, in which it was switched off, is nobody's silence."""
        self._since_ns = time_ns
        if after_downtime:
            self._heard_ns = [max(t, time_ns) if t else 0 for t in self._heard_ns]

    def save(self, names: list[str]) -> dict[str, object]:
        """What was learned, by sensor name, as JSON values; `restore` goes on from it bit for bit."""
        rows = {name: row for row, name in enumerate([*names, ""])}
        return {
            "day": self._day,
            "since_ns": self._since_ns,
            "sensors": {
                name: [
                    self._gaps[r].tolist(),
                    int(self._first_ns[r]),
                    self._heard_ns[r],
                    self._down[r],
                    self._with_home[r],
                    float(self._limit_ns[r]),
                ]
                for name, r in rows.items()
            },
        }

    def restore(self, names: list[str], saved: dict[str, Any]) -> None:
        """Take over what `save` gave. Sensors that are new stay unlearned, those that are gone are forgotten."""
        self._day = saved["day"]
        self._since_ns = saved["since_ns"]
        for row, name in enumerate([*names, ""]):
            if name in saved["sensors"]:
                gaps, first_ns, heard_ns, down, with_home, limit_ns = saved["sensors"][name]
                self._gaps[row], self._first_ns[row], self._heard_ns[row] = gaps, first_ns, heard_ns
                self._down[row], self._with_home[row], self._limit_ns[row] = down, with_home, limit_ns

    def _note(self, row: int, time_ns: int) -> None:
        before = self._heard_ns[row]
        if before and time_ns > before and not self._with_home[row]:
            gap_s = (time_ns - before) / NS_PER_S
            self._gaps[row, min(BINS - 1, max(0, int(4 * math.log2(gap_s)) + 1)) if gap_s > 1 else 0] += 1
        elif not before:
            self._first_ns[row] = time_ns
        self._with_home[row] = False
        self._heard_ns[row] = max(time_ns, before)

    def _relearn(self) -> None:
        """New limits, once a day: the 99.9 % gap from the histogram, the upper edge of its bin."""
        total = self._gaps.sum(axis=1)
        reached = np.cumsum(self._gaps, axis=1) >= (0.999 * total)[:, None]
        usual_s = 2.0 ** (np.argmax(reached, axis=1) / 4.0)
        span_s = (np.array(self._heard_ns, dtype=np.int64) - self._first_ns) / NS_PER_S
        learned = (total >= LEARNED_GAPS) & (span_s >= LEARNED_S)
        limit_s = np.where(learned, np.maximum(FACTOR * usual_s, FLOOR_S), UNLEARNED_S)
        limit_s = np.where(self._fixed_s > 0, self._fixed_s, limit_s)
        self._limit_ns = limit_s * NS_PER_S
