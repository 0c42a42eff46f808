"""Many homes as a store sees them: the points of a caseload, without living through every minute of every home.

For dashboards and load tests. Each home has a story: most are calm, some change in a way a pattern knows, some are
new, away, hardly seen or dark. The rows are those of docs/data.md, and a home's concern is computed, not made up. What
cannot be judged (new, away, hardly seen) is lived by the real core.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from gateway.model.alert import Alert, State
from gateway.model.delivery_outcome import AttemptReport, DeliveryOutcome
from gateway.model.point import Point
from gateway.points.alert_points import alert_point, attempt_points, caseload_point, rating_point
from gateway.points.caseload_priority import CHANGED, DayCoverage, Evidence, caseload_priority
from gateway.simulate.caseload_core import STORIES as UNJUDGED
from gateway.simulate.caseload_core import Unjudged
from gateway.simulate.caseload_days import Begun, care_day, gathered, news2_set, ramp, vitals
from gateway.simulate.caseload_minutes import heartbeat, hourly, minutes, sensors
from rules.core.patterns import PATTERN_NAMES
from rules.deterioration import MEDIUM
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_S

DAY_S: Final = 86_400
STORIES: Final = ("calm", "urinary", "slowing_down", "eating_drinking", "restless_nights", "new", "away", "dim", "dark")
_SHARES: Final = np.array([0.72, 0.05, 0.05, 0.03, 0.04, 0.04, 0.02, 0.03, 0.02])
_RULES: Final = (
    ("no_movement", "home", Priority.HIGH),
    ("cold_room", "lounge", Priority.MEDIUM),
    ("sos", "help-button", Priority.HIGH),
    (CHANGED, "slowing_down", Priority.MEDIUM),
    (CHANGED, "restless_nights", Priority.LOW),
)
_CONTACTS: Final = ("daughter", "neighbour", "nurse")


class Home(NamedTuple):
    """One simulated home."""

    id: str
    story: str
    rng: np.random.Generator
    level: float  # how far its story has gone at the end, in alarm levels
    onset_days: float  # how long ago it began
    open_alert: str  # rule of an alert that is open at the end; "" for none
    held: bool  # somebody has taken it
    measured: bool  # vital signs are asked for


def home(number: int, seed: int = 7) -> Home:
    """The home of that number; the same arguments give the same home."""
    rng = np.random.default_rng([seed, number])
    story = str(rng.choice(STORIES, p=_SHARES))
    rule = str(rng.choice(["", "no_movement", "cold_room", "sos"], p=[0.94, 0.03, 0.02, 0.01]))
    return Home(
        f"home-{number:04d}",
        story,
        rng,
        float(rng.uniform(0.7, 2.0)),
        float(rng.uniform(2, 12)),
        "" if story in ("dark", "away", "new") else rule,
        bool(rng.random() < 0.4),
        bool(rng.random() < 0.4),
    )


def points(homes: range, end_s: int, days: int, fine_days: float, seed: int = 7) -> Iterator[Point]:
    """Everything these homes sent up to `end_s`: `days` care days, and the last `fine_days` in five-minute steps.

    Homes come one after the other, each in order of time within its kinds of rows.
    """
    for number in homes:
        yield from of_home(home(number, seed), end_s, days, fine_days)


def of_home(who: Home, end_s: int, days: int, fine_days: float) -> Iterator[Point]:
    """The rows of one home. A dark one stopped five hours before the end."""
    last_s = end_s - (5 * 3600 if who.story == "dark" else 0)
    fine_s = (last_s - int(fine_days * DAY_S)) // 300 * 300
    known = min(days, 6) if who.story == "new" else days
    midnight_s = end_s // DAY_S * DAY_S
    evidence: list[Evidence] = []
    core = Unjudged(who.id, who.story, who.rng, who.onset_days) if who.story in UNJUDGED else None
    day_coverage = DayCoverage(learning=True, assessed=False, learning_day=1) if core else DayCoverage(0.95)
    opened: list[Alert] = [_one_of_today(who, last_s)] if who.open_alert else []
    past = _past(who, known, last_s)
    odds = math.nan
    for age in range(known - 1, -1, -1):
        close_s = midnight_s - age * DAY_S + 6 * 3600
        if close_s <= last_s:
            level = ramp(who.level, who.onset_days, age)
            if opens := level >= 1.0 and math.isnan(odds) and who.story in PATTERN_NAMES:
                odds = gathered(level)
                opened.append(_change(who, close_s, close_s - int((who.onset_days - age + 1) * DAY_S)))
            told = opens + sum(close_s - DAY_S < alert.raised_ns // NS_PER_S <= close_s for alert in past)
            begun = Begun(who.story, level, who.onset_days - age + 1 if level else math.nan, odds, opens, told)
            if core:
                rows, evidence, day_coverage = core.close(age, close_s, told)
            else:
                rows, evidence = care_day(who.id, who.rng, begun, known_days=known - age, close_s=close_s)
            yield from rows
            if close_s <= fine_s:  # later ones come every few minutes
                yield heartbeat(who.id, who.rng, close_s, dim=who.story == "dim")
                yield _concern(who, _open_at(opened, close_s), evidence, day_coverage, close_s)
            if who.measured:
                yield from vitals(who.id, who.rng, age, close_s)
    if who.measured and known:
        yield news2_set(who.id, who.rng, last_s // 3600 * 3600)
    for alert in past:
        yield from _lived(who, alert)
    for alert in opened:
        yield from _told(who, alert)
    yield from _fine(who, opened, (evidence, day_coverage), fine_s, last_s)


def _fine(
    who: Home, opened: list[Alert], known: tuple[list[Evidence], DayCoverage], fine_s: int, last_s: int
) -> Iterator[Point]:
    for time_s in range(fine_s + 300, last_s + 1, 300):
        yield heartbeat(who.id, who.rng, time_s, dim=who.story == "dim")
        yield from minutes(who.id, who.rng, time_s, story=who.story)
        alerts = _open_at(opened, time_s)
        if time_s % 900 == 0:
            yield from sensors(who.id, who.rng, time_s, dim=who.story == "dim")
            yield _concern(who, alerts, *known, time_s)
            if alerts and who.held:
                yield Point("holder", (("home", who.id), ("contact", "daughter")), (("held", 1.0),), time_s)
        if time_s % 3600 == 0:
            yield from hourly(who.id, who.rng, time_s, story=who.story)
            older = (alert for alert in alerts if alert.raised_ns < time_s * NS_PER_S)
            yield from (alert_point(who.id, alert, time_s * NS_PER_S) for alert in older)


def _open_at(opened: list[Alert], time_s: int) -> list[Alert]:
    return [alert for alert in opened if alert.raised_ns <= time_s * NS_PER_S]


def _concern(who: Home, alerts: list[Alert], evidence: list[Evidence], day_coverage: DayCoverage, time_s: int) -> Point:
    moved_s = 90_000.0 if who.story in ("away", "dim") else float(who.rng.gamma(1.5, 900.0))
    found = caseload_priority(alerts, evidence, day_coverage, time_s * NS_PER_S)
    return caseload_point(who.id, found, int((time_s - moved_s) * NS_PER_S), time_s * NS_PER_S)


def _one_of_today(who: Home, last_s: int) -> Alert:
    """The alert that is open at the end, three hours old."""
    rule, subject, priority = next(row for row in _RULES if row[0] == who.open_alert)
    return _alert(who, 1000, Finding(rule, subject, AlertKind.PERSONAL, priority, "", 0, ""), last_s - 3 * 3600)


def _change(who: Home, raised_s: int, began_s: int) -> Alert:
    """The alert of the story itself, which tells itself as the daemon's does: by its pattern."""
    priority = Priority.MEDIUM if who.story in MEDIUM else Priority.LOW
    finding = Finding(CHANGED, who.story, AlertKind.PERSONAL, priority, "", began_s * NS_PER_S, "")
    return _alert(who, 1001, finding, raised_s)


def _alert(who: Home, number: int, finding: Finding, raised_s: int) -> Alert:
    raised_ns = raised_s * NS_PER_S
    state = State.ACKNOWLEDGED if who.held else State.ACTIVE
    return Alert(number, finding, state, raised_ns, raised_ns, tried_ns=raised_ns)


def _told(who: Home, alert: Alert) -> Iterator[Point]:
    """That it was raised, and who was told."""
    raised_s, contact = alert.raised_ns // NS_PER_S, str(who.rng.choice(_CONTACTS))
    yield alert_point(who.id, replace(alert, state=State.ACTIVE), alert.raised_ns, changed=True)
    told = AttemptReport(alert.finding.rule, contact, alert.id, raised_s * NS_PER_S, DeliveryOutcome.DELIVERED)
    yield from attempt_points(who.id, told, [contact])


def _past(who: Home, days: int, last_s: int) -> list[Alert]:
    """Alerts of the past, about one in two weeks."""
    found = []
    for number in range(int(who.rng.poisson(days / 14)) + 1):
        rule, subject, priority = _RULES[int(who.rng.choice(5, p=[0.4, 0.2, 0.1, 0.2, 0.1]))]
        reach_s = (max(1, days) if number else 2) * DAY_S - 6 * 3600  # everybody has a recent one
        raised_ns = (last_s - 6 * 3600 - int(who.rng.integers(0, reach_s))) * NS_PER_S
        finding = Finding(rule, subject, AlertKind.PERSONAL, priority, "", raised_ns, "")
        found.append(Alert(number + 1, finding, State.ACTIVE, raised_ns, raised_ns, tried_ns=raised_ns))
    return found


def _lived(who: Home, alert: Alert) -> Iterator[Point]:
    """Each was told, answered, ended and mostly rated."""
    yield from _told(who, alert)
    answered_s = alert.raised_ns // NS_PER_S + int(who.rng.gamma(2.0, 600.0)) + 60
    steps = ((State.ACKNOWLEDGED, answered_s, "daughter"), (State.RESOLVED, answered_s + 1800, ""))
    for state, time_s, by in steps:
        time_ns = time_s * NS_PER_S
        answered_ns = time_ns if by else 0
        now = replace(alert, state=state, by=by, changed_ns=time_ns, answered_ns=answered_ns)
        yield alert_point(who.id, now, time_ns, changed=True)
    if who.rng.random() < 0.8:
        useful = "right" if who.rng.random() < 0.65 else "nothing found"
        yield rating_point(who.id, alert, "", useful, (answered_s + 7200) * NS_PER_S)
        if who.rng.random() < 0.1:
            yield rating_point(who.id, alert, useful, "", (answered_s + 7201) * NS_PER_S)
