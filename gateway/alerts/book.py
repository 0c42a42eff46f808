"""The alert state machine: deduplication, acknowledgement, repetition, resolution.

The alert book: from findings to what people are told. Pure: no clock, no I/O; the trunk commits what it returns.

    pending ──held long enough──▶ active ──"ack"──▶ acknowledged ──time is up, worse, or again──▶ active
       └──gone──▶ resolved           └──gone for a while, or "resolve"──▶ resolved

One open alert for each (rule, subject); new evidence goes into it in place. A latching alert waits for a person when
its finding is gone: told when that is sure, told once more when it closes because nobody answered. What comes back
with another beginning is another alert. High personal alerts are told again, ever more rarely, until somebody answers.
Everything needed to go on after a restart is in `Alert`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from gateway.model.alert import Alert, Answer, Change, State, called
from rules.terms.finding import AlertKind, Finding, Priority

NS_PER_S = 1_000_000_000
MAX_ACK_MINUTES = 24 * 60
_RANK = {Priority.LOW: 0, Priority.MEDIUM: 1, Priority.HIGH: 2}
_Identity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Settings:
    """Times of the life cycle, in seconds. Figures: `docs/rules.md`."""

    reminders_s: tuple[float, ...] = (600.0, 1200.0, 2400.0, *4 * (3600.0,), 86_400.0)  # high, personal; the last stays
    close_s: float = 86_400.0  # a latching alert whose finding is gone waits this long for an answer
    clear_s: float = 300.0  # a finding must stay away this long to count as over (Alertmanager's group_interval)
    again_s: float = 60.0  # ten presses in a minute are one message
    settled_personal_s: float = 12 * 3600.0  # "resolve" while still true: how long that stays quiet
    settled_technical_s: float = 7 * 86400.0


class AlertBook:
    """The open alerts of one home."""

    def __init__(self, open_alerts: Iterable[Alert] = (), last_id: int = 0, settings: Settings = Settings()) -> None:
        """`open_alerts`: as last committed; `last_id`: the highest number ever given, 0 before the first."""
        self.settings = settings
        self._open = {_identity(a.finding): a for a in open_alerts if a.state is not State.RESOLVED}
        self._last_id = max([last_id, *(a.id for a in self._open.values())])
        self._time_ns = max((a.changed_ns for a in self._open.values()), default=0)

    @property
    def last_id(self) -> int:
        """The highest number ever given."""
        return self._last_id

    def open(self) -> tuple[Alert, ...]:
        """Every alert that is not over, oldest first, with its latest evidence."""
        return tuple(sorted(self._open.values(), key=lambda alert: alert.id))

    def observe(self, findings: Iterable[Finding], time_ns: int, rules: Collection[str]) -> list[Change]:
        """Take in what is true at `time_ns` and let time pass.

        `rules` have spoken: an alert of theirs that is not among `findings` is no longer true. A rule that failed is
        left out and its alerts stay; one that was switched off is put in, so that its alerts can end.
        """
        self._time_ns = time_ns
        found: dict[_Identity, Finding] = {}
        for finding in findings:
            known = found.get(_identity(finding))
            if known is None or _worse(finding, known):
                found[_identity(finding)] = finding
        changes = []
        for alert in self.open():
            now = found.pop(_identity(alert.finding), None)
            gone = now is None and alert.finding.rule in rules
            if now is not None and self._another(alert, now, time_ns):
                found[_identity(now)] = now
                closed_ns = time_ns - NS_PER_S  # whoever asks a store which came last finds the new one
                changes += self._keep(alert, _to(alert, State.RESOLVED, closed_ns), tell=False, time_ns=closed_ns)
                continue
            after, tell = self._step(alert, now, gone, time_ns)
            changes += self._keep(alert, after, tell, time_ns)
        for finding in found.values():
            self._last_id += 1
            alert = Alert(self._last_id, finding, State.PENDING, raised_ns=time_ns, changed_ns=time_ns)
            after, tell = self._step(alert, finding, gone=False, time_ns=time_ns)
            changes += self._keep(None, after, tell, time_ns)
        return [replace(each, still_open=still_open(each.alert, self.open())) for each in changes]

    def answer(self, answer: Answer) -> list[Change]:
        """A person answered. Raises ValueError with a sentence for them; nothing has changed then."""
        alert = self._answerable(answer)
        urgent = alert.finding.priority is Priority.HIGH and alert.finding.kind is AlertKind.PERSONAL
        news = urgent and not alert.settled  # that it is dealt with, the others were told
        said = replace(
            alert,
            by=answer.by,
            note=answer.note,
            changed_ns=answer.time_ns,
            answered_ns=answer.time_ns,
            settled=False,
            reminders=0,
        )
        if answer.action == "ack":
            until_ns = answer.time_ns + answer.minutes * 60 * NS_PER_S
            after = replace(said, state=State.ACKNOWLEDGED, until_ns=until_ns)
        elif self._over(alert, answer.time_ns):
            after = replace(said, state=State.RESOLVED, until_ns=0)
        else:
            quiet_s = self.settings.settled_technical_s
            if alert.finding.kind is AlertKind.PERSONAL:
                quiet_s = self.settings.settled_personal_s
            until_ns = answer.time_ns + int(quiet_s * NS_PER_S)
            after = replace(said, state=State.ACKNOWLEDGED, until_ns=until_ns, settled=True)
        return self._keep(alert, after, news, answer.time_ns)

    def shift(self, delta_ns: int) -> list[Change]:
        """The clock was off by `delta_ns`: all times move with it, so that no hold and no answer ends early."""
        self._time_ns += delta_ns
        changes = []
        for alert in self.open():
            finding = replace(
                alert.finding,
                since_ns=_moved(alert.finding.since_ns, delta_ns),
                again_ns=_moved(alert.finding.again_ns, delta_ns),
            )
            after = replace(
                alert,
                finding=finding,
                raised_ns=_moved(alert.raised_ns, delta_ns),
                changed_ns=_moved(alert.changed_ns, delta_ns),
                answered_ns=_moved(alert.answered_ns, delta_ns),
                until_ns=_moved(alert.until_ns, delta_ns),
                tried_ns=_moved(alert.tried_ns, delta_ns),
                ended_ns=_moved(alert.ended_ns, delta_ns),
            )
            self._open[_identity(finding)] = after
            changes.append(Change(after, self._time_ns, tell=False))
        return changes

    def _another(self, alert: Alert, now: Finding, time_ns: int) -> bool:
        """Whether what is true now is not what the alert was raised for: that had ended, and this began later.

        Calls for help within a day belong together.
        """
        before = alert.finding
        known_ns = before.since_ns
        if called(before):
            known_ns = max(known_ns, before.again_ns + int(self.settings.close_s * NS_PER_S))
        return now.latching and self._over(alert, time_ns) and now.since_ns > known_ns

    def _step(self, alert: Alert, now: Finding | None, gone: bool, time_ns: int) -> tuple[Alert, bool]:
        """One alert, one moment: how it stands afterwards and whether people are to be told."""
        news = False
        if now is not None:
            alert, news = self._seen(alert, now, time_ns)
        elif gone:
            alert, news = self._unseen(alert, time_ns)
        if news or alert.state is State.RESOLVED:
            return replace(alert, reminders=0), news
        return self._due(alert, time_ns)

    def _seen(self, alert: Alert, now: Finding, time_ns: int) -> tuple[Alert, bool]:
        before = alert.finding
        now = _counted_on(before, now)
        worse = _worse(now, before)
        again = now.again_ns != before.again_ns
        back = now.latching and now.again_ns == 0 and self._over(alert, time_ns)
        alert = replace(alert, finding=now, ended_ns=0)
        if alert.state is State.PENDING:
            held = time_ns - alert.raised_ns >= int(now.hold_s * NS_PER_S)
            return (_to(alert, State.ACTIVE, time_ns), True) if held else (alert, False)
        if alert.state is State.ACKNOWLEDGED:
            return (_to(alert, State.ACTIVE, time_ns), True) if worse or again or back else (alert, False)
        calm = time_ns - alert.tried_ns >= int(self.settings.again_s * NS_PER_S)
        return alert, worse or back or (again and calm)

    def _unseen(self, alert: Alert, time_ns: int) -> tuple[Alert, bool]:
        if alert.state is State.PENDING:
            return _to(alert, State.RESOLVED, time_ns), False
        alert = alert if alert.ended_ns else replace(alert, ended_ns=time_ns)
        if not self._over(alert, time_ns):
            return alert, False
        if alert.settled:
            return _to(alert, State.RESOLVED, time_ns), False
        if not alert.finding.latching:
            return _to(alert, State.RESOLVED, time_ns), alert.finding.priority is not Priority.LOW
        known = alert.tried_ns - alert.ended_ns >= int(self.settings.clear_s * NS_PER_S)
        return alert, not known and alert.finding.again_ns == 0

    def _due(self, alert: Alert, time_ns: int) -> tuple[Alert, bool]:
        """What time alone brings: an acknowledgement or the patience runs out, an unanswered alert is told again."""
        held = alert.state is State.ACKNOWLEDGED
        if held and time_ns < alert.until_ns:
            return alert, False
        if alert.ended:
            patience_s = self.settings.clear_s if held else self.settings.close_s
            closes = time_ns - alert.ended_ns >= int(patience_s * NS_PER_S)
            return (_to(alert, State.RESOLVED, time_ns), not held) if closes else (alert, False)
        if held:
            return _to(alert, State.ACTIVE, time_ns), True
        finding, waits_s = alert.finding, self.settings.reminders_s
        urgent = finding.priority is Priority.HIGH and finding.kind is AlertKind.PERSONAL
        wait_s = waits_s[min(alert.reminders, len(waits_s) - 1)]
        waited_ns = time_ns - max(alert.tried_ns, alert.changed_ns)
        if alert.state is not State.ACTIVE or not urgent or waited_ns < int(wait_s * NS_PER_S):
            return alert, False
        return replace(alert, reminders=alert.reminders + 1), True

    def _over(self, alert: Alert, time_ns: int) -> bool:
        return alert.ended_ns > 0 and time_ns - alert.ended_ns >= int(self.settings.clear_s * NS_PER_S)

    def _keep(self, before: Alert | None, after: Alert, tell: bool, time_ns: int) -> list[Change]:
        if tell:
            after = replace(after, tried_ns=time_ns)
        if after.state is State.RESOLVED:
            self._open.pop(_identity(after.finding), None)
        else:
            self._open[_identity(after.finding)] = after
        if before is not None and not tell and _news(before) == _news(after):
            return []
        return [Change(after, time_ns, tell)]

    def _answerable(self, answer: Answer) -> Alert:
        alert = next((a for a in self._open.values() if a.id == answer.alert_id), None)
        if alert is None:
            numbers = ", ".join(str(a.id) for a in self.open() if a.state is not State.PENDING)
            which = f"open now: {numbers}" if numbers else "no alert is open now"
            what = "is already over" if 0 < answer.alert_id <= self._last_id else "has never been"
            raise ValueError(f"Alert {answer.alert_id} {what}; {which}.")
        if alert.state is State.PENDING:
            raise ValueError(f"Alert {alert.id} has not been told to anybody yet: it may pass by itself.")
        if answer.action not in ("ack", "resolve"):
            raise ValueError(f"{answer.action!r} is not an answer; say 'ack' (I am on it) or 'resolve' (all is well).")
        if answer.action == "ack" and not 1 <= answer.minutes <= MAX_ACK_MINUTES:
            raise ValueError(f"{answer.minutes} minutes will not do; from 1 to {MAX_ACK_MINUTES} (one day), please.")
        return alert


def still_open(alert: Alert, open_alerts: Iterable[Alert]) -> tuple[str, ...]:
    """Where `alert` is over: what its rule says of the same home that is not."""
    others = (a for a in open_alerts if a.finding.rule == alert.finding.rule and a.state is not State.PENDING)
    return tuple(a.finding.what for a in others if not a.ended) if alert.state is State.RESOLVED else ()


def _identity(finding: Finding) -> _Identity:
    return finding.rule, finding.subject


def _worse(finding: Finding, than: Finding) -> bool:
    return _RANK[finding.priority] > _RANK[than.priority]


def _counted_on(before: Finding, now: Finding) -> Finding:
    """What is counted goes on from what the open alert has counted, though its rule looks back only so far."""
    if not (before.times and now.times):
        return now
    times = max(before.times, now.times)
    if now.since_ns > before.again_ns:  # apart from all that was
        times = before.times + now.times
    elif now.again_ns > before.again_ns:
        times = max(before.times + 1, now.times)
    return replace(now, times=times, since_ns=min(before.since_ns, now.since_ns))


def _to(alert: Alert, state: State, time_ns: int) -> Alert:
    return replace(alert, state=state, changed_ns=time_ns, until_ns=0, settled=False, reminders=0)


def _moved(time_ns: int, delta_ns: int) -> int:
    return time_ns + delta_ns if time_ns else 0


def _news(alert: Alert) -> tuple[object, ...]:
    """What is worth a row: not the words and figures that move with every minute."""
    f = alert.finding
    evidence = (f.kind, f.priority, f.sensors, f.missing, f.again_ns, f.latching)
    return (*evidence, alert.state, alert.changed_ns, alert.by, alert.until_ns, alert.settled, alert.ended_ns)
