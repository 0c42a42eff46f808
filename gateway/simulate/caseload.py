"""Many homes as a store sees them: the points of a caseload, without living through every minute of every home.

For dashboards and load tests. Each home has a story: most are calm, some change in a way a pattern knows, some are
new, away, hardly seen or dark. The rows are those of docs/data.md, and a home's concern is computed, not made up.
"""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from gateway.alert import Alert, State
from gateway.concern import Evidence, Sight, concern
from gateway.point import Point
from gateway.simulate.caseload_days import Begun, care_day, news2_set, ramp, vitals
from gateway.simulate.caseload_minutes import heartbeat, hourly, minutes, sensors
from rules.base import NS_PER_S, AlertKind, Finding, Priority

DAY_S: Final = 86_400
STORIES: Final = ("calm", "urinary", "slowing_down", "eating_drinking", "restless_nights", "new", "away", "dim", "dark")
_SHARES: Final = np.array([0.72, 0.05, 0.05, 0.03, 0.04, 0.04, 0.02, 0.03, 0.02])
_RULES: Final = (
    ("no_movement", "home", Priority.HIGH),
    ("cold_room", "lounge", Priority.MEDIUM),
    ("sos", "help-button", Priority.HIGH),
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
    for age in range(known - 1, -1, -1):
        close_s = midnight_s - age * DAY_S + 6 * 3600
        if close_s <= last_s:
            level = ramp(who.level, who.onset_days, age)
            begun = Begun(who.story, level, who.onset_days - age if level else math.nan)
            rows, evidence = care_day(who.id, who.rng, begun, known_days=known - age, close_s=close_s)
            yield from rows
            if close_s <= fine_s:  # later ones come every few minutes
                yield heartbeat(who.id, who.rng, close_s)
                yield _concern(who, [], evidence, close_s)
            if who.measured:
                yield from vitals(who.id, who.rng, age, close_s)
    if who.measured and known:
        yield news2_set(who.id, who.rng, last_s // 3600 * 3600)
    yield from _told(who, known, last_s)
    yield from _fine(who, evidence, fine_s, last_s)


def _fine(who: Home, evidence: list[Evidence], fine_s: int, last_s: int) -> Iterator[Point]:
    opened = _open_alert(who, last_s)
    for time_s in range(fine_s + 300, last_s + 1, 300):
        yield heartbeat(who.id, who.rng, time_s)
        yield from minutes(who.id, who.rng, time_s)
        if time_s % 900 == 0:
            yield from sensors(who.id, who.rng, time_s, dim=who.story == "dim")
            alerts = [opened] if opened and opened.raised_ns <= time_s * NS_PER_S else []
            yield _concern(who, alerts, evidence, time_s)
            if alerts and who.held:
                yield Point("holder", (("home", who.id), ("contact", "daughter")), (("held", 1.0),), time_s)
        if time_s % 3600 == 0:
            yield hourly(who.id, who.rng, time_s)
            if opened and opened.raised_ns <= time_s * NS_PER_S:
                yield _alert_row(who.id, opened, time_s)


def _concern(who: Home, alerts: list[Alert], evidence: list[Evidence], time_s: int) -> Point:
    sight = Sight(
        0.3 if who.story == "dim" else 0.95,
        learning=who.story == "new",
        away=who.story == "away",
        assessed=who.story not in ("dim", "away", "new"),
    )
    moved_s = 90_000.0 if who.story == "away" else float(who.rng.gamma(1.5, 900.0))
    found = concern(alerts, evidence, sight, time_s * NS_PER_S)
    return Point("home", (("home", who.id),), (*found.fields(), ("moved_s", moved_s)), time_s)


def _open_alert(who: Home, last_s: int) -> Alert | None:
    """The alert that is open at the end, three hours old."""
    if not who.open_alert:
        return None
    rule, subject, priority = next(row for row in _RULES if row[0] == who.open_alert)
    raised_ns = (last_s - 3 * 3600) * NS_PER_S
    finding = Finding(rule, subject, AlertKind.PERSONAL, priority, "", raised_ns, "")
    state = State.ACKNOWLEDGED if who.held else State.ACTIVE
    return Alert(1000, finding, state, raised_ns, raised_ns, told_ns=raised_ns)


def _alert_row(home_id: str, alert: Alert, time_s: int, answer_s: float = float("nan")) -> Point:
    finding = alert.finding
    tags = (
        ("home", home_id),
        ("rule", finding.rule),
        ("subject", finding.subject),
        ("kind", finding.kind.value),
        ("priority", finding.priority.value),
        ("state", alert.state.value),
    )
    fields = (
        ("id", float(alert.id)),
        ("open", float(alert.state is not State.RESOLVED)),
        ("age_s", time_s - alert.raised_ns / NS_PER_S),
        ("answer_s", answer_s),
    )
    return Point("alert", tags, fields, time_s)


def _told(who: Home, days: int, last_s: int) -> Iterator[Point]:
    """Alerts of the past, each told, answered, ended and mostly rated; about one in two weeks."""
    for number in range(int(who.rng.poisson(days / 14)) + 1):
        rule, subject, priority = _RULES[int(who.rng.choice(3, p=[0.5, 0.4, 0.1]))]
        reach_s = (max(1, days) if number else 2) * DAY_S - 6 * 3600  # everybody has a recent one
        raised_s = last_s - 6 * 3600 - int(who.rng.integers(0, reach_s))
        answer_s = int(who.rng.gamma(2.0, 600.0)) + 60
        finding = Finding(rule, subject, AlertKind.PERSONAL, priority, "", raised_s * NS_PER_S, "")
        alert = Alert(number + 1, finding, State.ACTIVE, raised_s * NS_PER_S, 0)
        contact = str(who.rng.choice(_CONTACTS))
        yield _alert_row(who.id, alert, raised_s)
        told = (("id", float(alert.id)), ("delivered", 1.0), ("time_s", float(raised_s)))
        yield Point("told", (("home", who.id), ("rule", rule), ("contact", contact)), told, raised_s)
        taken = Alert(alert.id, finding, State.ACKNOWLEDGED, alert.raised_ns, 0)
        yield _alert_row(who.id, taken, raised_s + answer_s, float(answer_s))
        ended = Alert(alert.id, finding, State.RESOLVED, alert.raised_ns, 0)
        yield _alert_row(who.id, ended, raised_s + answer_s + 1800)
        if who.rng.random() < 0.8:
            tags = (("home", who.id), ("rule", rule), ("kind", "personal"))
            useful = float(who.rng.random() < 0.65)
            yield Point("rating", tags, (("useful", useful),), raised_s + answer_s + 7200)
