"""Draws the README's picture of the demo: `python -m gateway.demo.picture docs/pictures/demo.svg`.

A real demo, watched until its alert has been open for a moment; what an 80x24 terminal shows then becomes an SVG
without fonts or scripts from elsewhere.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Final

from rich.console import Console

from gateway.demo.app import Wish, run
from gateway.demo.scene import Telling, scene
from gateway.demo.show import Reached
from gateway.demo.story import Story, story
from gateway.demo.view import SMALLEST, Scene, screen
from gateway.service.daemon import Daemon
from gateway.system.clock import Clock
from gateway.system.worker import Stop

WEEKS: Final = 5
LINGER_S: Final = 4.0


class Picture:
    """A show that keeps what was last on the screen and stops the demo once an alert has been open for a moment."""

    def __init__(self, stop: Stop) -> None:
        self.last: Scene | None = None
        self._stop = stop
        self._until_s = float("inf")

    def say(self, text: str) -> None:
        """Nobody listens."""

    @contextmanager
    def history(self, story: Story) -> Iterator[Reached]:
        """Nobody watches."""
        del story
        yield lambda _time_ns, _rate: None

    def turn(self, daemon: Daemon, telling: Telling) -> None:
        """Look, and stop when there is something to see."""
        self.last = scene(daemon, telling)
        now_s = daemon.clock.monotonic_s()
        if self.last.alerts:
            self._until_s = min(self._until_s, now_s + LINGER_S)
        if now_s > self._until_s:
            self._stop.set()

    def close(self) -> None:
        """Nothing is held."""


def draw(path: Path) -> None:
    """Run a demo and write the picture. Raises what `run` raises."""
    stop = Stop()
    show = Picture(stop)
    run(Wish(story("uti", 7, WEEKS, Clock().now_ns())), show, stop)
    assert show.last is not None
    width, height = SMALLEST
    console = Console(record=True, width=width, height=height, file=StringIO(), force_terminal=True)
    console.print(screen(show.last, width, height))
    drawn = console.export_svg(title="make demo", unique_id="demo")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(re.sub(r"@font-face\s*{.*?}\s*", "", drawn, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
