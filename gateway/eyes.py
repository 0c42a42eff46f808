"""Since when anybody could be seen in this home, and when that was not so last.

A home whose movement sensors are all dead looks as still as one in which nobody moves. So the time in which nobody
could be seen is kept: it is nobody's quiet, and the count begins again with sight.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from gateway.home import Home, Sample
from gateway.roles import Roles
from rules.core.day import OUTSIDE_DOORS
from rules.signs import eyes


class Eyes:
    """Of one home."""

    def __init__(self, home: Home, roles: Roles) -> None:
        self.blind_ns = (
            0,
            0,
        )  # the last time without sight: since an eye was last heard, and until when; 0 while it lasts
        self.partly_ns = 0  # the last minute in which not every eye could see
        self._home = home
        self._roles = roles
        self._known = 0  # channels that were looked at
        self._columns: list[int] = []
        self._sensors: set[str] = set()
        self._heard_ns = 0

    def heard(self, sample: Sample) -> None:
        """A sensor spoke: where it is an eye, it lives."""
        if self._home.channels[sample.channel].sensor in self._sensors:
            self._heard_ns = max(self._heard_ns, sample.time_ns)

    def minute(self, end_ns: int, silent: NDArray[np.bool_], stuck: Collection[int]) -> bool:
        """Whether anybody could be seen in the minute; `silent` (N,): not heard, `stuck`: columns that tell nothing."""
        self._look(len(silent))
        seeing = sum(not silent[i] and i not in stuck for i in self._columns)
        sees = seeing > 0
        if seeing < len(self._columns):
            self.partly_ns = end_ns
        from_ns, to_ns = self.blind_ns
        lasts = from_ns > 0 and not to_ns
        if sees and lasts:
            self.blind_ns = from_ns, max(self._heard_ns, from_ns)
        elif not sees and not lasts:
            self.blind_ns = min(self._heard_ns or end_ns, end_ns), 0
        return sees

    def save(self) -> Sequence[int]:
        """Everything, as a JSON value."""
        return [*self.blind_ns, self.partly_ns, self._heard_ns]

    def restore(self, saved: Sequence[int]) -> None:
        """Take over what `save` gave."""
        from_ns, to_ns, self.partly_ns, self._heard_ns = saved
        self.blind_ns = from_ns, to_ns

    def shift(self, delta_ns: int) -> None:
        """The clock was off."""
        from_ns, to_ns = self.blind_ns
        self.blind_ns = from_ns and from_ns + delta_ns, to_ns and to_ns + delta_ns
        self.partly_ns += delta_ns if self.partly_ns else 0
        self._heard_ns += delta_ns if self._heard_ns else 0

    def _look(self, width: int) -> None:
        if width == self._known:
            return
        channels = self._home.channels[:width]
        doors = {c.sensor for i, c in enumerate(channels) if self._roles.of(i) in OUTSIDE_DOORS}
        self._known, self._columns = width, eyes(channels, doors)
        self._sensors = {channels[i].sensor for i in self._columns}
