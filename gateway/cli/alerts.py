"""status, alerts: what is going on, and answering it."""

import json
import os
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.common import (
    DATABASE,
    DEFAULT_CONFIG,
    IO,
    USAGE,
    ConfigPath,
    Directory,
    Json,
    fail,
    plain_errors,
    say,
    say_json,
)

if TYPE_CHECKING:
    from gateway.alerts.journal import AlertReader

SOMEBODY = "somebody at the box"
Who = Annotated[str, typer.Option("--by", help="Who answers: a role of the plan, or a name. The others read it.")]
Note = Annotated[str, typer.Option("--note", help="What you found, in a few words; kept with the alert.")]
Every = Annotated[bool, typer.Option("--every", help="Ended ones too.")]
Number = Annotated[int, typer.Argument(help="The alert's number.")]


def status(config: ConfigPath = DEFAULT_CONFIG, directory: Directory = None, as_json: Json = False) -> None:
    """How the box is doing: sensors, open alerts, faults, unknown devices. Ends with 4 where it needs somebody now."""
    from gateway.cli.status_text import status_faults, status_lines
    from gateway.service.health import STATUS
    from gateway.system.clock import Clock

    with plain_errors():
        folder = Path(os.environ.get("RUNTIME_DIRECTORY", str(_directory(config, directory))))
        path = folder / STATUS
        if not path.exists():
            raise fail(f"no running box left its status in {folder}; start it with `kinlight run`", IO)
        try:
            values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise fail(f"{path} is damaged; a running box writes it anew every five seconds", IO) from None
        age_s = (Clock().now_ns() - values["time_ns"]) / 1e9
        if as_json:
            say_json(values | {"age_s": age_s})
        else:
            for line in status_lines(values, age_s):
                say(line)
        if faults := status_faults(values, age_s):
            raise fail("; ".join(faults), IO)


alerts = typer.Typer(help="Alerts and answers.", no_args_is_help=True)


@alerts.command("list")
def list_alerts(
    config: ConfigPath = DEFAULT_CONFIG, directory: Directory = None, every: Every = False, as_json: Json = False
) -> None:
    """Open alerts; with --every, ended ones too."""
    with plain_errors():
        reader = _reader(config, directory)
        shown = reader.all_alerts() if every else [*reversed(reader.open_alerts())]
    if as_json:
        say_json([_as_json(alert) for alert in shown])
        return
    with plain_errors():
        zone = _zone(config, directory) if shown else UTC
    for alert in shown:
        raised = datetime.fromtimestamp(alert.raised_ns / 1e9, tz=zone)
        say(f"{alert.id:>4}  {raised:%Y-%m-%d %H:%M}  {alert.finding.priority.value:<6}  {_standing(alert, zone)}")
        say(f"      {alert.finding.what}")
    if not shown:
        say("No open alerts." if not every else "No alerts yet.")


@alerts.command()
def show(
    number: Number, config: ConfigPath = DEFAULT_CONFIG, directory: Directory = None, as_json: Json = False
) -> None:
    """One alert with everything that is known about it."""
    from gateway.alerts.delivery_text import delivery_lines
    from gateway.alerts.journal import FILE, AlertReader
    from gateway.alerts.wording import explain
    from gateway.config.plan import load_plan
    from gateway.config.settings import load
    from rules.terms.words import dated

    if as_json:
        with plain_errors():
            say_json(_as_json(_alert(number, config, directory)))
        return

    with plain_errors():
        path = _config(config, directory)
        home = load(path)
        names = tuple(notifier.name for notifier in home.notifier)
        plan = load_plan(path.with_name("plan.toml"), set(names))
        alert = _alert(number, config, directory)
        recipients = {name: plan.contacts(name) for name in plan.notifiers(alert, names)}
        attempts = AlertReader(_directory(config, directory) / FILE).attempts(number)

    def at(time_ns: int) -> str:
        return dated(datetime.fromtimestamp(time_ns / 1e9, tz=home.home.zone))

    say(explain(alert, home.home.zone, delivery_lines(alert, attempts, recipients, at)))


@alerts.command()
def ack(
    number: Number,
    minutes: Annotated[int, typer.Option(min=1, max=24 * 60, help="For how long you look after it.")] = 30,
    by: Who = "",
    note: Note = "",
    config: ConfigPath = DEFAULT_CONFIG,
    directory: Directory = None,
    as_json: Json = False,
) -> None:
    """Say that you are looking after it; it comes back after a while if it is not resolved."""
    _answer(number, "ack", by, note, minutes, config, directory, as_json)


@alerts.command()
def resolve(
    number: Number,
    by: Who = "",
    note: Note = "",
    config: ConfigPath = DEFAULT_CONFIG,
    directory: Directory = None,
    as_json: Json = False,
) -> None:
    """Say that it is over."""
    _answer(number, "resolve", by, note, 30, config, directory, as_json)


@alerts.command()
def rate(
    number: Number,
    rating: Annotated[str, typer.Argument(help="right, or nothing-found.")],
    undo: Annotated[bool, typer.Option("--undo", help="Take such a rating back.")] = False,
    by: Who = "",
    config: ConfigPath = DEFAULT_CONFIG,
    directory: Directory = None,
    as_json: Json = False,
) -> None:
    """Say whether an alert was right: of a pattern that found nothing, more evidence is asked next time."""
    from gateway.alerts.journal import FILE, AlertReader
    from gateway.alerts.ratings import RATINGS, UNDO, after, asked, differences, ratings, standing
    from gateway.alerts.wording import rated

    if rating not in RATINGS:
        raise fail(f"a rating is one of {', '.join(RATINGS)}, not {rating!r}", USAGE)
    note = f"{UNDO if undo else ''}{rating}"
    with plain_errors():
        alert = _alert(number, config, directory)
        reader = AlertReader(_directory(config, directory) / FILE)
        before, history = standing(reader.answers(number)), ratings(reader)
    now = after(before, note)
    if undo and now == before:
        raise fail(f"alert {number} is not rated {rating}: there is nothing to take back", USAGE)
    _answer(number, "rate", by, note, 30, config, directory, as_json)
    if not as_json and (changed := differences(alert, 0, before, now)):
        subject = alert.finding.subject
        old, new = asked(history, subject), asked([*history, *changed], subject)
        for line in rated(number, subject, old, new, "" if undo else rating):
            say(line)


def _answer(
    number: int,
    action: str,
    by: str,
    note: str,
    minutes: int,
    config: Path,
    directory: Path | None,
    as_json: bool,
) -> None:
    from gateway.alerts.answer_files import submit
    from gateway.model.alert import Answer
    from gateway.system.clock import Clock
    from gateway.system.worker import Stop

    with plain_errors():
        folder = _directory(config, directory)
        if _reader(config, directory).alert(number) is None:
            raise fail(f"there is no alert {number}; `kinlight alerts list` shows the open ones", USAGE)
        who = (by.strip() or SOMEBODY)[:64]
        clock = Clock()
        path = submit(folder, Answer(number, action, who, clock.now_ns(), minutes, note[:500]))
        until_s = clock.monotonic_s() + 5.0
        while path.exists() and clock.monotonic_s() < until_s:
            Stop().wait(0.1)
        taken = not path.exists()
        if taken and path.with_suffix(".refused").exists():
            over = action != "rate"
            raise fail(f"alert {number} could not take that answer{': it is over already' if over else ''}", USAGE)
        if as_json:
            say_json({"alert": number, "action": action, "taken": taken})
        elif not taken:
            say("Your answer is kept, but the box is not running; it is taken in when it starts.")
        else:
            done = {"ack": f"yours for {minutes} minutes", "resolve": "resolved", "rate": "your rating is kept"}[action]
            say(f"Alert {number}: {done}. Thank you.")


def _config(config: Path, directory: Path | None) -> Path:
    """The configuration of the home: a demo's or a copied home's own file, if there is one beside its journals."""
    beside = (directory or Path()) / DEFAULT_CONFIG.name
    return beside if directory and beside.exists() else config


def _zone(config: Path, directory: Path | None) -> tzinfo:
    from gateway.config.settings import load

    return load(_config(config, directory)).home.zone


def _standing(alert: Any, zone: tzinfo) -> str:
    from gateway.alerts.wording import standing
    from gateway.system.clock import Clock
    from rules.terms.words import when

    now = datetime.fromtimestamp(Clock().now_ns() / 1e9, tz=zone)
    return standing(alert, lambda time_ns: when(datetime.fromtimestamp(time_ns / 1e9, tz=zone), now))


def _directory(config: Path, directory: Path | None) -> Path:
    from gateway.config.settings import load
    from gateway.service.memory_fallback import current

    return current(directory or load(config).store.directory)


def _reader(config: Path, directory: Path | None) -> "AlertReader":
    from gateway.alerts.journal import FILE, AlertReader

    path = _directory(config, directory) / FILE
    if not path.exists():
        raise fail(f"no alerts have been kept in {path.parent}; is it the right --directory?", DATABASE)
    return AlertReader(path)


def _alert(number: int, config: Path, directory: Path | None) -> Any:
    alert = _reader(config, directory).alert(number)
    if alert is None:
        raise fail(f"there is no alert {number}; `kinlight alerts list --every` shows them all", USAGE)
    return alert


def _as_json(alert: Any) -> dict[str, Any]:
    finding = alert.finding
    return {
        "id": alert.id,
        "state": alert.state.value,
        "kind": finding.kind.value,
        "priority": finding.priority.value,
        "rule": finding.rule,
        "subject": finding.subject,
        "what": finding.what,
        "raised_ns": alert.raised_ns,
        "changed_ns": alert.changed_ns,
        "tried_ns": alert.tried_ns,
        "ended_ns": alert.ended_ns,
        "by": alert.by,
        "answered_ns": alert.answered_ns,
        "settled": alert.settled,
        "until_ns": alert.until_ns,
    }
