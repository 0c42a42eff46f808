"""An outside door opened at night, at an hour when it hardly ever does here, and nobody was seen inside since.

Somebody may have gone out alone in the dark. What matters to those who are told is whether the person seems to be back:
a door followed by movement inside is the cat, or somebody who came home, and is not told; an alert ends by itself with
the first movement inside. In the door's own room that counts from a minute after the door last moved, because the way
out leads past the same sensor; in any other room at once. What fires day and night without a pause shows neither a
door nor anybody inside.

Where the plan declares that nobody is at home, or that a carer is usually in at that hour, it is told milder.

The person's own routine decides what is unusual (`rules.core.learned.Usual`): a carer who comes at half past five every
day, or a smoke on the steps at midnight, raises nothing. Until it is known (a week and a half, weekends four) the hours
alone do.

Night hours and own routine: research, algorithms 3.6. Figures, measured on the 24 homes of TIHM 1.5 (1,335 care days,
`python -m benchmarks.night_door`): told 0.40 times in 30 days (95 % over homes 0.22 to 0.60), with 5 minutes of waiting
0.61, with 30 minutes 0.29, by the hours alone 0.47; a plain alarm at every opening at night, 6.8. Of the openings at
night 30 % are usual ones once the routine is known. The waiting and what counts as usual were chosen on these homes.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from rules.core.day import OUTSIDE_DOORS, Role, role_of
from rules.kit import signs
from rules.kit.contract import Window
from rules.kit.door_openings import (
    Opening,
    came,
    event_ns,
    exact_ns,
    openings,
    outing_began_ns,
    row,
    shut_after_movement_ns,
)
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_MINUTE
from rules.terms.words import counted, on, plain

TITLE = "Outside door at night, and nobody seen inside since"

NIGHT_NS = 12 * 60 * NS_PER_MINUTE
"""A stop of the box that ends within this time of the door does not undo what was seen before it."""
OWN_USUAL = "This door does not usually open here at this time of night"
WITH_A_CARER = "Ask the carer whether it was them; if it was not, or you cannot reach them, ring now."
CONTRADICTED = "Ask whoever has a key. If somebody is at home, ring now, and put the plan's dates right."
CHANCE = "about once in ten weeks in the homes we tried, with nothing wrong"


@dataclass(frozen=True, slots=True)
class Rule:
    """Settings."""

    from_hour: int = 23
    """Night begins, local time (research, algorithms 3.6)."""
    to_hour: int = 6
    """Night ends, local time (as above)."""
    wait_minutes: float = 10.0
    """How long nobody is seen inside before it is told (figures above)."""
    usual_times: float = 0.75
    """A door used so often in the 75 minutes around that time is usual: three nights in four (figures above)."""
    outside_doors: tuple[str, ...] = ()
    """Sensors on doors that lead out; none: those whose role or name says front or back door."""

    wakes_on: ClassVar[frozenset[str]] = frozenset({"contact_open"})

    def __post_init__(self) -> None:
        if not (0 <= self.from_hour <= 23 and 0 <= self.to_hour <= 23) or self.from_hour == self.to_hour:
            raise ValueError("from_hour and to_hour must be from 0 to 23, and not the same")
        if not 1 <= self.wait_minutes <= 12 * 60:
            raise ValueError(f"wait_minutes must be from 1 to {12 * 60}")
        if not 0 < self.usual_times <= 1000:
            raise ValueError("usual_times must be above 0 and at most 1000")

    def check(self, window: Window) -> list[Finding]:
        """At most one finding: out as it seems, or cannot see whether anybody is in."""
        fitted = self._doors(window)
        if not fitted:
            return []
        chattering = signs.chattering_columns(window)
        doors = {door: role for door, role in fitted.items() if not chattering[door]}
        changed_ns = max((event_ns(window, door) for door in doors), default=0)
        if changed_ns <= 0:
            return []
        names = {window.channels[door].sensor for door in fitted}
        seeing = window.where(*signs.SEEING).tolist()
        eyes = np.array([i for i in seeing if window.channels[i].sensor not in names], dtype=np.intp)
        pausing = eyes[~chattering[eyes]]
        if _seen_since(window, pausing, {window.channels[door].room for door in fitted}, changed_ns):
            return []
        opened = openings(window, list(doors))
        told = [each for each in opened if self._at_night(window, each[0]) and self._unusual(window, *each, doors)]
        if told:
            began_ns = outing_began_ns(window, opened, pausing)
            told = [each for each in told if each[0] >= began_ns]
        if not told or window.watching_since_ns - told[0][0] >= NIGHT_NS:
            return []
        shut_ns = shut_after_movement_ns(window, opened[-1][0], changed_ns, pausing)
        if shut_ns and (shut_ns - opened[-1][0] >= NIGHT_NS or not self._at_night(window, shut_ns)):
            return []  # it stood open while they were about: shutting it opens nothing
        known = math.isfinite(_times(window, told[0][0], doors[told[0][1]]))
        usual = OWN_USUAL if known else self._set_to()
        blind: NDArray[np.bool_] = window.silent[pausing] | (window.last_ns[pausing] == 0)
        if not blind.all():
            finding = self._out(window, told, shut_ns, pausing, blind, len(eyes))
        elif window.time_ns - told[0][0] < NIGHT_NS:
            finding = self._cannot_see(window, told, len(eyes))
        else:
            return []
        mute = np.array([i for i in (*fitted, *eyes.tolist()) if chattering[i]], dtype=np.intp)
        missing = signs.joined(finding.missing, signs.chattering_words(window, mute))
        return [_with_company(window, told, replace(finding, usual=usual, missing=missing))]

    def _doors(self, window: Window) -> dict[int, Role | None]:
        """Columns of the doors that lead out, and the role under which their routine is learned."""
        found: dict[int, Role | None] = {}
        declared = window.learned.sensors if window.learned else {}
        for column in window.where("contact_open").tolist():
            channel = window.channels[column]
            said = role_of(channel, {}) if not declared else None
            role = next((r for r in OUTSIDE_DOORS if r is said or channel.id in declared.get(r, ())), None)
            if channel.sensor in self.outside_doors if self.outside_doors else role is not None:
                found[column] = role
        return found

    def _at_night(self, window: Window, time_ns: int) -> bool:
        hour, begin, end = window.local(time_ns).hour, self.from_hour, self.to_hour
        return begin <= hour < end if begin < end else hour >= begin or hour < end

    def _unusual(self, window: Window, time_ns: int, door: int, doors: Mapping[int, Role | None]) -> bool:
        return not _times(window, time_ns, doors[door]) >= self.usual_times  # not known: the hours alone decide

    def _out(  # noqa: PLR0917
        self,
        window: Window,
        opened: list[Opening],
        shut_ns: int,
        eyes: NDArray[np.intp],
        blind: NDArray[np.bool_],
        fitted: int,
    ) -> Finding:
        began_ns, door = opened[0]
        since_ns = shut_ns or exact_ns(window, opened[0])
        seen_ns = [event_ns(window, eye) for eye in eyes.tolist()]
        last = int(np.argmax(seen_ns))
        inside = "Nothing moved inside while Kinlight watched"
        if seen_ns[last] >= max(window.watching_since_ns, 1):
            sensor = plain(window.channels[eyes[last]].sensor)
            inside = f"Last movement inside: {sensor} at {_at(window, seen_ns[last])}"
        gap = "the box did not watch all the time since" if since_ns < window.watching_since_ns else ""
        return Finding(
            rule="night_door",
            subject="home",
            kind=AlertKind.PERSONAL,
            priority=Priority.HIGH,
            what=f"{_named(window, door)} {'shut' if shut_ns else 'opened'} at {window.local(since_ns):%H:%M},"
            " no movement inside since",
            since_ns=since_ns,
            next_step="Ring now. If nobody answers, ask somebody near to look, first around the house.",
            now=f"{_doors_now(window, opened)}. {inside}",
            sensors=tuple(window.channels[i].id for i in (*dict.fromkeys(d for _, d in opened), *eyes[~blind])),
            missing=signs.joined(signs.unheard(window, eyes[blind], fitted), gap),
            chance=self._chance(),
            clears="movement seen inside the home",
            hold_s=self.wait_minutes * 60,
            again_ns=began_ns,
        )

    def _cannot_see(self, window: Window, opened: list[Opening], sensors: int) -> Finding:
        since_ns, door = opened[0]
        return Finding(
            rule="night_door",
            subject="home",
            kind=AlertKind.PERSONAL,
            priority=Priority.MEDIUM,
            what=f"{_named(window, door)} opened at {window.local(since_ns):%H:%M}",
            since_ns=since_ns,
            next_step="Ring to hear whether they are at home: Kinlight cannot see it.",
            now=_doors_now(window, opened),
            sensors=tuple(window.channels[i].id for i in dict.fromkeys(d for _, d in opened)),
            missing=f"all {counted(sensors, 'movement sensor')} inside"
            if sensors
            else "no movement sensor is fitted inside",
            clears="an answer from one of you",
            hold_s=self.wait_minutes * 60,
            latching=True,
            again_ns=since_ns,
        )

    def _set_to(self) -> str:
        return f"Set to tell you of doors between {self.from_hour:02}:00 and {self.to_hour:02}:00"

    def _chance(self) -> str:
        return CHANCE if self == type(self)(outside_doors=self.outside_doors) else ""


def _with_company(window: Window, opened: list[Opening], finding: Finding) -> Finding:
    """What the plan says of that night: who else it may have been, and milder where somebody else is likely.

    By the time of the door, so that the message does not change when the next day begins. A door outside the carer's
    hours in the same outing may be somebody who followed the carer out: as high as ever.
    """
    since_ns = opened[0][0]
    household = signs.household_words(window, since_ns, since_ns, f"{window.local(since_ns):%H:%M}")
    finding = replace(finding, missing=signs.joined(finding.missing, household))
    away = signs.absence(window, since_ns)
    if away is not None:
        return signs.contradicted(finding, away, "a door was opened", CONTRADICTED)
    if all(signs.carer_there(window, time_ns) for time_ns, _ in opened):
        milder = Priority.MEDIUM if finding.priority is Priority.HIGH else Priority.LOW
        return replace(finding, priority=milder, next_step=WITH_A_CARER)
    return finding


def _times(window: Window, time_ns: int, role: Role | None) -> float:
    """How often such a door is usually used around that time; NaN where it is not known."""
    usual = window.learned.usual if window.learned else None
    return usual.times(role, window.local(time_ns)) if usual is not None and role is not None else math.nan


def _seen_since(window: Window, eyes: NDArray[np.intp], by_the_door: set[str], changed_ns: int) -> bool:
    """Whether somebody was seen inside after the doors last moved, or is seen there now."""
    staying = []
    for eye in eyes.tolist():
        channel = window.channels[eye]
        if channel.quantity in ("presence", "in_bed"):
            staying.append(eye)
            if window.last_value[eye] > 0 and not window.silent[eye] and window.last_ns[eye] > changed_ns:
                return True
        elif event_ns(window, eye) > changed_ns + NS_PER_MINUTE * (channel.room in by_the_door):
            return True
    if any(window.last_ns[i] > changed_ns for i in signs.in_bed(window)):
        return True
    later = row(window, changed_ns - changed_ns % NS_PER_MINUTE) + 1
    return bool(came(window, np.array(staying, dtype=np.intp))[later:].any())


def _doors_now(window: Window, opened: list[Opening]) -> str:
    """«Opened twice, last at 03:30 on Tuesday, and still open»."""
    doors = list(dict.fromkeys(door for _, door in opened))
    names = " and ".join(_named(window, door) for door in doors)
    often = f" {counted(len(opened), 'time')}, last" if len(opened) > 1 else ""
    known = not any(window.silent[door] or math.isnan(window.last_value[door]) for door in doors)
    closed = "closed again" if known else "not heard since"
    standing = (
        "still open" if any(window.last_value[door] > 0 and not window.silent[door] for door in doors) else closed
    )
    return f"{names} opened{often} at {_at(window, opened[-1][0])}, {standing}"


def _named(window: Window, door: int) -> str:
    name = plain(window.channels[door].sensor)
    return name[:1].upper() + name[1:]


def _at(window: Window, time_ns: int) -> str:
    return on(window.local(time_ns), window.local(window.time_ns))
