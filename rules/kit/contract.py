"""The contract between the trunk and a rule.

A rule is one module of `rules`, found by its name. It defines:

    TITLE     one line for the list of rules
    Rule      a frozen dataclass; its fields are its configuration, each with a default and its source cited
              Rule.check(window) -> list[Finding]
              Rule.wakes_on: ClassVar[frozenset[str]], quantities that call `check` at once, not at the next minute

`check` is called at every minute tick. It returns what is true now; a finding that is no longer returned has cleared.
It keeps nothing between calls, does no I/O and reads no clock: a restart or a replay gives the same findings.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from rules.core.learned import Learned
from rules.terms.channel import Channel
from rules.terms.finding import Finding
from rules.terms.time import NS_PER_S

NEVER_HEARD_S = 22 * 3600.0
"""A sensor that works has spoken by then, for the first time: whoever installed it hears within a day."""


class Sensor(NamedTuple):
    """A sensor as it is configured, whether or not it was ever heard."""

    name: str
    room: str
    device: str  # the stick or line it hangs on; several may share one
    role: str  # as the installer declared it, "" for none
    heard_ns: int  # UTC nanoseconds, 0 for never
    silent: bool  # longer quiet than it ever is, or than one that works takes to speak for the first time
    reachable: bool = True  # False: it says itself, or its bridge does, that it is off


@dataclass(frozen=True, slots=True)
class Window:
    """The recent past of one home as arrays: M minutes x N channels, the last row the minute that just ended.

    Arrays are read-only views; NaN is "unknown", never 0. Times are UTC nanoseconds, 0 for never.
    """

    channels: Sequence[Channel]  # N
    time_ns: int  # now
    zone: tzinfo  # the home's own time zone: routine is local time
    value: NDArray[
        np.float32
    ]  # (M, N) gauge: mean of the minute; state: share of the minute; event: 1 where any; else NaN
    count: NDArray[np.uint16]  # (M, N) readings of the minute; for events, how many happened
    last_value: NDArray[np.float64]  # (N,) the latest value, NaN before the first
    last_ns: NDArray[np.int64]  # (N,) when the channel was last heard
    event_ns: NDArray[np.int64]  # (N,) when it last meant something happened: an event, or a state that changed
    silent: NDArray[np.bool_]  # (N,) longer quiet than this sensor ever is: nothing can be said from it
    watching_since_ns: int  # since when this home has been watched without a break of ours
    learned: Learned | None = None  # what the core knows of the person; None where it is not at work
    sensors: Sequence[Sensor] = ()  # every configured one
    columns: dict[tuple[str, ...], NDArray[np.intp]] = field(default_factory=dict, repr=False)
    """What `where` found: windows of the same channels share it."""

    def local(self, time_ns: int) -> datetime:
        """The home's wall-clock time at `time_ns`."""
        return datetime.fromtimestamp(time_ns / NS_PER_S, tz=UTC).astimezone(self.zone)

    def where(self, *quantities: str) -> NDArray[np.intp]:
        """Columns of the channels that carry one of `quantities`."""
        found = self.columns.get(quantities)
        if found is None:
            found = np.array([i for i, c in enumerate(self.channels) if c.quantity in quantities], dtype=np.intp)
            found.flags.writeable = False
            self.columns[quantities] = found
        return found


class Rule(Protocol):
    """See the module's text."""

    wakes_on: ClassVar[frozenset[str]]

    def check(self, window: Window) -> list[Finding]:
        """Everything that is true now."""
        ...
