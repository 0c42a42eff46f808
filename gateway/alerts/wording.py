"""The wording of messages.

Puts an alert into words for the people who get it. All sentences around a finding stand here, and nowhere else.

Written for somebody on a bus with one free hand: the title says what, the first lines what to do, the rest why.
Never a diagnosis. Text that people typed is stripped of control characters before it is shown to others.
"""

import textwrap
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo

from gateway.model.alert import Alert, Change, State
from gateway.model.contracts import Message
from gateway.points.caseload_priority import CHANGED
from rules.core.patterns import PATTERNS
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.words import dated, listed, plain, when

NS_PER_S = 1_000_000_000
TITLE_LENGTH = 60
LINE_LENGTH = 78
STANDING = "Kinlight is not a medical device and not an emergency service."
_ASK = {
    Priority.HIGH: "Worth checking now",
    Priority.MEDIUM: "Worth checking today",
    Priority.LOW: "Worth knowing",
}
_Say = Callable[[int], str]
UNWORDABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, OSError)
"""What putting an alert into words raises where a fact in it is not what it should be."""


def message(change: Change, zone: tzinfo) -> Message:
    """What people are told of a change, in local time. May raise what is in UNWORDABLE: then there is `unworded`."""
    alert, late = change.alert, change.late
    finding = alert.finding

    def say(time_ns: int) -> str:
        return dated(_local(time_ns, zone)) if late else when(_local(time_ns, zone), _local(change.time_ns, zone))

    quiet = alert.state is not State.ACTIVE or _is_update(alert)
    body = [f"Sent late. This is how it was at {say(change.time_ns)}."] if late else []
    body += _news(alert, say, change.still_open)
    body += _briefly(alert, say) if quiet else _facts(alert, say)
    return Message(
        alert_id=alert.id,
        title=_short(("Late: " if late else "") + _headline(change), TITLE_LENGTH),
        body="\n".join(body),
        kind=finding.kind,
        priority=Priority.LOW if quiet else finding.priority,
        time_ns=change.time_ns,
        late=late,
    )


def unworded(change: Change) -> Message:
    """What people are told where `message` fails: that there is an alert, and its own sentence as it stands."""
    alert, finding = change.alert, change.alert.finding
    what = _clean(str(finding.what)).rstrip(".") or "nothing is known of it"
    return Message(
        alert_id=alert.id,
        title=_short(f"{'Late: ' if change.late else ''}{what}", TITLE_LENGTH),
        body="\n".join(
            [
                f"An alert that could not be put into words: {what}.",
                f"What to do: {_clean(str(finding.next_step)) or 'ask how they are.'}",
                f"On the box, `kinlight alerts show {alert.id}` has what is known.",
                *_standing_line(finding),
            ]
        ),
        kind=finding.kind,
        priority=finding.priority,
        time_ns=change.time_ns,
        late=change.late,
    )


def explain(alert: Alert, zone: tzinfo, told: Iterable[str] = ()) -> str:
    """Everything known about an alert, for a terminal of 80 columns, with full dates; `told`: who was reached."""

    def say(time_ns: int) -> str:
        return dated(_local(time_ns, zone))

    finding = alert.finding
    lines = [f"Alert {alert.id}: {_clean(finding.what)}", f"State: {standing(alert, say)}", *_news(alert, say)]
    lines += [f"First seen: {say(alert.raised_ns)}", *map(_clean, told)]
    lines += _briefly(alert, say) if alert.state is State.RESOLVED else _facts(alert, say)
    lines.append(f"From: rule {finding.rule}, about {_clean(finding.subject)}")
    wrapped = (textwrap.wrap(line, LINE_LENGTH, subsequent_indent="  ") or [""] for line in lines)
    return "\n".join(part for parts in wrapped for part in parts)


def standing(alert: Alert, say: Callable[[int], str]) -> str:
    """Where it stands, in half a sentence; `say` puts a time into words."""
    who = _by(alert)
    if alert.state is State.ACTIVE and alert.ended:
        return f"over since {say(alert.ended_ns)}, nobody has answered"
    if alert.state is State.RESOLVED:
        how = "nobody answered" if alert.unanswered else f"answered by {who}" if alert.by else "by itself"
        return f"over since {say(alert.ended_ns or alert.changed_ns)}, {how}"
    if alert.settled:
        return f"settled by {who}; told again if it is still so {say(alert.until_ns)}"
    return {
        State.PENDING: "waiting to see whether it lasts; nobody has been told",
        State.ASKING: "asking the person at home first",
        State.ACTIVE: "open, nobody is on it",
        State.ACKNOWLEDGED: f"{who} is on it until {say(alert.until_ns)}",
    }[alert.state]


def rated(number: int, pattern: str, before: float, now: float, rating: str) -> list[str]:
    """What a rating changed, and how to take it back; `rating` is "" where one was taken back."""
    words = next((p.words for p in PATTERNS if p.name == pattern), plain(pattern))
    if now == before:
        said = f'Of "{words}" Kinlight goes on asking for {_evidence(now)}: answers can move it no further.'
    else:
        sooner = "later, and has to be surer" if now > before else "sooner, and need not be so sure"
        said = f'Of "{words}" Kinlight now tells {sooner}: it asks for {_evidence(now)}.'
    back = [f"To take it back: kinlight alerts rate {number} {rating} --undo"] if rating else []
    return [*textwrap.wrap(said, LINE_LENGTH), *back]


def _evidence(times: float) -> str:
    if abs(times - 1.0) < 0.005:
        return "as much evidence as before anybody answered"
    return f"{abs(times - 1.0) * 100:.0f} % {'more' if times > 1.0 else 'less'} evidence than before anybody answered"


def _headline(change: Change) -> str:
    alert = change.alert
    what = _clean(alert.finding.what).rstrip(".")
    if alert.state is State.ACKNOWLEDGED and _is_update(alert):
        return f"Update: {_clean(alert.finding.clears)}"
    if alert.state is State.ACKNOWLEDGED or (alert.state is State.RESOLVED and alert.by):
        return f"Answered by {_by(alert)}: {what}"
    if alert.unanswered:
        return f"Nobody answered: {what}"
    if alert.state is State.RESOLVED:
        return f"{'Partly over' if change.still_open else 'Over'}: {what}"
    if _is_update(alert):
        return f"Update: {_clean(alert.finding.clears)}"
    again = alert.by or change.time_ns > alert.changed_ns
    return f"Again: {what}" if again else what


def _news(alert: Alert, say: _Say, still_open: tuple[str, ...] = ()) -> list[str]:
    """What has happened to the alert since it was raised, newest first."""
    lines = []
    if _is_update(alert):
        lines.append(f"Update from {say(alert.ended_ns)}: {_clean(alert.finding.clears)}.")
        if alert.state is State.ACTIVE:
            lines.append("It stays open until one of you has answered; after a day it closes.")
    if alert.by:
        lines.append(_answered(alert, say))
    elif alert.state is State.RESOLVED:
        lines.append(_over(alert, say, still_open))
    if still_open:
        lines.append(f"Still open: {'; '.join(_clean(what).rstrip('.') for what in still_open)}.")
    if alert.by and alert.note:
        lines.append(f"{_by(alert)} says: {_clean(alert.note)}")
    return lines


def _over(alert: Alert, say: _Say, still_open: tuple[str, ...]) -> str:
    over = f"over, since {say(alert.ended_ns or alert.changed_ns)}."
    if alert.unanswered:  # what once happened is not over, it is long ago
        said = "" if alert.finding.again_ns else f"This is {over} "
        return f"{said}Nobody has answered, and this is the last message about it."
    return "That part looks usual again." if still_open and alert.finding.rule == CHANGED else f"This is {over}"


def _answered(alert: Alert, say: _Say) -> str:
    who = _by(alert)
    who = who[:1].upper() + who[1:]
    if alert.state is State.RESOLVED:
        return f"{who} answered it. It is over, since {say(alert.ended_ns or alert.changed_ns)}."
    if alert.settled:
        return f"{who} dealt with it at {say(alert.changed_ns)}. You hear again if it gets worse or goes on for long."
    if alert.state is State.ACKNOWLEDGED:
        return f"{who} is on it since {say(alert.changed_ns)}. Until {say(alert.until_ns)} nobody is told again."
    return f"{who} answered before, but it is not over."


def _facts(alert: Alert, say: _Say) -> list[str]:
    """The finding with its evidence, what to do, and how to answer."""
    finding = alert.finding
    lines = [
        f"{_ASK[finding.priority]}: {_clean(finding.what).rstrip('.')}.",
        f"What to do: {_clean(finding.next_step)}",
    ]
    lines += [f"Changed: {_clean(change)}" for change in finding.changes]
    lines += [f"Since: {since}"] if (since := _since(finding, say)) else []
    sensors = listed(dict.fromkeys(plain(channel.partition("/")[0]) for channel in finding.sensors))
    evidence = (
        ("Usual", finding.usual),
        ("Now", finding.now),
        ("How often", _often(finding, say)),
        ("Sensors", sensors),
        ("Bear in mind", finding.missing),
        ("By chance", finding.chance),
        ("What ends it", "" if _is_update(alert) else finding.clears),
    )
    lines += [f"{label}: {_clean(text)}" for label, text in evidence if text]
    return lines + _answers(alert) + _standing_line(finding)


def _often(finding: Finding, say: _Say) -> str:
    if finding.times < 2:
        return ""
    return f"{finding.times} times since {say(finding.since_ns)}, last at {say(finding.again_ns)}"


def _briefly(alert: Alert, say: _Say) -> list[str]:
    """For those who know already: what it was about, and how to answer while it is open."""
    finding = alert.finding
    since = _since(finding, say)
    lines = [f"It is about: {_clean(finding.what).rstrip('.')}{f', since {since}' if since else ''}."]
    if alert.unanswered or (_is_update(alert) and alert.state is State.ACTIVE):
        lines += ["If nobody has spoken to them yet, a call is still worth it."]
    return lines + ([] if alert.state is State.RESOLVED else _answers(alert)) + _standing_line(finding)


def _since(finding: Finding, say: _Say) -> str:
    """Since when; "" where the finding says so itself."""
    return "" if " since " in finding.what else finding.since or say(finding.since_ns)


def _answers(alert: Alert) -> list[str]:
    if alert.state is State.PENDING:
        return []
    return [f"I am on it: kinlight alerts ack {alert.id}", f"All is well: kinlight alerts resolve {alert.id}"]


def _standing_line(finding: Finding) -> list[str]:
    return [STANDING] if finding.kind is AlertKind.PERSONAL else []


def _is_update(alert: Alert) -> bool:
    """Still open for a person to end, though the sensors no longer say so. What merely happened does not end so."""
    lasting = alert.finding.latching and alert.finding.again_ns == 0
    return lasting and alert.ended_ns > 0 and alert.state in (State.ACTIVE, State.ACKNOWLEDGED)


def _by(alert: Alert) -> str:
    return _short(_clean(alert.by), 24) or "Somebody"


def _clean(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text[:1000]).split())


def _short(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return (cut[: cut.rfind(" ")] if " " in cut[length // 2 :] else cut).rstrip(" ,:;") + "…"


def _local(time_ns: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(time_ns // NS_PER_S, tz=UTC).astimezone(zone)
