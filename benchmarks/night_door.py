"""How often does the rule for outside doors at night speak in real homes where nothing is known to have happened?

    python -m benchmarks.night_door --tihm DIR [--json FILE]

Every home is lived through causally: minutes into the hazard and the routine as the daemon feeds them, care days closed
at 06:00, and from each opening at night on the rule looks every minute and the alert book decides who is told. All days
count, those of the first weeks included, when only the hours decide. TIHM records firings of doors and no heartbeats:
a door counts as closed within the second, and every sensor as heard, so a sensor that died costs alerts here.

Data: TIHM, Palermo et al. 2023, with thanks to Surrey and Borders Partnership NHS Foundation Trust and Howz.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Figure, arguments, show, write
from benchmarks.tihm import DOORS, Home, load
from benchmarks.tihm_days import ROLE_OF_PLACE, care_days
from gateway.alerts.book import AlertBook
from gateway.learning.routine import Routine
from gateway.model.alert import State
from rules.core.calendar import MINUTES_PER_DAY
from rules.core.confounders import day_flag
from rules.core.day import CARE_DAY_START_H, OUTSIDE_DOORS, ROLES
from rules.core.detector import close_day
from rules.core.detector_state import new_state
from rules.core.explain import explain, open_patterns
from rules.core.features import day_features
from rules.core.hazard import Hazard
from rules.core.learned import Learned, Usual
from rules.kit.contract import Window
from rules.night_door import Rule
from rules.terms.channel import Channel
from rules.terms.time import NS_PER_MINUTE, NS_PER_S

LOOK_BACK = 2 * MINUTES_PER_DAY
RESAMPLES = 1000
# As `kinlight import tihm` has it, whose homes played through the whole program give the same alerts.
ROOM_OF = {"Front Door": "hallway", "Back Door": "hallway", "Fridge Door": "kitchen"}
DAWN = CARE_DAY_START_H * 60
QUIET = Hazard(1).quiet()  # the rule does not look at it

APART = 60  # minutes between openings that are told as two, where whatever follows does not count

Routines = dict[int, Usual]  # care day -> the routine it begins with


@dataclass(frozen=True)
class Result:
    """One setting in one home."""

    told: int  # alerts that people were told
    days: int  # care days


@dataclass(frozen=True)
class Lived:
    """One home: firings by place, and the routine of every care day."""

    places: list[str]
    times: list[NDArray[np.int64]]  # seconds, of each place
    first: int  # the first minute of the arrays
    value: NDArray[np.float32]  # (T, places), as the store keeps them
    count: NDArray[np.uint16]
    routines: Routines
    days: int

    @classmethod
    def of(cls, home: Home) -> "Lived":
        """Live through the whole recording once."""
        places = [p for p in ROLE_OF_PLACE if p in home.events and home.events[p].size]
        times = [home.events[p] for p in places]
        first = home.days[0] * MINUTES_PER_DAY - LOOK_BACK
        total = (home.days[1] + 2) * MINUTES_PER_DAY - first
        count = np.zeros((total, len(places)), np.uint16)
        for column, seconds in enumerate(times):
            np.add.at(count[:, column], seconds // 60 - first, 1)
        events = [np.nan if "Door" not in place else 0.0 for place in places]
        value = np.where(count > 0, np.where(np.isnan(events), 1.0, 0.015), events).astype(np.float32)
        routines, days = _routines(home, places, times)
        return cls(places, times, first, value, count, routines, days)

    def usual(self, minute: int) -> Usual:
        """The routine that holds in a minute."""
        return self.routines[(minute - DAWN) // MINUTES_PER_DAY]

    def window(self, minute: int, learned: Learned) -> Window:
        """What the rule sees when `minute` begins."""
        rows = slice(minute - self.first - LOOK_BACK, minute - self.first)
        before = [int(np.searchsorted(t, minute * 60)) for t in self.times]
        event_s = [int(t[n - 1]) if n else 0 for t, n in zip(self.times, before, strict=True)]
        now_ns, n = minute * NS_PER_MINUTE, len(self.places)
        return Window(
            channels=[_channel(place) for place in self.places],
            time_ns=now_ns,
            zone=UTC,  # the recording's own wall clock
            value=self.value[rows],
            count=self.count[rows],
            last_value=np.zeros(n),
            last_ns=np.full(n, now_ns, np.int64),
            event_ns=np.array(event_s, np.int64) * NS_PER_S,
            silent=np.zeros(n, np.bool_),
            watching_since_ns=1,
            learned=learned,
        )


def _channel(place: str) -> Channel:
    door = "Door" in place
    sensor = place.lower().replace(" ", "-")
    kind = ("contact_open", "state") if door else ("motion", "event")
    return Channel(sensor, ROOM_OF.get(place, place.lower()), *kind)


def _routines(home: Home, places: list[str], times: list[NDArray[np.int64]]) -> tuple[Routines, int]:
    """The routine each care day begins with, learned as the daemon learns it, and how many care days there are."""
    cut = care_days(home)
    state, hazard, routine = new_state(1), Hazard(1), Routine()
    found: Routines = {}
    for day, events in enumerate(cut.days, cut.first):
        found[day] = routine.usual
        minute = day * MINUTES_PER_DAY + DAWN + np.arange(MINUTES_PER_DAY)
        counts = np.zeros((MINUTES_PER_DAY, ROLES), np.int64)
        for place, seconds in zip(places, times, strict=True):
            rows = seconds // 60 - minute[0]
            np.add.at(counts[:, ROLE_OF_PLACE[place]], rows[(rows >= 0) & (rows < MINUTES_PER_DAY)], 1)
        moved, door = counts.any(axis=1)[:, None], counts[:, list(OUTSIDE_DOORS)].any(axis=1)[:, None]
        watched, away = np.full_like(moved, events.heard.any()), np.empty_like(moved)
        hazard.run(minute, np.zeros_like(minute), moved, door, watched, away)
        for row in counts.tolist():
            for role in np.flatnonzero(row).tolist():
                for _ in range(row[role]):
                    routine.event(role)
            routine.minute(events.heard)
        routine.run(minute, np.zeros_like(minute), away[:, 0])
        close_day(state, day, day_features(events)[None, :], np.array([int(day_flag(events))]))
        open_now = [explain(state, 0, pattern) for pattern in open_patterns(state, 0)[:1]]
        routine.close_day(bool(state.flags[0]), {role for each in open_now for role in each.roles})
    return found, len(cut.days)


def openings(home: Lived, rule: Rule) -> list[tuple[int, float]]:
    """Each minute of the rule's night with an opening, and how often that door is usually used around it."""
    found = set()
    for place, seconds in zip(home.places, home.times, strict=True):
        if place in DOORS:
            found |= {(minute, ROLE_OF_PLACE[place]) for minute in (seconds // 60).tolist()}
    rows = []
    for minute, role in sorted(found):
        local = datetime.fromtimestamp(minute * 60, UTC)
        if local.hour >= rule.from_hour or local.hour < rule.to_hour:
            rows.append((minute, home.usual(minute).times(role, local)))
    return rows


def spoken(home: Lived, rule: Rule, *, own: bool = True) -> Result:
    """What the rule and the alert book tell; `own`: by the person's own routine, else by the hours alone."""
    book, told, now = AlertBook(), set(), 0
    end = max(int(t[-1]) for t in home.times) // 60
    for minute, _ in openings(home, rule):
        now = max(now, minute + 1)
        while now <= end and (now == minute + 1 or book.open()):
            learned = Learned(QUIET, usual=home.usual(now) if own else None)
            changes = book.observe(rule.check(home.window(now, learned)), now * NS_PER_MINUTE, {"night_door"})
            told |= {change.alert.id for change in changes if change.tell and change.alert.state is State.ACTIVE}
            now += 1
    return Result(len(told), home.days)


def whatever_follows(home: Lived, rule: Rule, limit: float) -> Result:
    """A plain door alarm: every opening at a time with less use than `limit`, openings of an hour in one."""
    minutes = [minute for minute, times in openings(home, rule) if not times >= limit]
    return Result(sum(b - a > APART for a, b in pairwise([-APART, *minutes])), home.days)


def per_30(results: Sequence[Result]) -> float:
    """Alerts in 30 person-days."""
    return 30 * sum(r.told for r in results) / sum(r.days for r in results)


def interval(results: Sequence[Result]) -> tuple[float, float]:
    """95 % bootstrap over homes of `per_30`."""
    rng = np.random.default_rng(0)
    draws = [per_30([results[i] for i in rng.integers(0, len(results), len(results))]) for _ in range(RESAMPLES)]
    low, high = np.quantile(draws, (0.025, 0.975))
    return float(low), float(high)


def main() -> None:
    """Print the settings side by side and the figures."""
    parser = arguments(__doc__)
    parser.add_argument("--tihm", type=Path, required=True, metavar="DIR", help="a directory in TIHM's format")
    options = parser.parse_args()
    homes = [Lived.of(home) for home in load(options.tihm) if home.merged(*DOORS).size]
    if not homes:
        sys.exit(f"{options.tihm}: no home with an outside door")
    rule = Rule()
    settings = {
        "every opening at night": [whatever_follows(h, rule, np.inf) for h in homes],
        "every unusual one": [whatever_follows(h, rule, rule.usual_times) for h in homes],
        "nobody seen after, by the hours alone": [spoken(h, rule, own=False) for h in homes],
    }
    for wait in (5.0, 30.0):
        settings[f"nobody seen for {wait:g} min, unusual"] = [
            spoken(h, replace(rule, wait_minutes=wait)) for h in homes
        ]
    ours = [spoken(h, rule) for h in homes]
    settings[f"nobody seen for {rule.wait_minutes:g} min, unusual (the rule)"] = ours
    rows = [
        (name, f"{per_30(found):.2f}", str(max(r.told for r in found)), f"{sum(not r.told for r in found)}")
        for name, found in settings.items()
    ]
    show("An outside door at night", ("told", "/ 30 d", "most in a home", "homes without"), rows)
    known = [times for h in homes for _, times in openings(h, rule) if not np.isnan(times)]
    low, high = interval(ours)
    days = sum(r.days for r in ours)
    note = (
        f"95 % over homes {low:.2f} to {high:.2f}; {sum(r.told for r in ours)} alerts, {len(homes)} homes, {days} days"
    )
    excused = float(np.mean(np.array(known) >= rule.usual_times))
    figures = [
        Figure("night_door.alerts30", per_30(ours), "/30 d", 1.0, "lower", note),
        Figure("night_door.excused", excused, "share", note=f"of {len(known)} openings once the routine was known"),
    ]
    write(figures, "Outside door at night", options.json)


if __name__ == "__main__":
    main()
