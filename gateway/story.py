"""Alerts as points, so that nurses see beside the curves what was told and who looks after it.

    alert,home=,rule=,subject=,kind=,priority=,state=     id, open (0 when it is over), age_s
    home,home=                                            concern, reason, since_h, open_alerts, unanswered

One point for each change, and one every hour for each open alert, so that "open" can be seen in any window; how much
the home concerns a nurse is said every hour and when people are told something. What is only pending was told to
nobody and is not told here either. No names and no sentences leave the home.
"""

from collections.abc import Iterable

from gateway.alert import Alert, Change, State
from gateway.concern import Concern
from gateway.point import Point
from rules.base import NS_PER_S


def changed_points(home: str, changes: Iterable[Change]) -> list[Point]:
    """A point for each change of an alert that people were told of."""
    return [_point(home, change.alert, change.time_ns) for change in changes if change.alert.told_ns]


def open_points(home: str, alerts: Iterable[Alert], time_ns: int) -> list[Point]:
    """A point for each alert that is open at `time_ns`."""
    return [_point(home, alert, time_ns) for alert in alerts if alert.told_ns]


def concern_point(home: str, found: Concern, time_ns: int) -> Point:
    """How much the home concerns a nurse now."""
    return Point("home", (("home", home),), found.fields(), time_ns // NS_PER_S)


def _point(home: str, alert: Alert, time_ns: int) -> Point:
    finding = alert.finding
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
        ("age_s", max(0.0, (time_ns - alert.raised_ns) / NS_PER_S)),
    )
    return Point("alert", tags, fields, time_ns // NS_PER_S)
