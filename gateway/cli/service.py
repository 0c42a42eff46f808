"""run, check, record: the box at work."""

import logging
import os
import signal
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.common import (
    DEFAULT_CONFIG,
    IO,
    ConfigPath,
    Directory,
    Json,
    fail,
    plain_errors,
    say,
    say_json,
    set_up_logging,
)

Tell = Annotated[bool, typer.Option("--tell", help="Send a test message by every notifier, to everybody behind it.")]


def run(config: ConfigPath = DEFAULT_CONFIG, directory: Directory = None) -> None:
    """Watch the home until told to stop (SIGTERM, SIGHUP or Ctrl-C)."""
    from gateway.service.build import build
    from gateway.service.daemon import Daemon
    from gateway.system.clock import Clock
    from gateway.system.worker import Stop

    with plain_errors():
        setup = build(config)
        set_up_logging(setup.config.log.level)
        stop = Stop()
        stop_on_signals(stop)
        daemon = Daemon(setup, Clock(), stop, directory)
        daemon.run()
    if daemon.hung:  # nothing that is committed is lost, and whoever told us to stop does not wait for them
        logging.shutdown()
        os._exit(0)


def stop_on_signals(stop: object) -> None:
    """The first SIGTERM, Ctrl-C or closed terminal stops cleanly, a second one at once."""

    def on_signal(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()  # type: ignore[attr-defined]

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup means it
            signal.signal(number, on_signal)


def check(config: ConfigPath = DEFAULT_CONFIG, tell: Tell = False, as_json: Json = False) -> None:
    """Try everything the configuration names, and say what to mend. Nobody is sent anything without --tell."""
    from gateway.cli.check import run_checks
    from gateway.service.build import build
    from gateway.system.clock import Clock

    with plain_errors():
        setup = build(config)
        findings = run_checks(setup, Clock().now_ns() if tell else 0)
    if as_json:
        say_json([each._asdict() for each in findings])
    else:
        for what, fault, note in findings:
            said = fault or note
            say(f"{'PROBLEM' if fault else 'note   ' if note else 'ok     '}  {what}{f': {said}' if said else ''}")
    faults = sum(bool(each.fault) for each in findings)
    if faults:
        raise fail(f"{faults} of {len(findings)} things need mending", IO)


def failed(config: ConfigPath = DEFAULT_CONFIG, directory: Directory = None) -> None:
    """Tell people that the box does not start; systemd calls it after every end that was none of ours."""
    from gateway.cli.failed import tell
    from gateway.system.clock import Clock

    set_up_logging("info")
    folder = directory or Path(os.environ.get("RUNTIME_DIRECTORY", "/run/kinlight"))
    with plain_errors():
        said = tell(config, folder, Clock().now_ns() / 1e9)
    for line in said:
        say(line)
    if said and not any(line.endswith(": told") for line in said):
        raise fail("nobody could be told that the box does not run", IO)


def record(
    output: Annotated[Path, typer.Argument(help="The capture to write (.jsonl or .jsonl.gz); it is added to.")],
    config: ConfigPath = DEFAULT_CONFIG,
    seconds: Annotated[float, typer.Option(help="Stop after so long; 0 records until Ctrl-C.")] = 0.0,
    as_json: Json = False,
) -> None:
    """Write down what the devices say, byte for byte: a bug report, a test, an input of `kinlight replay`."""
    from gateway.service.build import build
    from gateway.service.record import record_to
    from gateway.system.clock import Clock
    from gateway.system.worker import Stop

    with plain_errors():
        setup = build(config)
        set_up_logging(setup.config.log.level)
        stop = Stop()
        stop_on_signals(stop)
        count, faults = record_to(setup, output, Clock(), stop, seconds)
        if as_json:
            say_json({"frames": count, "output": str(output), "faults": faults})
        else:
            say(f"{count} frames recorded in {output}")
        if faults:
            raise fail("\n".join(faults), IO)
