"""What became of an attempt to deliver an alert, as the worker of a notifier reports it."""

from enum import StrEnum
from typing import NamedTuple

NOBODY = "nobody"  # whom the plan names where it sends an alert to none


class DeliveryOutcome(StrEnum):
    """What became of an attempt to tell somebody."""

    DELIVERED = "delivered"  # handed over; whether it was read, nobody knows
    FAILED = "failed"
    NOBODY = "nobody"  # the plan names none for such an alert, so nothing was tried


class AttemptReport(NamedTuple):
    """An attempt to tell somebody, as the thread of a notifier reports it."""

    rule: str
    notifier: str
    alert_id: int
    time_ns: int
    outcome: DeliveryOutcome
