"""The schema of the household tables in plan.toml.

The household in plan.toml: who lives there, days that are not the person's own, and when a carer usually comes.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rules.core.declared import Carer, Kind, Period


def _day(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("must be a day, written 2026-08-14")
    return value


def _clock(value: Any) -> Any:
    if isinstance(value, str) and len(value) == len("08:30") and value[2] == ":":
        try:
            return time.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, time):
        raise ValueError('must be a time of day, written "08:30"')
    return value


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Day = Annotated[date, BeforeValidator(_day)]
Clock = Annotated[time, BeforeValidator(_clock)]


class Household(BaseModel):
    """Who lives there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    residents: int = Field(1, ge=1, le=50, strict=True)
    pets: int = Field(0, ge=0, le=50, strict=True)  # that move about: cats and dogs, not fish


class PeriodRow(BaseModel):
    """Days that are not the person's own: neither judged nor learned from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["away", "holiday", "hospital", "visitors"]
    first_day: Day
    last_day: Day | None = None  # still part of it; left out while nobody knows

    def period(self) -> Period:
        """As the core takes it: the care day that begins at 06:00 on each date."""
        last = None if self.last_day is None else self.last_day.toordinal()
        return Period(Kind(self.kind), self.first_day.toordinal(), last)


class CarerRow(BaseModel):
    """When a carer usually comes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    begin: Clock
    end: Clock
    days: tuple[Weekday, ...] = get_args(Weekday)

    def carer(self) -> Carer:
        """As the core takes it."""
        return Carer(self.begin, self.end, tuple(sorted({get_args(Weekday).index(day) for day in self.days})))


Faults = Iterable[tuple[tuple[str | int, ...], str]]


def crossed(periods: Iterable[PeriodRow], carers: Iterable[CarerRow]) -> Faults:
    """Faults that lie between two settings."""
    for index, row in enumerate(periods):
        if row.last_day is not None and row.last_day < row.first_day:
            yield ("period", index, "last_day"), f"is before first_day, {row.first_day}"
    for index, each in enumerate(carers):
        if not each.days:
            yield ("carer", index, "days"), f"names no day; one of {', '.join(get_args(Weekday))}"
        if each.begin == each.end:
            yield ("carer", index, "end"), f"is the same as begin, {each.begin:%H:%M}"


def said(row: PeriodRow) -> str:
    """«holiday from 1 August to 14 August 2026»."""
    first, last = row.first_day.year, (row.last_day or row.first_day).year
    return f"{row.period().words} {first}" if first == last else f"{row.period().words}, {first} to {last}"


def doubtful(periods: Sequence[PeriodRow]) -> Iterator[tuple[int, str]]:
    """Absences that can be as they are and seldom are: (index, what to mend).

    A forgotten last day leaves out every later day, and the next period hides that. Visitors may come at any time.
    """
    absences = [(index, row) for index, row in enumerate(periods) if row.kind != "visitors"]
    for index, row in absences:
        later = [other for other in periods if other.first_day > row.first_day]
        if row.last_day is None and later:
            after = said(min(later, key=lambda other: other.first_day))
            yield index, f"it has no last day, so every day since then is left out, and yet comes {after}; add last_day"
        elif crossing := [other for at, other in absences if at < index and _overlap(row, other)]:
            yield index, f"overlaps {said(crossing[0])}; correct the days of one, or take it out"


def _overlap(one: PeriodRow, other: PeriodRow) -> bool:
    ends = [row.last_day or date.max for row in (one, other)]
    return one.first_day <= ends[1] and other.first_day <= ends[0]
