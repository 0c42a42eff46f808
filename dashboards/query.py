"""What a panel asks, in words both stores understand. Pure values; `promql` and `influxql` write them out.

Rows carry the time of the end of what they describe, so a bucket is open at its beginning and closed at its end in
both languages: (start, end], and it is drawn at its start. A row of a log carries the time of what happened, so its
bucket is [start, end). Only aggregates that mean the same in both are offered.
"""

from dataclasses import dataclass, replace
from typing import Literal

Inner = Literal["last", "sum", "mean", "max", "min", "count"]
Outer = Literal["sum", "mean", "max", "min", "count"]
Tags = tuple[str, ...]

RANGE = "range"
"""The window that is the dashboard's time range."""

NOW = "20m"
"""The newest of what is said every 5 or 15 minutes."""

DAY = "30h"
"""The newest of what is said once a care day: 25 hours when the clocks go back, and some patience."""


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on a tag: exactly one word, or a regular expression over the whole of it."""

    tag: str
    value: str
    regex: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """Each series to one number per window or bucket (`inner`), then the series of one group to one (`outer`)."""

    measurement: str
    field: str
    inner: Inner = "last"
    outer: Outer = "max"
    by: Tags = ("home",)
    where: tuple[Where, ...] = ()
    window: str = NOW  # of a query about now; one over time has buckets instead
    homes: bool = True  # the dashboard's choice of homes applies
    at_least: float | None = None  # groups below are left out
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Scaled:
    """factor * query + plus."""

    query: "Query"
    factor: float = 1.0
    plus: float = 0.0


@dataclass(frozen=True, slots=True)
class Ratio:
    """One over another, group by group, where there is something to divide by.

    The two differ in field and aggregates alone, as InfluxQL joins nothing.
    """

    top: Series
    bottom: Series


@dataclass(frozen=True, slots=True)
class Else:
    """`first`, and `value` for every group that only `known` has; both of one measurement."""

    first: Series
    value: float
    known: Series


@dataclass(frozen=True, slots=True)
class Count:
    """How many groups of `query` are at least `at_least`; 0 only where there are groups to count."""

    query: "Series | Else"
    at_least: float


@dataclass(frozen=True, slots=True)
class Only:
    """`query` where the latest `flag` of the same series is 1: an older row is not shown as if it were now."""

    query: Series
    flag: str


@dataclass(frozen=True, slots=True)
class Place:
    """Which of `values` the tag has, counted from 1; groups with none of them are left out."""

    query: Series
    tag: str
    values: Tags

    def each(self) -> tuple[tuple[Series, int], ...]:
        """The groups of each value with its place."""
        found = enumerate(self.values, start=1)
        return tuple((replace(self.query, where=(*self.query.where, Where(self.tag, v))), n) for n, v in found)


@dataclass(frozen=True, slots=True)
class Top:
    """Of each home the group with the largest number; the tag that says which is a column."""

    query: Series
    tag: str


@dataclass(frozen=True, slots=True)
class Ago:
    """Seconds since the UTC time that a field holds; of an age in seconds, the UTC time at which it began."""

    query: Series | Scaled


Query = Series | Scaled | Ratio | Else | Count | Only | Place | Top | Ago
Mode = Literal["now", "over", "state", "log"]
"""About now; over time; over time with every bucket said, the empty ones as unknown; or what happened, by the hour."""

LOG_BUCKET = "1h"
"""A log says the hour whatever the width of the screen, on which $__interval hangs."""
