"""The terminal view.

What a home looks like in a terminal: alerts, rooms, sensors and the box, in 80x24 and better in more.

Pure: from a `Scene` to something rich can draw. Shape and word carry the meaning, colour only underlines it: two men in
a hundred and more cannot tell red from green. What is unknown is grey and says so; it is never shown as well.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from rich.console import Group, RenderableType
from rich.text import Text

SMALLEST = (80, 24)  # columns, lines
WIDE = 130  # columns from which rooms and sensors stand side by side
LINES_OF_MANY = 2  # what it is, and what to do first
LEAST_ALERTS = 2  # lines, beside what to type: the heading and one alert
MOST_TO_TYPE = 7  # lines: what explains it, and two commands of three
_WORD = re.compile(r"(?:'[^']*'|[^\s'])+")  # a quoted path may hold spaces
_ON = " \\"

GOOD, WATCH, URGENT, UNKNOWN, COMMAND = "cyan", "bold yellow", "bold reverse", "bright_black", "bold cyan"
SENSOR_MARKS = {"heard": ("●", GOOD), "silent": ("▲", WATCH), "never heard": ("?", UNKNOWN)}


@dataclass(frozen=True, slots=True)
class RoomRow:
    """One room. `doing` is "" where no living sensor can tell."""

    name: str
    doing: str
    active: bool  # somebody is there, or something is in use
    last: str  # last sign of life, "07:41, 31 min ago"; "" for never
    climate: str = ""


@dataclass(frozen=True, slots=True)
class SensorRow:
    """One sensor."""

    name: str
    room: str
    state: str  # a key of SENSOR_MARKS
    heard: str  # "07:41, 31 min ago"; "" for never


@dataclass(frozen=True, slots=True)
class BoxRow:
    """One part of the box."""

    part: str
    text: str
    ok: bool


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One open alert."""

    number: int
    head: str  # "Worth checking now: help button pressed.", or who is on it
    answered: bool
    what: str  # "Help button pressed: help button", for when it is over
    details: tuple[str, ...] = ()  # what to do first, then evidence


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything on the screen. Times are local to the home."""

    title: str
    now: datetime
    pace: str  # "a minute each second"
    story: str
    last_sign: str  # "kitchen motion at 07:57"
    rooms: Sequence[RoomRow]
    sensors: Sequence[SensorRow]
    box: Sequence[BoxRow]
    alerts: Sequence[AlertRow]
    ended: Sequence[str] = ()  # alerts that are over, the newest first
    command: str = "kinlight alerts {} --directory DIR"  # {}: "ack 4"


def screen(scene: Scene, width: int, height: int) -> RenderableType:
    """The whole screen: never more than `height` lines of `width` columns."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return _too_small(scene, width, height)
    top = [_header(scene, width), *_wrapped(scene.story, width, 2)]
    box = [_head("The box", "", width), *(_box(row) for row in scene.box)]
    left = height - len(top) - len(box) - 1  # the last line says how to end it
    waiting = sorted(scene.alerts, key=lambda alert: (alert.answered, -alert.number))
    hint = _hint(scene, waiting, width)
    most = left - LEAST_ALERTS - max(len(hint), 3)
    middle = _beside(scene, width, most) if width >= WIDE else _below(scene, width, most)
    space = left - len(middle) - 1 - len(hint)
    alerts = [_head("Alerts", _open(scene.alerts), width), *_alerts(waiting, scene.ended, width, space), *hint]
    return Group(*top, *alerts, *middle, *box, Text(" Ctrl-C ends it. Grey means: not known.", UNKNOWN))


def _below(scene: Scene, width: int, most: int) -> list[Text]:
    """Rooms, and below them the sensors: each of them where there is room, else in a line or two."""
    full = list(_sensors(scene.sensors))
    rooms, brief = list(_rooms(scene)), _sensors_briefly(scene.sensors)
    heads = [
        _head("Rooms", f"last sign of life: {scene.last_sign}", width),
        _head("Sensors", _heard(scene.sensors) if len(rooms) + len(full) + 2 <= most else "", width),
    ]
    shown = full if len(rooms) + len(full) + 2 <= most else brief
    return [heads[0], *_at_most(rooms, most - len(shown) - 2), heads[1], *shown]


def _beside(scene: Scene, width: int, most: int) -> list[Text]:
    """Rooms on the left, sensors on the right."""
    half = width // 2
    sides = (
        [_head("Rooms", f"last sign of life: {scene.last_sign}", half - 1), *_at_most(list(_rooms(scene)), most - 1)],
        [_head("Sensors", _heard(scene.sensors), half), *_at_most(list(_sensors(scene.sensors)), most - 1)],
    )
    lines = []
    for left, right in zip_longest(*sides, fillvalue=Text("")):
        line = left.copy()
        line.truncate(half - 1, overflow="ellipsis", pad=True)
        lines.append(_one_line(line.append(" ").append_text(right)))
    return lines


def _at_most(lines: list[Text], most: int) -> list[Text]:
    hidden = len(lines) - most
    return lines if hidden <= 0 else [*lines[: most - 1], Text(f"   and {hidden + 1} more", WATCH)]


def _header(scene: Scene, width: int) -> Text:
    left = f" {scene.title}"
    right = f"{scene.now:%a} {scene.now.day} {scene.now:%b %Y  %H:%M:%S}  ({scene.pace}) "
    return Text(left + right.rjust(width - len(left)), "bold reverse", no_wrap=True)


def _head(title: str, note: str, width: int) -> Text:
    text = Text(f"── {title} ", "bold", no_wrap=True, overflow="ellipsis")
    if note:
        text.append(f"({note}) ", "not bold")
    return text.append("─" * max(0, width - len(text)), UNKNOWN)


def _alerts(waiting: Sequence[AlertRow], ended: Sequence[str], width: int, space: int) -> list[Text]:
    """Exactly `space` lines: those that need an answer come first."""
    lines: list[Text] = []
    each = space if len(waiting) == 1 else LINES_OF_MANY if LINES_OF_MANY * len(waiting) <= space else 1
    for alert in waiting:
        lines += _alert(alert, width, each)
    lines = _at_most(lines, space)
    if not waiting:
        lines.append(Text.assemble((" ● ", GOOD), ("No open alert.", "bold")))
        lines += [Text(f"   Over at {line}", UNKNOWN, no_wrap=True, overflow="ellipsis") for line in ended[:3]]
    return [*lines[:space], *(Text("") for _ in range(space - len(lines)))]


def _alert(alert: AlertRow, width: int, most: int) -> list[Text]:
    """At most `most` lines. What is left out shows as " …": half a sentence may say something else than the whole."""
    mark, style = ("✓", GOOD) if alert.answered else ("▲", URGENT)
    lines = [_one_line(Text.assemble((f" {mark} {alert.number} ", style), " ", (alert.head, "bold")))]
    left = most - 1
    for detail in alert.details:
        whole = textwrap.wrap(detail, width - 6)
        if left <= 0:
            break
        shown = whole if len(whole) <= left else _cut(detail, width, left)
        lines += (Text(f"   {line}", no_wrap=True) for line in shown)
        left -= len(shown)
    return lines


def _cut(text: str, width: int, most: int) -> list[str]:
    return textwrap.wrap(text, width - 6, max_lines=most, placeholder=" …")


def _hint(scene: Scene, waiting: Sequence[AlertRow], width: int) -> list[Text]:
    """What to type in another terminal, about the first alert that needs it."""
    if not waiting:
        return []
    first = waiting[0]
    action, wish = ("resolve", "all is well") if first.answered else ("ack", "you are on it")
    typed = [_typed(scene.command.format(f"{each} {first.number}"), width - 4) for each in (action, "show")]
    lines = [Text(f"   {line}", COMMAND, no_wrap=True) for each in typed for line in each]
    return [Text(f"   In another terminal, to say that {wish}, or to see why:", UNKNOWN), *lines][:MOST_TO_TYPE]


def _typed(command: str, width: int) -> list[str]:
    """A command over as many lines as it takes: a cut one cannot be typed. A shell goes on after a backslash."""
    lines = [""]
    for word in _WORD.findall(command):
        if lines[-1] and len(lines[-1]) + len(word) + len(_ON) >= width:
            lines[-1] += _ON
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    pieces = (textwrap.wrap(line, width, break_on_hyphens=False) if len(line) > width else [line] for line in lines)
    return [piece for each in pieces for piece in each]


def _rooms(scene: Scene) -> Iterator[Text]:
    wide = max((len(room.name) for room in scene.rooms), default=0)
    for room in scene.rooms:
        if not room.doing:
            yield Text(f" ? {room.name:<{wide}}  not known: no sensor is heard there", UNKNOWN)
            continue
        mark, style = ("●", GOOD) if room.active else ("○", "")
        text = Text.assemble((f" {mark} {room.name:<{wide}}  ", style), (f"{room.doing:<25.25}", style))
        yield _one_line(text.append(f" {room.last or 'no sign yet':<17}").append(f" {room.climate}"))


def _sensors(sensors: Iterable[SensorRow]) -> Iterator[Text]:
    for sensor in sensors:
        mark, style = SENSOR_MARKS[sensor.state]
        yield _one_line(Text(f" {mark} {sensor.name:<18.18} {sensor.state:<12} {sensor.heard}", style))


def _sensors_briefly(sensors: Sequence[SensorRow]) -> list[Text]:
    """One line for those that are well, one for each kind of trouble."""
    mark, style = SENSOR_MARKS["heard"]
    lines = [Text(f" {mark} {_heard(sensors)}", style)]
    for state in ("silent", "never heard"):
        mark, style = SENSOR_MARKS[state]
        if names := [sensor.name for sensor in sensors if sensor.state == state]:
            lines.append(_one_line(Text(f" {mark} {len(names)} {state}: {', '.join(names)}", style)))
    return lines


def _heard(sensors: Sequence[SensorRow]) -> str:
    heard = sum(sensor.state == "heard" for sensor in sensors)
    return f"all {heard} are heard" if heard == len(sensors) else f"{heard} of {len(sensors)} are heard"


def _open(alerts: Sequence[AlertRow]) -> str:
    waiting = sum(not alert.answered for alert in alerts)
    if not alerts:
        return ""
    return f"{len(alerts)} open, {f'{waiting} without an answer' if waiting else 'answered'}"


def _box(row: BoxRow) -> Text:
    mark, style = ("●", GOOD) if row.ok else ("▲", WATCH)
    return _one_line(Text.assemble((f" {mark} {row.part:<8} ", style), row.text))


def _wrapped(text: str, width: int, most: int) -> list[Text]:
    lines = textwrap.wrap(text, width - 2, max_lines=most, placeholder=" …")
    return [Text(f" {line}", "italic", no_wrap=True) for line in lines]


def _one_line(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _too_small(scene: Scene, width: int, height: int) -> Group:
    waiting = [alert for alert in scene.alerts if not alert.answered]
    lines = [
        f"This window is {width} x {height}.",
        f"Make it {SMALLEST[0]} x {SMALLEST[1]} or more.",
        f"{len(waiting)} open alert{'' if len(waiting) == 1 else 's'}" if waiting else "No open alert.",
        *(f"{alert.number} {alert.head}" for alert in waiting),
    ]
    return Group(*(_one_line(Text(line)) for line in lines[:height]))
