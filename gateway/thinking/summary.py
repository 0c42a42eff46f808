"""Five-minute aggregation of channels.

What is said about each channel every five minutes: the only thing about readings that ever leaves the home.

An interval is summarised once, when it is over, and never rewritten: stores disagree about which of two values for one
time wins. A point carries the time of the interval's end. Nothing heard gives no point: absence is told by the
`sensor` series (is it silent, and for how long), never by a zero.

    channel,home=,room=,sensor=,quantity=   gauge    count, mean, min, max, last
                                            event    count
                                            state    share (of the interval spent on), count, last;
                                                     unchanged and unheard, only every hour
                                            counter  count, last, increase
    sensor,home=,room=,sensor=              silent (0 or 1), age_s, limit_s        every 15 minutes
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gateway.model.home import Home, Sample
from gateway.model.point import Point
from rules.terms.channel import Channel
from rules.terms.time import NS_PER_S

SENSOR_MINUTES = 15
BEGAN_ANEW = 3  # some plugs send an old figure in between, or 0 after a power cut; three in a row are meant


class Summary:
    """Accumulators of the interval under way, one entry a channel."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._event: list[bool] = []
        self._counter: list[bool] = []
        self._count: list[int] = []
        self._sum: list[float] = []
        self._min: list[float] = []
        self._max: list[float] = []
        self._rise: list[float] = []  # of counters: what was added, from the highest value before
        self._top: list[float] = []  # of counters: the highest value since the counter began
        self._below: list[int] = []  # of counters: values in a row that were lower than that
        self._last: list[float] = []
        self._share: list[float] = []  # states: as last said; an unchanged one is said again every hour

    def add(self, sample: Sample) -> None:
        """Take in one plausible, fresh sample."""
        i, value = sample.channel, sample.value
        if i >= len(self._count):
            self._widen(i + 1)
        if self._event[i] and value <= 0:  # "over" is not an event
            return
        if not self._count[i]:
            self._min[i] = self._max[i] = value
        elif value < self._min[i]:
            self._min[i] = value
        elif value > self._max[i]:
            self._max[i] = value
        self._count[i] += 1
        self._sum[i] += value
        if self._counter[i]:
            self._climb(i, value)
        self._last[i] = value

    def _climb(self, i: int, value: float) -> None:
        """A counter's value. One that falls back and returns has added nothing; one that stays lower began anew."""
        self._below[i] = self._below[i] + 1 if value < self._top[i] else 0
        if self._below[i] >= BEGAN_ANEW:
            self._below[i], self._top[i] = 0, value
        elif not value < self._top[i]:  # the first value ever has nothing before it
            self._rise[i] += value - self._top[i] if math.isfinite(self._top[i]) else 0.0
            self._top[i] = value

    def close(self, end_ns: int, shares: NDArray[np.float32]) -> list[Point]:
        """The points of the interval that ends at `end_ns`.

        `shares` (5, N): the interval's minutes of the store, from which states take their share of time.
        """
        end_s = end_ns // NS_PER_S
        self._widen(shares.shape[1])
        points = []
        hourly = end_s % 3600 == 0
        for i, channel in enumerate(self.home.channels[: shares.shape[1]]):
            if fields := self._fields(i, channel, shares[:, i], hourly):
                points.append(Point("channel", self._tags(channel), fields, end_s))
            self._count[i] = 0
            self._sum[i] = self._rise[i] = 0.0
        return points

    def sensors(
        self, end_ns: int, silent: NDArray[np.bool_], heard_ns: Sequence[int], limit_s: Sequence[float]
    ) -> list[Point]:
        """The health of every sensor. One that was never heard is silent and has no age."""
        points = []
        for i, sensor in enumerate(self.home.sensors):
            age_s = (end_ns - heard_ns[i]) / NS_PER_S if heard_ns[i] else math.nan
            tags = (("home", self.home.id), ("room", sensor.room), ("sensor", sensor.name))
            fields = (("silent", float(silent[i])), ("age_s", age_s), ("limit_s", limit_s[i]))
            points.append(Point("sensor", tags, fields, end_ns // NS_PER_S))
        return points

    def _tags(self, channel: Channel) -> tuple[tuple[str, str], ...]:
        home = self.home.id
        return (("home", home), ("room", channel.room), ("sensor", channel.sensor), ("quantity", channel.quantity))

    def _fields(
        self, i: int, channel: Channel, shares: NDArray[np.float32], hourly: bool
    ) -> tuple[tuple[str, float], ...]:
        count = self._count[i]
        if channel.kind == "state":
            known = shares[~np.isnan(shares)]
            share = math.fsum(known) / len(known) if len(known) else math.nan
            if not count and (math.isnan(share) or (share == self._share[i] and not hourly)):
                return ()
            self._share[i] = share
            return (("share", share), ("count", float(count)), ("last", self._last[i] if count else math.nan))
        if not count:
            return ()
        if channel.kind == "event":
            return (("count", float(count)),)
        if channel.kind == "counter":
            return (("count", float(count)), ("last", self._last[i]), ("increase", self._rise[i]))
        mean = self._sum[i] / count
        return (
            ("count", float(count)),
            ("mean", mean),
            ("min", self._min[i]),
            ("max", self._max[i]),
            ("last", self._last[i]),
        )

    def _widen(self, width: int) -> None:
        for channel in self.home.channels[len(self._count) : width]:
            self._event.append(channel.kind == "event")
            self._counter.append(channel.kind == "counter")
            self._count.append(0)
            self._sum.append(0.0)
            self._min.append(math.nan)
            self._max.append(math.nan)
            self._rise.append(0.0)
            self._top.append(math.nan)
            self._below.append(0)
            self._last.append(math.nan)
            self._share.append(math.nan)
