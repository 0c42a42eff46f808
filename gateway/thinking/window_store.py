"""The ring buffer of minutes behind a rule's window.

The recent past of one home: minutes x channels, as the rules see it.

The ring is written twice, `MINUTES` rows apart, so that the last `MINUTES` rows are always one contiguous view and a
rule never copies. The minute under way is gathered in plain lists (one reading costs a few list operations); the tick
that ends it writes one row of the arrays.
"""

import math
from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateway.model.home import MAX_CHANNELS, Home, Sample
from rules.core.learned import Learned
from rules.kit.contract import Sensor, Window
from rules.kit.signs import IN_BED_KG
from rules.terms.time import NS_PER_MINUTE, moved

MINUTES = 48 * 60
"""How far back a rule can look: two days, so that a night is always there whole."""
STAYS_ON_NS = 5 * NS_PER_MINUTE
"""How long a movement sensor may stay on after the last movement: 10 s to 4 min as they are sold."""
LATE_OFF_NS = 30 * NS_PER_MINUTE
STEP = 32
"""The arrays grow by so many channels: 1.1 MB a step."""


class WindowStore:
    """Per-minute values and the last signs of every channel. Arrays grow in steps up to the channel limit."""

    def __init__(self, home: Home, zone: tzinfo, watching_since_ns: int = 0) -> None:
        self.home = home
        self.zone = zone
        self.watching_since_ns = watching_since_ns
        self.minute = 0  # minutes since the epoch of the newest complete row; 0 before the first
        self._row = 0
        self._width = 0
        self._value = np.full((2 * MINUTES, 0), np.nan, dtype=np.float32)
        self._count = np.zeros((2 * MINUTES, 0), dtype=np.uint16)
        self.last_value: list[float] = []
        self.last_ns: list[int] = []
        self.event_ns: list[int] = []
        self._sum: list[float] = []
        self._readings: list[int] = []
        self._on_ns: list[int] = []  # state channels: nanoseconds spent on in the minute under way
        self._since_ns: list[int] = []  # state channels: from when `last_value` counts within the minute under way
        self._state: list[bool] = []
        self._states: list[int] = []  # the state channels
        self._event: list[bool] = []
        self._movement: list[bool] = []
        self._bed: list[bool] = []
        self._columns: dict[tuple[str, ...], NDArray[np.intp]] = {}  # see Window

    def add(self, sample: Sample) -> bool:
        """Take in one plausible, fresh sample. True where it means that something happened."""
        time_ns, i, value, _ = sample
        if i >= len(self.last_ns):
            self._widen(i + 1)
        before = self.last_value[i]
        self.last_value[i] = value
        self.last_ns[i] = max(time_ns, self.last_ns[i])
        if self._event[i]:
            if value <= 0:
                if before > 0 and self._movement[i]:
                    self._was_moving(i, time_ns)
                return False
            self._readings[i] += 1
            self.event_ns[i] = time_ns
            return True
        self._readings[i] += 1
        if self._state[i]:
            if before > 0:
                self._on_ns[i] += max(0, time_ns - self._since_ns[i])
            self._since_ns[i] = time_ns
            if not math.isnan(before) and before != value:  # a first report is the state it is in, not a change of it
                self.event_ns[i] = time_ns
                return True
            return False
        self._sum[i] += value
        if self._bed[i] and not math.isnan(before) and (before > IN_BED_KG) != (value > IN_BED_KG):
            self.event_ns[i] = time_ns  # somebody got in or out
            return True
        return False

    def _was_moving(self, i: int, off_ns: int) -> None:
        """A movement sensor stays on while somebody moves and for some time after: its "off" dates the last movement.

        Counted from the longest time it may stay on by itself; an "off" that comes much later than that is news of the
        radio.
        """
        if off_ns - self.event_ns[i] <= LATE_OFF_NS:
            self.event_ns[i] = max(self.event_ns[i], off_ns - STAYS_ON_NS)

    def suppose(self, sample: Sample) -> None:
        """A remembered state (a retained message): what it is in now, where nothing fresher is known. Not news."""
        if sample.channel >= len(self.last_ns):
            self._widen(sample.channel + 1)
        if self.last_ns[sample.channel] == 0 and self._state[sample.channel]:
            self.last_value[sample.channel] = sample.value

    def close_minute(self, end_ns: int, silent: NDArray[np.bool_]) -> None:
        """End the minute that ends at `end_ns`. Minutes that nobody watched in between stay unknown."""
        minute = end_ns // NS_PER_MINUTE - 1
        skipped = minute - self.minute - 1 if self.minute else 0
        for _ in range(min(max(skipped, 0), MINUTES)):
            self._write(np.nan, 0)
        self.minute = minute
        n = len(self.last_ns)
        readings = np.array(self._readings, dtype=np.int64)
        heard = readings > 0
        mean = np.array(self._sum) / np.maximum(readings, 1)
        values = np.full(self._width, np.nan, dtype=np.float32)
        values[:n] = np.where(heard, np.where(self._event, 1.0, mean), np.nan)
        for i in self._states:
            values[i] = self._share(i, end_ns, known=not silent[i])
        counts = np.zeros(self._width, dtype=np.uint16)
        counts[:n] = np.minimum(readings, 65535)
        self._sum = [0.0] * n
        self._readings = [0] * n
        self._write(values, counts)

    def _share(self, i: int, end_ns: int, *, known: bool) -> float:
        """The share of the minute that state channel `i` was on, NaN where it is not known; the next one begins."""
        value, on_ns = self.last_value[i], self._on_ns[i]
        if value > 0:
            on_ns += end_ns - max(self._since_ns[i], end_ns - NS_PER_MINUTE)
        self._on_ns[i] = 0
        self._since_ns[i] = end_ns
        return min(1.0, on_ns / NS_PER_MINUTE) if known and not math.isnan(value) else math.nan

    def window(
        self,
        time_ns: int,
        silent: NDArray[np.bool_],
        learned: Learned | None = None,
        sensors: Sequence[Sensor] = (),
    ) -> Window:
        """What rules look at. The arrays are views: they hold until the next minute closes."""
        n = len(self.last_ns)
        rows = slice(self._row, self._row + MINUTES)
        value, count = self._value[rows, :n], self._count[rows, :n]
        value.flags.writeable = count.flags.writeable = False
        return Window(
            channels=tuple(self.home.channels[:n]),
            time_ns=time_ns,
            zone=self.zone,
            value=value,
            count=count,
            last_value=np.array(self.last_value, dtype=np.float64),
            last_ns=np.array(self.last_ns, dtype=np.int64),
            event_ns=np.array(self.event_ns, dtype=np.int64),
            silent=silent[:n].copy(),
            watching_since_ns=self.watching_since_ns,
            learned=learned,
            sensors=sensors,
            columns=self._columns,
        )

    def save(self) -> dict[str, Any]:
        """The last signs of every channel, as JSON values; the minutes themselves come from the journal."""
        known = [None if math.isnan(value) else value for value in self.last_value]
        return {"last_value": known, "last_ns": self.last_ns, "event_ns": self.event_ns}

    def restore(self, saved: dict[str, Any], time_ns: int) -> None:
        """Take over what `save` gave at `time_ns`. Channel numbers are the journal's and do not change."""
        n = len(saved["last_ns"])
        self._widen(n)
        self.last_value[:n] = [math.nan if value is None else value for value in saved["last_value"]]
        self.last_ns[:n] = saved["last_ns"]
        self.event_ns[:n] = saved["event_ns"]
        self._since_ns[:n] = [time_ns] * n

    def unheard(self, width: int) -> NDArray[np.bool_]:
        """(width,) which channels have said nothing fresh yet: after a restart all that ever spoke have a number."""
        found = np.ones(width, dtype=np.bool_)
        found[: len(self.last_ns)] = np.array(self.last_ns, dtype=np.int64) == 0
        return found

    def latest(self, minutes: int) -> NDArray[np.float32]:
        """(minutes, N) the newest complete rows."""
        end = self._row + MINUTES
        return self._value[end - minutes : end, : len(self.last_ns)]

    def shift(self, delta_ns: int, since_ns: int = 0) -> None:
        """The clock was off by `delta_ns` since `since_ns`: every time from then on moves, no duration changes."""

        def move(times: list[int]) -> list[int]:
            return [moved(t, delta_ns, since_ns) for t in times]

        self.last_ns, self.event_ns, self._since_ns = move(self.last_ns), move(self.event_ns), move(self._since_ns)
        self.minute += round(delta_ns / NS_PER_MINUTE) if self.minute else 0
        self.watching_since_ns = moved(self.watching_since_ns, delta_ns, since_ns)

    def _write(self, values: NDArray[np.float32] | float, counts: NDArray[np.uint16] | int) -> None:
        for row in (self._row, self._row + MINUTES):
            self._value[row] = values
            self._count[row] = counts
        self._row = (self._row + 1) % MINUTES

    def _widen(self, width: int) -> None:
        self._columns = {}
        for channel in self.home.channels[len(self.last_ns) : width]:
            self.last_value.append(np.nan)
            self.last_ns.append(0)
            self.event_ns.append(0)
            self._sum.append(0.0)
            self._readings.append(0)
            self._on_ns.append(0)
            self._since_ns.append(0)
            self._state.append(channel.kind == "state")
            if channel.kind == "state":
                self._states.append(len(self._state) - 1)
            self._event.append(channel.kind == "event")
            self._movement.append(channel.quantity == "motion")
            self._bed.append(channel.quantity == "bed_load_kg")
        if width > self._width:
            grown = min(-(-width // STEP) * STEP, MAX_CHANNELS)
            extra = grown - self._width
            self._value = np.hstack([self._value, np.full((2 * MINUTES, extra), np.nan, dtype=np.float32)])
            self._count = np.hstack([self._count, np.zeros((2 * MINUTES, extra), dtype=np.uint16)])
            self._width = grown
