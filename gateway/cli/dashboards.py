"""dashboards build, push, check: the dashboards, their data source and two alert rules into Grafana; mark, token."""

import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.common import IO, Json, fail, plain_errors, say, say_json

if TYPE_CHECKING:
    from gateway.grafana.api import Grafana
    from gateway.grafana.desired_state import Wanted
    from gateway.grafana.settings import GrafanaSettings
    from gateway.grafana.step import Step

app = typer.Typer(help="Dashboards in Grafana. Which Grafana and whose: the environment, GRAFANA_URL and others.")

From = Annotated[Path | None, typer.Option("--from", help="A directory of dashboards, instead of Kinlight's own.")]
Only = Annotated[list[str] | None, typer.Option("--only", help="A dashboard's uid; may be given several times.")]
StoreName = Annotated[str, typer.Option("--store", help="victoriametrics or influxdb; over GRAFANA_STORE.")]
Folder = Annotated[str, typer.Option("--folder", help="The folder's title; over GRAFANA_FOLDER.")]
Team = Annotated[str, typer.Option("--team", help="Only this team sees the folder; over GRAFANA_TEAM.")]
Home = Annotated[str, typer.Option("--home", help="Its data source shows this home alone; over GRAFANA_HOME.")]
OUT = Annotated[Path, typer.Argument(help="Grafana's provisioning directory, or one to copy there.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")]
PATH_THERE = Annotated[str, typer.Option(help="Where Grafana will see the directory, if elsewhere than here.")]


@app.command()
def build(
    directory: OUT,
    as_seen_at: PATH_THERE = "",
    source: From = None,
    only: Only = None,
    store: StoreName = "",
    folder: Folder = "",
    home: Home = "",
    as_json: Json = False,
) -> None:
    """Write provisioning files for a Grafana on this machine; it reads them when it starts."""
    from gateway.grafana import provisioning_files

    with plain_errors():
        options, wanted = _wanted(source, only, {"store": store, "folder": folder, "home": home})
        there = Path(as_seen_at or directory.resolve()) / wanted.folder_uid
        written = [
            str(path)
            for path in provisioning_files.write(directory, provisioning_files.files(options, wanted, str(there)))
        ]
    if as_json:
        say_json({"written": written})
        return
    for path in written:
        say(f"wrote {path}")
    if not options.store_url:
        say("No data source was written: give GRAFANA_STORE_URL, or make one with the uid " + wanted.data_source_uid)


@app.command()
def push(
    source: From = None,
    only: Only = None,
    store: StoreName = "",
    folder: Folder = "",
    team: Team = "",
    home: Home = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Bring a Grafana anywhere to what is wanted: only what differs is written."""
    from gateway.grafana.push import carry_out, writable

    with _grafana_errors():
        given = {"store": store, "folder": folder, "team": team, "home": home}
        steps = _plan(source, only, given)
        if dry_run:
            _show([] if as_json else steps)
            writable(steps)
        if dry_run and not as_json:
            return
        written = 0 if dry_run else carry_out(steps, (lambda _: None) if as_json else say)
        if as_json:
            say_json({"written": written, "dry_run": dry_run, "steps": _as_json(steps)})
            return
        say(f"{written} written, {len(steps) - written} as they should be already.")


@app.command()
def check(
    source: From = None,
    only: Only = None,
    store: StoreName = "",
    folder: Folder = "",
    team: Team = "",
    home: Home = "",
    as_json: Json = False,
) -> None:
    """Whether Grafana is as it should be: reached, allowed, its store answering, nothing changed by hand."""
    with _grafana_errors():
        given = {"store": store, "folder": folder, "team": team, "home": home}
        steps = _plan(source, only, given)
        differ = [step for step in steps if step.action != "keep"]
        if as_json:
            say_json({"steps": _as_json(steps)})
        if differ:
            for step in () if as_json else differ:
                say(f"{step.kind} {step.name}: {'not there' if step.action == 'make' else 'differs'}")
            raise fail(f"{len(differ)} of {len(steps)} differ; `kinlight dashboards push --dry-run` shows how", IO)
        if not as_json:
            say("Grafana is as it should be, and its store answers.")


@app.command()
def mark(
    text: Annotated[str, typer.Argument(help="What happened, in a few words and without names.")],
    home: Annotated[str, typer.Option("--home", help="The home it is about; without it every home shows it.")] = "",
    at: Annotated[str, typer.Option("--at", help="When, like 2026-11-03T14:30; without it now.")] = "",
    until: Annotated[str, typer.Option("--until", help="When it ended, if it lasted.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Write a note that stands beside the curves: "in hospital", "the carer's hours changed"."""
    from gateway.config.settings import NAME
    from gateway.config.toml_file import ConfigError
    from gateway.grafana.annotations import MINUTE_MS, minute_ms
    from gateway.grafana.annotations import mark as write
    from gateway.system.clock import Clock

    with _grafana_errors():
        if home and not re.fullmatch(NAME, home):
            raise ConfigError(f"--home: {home!r} is no home's id: 1 to 64 letters, digits, - and _")
        at_ms = minute_ms(at, "--at") if at else Clock().now_ns() // 1_000_000 // MINUTE_MS * MINUTE_MS
        span_ms = at_ms, minute_ms(until, "--until") if until else None
        written = write(_grafana(), text, home, span_ms, dry_run=dry_run)
        if as_json:
            say_json({"written": written and not dry_run, "dry_run": dry_run, "home": home, "text": text})
        elif not written:
            say("It stands there already.")
        else:
            say(f"{'would write' if dry_run else 'wrote'}: {text} ({home or 'every home'})")


@app.command()
def token(
    name: Annotated[str, typer.Option("--name", help="Who looks with it: family-42, ward tablet.")],
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="For how long it works.")] = 365,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Make a token that looks at this organisation's dashboards and changes nothing; it is shown once."""
    from gateway.grafana.annotations import viewer_token

    with _grafana_errors():
        made = viewer_token(_grafana(), name, days, dry_run=dry_run)
        if as_json:
            say_json({"name": name, "days": days, "dry_run": dry_run, "token": None if dry_run else made})
        elif dry_run:
            say(f"would make a token for the service account {name}, role Viewer, for {days} days")
        else:
            say(made)
        if not dry_run:
            typer.echo("It is not shown again. It sees what any Viewer of this organisation sees.", err=True)


def _grafana() -> "Grafana":
    from gateway.grafana.api import Grafana
    from gateway.grafana.settings import reachable, settings

    options = reachable(settings())
    return Grafana(options.url, options.token.get_secret_value(), options.ca, options.timeout_s)


def _plan(source: Path | None, only: list[str] | None, given: dict[str, str]) -> "list[Step]":
    from gateway.grafana.api import Grafana
    from gateway.grafana.push import plan
    from gateway.grafana.settings import reachable, settings

    reachable(settings(**given))
    options, wanted = _wanted(source, only, given)
    token = options.token.get_secret_value()
    return plan(Grafana(options.url, token, options.ca, options.timeout_s), wanted)


def _wanted(source: Path | None, only: list[str] | None, given: dict[str, str]) -> "tuple[GrafanaSettings, Wanted]":
    from gateway.grafana.desired_state import DASHBOARDS, read_dashboards, wanted
    from gateway.grafana.settings import settings

    options = settings(**given)
    models, others = read_dashboards(source or DASHBOARDS, options.store, only or ())
    for uid in others:
        typer.echo(f"left out {uid}: it is for another store than {options.store}", err=True)
    return options, wanted(options, models)


def _as_json(steps: "list[Step]") -> list[dict[str, str]]:
    return [{"action": step.action, "kind": step.kind, "name": step.name} for step in steps]


def _show(steps: "list[Step]") -> None:
    for step in steps:
        if step.action == "keep":
            say(f"as it should be: {step.kind} {step.name}")
            continue
        say(f"would {step.action} {step.kind} {step.name}")
        for line in step.diff:
            say(f"    {line}")


def _grafana_errors() -> AbstractContextManager[None]:
    from gateway.grafana.errors import GrafanaError

    return plain_errors(GrafanaError)
