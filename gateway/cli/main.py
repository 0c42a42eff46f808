"""The command line. Exit codes: 0 done, 2 usage, 3 configuration, 4 input or output, 5 database."""

from importlib.metadata import version as installed
from typing import Annotated

import typer

from gateway.cli import alerts, backup, dashboards, demo, recordings, service
from gateway.cli.common import Json, say, say_json

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        say(f"kinlight {installed('kinlight')}")
        raise typer.Exit


VERSION = typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")


@app.callback()
def root(version: Annotated[bool, VERSION] = False) -> None:
    """Kinlight watches over a home: sensors in, early and plain words out. Not a medical device."""
    del version


app.command()(service.run)
app.command()(demo.demo)
app.command()(service.check)
app.command()(alerts.status)
app.add_typer(alerts.alerts, name="alerts")
app.command()(backup.backup)
app.command()(backup.restore)
app.command(hidden=True)(service.failed)
app.command()(service.record)
app.command()(recordings.decode)
app.command()(recordings.replay)
app.command()(recordings.simulate)
app.add_typer(recordings.importing, name="import")
app.add_typer(dashboards.app, name="dashboards")


@app.command()
def drivers(as_json: Json = False) -> None:
    """The devices Kinlight understands."""
    from drivers.kit import catalogue

    _shelf([(name, catalogue.load(name)) for name in catalogue.names()], as_json)


@app.command()
def rules(as_json: Json = False) -> None:
    """What Kinlight looks for."""
    from rules.kit import catalogue

    _shelf([(name, catalogue.load(name)) for name in catalogue.names()], as_json)


@app.command()
def version(as_json: Json = False) -> None:
    """The version."""
    if as_json:
        say_json({"version": installed("kinlight")})
    else:
        _print_version(True)


def _shelf(leaves: list[tuple[str, object]], as_json: bool) -> None:
    rows = [(name, str(getattr(leaf, "TITLE", ""))) for name, leaf in leaves]
    if as_json:
        say_json([{"name": name, "title": title} for name, title in rows])
        return
    for name, title in rows:
        say(f"{name:<16}  {title}")


def main() -> None:
    """Entry point of `kinlight` and of `python -m gateway`."""
    app()
