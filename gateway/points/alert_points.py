"""Alert series.

Alerts as points, so that nurses see beside the curves what was told and who looks after it.

    alert,home=,rule=,subject=,kind=,priority=,state=     id, open (0 when it is over), age_s
                                                          raised_s (when it was raised, on the row of a change)
                                                          answer_s (from raised to answered, on the answer's row)
    home,home=                                            concern, reason, why, since_h, open_alerts, unanswered,
                                                          learning_day, judged, moved_s
    holder,home=,contact=                                 held: open alerts somebody looks after
    told,home=,rule=,contact=,outcome=                    id, delivered (0 or 1), time_s
    rating,home=,rule=,subject=,kind=                     useful, rated: what a rating adds, less what it replaces
                                                          verdict: 1 right, 0 nothing found, -1 taken back

One point for each change, and one every hour for each open alert, so that "open" can be seen in any window; how much
the home concerns a nurse is said every quarter of an hour and when people are to be told something. What is only
pending is not said here. That an alert is open says nothing of who heard of it: `told` does. Contacts are the roles of
the plan; no names, no sentences.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from gateway.model.alert import Alert, Change, State
from gateway.model.delivery_outcome import AttemptReport, DeliveryOutcome
from gateway.model.point import Point
from gateway.model.rating import RIGHT
from gateway.points.caseload_priority import CaseloadPriority
from rules.terms.time import NS_PER_S


def changed_points(home: str, changes: Iterable[Change]) -> list[Point]:
    """A point for each change of an alert that is more than pending; a step of its life says when it was raised."""
    return [
        alert_point(home, each.alert, each.time_ns, changed=each.alert.changed_ns == each.time_ns)
        for each in changes
        if each.alert.tried_ns
    ]


def open_points(home: str, alerts: Iterable[Alert], time_ns: int) -> list[Point]:
    """A point for each alert that is open at `time_ns`."""
    return [alert_point(home, alert, time_ns) for alert in alerts if alert.tried_ns]


def caseload_point(home: str, found: CaseloadPriority, moved_ns: int, time_ns: int) -> Point:
    """How much the home concerns a nurse now; `moved_ns` is the last sign of life, 0 for none."""
    moved_s = (time_ns - moved_ns) / NS_PER_S if moved_ns else math.nan
    return Point("home", (("home", home),), (*found.fields(), ("moved_s", moved_s)), time_ns // NS_PER_S)


def day_told_point(home: str, alerts: int, end_ns: int) -> Point:
    """How many alerts about the person came up on the care day that ended."""
    return Point("home", (("home", home),), (("alerts", float(alerts)),), end_ns // NS_PER_S)


def holder_points(home: str, held: Mapping[str, int], time_ns: int) -> list[Point]:
    """How many open alerts each contact looks after, 0 for one who looks after none any more."""
    return [
        Point("holder", (("home", home), ("contact", contact)), (("held", float(n)),), time_ns // NS_PER_S)
        for contact, n in sorted(held.items())
    ]


def attempt_points(home: str, told: AttemptReport, contacts: Sequence[str]) -> list[Point]:
    """One attempt to tell somebody."""
    time_s = told.time_ns // NS_PER_S
    delivered = float(told.outcome is DeliveryOutcome.DELIVERED)
    fields = (("id", float(told.alert_id)), ("delivered", delivered), ("time_s", float(time_s)))
    tags = (("home", home), ("rule", told.rule))
    return [
        Point("told", (*tags, ("contact", who), ("outcome", told.outcome.value)), fields, time_s) for who in contacts
    ]


def rating_point(home: str, alert: Alert, before: str, now: str, time_ns: int) -> Point:
    """Somebody said whether an alert was of use. `before`, `now`: its rating until then and from then on, or "".

    Signed, so that sums over rows count every alert once, by its latest rating, in any store.
    """
    finding = alert.finding
    tags = (("home", home), ("rule", finding.rule), ("subject", finding.subject), ("kind", finding.kind.value))
    fields = (
        ("useful", float((now == RIGHT) - (before == RIGHT))),
        ("rated", float(bool(now)) - float(bool(before))),
        ("verdict", float(now == RIGHT) if now else -1.0),
    )
    return Point("rating", tags, fields, time_ns // NS_PER_S)


def alert_point(home: str, alert: Alert, time_ns: int, *, changed: bool = False) -> Point:
    """An alert as it stands; `changed`: this row is a step of its life, not a repetition."""
    finding = alert.finding
    age_s = max(0.0, (time_ns - alert.raised_ns) / NS_PER_S)
    answered = alert.answered_ns == time_ns
    tags = (
        ("home", home),
        ("rule", finding.rule),
        ("subject", finding.subject),
        ("kind", finding.kind.value),
        ("priority", finding.priority.value),
        ("state", alert.state.value),
    )
    fields = (
        ("id", float(alert.id)),
        ("open", float(alert.state is not State.RESOLVED)),
        ("age_s", age_s),
        ("raised_s", float(alert.raised_ns // NS_PER_S) if changed else math.nan),
        ("answer_s", age_s if answered else math.nan),
    )
    return Point("alert", tags, fields, time_ns // NS_PER_S)
