"""Sensing coverage: when movement could be sensed at all.

Since when anybody could be seen in this home, and when that was not so last.

A home whose movement sensors are all dead looks as still as one in which nobody moves. So the time in which nobody
could be seen is kept: it is nobody's quiet, and the count begins again with sight.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from gateway.learning.channel_roles import ChannelRoles
from gateway.model.home import Home, Sample
from rules.core.day import OUTSIDE_DOORS
from rules.kit.signs import SEEING, eyes
from rules.terms.time import moved


class SensingCoverage:
    """Of one home."""

    def __init__(self, home: Home, roles: ChannelRoles) -> None:
        self.blind_ns = (
            0,
            0,
        )  # the last time without sight: since an eye was last heard, and until when; 0 while it lasts
        self.partly_ns = 0  # the last minute in which not every eye could see
        self._home = home
        self._roles = roles
        self._seen: set[int] = set()  # channels that were heard: what is known of others differs after a restart
        self._columns: list[int] = []
        self._sensors: set[str] = set()
        self._heard_ns = 0

    def heard(self, sample: Sample) -> bool:
        """A sensor spoke: where it is an eye, which is returned, it lives."""
        if sample.channel not in self._seen and self._home.channels[sample.channel].quantity in SEEING:
            self._look(self._seen | {sample.channel})
        eye = self._home.channels[sample.channel].sensor in self._sensors
        if eye:
            self._heard_ns = max(self._heard_ns, sample.time_ns)
        return eye

    def minute(self, end_ns: int, silent: NDArray[np.bool_], chattering: Collection[int]) -> bool:
        """Whether anybody could be seen in the minute; `silent` (N,): not heard, `chattering`: columns that tell
        nothing."""
        seeing = sum(not silent[i] and i not in chattering for i in self._columns)
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
        return [*self.blind_ns, self.partly_ns, self._heard_ns, *sorted(self._seen)]

    def restore(self, saved: Sequence[int]) -> None:
        """Take over what `save` gave."""
        from_ns, to_ns, self.partly_ns, self._heard_ns, *seen = saved
        self._look(set(seen))
        self.blind_ns = from_ns, to_ns

    def shift(self, delta_ns: int, since_ns: int) -> None:
        """The clock was off."""
        from_ns, to_ns = self.blind_ns
        self.blind_ns = moved(from_ns, delta_ns, since_ns), moved(to_ns, delta_ns, since_ns)
        self.partly_ns = moved(self.partly_ns, delta_ns, since_ns)
        self._heard_ns = moved(self._heard_ns, delta_ns, since_ns)

    def _look(self, seen: set[int]) -> None:
        numbers = sorted(seen)
        channels = [self._home.channels[i] for i in numbers]
        doors = {c.sensor for i, c in zip(numbers, channels, strict=True) if self._roles.of(i) in OUTSIDE_DOORS}
        self._seen, self._columns = seen, [numbers[i] for i in eyes(channels, doors)]
        self._sensors = {self._home.channels[i].sensor for i in self._columns}
