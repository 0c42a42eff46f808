"""The command line. Exit codes: 0 done, 2 usage, 3 configuration, 4 input or output, 5 database."""

from importlib.metadata import version as installed
from typing import Annotated

import typer

from gateway.commands import captures, dashboards, demo, keeping, people, running
from gateway.commands.common import Json, say, say_json

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


app.command()(running.run)
app.command()(demo.demo)
app.command()(running.check)
app.command()(people.status)
app.add_typer(people.alerts, name="alerts")
app.command()(keeping.backup)
app.command()(keeping.restore)
app.command(hidden=True)(running.failed)
app.command()(running.record)
app.command()(captures.decode)
app.command()(captures.replay)
app.command()(captures.simulate)
app.add_typer(captures.importing, name="import")
app.add_typer(dashboards.app, name="dashboards")


@app.command()
def drivers(as_json: Json = False) -> None:
    """The devices Kinlight understands."""
    from drivers import catalogue

    _shelf([(name, catalogue.load(name)) for name in catalogue.names()], as_json)


@app.command()
def rules(as_json: Json = False) -> None:
    """What Kinlight looks for."""
    from rules import catalogue

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
