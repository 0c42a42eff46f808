"""demo: a simulated home in the terminal."""

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.common import CONFIGURATION, IO, USAGE, fail, plain_errors
from gateway.cli.service import stop_on_signals

Decline = Annotated[str, typer.Option(help="uti, slowing, not_drinking, heart, fall, or none for a healthy life.")]
Speed = Annotated[float, typer.Option(min=0, max=600, help="Simulated seconds a second; 0: what suits the story.")]
Folder = Annotated[Path | None, typer.Option("--directory", "-d", help="Keep the journals here; usually they go.")]


def demo(
    decline: Decline = "uti",
    speed: Speed = 0.0,
    seed: Annotated[int, typer.Option(help="Another number is another person.")] = 7,
    weeks: Annotated[int, typer.Option(help="Weeks of history.")] = 5,
    seconds: Annotated[float, typer.Option(min=0, help="Watch so long, then stop; 0 is until Ctrl-C.")] = 0.0,
    directory: Folder = None,
    plain: Annotated[bool, typer.Option("--plain", help="Lines instead of a live screen.")] = False,
) -> None:
    """Watch a simulated home, live: no hardware, no internet. INFLUX_URL sends its summaries to a store."""
    from rich.console import Console

    from gateway.demo.app import Wish, run, store_from
    from gateway.demo.folder import DemoError
    from gateway.demo.show import Lines, Screen
    from gateway.demo.story import story
    from gateway.simulate.broker import BrokerError
    from gateway.system.clock import Clock
    from gateway.system.worker import Stop

    sys.stdout.reconfigure(errors="replace", line_buffering=True)  # type: ignore[union-attr]
    console = Console()
    stop = Stop()
    stop_on_signals(stop)
    with plain_errors():
        try:
            told = story(decline, seed, weeks, Clock().now_ns())
            wish = Wish(told, speed, seconds, directory, store_from(os.environ), _program())
        except ValueError as error:
            raise fail(error, USAGE) from None
        try:
            run(wish, Screen(console) if console.is_terminal and not plain else Lines(console), stop)
        except (DemoError, BrokerError) as error:
            raise fail(error, IO) from None
        except ValueError as error:  # what INFLUX_URL and its kin say
            raise fail(f"INFLUX_URL: {error}", CONFIGURATION) from None


def _program() -> str:
    """How this command is called from another terminal."""
    if found := shutil.which("kinlight"):
        return "kinlight" if Path(found).samefile(Path(sys.argv[0])) else found
    own = Path(sys.argv[0])
    if own.name != "kinlight":
        return f"{sys.executable} -m gateway"
    return os.path.relpath(own) if own.is_relative_to(Path.cwd()) else str(own)
