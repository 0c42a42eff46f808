"""What the family declares of the home: when nobody is in or more are, who lives there, when a carer usually comes.

Sensors cannot tell these; the plan can. A declared day is neither judged nor learned from. What is declared is part of
what the state follows from: `key` names it, and a state of another key is rebuilt from history.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from rules.core.confounders import Flag
from rules.core.day import care_day_bounds_ns
from rules.core.detector_state import SCORE_DAYS
from rules.core.news2 import Scale
from rules.terms.time import NS_PER_S
from rules.terms.words import MONTHS, listed


class Kind(StrEnum):
    """Why days are not the person's own."""

    AWAY = "away"
    HOLIDAY = "holiday"
    HOSPITAL = "hospital"
    VISITORS = "visitors"


@dataclass(frozen=True, slots=True)
class Period:
    """Care days (proleptic ordinals, see `day.care_day`) from `first` to `last`; None while the end is not known."""

    kind: Kind
    first: int
    last: int | None = None

    def holds(self, day: int) -> bool:
        """Whether care day `day` is one of them."""
        return self.first <= day and (self.last is None or day <= self.last)

    @property
    def words(self) -> str:
        """«holiday from 1 to 14 August», «hospital since 3 March»."""
        if self.last is None:
            return f"{self.kind.value} since {_said(self.first)}"
        if self.last == self.first:
            return f"{self.kind.value} on {_said(self.first)}"
        return f"{self.kind.value} from {_said(self.first)} to {_said(self.last)}"


@dataclass(frozen=True, slots=True)
class Carer:
    """When a carer is usually in, local time; over midnight where `end` is not after `begin`."""

    begin: time
    end: time
    weekdays: tuple[int, ...] = tuple(range(7))  # 0: Monday

    def there(self, local: datetime) -> bool:
        """Whether that local time is one of theirs."""
        now = local.time().replace(tzinfo=None)
        if self.begin < self.end:
            return local.weekday() in self.weekdays and self.begin <= now < self.end
        if now >= self.begin:
            return local.weekday() in self.weekdays
        return now < self.end and (local.weekday() - 1) % 7 in self.weekdays


@dataclass(frozen=True, slots=True)
class Declared:
    """All of it. A home where nothing is declared is one person on their own."""

    residents: int = 1
    pets: int = 0
    periods: tuple[Period, ...] = ()
    carers: tuple[Carer, ...] = ()
    spo2_scale: Scale = 1  # of NEWS2, as a clinician has set it

    def flag(self, day: int) -> Flag:
        """Why care day `day` is not to be judged nor learned from, as declared; NONE for most days."""
        found = Flag.NONE
        for period in self.periods:
            if period.holds(day):
                found |= Flag.VISITORS if period.kind is Kind.VISITORS else Flag.AWAY
        return found

    def period(self, day: int) -> Period | None:
        """The declared absence that holds care day `day`, else the declared visit, else None."""
        holding = [period for period in self.periods if period.holds(day)]
        return min(holding, key=lambda period: period.kind is Kind.VISITORS, default=None)

    def absence(self, day: int) -> Period | None:
        """The declared absence that holds care day `day`."""
        found = self.period(day)
        return None if found is None or found.kind is Kind.VISITORS else found

    def carer_there(self, local: datetime) -> bool:
        """Whether a carer is usually in at that local time."""
        return any(carer.there(local) for carer in self.carers)

    def company_s(self, day: int, zone: tzinfo) -> NDArray[np.float64]:
        """(C, 2) when a carer is usually in on care day `day`, in true seconds after its start."""
        start_ns, end_ns = care_day_bounds_ns(day, zone)
        found = []
        for each in range(day - 1, day + 2):
            on = date.fromordinal(each)
            for carer in self.carers:
                if on.weekday() in carer.weekdays:
                    over = timedelta(days=int(carer.end <= carer.begin))
                    begin = datetime.combine(on, carer.begin, zone).timestamp()
                    end = datetime.combine(on + over, carer.end, zone).timestamp()
                    found.append((begin - start_ns / NS_PER_S, end - start_ns / NS_PER_S))
        length_s = (end_ns - start_ns) / NS_PER_S
        clipped = np.clip(np.array(found, dtype=np.float64).reshape(-1, 2), 0.0, length_s)
        return np.asarray(clipped[clipped[:, 1] > clipped[:, 0]])

    @property
    def household(self) -> str:
        """What movement cannot tell apart here, for beside a finding; "" for somebody on their own."""
        said = [f"{self.residents} people live here"] if self.residents > 1 else []
        if self.pets:
            said.append("a pet moves about" if self.pets == 1 else f"{self.pets} pets move about")
        return f"{listed(said)}: movement is the household's, not one person's" if said else ""

    def key(self, day: int) -> str:
        """What of this the state at the close of care day `day` follows from: equal keys, equal states.

        Periods count as the flags of the days that are remembered, so a holiday to come, or the end of one that is
        still on, does not ask for a rebuild. Who lives here changes words only.
        """
        flags = bytes(int(self.flag(each)) for each in range(day - SCORE_DAYS + 1, day + 1))
        return hashlib.sha256(flags + repr(sorted(map(repr, self.carers))).encode()).hexdigest()


NOTHING_DECLARED = Declared()


def _said(day: int) -> str:
    on = date.fromordinal(day)
    return f"{on.day} {MONTHS[on.month - 1]}"
