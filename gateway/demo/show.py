"""The output of the demo.

What the demo says while it runs: a live screen in a terminal, lines where there is none.
"""

import re
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from gateway.demo.scene import Telling, scene
from gateway.demo.story import ZONE, Story
from gateway.demo.view import AlertRow, Scene, screen
from gateway.service.daemon import Daemon

REFRESH_S = 0.25
INDENT = " " * 9
_CLOCK = re.compile(r"\d\d:\d\d  ")
NS_PER_WEEK = 7 * 86_400 * 1_000_000_000

Reached = Callable[[int, int], None]
"""Tell how far history came: simulated UTC nanoseconds, frames a second."""


class Show(Protocol):
    """One way to follow the demo."""

    def say(self, text: str) -> None:
        """One sentence."""

    @contextmanager
    def history(self, story: Story) -> Iterator[Reached]:
        """While history is gone through."""
        ...

    def turn(self, daemon: Daemon, telling: Telling) -> None:
        """The daemon did a step of its work."""

    def close(self) -> None:
        """The screen belongs to the terminal again. May be called twice."""


class Screen:
    """A live screen."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._drawn_s = 0.0
        self._alerts: dict[int, str] = {}
        self._ended: list[str] = []

    def say(self, text: str) -> None:
        """A line above the bar, or below the screen once it is closed."""
        self._console.print(text, highlight=False, soft_wrap=True)

    @contextmanager
    def history(self, story: Story) -> Iterator[Reached]:
        """A bar, the date it has come to, and the rate."""
        columns = (
            TextColumn("  {task.description:<18}"),
            BarColumn(30, complete_style="cyan", finished_style="cyan"),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]:,} messages a second"),
        )
        with Progress(*columns, console=self._console, auto_refresh=False) as progress:
            bar = progress.add_task(_date(story.start_ns), total=story.live_ns - story.start_ns, rate=0)

            def reached(time_ns: int, rate: int) -> None:
                done = min(time_ns, story.live_ns) - story.start_ns
                progress.update(bar, completed=done, description=_date(time_ns), rate=rate, refresh=True)

            yield reached

    def turn(self, daemon: Daemon, telling: Telling) -> None:
        """Draw, four times a second."""
        if daemon.clock.monotonic_s() - self._drawn_s < REFRESH_S:
            return
        self._drawn_s = daemon.clock.monotonic_s()
        now = scene(daemon, telling, self._ended)
        self._note_ends(now)
        if self._live is None:
            self._live = Live(console=self._console, screen=True, auto_refresh=False)
            self._live.start()
        self._live.update(screen(now, *self._console.size), refresh=True)

    def close(self) -> None:
        """Back to the ordinary screen, with the cursor."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _note_ends(self, now: Scene) -> None:
        open_now = {alert.number: alert.what for alert in now.alerts}
        gone = self._alerts.keys() - open_now.keys()
        self._ended[:0] = [f"{now.now:%H:%M}: {self._alerts[number]} (alert {number})" for number in sorted(gone)]
        self._alerts = open_now


class Lines:
    """A line when something happens: for logs, pipes and screen readers."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._looked_s = 0.0
        self._alerts: dict[int, AlertRow] = {}
        self._box: dict[str, tuple[bool, str]] = {}
        self._hour = -1

    def say(self, text: str) -> None:
        """One thing: a line in a log, as many as it takes in a terminal."""
        for line in self._wrapped(text):
            self._print(line)

    @contextmanager
    def history(self, story: Story) -> Iterator[Reached]:
        """A line for each week."""
        weeks = 0

        def reached(time_ns: int, rate: int) -> None:
            nonlocal weeks
            if (time_ns - story.start_ns) // NS_PER_WEEK > weeks:
                weeks += 1
                self.say(f"history: week {weeks} of {story.weeks}, {rate:,} messages a second")

        yield reached

    def turn(self, daemon: Daemon, telling: Telling) -> None:
        """Say what changed, looking four times a second."""
        if daemon.clock.monotonic_s() - self._looked_s < REFRESH_S:
            return
        self._looked_s = daemon.clock.monotonic_s()
        now = scene(daemon, telling)
        if now.now.hour != self._hour:
            self._hour = now.now.hour
            self.say(f"{now.now:%H:%M}  last sign of life: {now.last_sign}")
        for row in now.box:
            before_ok, _ = self._box.get(row.part, (True, ""))
            if row.ok != before_ok:
                self.say(f"{now.now:%H:%M}  {row.part}: {row.text}")
            self._box[row.part] = (row.ok, row.text)
        self._tell_alerts(now)

    def close(self) -> None:
        """Nothing is held."""

    def _wrapped(self, text: str) -> list[str]:
        """In a log a line is one thing; only a terminal breaks words at its edge."""
        if not self._console.is_terminal:
            return [text]
        under = INDENT if text.startswith(INDENT) or _CLOCK.match(text) else ""
        return textwrap.wrap(text, self._console.width, subsequent_indent=under, break_long_words=False) or [""]

    def _print(self, line: str) -> None:
        """As it is: what has to be typed stays one line, however long."""
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _tell_alerts(self, now: Scene) -> None:
        open_now = {alert.number: alert for alert in now.alerts}
        for number, alert in open_now.items():
            before = self._alerts.get(number)
            if before is None or before.answered != alert.answered:
                self.say(f"{now.now:%H:%M}  {'answered' if alert.answered else 'ALERT'} {number}: {alert.head}")
                for line in alert.details if not alert.answered else ():
                    self.say(f"{INDENT}{line}")
                if not alert.answered:
                    self._print(f"{INDENT}Answer it in another terminal: {now.command.format(f'ack {number}')}")
        for number in self._alerts.keys() - open_now.keys():
            self.say(f"{now.now:%H:%M}  over {number}: {self._alerts[number].what}")
        self._alerts = open_now


def _date(time_ns: int) -> str:
    return f"{datetime.fromtimestamp(time_ns / 1e9, tz=UTC).astimezone(ZONE):%a %d %b %Y}"
