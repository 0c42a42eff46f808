"""The delivery report of an alert.

What became of telling people of an alert, in words: tried, failed and delivered are three things.

Delivered means that the service took the message. Whether somebody read it is known when they answer.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from gateway.alerts.journal import Attempt
from gateway.model.alert import Alert, State
from rules.terms.words import counted, listed

NOBODY = "nobody in the plan is told of this"
Say = Callable[[int], str]


def delivery_lines(
    alert: Alert, attempts: Iterable[Attempt], recipients: Mapping[str, Sequence[str]], say: Say
) -> list[str]:
    """For `kinlight alerts show`. `recipients`: whom the plan names for this alert, by notifier."""
    if alert.state is State.PENDING:
        return []
    by_notifier: dict[str, list[Attempt]] = {name: [] for name in recipients}
    for attempt in attempts:
        by_notifier.setdefault(attempt.notifier, []).append(attempt)
    last_ns = max((n.time_ns for tried in by_notifier.values() for n in tried if n.handed_over), default=0)
    lines = [f"Last told: {say(last_ns)}" if last_ns else _untold(alert, recipients, say)]
    for name, tried in by_notifier.items():
        contacts = [contact for contact in recipients.get(name, ()) if contact != name]
        lines += _of_one(f"{listed(contacts)} by {name}" if contacts else name, tried, say)
    if alert.answered_ns:
        lines.append(f"Last answered: {say(alert.answered_ns)}, by {alert.by}")
    return lines


def _untold(alert: Alert, recipients: Mapping[str, Sequence[str]], say: Say) -> str:
    if not recipients:
        return f"Told: nobody; {NOBODY}"
    return f"Told: nobody yet; last tried {say(alert.tried_ns)}" if alert.tried_ns else "Told: nobody"


def _of_one(who: str, tried: Sequence[Attempt], say: Say) -> list[str]:
    delivered = [attempt for attempt in tried if attempt.handed_over]
    failed = [attempt for attempt in tried if not attempt.handed_over]
    tries = {attempt.change: attempt.attempt for attempt in failed}  # not each of them has a row of its own
    lines = [f"Delivered to {who}: {_times(len(delivered), delivered[-1], say)}"] if delivered else []
    lines += [f"Failed to {who}: {_times(sum(tries.values()), failed[-1], say)}: {failed[-1].reason}"] if failed else []
    return lines or [f"Not delivered to {who}: no attempt has come to an end"]


def _times(count: int, latest: Attempt, say: Say) -> str:
    at = say(latest.time_ns)
    return at if count == 1 else f"{counted(count, 'time')}, last {at}"
