"""The consent filter for everything that leaves the home.

The one place that decides what leaves the home: what the plan allows, asked before a point reaches the outbox.

What is not allowed is never written down for forwarding, so withdrawing a consent needs nobody's help and nothing
waits in a queue. The box's own health always leaves: it says nothing about the person, and without it nobody would
notice that the box went dark. Series and their meaning: docs/data.md.
"""

from drivers.kit.quantity import QUANTITIES
from gateway.config.plan import Forward
from gateway.model.point import Point

BOX = frozenset({"gateway", "sensor"})
DAYS = frozenset({"day", "pattern", "home", "hour"})
ALERTS = frozenset({"alert", "told", "holder", "rating"})
VITALS = frozenset({"vital", "news2"})


def may_leave(point: Point, forward: Forward) -> bool:
    """Whether the person allows this point to leave. A series nobody has described stays at home."""
    if point.measurement in BOX:
        return True
    if point.measurement in DAYS:
        return forward.days
    if point.measurement in ALERTS:
        return forward.alerts
    if point.measurement in VITALS:
        return forward.vitals
    if point.measurement == "channel":
        row = QUANTITIES.get(dict(point.tags).get("quantity", ""))
        return row is not None and (forward.vitals if row.loinc else forward.summaries)
    return False
