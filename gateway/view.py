"""What a home looks like in a terminal: alerts, rooms, sensors and the box, in 80x24 and better in more.

Pure: from a `Scene` to something rich can draw. Shape and word carry the meaning, colour only underlines it: two men in
a hundred and more cannot tell red from green. What is unknown is grey and says so; it is never shown as well.
"""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

SMALLEST = (80, 24)  # columns, lines
WIDE = 130  # columns from which rooms and sensors stand side by side
LEAST_ALERT_LINES = 7

GOOD, WATCH, URGENT, UNKNOWN = "cyan", "bold yellow", "bold reverse", "bright_black"
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
    lines = [_header(scene, width), *_wrapped(scene.story, width, 2)]
    beside = width >= WIDE
    rooms = [_head("Rooms", f"last sign of life: {scene.last_sign}" if not beside else "", width), *_rooms(scene)]
    box = [_head("The box", "", width), *(_box(row) for row in scene.box)]
    room_left = height - len(lines) - len(box) - 1 - LEAST_ALERT_LINES - 1
    full = list(_sensors(scene.sensors))
    if beside:
        rooms.append(Text(f"  Last sign of life: {scene.last_sign}", GOOD))
        middle = max(len(rooms), 1 + min(len(full), room_left - 1))
    elif len(rooms) + len(full) + 1 <= room_left:
        rooms += [_head("Sensors", _heard(scene.sensors), width), *full]
        middle = len(rooms)
    else:
        rooms += [_head("Sensors", "", width), *_sensors_briefly(scene.sensors)]
        middle = len(rooms)
    space = height - len(lines) - middle - len(box) - 2
    lines += [_head("Alerts", _open(scene.alerts), width), *_alerts(scene, width, space)]
    parts: list[RenderableType] = [*lines]
    if beside:
        parts.append(_side_by_side(rooms, [_head("Sensors", _heard(scene.sensors), width // 2), *full][:middle], width))
    else:
        parts += rooms
    return Group(*parts, *box, Text(" Ctrl-C ends it. Grey means: not known.", UNKNOWN))


def _header(scene: Scene, width: int) -> Text:
    left = f" {scene.title}"
    right = f"{scene.now:%a} {scene.now.day} {scene.now:%b %Y  %H:%M:%S}  ({scene.pace}) "
    return Text(left + right.rjust(width - len(left)), "bold reverse", no_wrap=True)


def _head(title: str, note: str, width: int) -> Text:
    text = Text(f"── {title} ", "bold", no_wrap=True, overflow="ellipsis")
    if note:
        text.append(f"({note}) ", "not bold")
    return text.append("─" * max(0, width - len(text)), UNKNOWN)


def _alerts(scene: Scene, width: int, space: int) -> list[Text]:
    """Exactly `space` lines: the alerts that need an answer first, and what to type."""
    waiting = sorted(scene.alerts, key=lambda alert: (alert.answered, -alert.number))
    lines: list[Text] = []
    hint = _hint(scene, waiting, width)
    for index, alert in enumerate(waiting):
        block = list(_alert(alert, width))
        free = space - len(hint) - len(lines)
        if len(block) > free and index:
            block = block[:1]
        more = len(waiting) - index - 1
        if free <= 0 or (more and free == 1 and index):
            lines = lines[: space - len(hint) - 1]
            lines.append(Text(f"  and {more + 1} more: see the list", WATCH))
            break
        lines += block[: max(1, free - (1 if more else 0))]
    if not waiting:
        lines.append(Text.assemble((" ● ", GOOD), ("No open alert.", "bold")))
        lines += [Text(f"   Over at {each}", UNKNOWN, no_wrap=True, overflow="ellipsis") for each in scene.ended[:3]]
    lines += hint
    return [*lines[:space], *(Text("") for _ in range(space - len(lines)))]


def _alert(alert: AlertRow, width: int) -> Iterator[Text]:
    mark, style = ("✓", GOOD) if alert.answered else ("▲", URGENT)
    yield _one_line(Text.assemble((f" {mark} {alert.number} ", style), " ", (alert.head, "bold")))
    for detail in alert.details:
        yield from (Text(f"   {line}", no_wrap=True) for line in textwrap.wrap(detail, width - 6))


def _hint(scene: Scene, waiting: Sequence[AlertRow], width: int) -> list[Text]:
    """What to type in another terminal, about the first alert that needs it."""
    if not waiting:
        return []
    number = waiting[0].number
    wishes = (
        [("I am on it", f"ack {number}"), ("Why", f"show {number}")]
        if not waiting[0].answered
        else [("All is well", f"resolve {number}"), ("Why", f"show {number}")]
    )
    lines = [Text("   Answer it in another terminal:", UNKNOWN)]
    for words, wish in wishes:
        command = scene.command.format(wish)
        label = f"   {words + ':':<13}"
        lines.append(Text.assemble(label if len(label + command) <= width else "   ", (command, "bold cyan")))
    return lines


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


def _side_by_side(left: Sequence[Text], right: Sequence[Text], width: int) -> Table:
    grid = Table.grid(expand=False)
    for _ in (left, right):
        grid.add_column(width=width // 2, no_wrap=True, overflow="crop")
    for row in range(max(len(left), len(right))):
        grid.add_row(*(side[row] if row < len(side) else Text("") for side in (left, right)))
    return grid


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
