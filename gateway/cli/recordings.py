"""decode, replay, simulate, import: recordings in and out."""

import json
import sys
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.common import (
    CONFIGURATION,
    DEFAULT_CONFIG,
    IO,
    USAGE,
    ConfigPath,
    Json,
    fail,
    plain_errors,
    say,
    say_json,
)
from rules.terms.words import counted

NAMED = 10  # faults that are named one by one; a file that is none has thousands
FIRST_DAY, LAST_DAY = date(1970, 1, 2), date(2261, 12, 31)  # what a recording can hold
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there.")]
Capture = Annotated[Path, typer.Argument(help="A capture: JSON lines, .jsonl or .jsonl.gz.")]


def decode(
    driver: Annotated[str, typer.Argument(help="The driver's name; `kinlight drivers` lists them.")],
    file: Capture,
    option: Annotated[list[str] | None, typer.Option("--option", "-o", help="A driver option, name=value.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As it is always printed.")] = False,
) -> None:
    """Print what a driver makes of a capture, one JSON object a line."""
    del as_json
    from drivers.kit import catalogue
    from gateway.ingest.capture import CaptureError, read_on, render

    with plain_errors():
        try:
            module = catalogue.load(driver)
            options = catalogue.options(driver, _options(option or []))
        except ValueError as error:
            raise fail(error, CONFIGURATION) from None
        decoder = module.decoder(options)
        bad = 0
        for frame in read_on(file):
            if isinstance(frame, CaptureError):
                bad += 1
                if bad <= NAMED:
                    fail(frame, CONFIGURATION)
                continue
            for item in decoder(frame):
                sys.stdout.write(render(item) + "\n")
        sys.stdout.flush()
    if bad:
        raise fail(f"{counted(bad, 'bad line')} in {file}; all others were decoded", CONFIGURATION)


def replay(
    files: Annotated[list[Path], typer.Argument(help="Captures, in the order of time.")],
    config: ConfigPath = DEFAULT_CONFIG,
    directory: Annotated[Path, typer.Option("--directory", "-d", help="Where the journals go.")] = Path("replayed"),
    forward: Annotated[
        bool, typer.Option(help="Also send the summaries to the configured sinks: real stores.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run the whole program over captures, as fast as it goes: readings, summaries, alerts, forwarding."""
    from gateway.service.build import build
    from gateway.service.replay import forward as send
    from gateway.service.replay import frames_of, replay
    from gateway.service.startup import open_home
    from gateway.system.clock import Clock
    from gateway.system.worker import Stop

    with plain_errors():
        setup = build(config)
        opened = open_home(setup, directory)
        faults: list[object] = []
        done = replay(opened, frames_of(files, faults.append))
        sent = {}
        for name, sink in setup.sinks.items() if forward else ():
            status = send(opened, name, sink, Clock(), Stop())
            sent[name] = {"left": status.backlog.lines, "refused": status.refused, "reason": status.reason}
        setup.close()
        tally = opened.pipeline.intake.tally
        alerts = [change.alert for change in done.changes if change.tell]
        opened.close()
    report: dict[str, Any] = {
        "frames": done.frames,
        "readings": done.readings,
        "points": done.points,
        "alerts": len(alerts),
        "sinks": sent,
        "bad_lines": len(faults),
        "late": tally.late,
        "ahead": tally.ahead,
        "not_understood": [
            {"device": device, "kind": kind, "count": count, "latest": tally.reasons[device, kind]}
            for (device, kind), count in tally.errors.most_common(20)
        ],
    }
    if as_json:
        say_json(report)
    else:
        say(f"{done.frames} frames, {done.readings} readings, {done.points} points, journal in {directory}")
        for alert in alerts:
            say(f"  alert {alert.id}: {alert.finding.what}")
        for row in report["not_understood"]:
            say(f"  not understood: {row['count']} x {row['device']} {row['kind']}: {row['latest']}")
        _say_wrong_times(tally.ahead, tally.late)
        for name, state in sent.items():
            whole = not state["left"] and not state["refused"]
            say(f"  sink {name}: {'everything sent' if whole else 'NOT everything sent'}")
    for fault in faults[:NAMED]:
        fail(fault, CONFIGURATION)
    if faults:
        raise fail(f"{counted(len(faults), 'bad line')}; all others were replayed", CONFIGURATION)
    for name, state in sent.items():
        if state["left"]:
            kept = f"{state['left']} points are kept in {directory}"
            raise fail(f"sink {name}: {state['reason'] or 'it took nothing'}; {kept}", IO)
        if state["refused"]:
            raise fail(f"sink {name}: it refused {state['refused']} points; they are kept aside in {directory}", IO)


def _say_wrong_times(ahead: int, late: int) -> None:
    if ahead:
        say(f"  wrong clock: {ahead} frames lay far ahead of those behind them, and count from where they stand")
    if late:
        say(f"  late: {late} readings were older than what came before them: kept, and nothing is concluded from them")


def simulate(
    output: Annotated[Path, typer.Option("--output", "-o", help="The capture to write.")] = Path("home.jsonl.gz"),
    days: Annotated[int, typer.Option(min=1, max=3650, help="For how long.")] = 35,
    seed: Annotated[int, typer.Option(min=0, help="Another number is another person; the same is the same.")] = 7,
    start: Annotated[str, typer.Option(help="First day, YYYY-MM-DD.")] = "2026-03-02",
    decline: Annotated[str, typer.Option(help="KIND:DAY, e.g. uti:28; from that day the person goes downhill.")] = "",
    config: Annotated[Path | None, typer.Option(help="Also write the gateway.toml that fits this home.")] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Make up a home a carer would believe, and write what its sensors say."""
    from gateway.simulate import describe, parse_decline, simulate
    from gateway.simulate.emit import write_capture

    with plain_errors():
        try:
            first = date.fromisoformat(start)
            wish = parse_decline(decline) if decline else None
        except ValueError as error:
            raise fail(error, USAGE) from None
        if not FIRST_DAY <= first <= LAST_DAY - timedelta(days=days):
            span = f"{counted(days, 'day')} from then on must lie between {FIRST_DAY} and {LAST_DAY}"
            raise fail(f"--start {first}: {span}", USAGE)
        if wish and wish.day >= days:
            last = f"the last of {days} days is day {days - 1}"
            raise fail(f"{decline} would begin after the end: {last}; give an earlier day or more --days", USAGE)
        for path in filter(None, (output, config)):
            if path.is_file() and not force:
                raise fail(f"{path} is there already; give another name, or --force to replace it", USAGE)
        count = write_capture(simulate(seed, first, days, decline=wish), output)
        if config:
            config.write_text(describe(), encoding="utf-8")
    written = {"frames": count, "days": days, "output": str(output), "config": str(config) if config else None}
    aside = not output.is_file()  # a pipe or a terminal: what is said must not stand in the recording
    if as_json:
        typer.echo(json.dumps(written), err=aside)
        return
    typer.echo(f"{count} frames of {counted(days, 'day')} written to {output}", err=aside)
    if config:
        typer.echo(f"configuration written to {config}", err=aside)


importing = typer.Typer(help="Turn other people's recordings into captures.", no_args_is_help=True)


@importing.command()
def tihm(
    directory: Annotated[Path, typer.Argument(help="The folder with Activity.csv(.gz) and Physiology.csv.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder that gets one folder a home.")] = Path(
        "tihm"
    ),
    home: Annotated[list[str] | None, typer.Option(help="Only this home; may be given several times.")] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """TIHM 1.5: homes of people living with dementia (Palermo et al. 2023, CC BY 4.0)."""
    from gateway.importers.tihm import TihmError, import_tihm

    with plain_errors():
        if not force and output.is_dir() and any(output.iterdir()):
            raise fail(f"{output} is not empty; give another folder, or --force to replace what is there", USAGE)
        try:
            done = import_tihm(directory, output, homes=home)
        except TihmError as error:
            raise fail(error, IO) from None
    if as_json:
        counts = {"rows": done.rows, "repeated": done.repeated, "bad": done.bad}
        say_json({"captures": [str(path) for path in done.captures], **counts})
    for path in () if as_json else done.captures:
        say(str(path))
    if not as_json:
        say(
            f"{done.rows} rows; {done.repeated} second firings within a second count once; {done.bad} could not be read"
        )
    for problem in done.problems[:NAMED]:
        fail(problem, IO)
    if done.bad:
        raise fail(f"{done.bad} rows could not be read; all others were imported", IO)


def _options(texts: list[str]) -> dict[str, object]:
    """Options as typed on a command line, name=value; a value is read as TOML where it is that, else as text."""
    found: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"option {text!r} is not of the form name=value")
        try:
            found[name] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            found[name] = value
    return found
