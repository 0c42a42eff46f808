"""Ratings of alerts: which one stands, and what a change of it means to the core."""

from collections.abc import Iterable

from gateway.alerts.journal import AlertReader
from gateway.model.alert import Alert, Answer
from gateway.model.rating import RIGHT, Rating
from gateway.points.caseload_priority import CHANGED
from rules.core.detector import adapt, factor
from rules.core.detector_state import new_state
from rules.core.patterns import PATTERN_NAMES

RATINGS = {"right": RIGHT, "nothing-found": "nothing found"}
UNDO = "undo "
ALERTS_LOOKED_AT = 1000  # years of one home


def rated_alert(alerts: AlertReader, answer: Answer) -> Alert:
    """The alert that is rated. Raises ValueError for a rating that is none, and where there is no such alert."""
    word = answer.note.removeprefix(UNDO)
    if word not in RATINGS:
        raise ValueError(f"a rating is one of {', '.join(RATINGS)}, not {word!r}")
    alert = alerts.alert(answer.alert_id)
    if alert is None:
        raise ValueError(f"there is no alert {answer.alert_id}")
    return alert


def standing(answers: Iterable[Answer]) -> str:
    """The rating that stands after these answers to one alert, "" for none."""
    rating = ""
    for answer in answers:
        if answer.action == "rate":
            rating = after(rating, answer.note)
    return rating


def after(rating: str, note: str) -> str:
    """The rating that stands when `note` is said while `rating` stands."""
    word = RATINGS.get(note.removeprefix(UNDO), rating)
    if note.startswith(UNDO):
        return "" if word == rating else rating
    return word


def differences(alert: Alert, time_ns: int, before: str, now: str) -> list[Rating]:
    """What a change of an alert's rating means to the core: nothing where the alert is about none of its patterns."""
    if alert.finding.rule != CHANGED or alert.finding.subject not in PATTERN_NAMES or before == now:
        return []
    gone = [Rating(time_ns, alert.finding.subject, before, undo=True)] if before else []
    return gone + ([Rating(time_ns, alert.finding.subject, now)] if now else [])


def ratings(alerts: AlertReader) -> list[Rating]:
    """Every rating that was ever committed, for an engine that is rebuilt from history."""
    found = []
    for alert in alerts.all_alerts(ALERTS_LOOKED_AT):
        before = ""
        for answer in alerts.answers(alert.id):
            now = after(before, answer.note) if answer.action == "rate" else before
            found += differences(alert, answer.time_ns, before, now)
            before = now
    return sorted(found)


def asked(history: Iterable[Rating], pattern: str) -> float:
    """How many times the usual evidence is asked of a pattern after these ratings."""
    state, index = new_state(1), PATTERN_NAMES.index(pattern)
    for each in history:
        if each.pattern == pattern:
            adapt(state, 0, index, each.rating, undo=each.undo)
    return float(factor(state)[index, 0])
