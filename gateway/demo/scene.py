"""The view model of the demo.

From a running daemon to the scene of the live view. Called by the daemon's own thread.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from drivers.kit.quantity import SIGNS_OF_LIFE
from gateway.alerts.wording import message
from gateway.demo.view import AlertRow, BoxRow, RoomRow, Scene, SensorRow
from gateway.model.alert import Alert, Change, State
from gateway.model.contracts import Outcome
from gateway.model.home import BRIDGE, Sensor
from gateway.service.daemon import Daemon
from rules.kit.contract import Window
from rules.terms.channel import Channel
from rules.terms.time import NS_PER_MINUTE
from rules.terms.words import duration, plain, when

IN_USE_W = 100.0
IN_BED_KG = 20.0
MOTION_HOLD_NS = 5 * NS_PER_MINUTE  # a "nobody" that was lost on the air does not keep a room busy for ever
SEEING = SIGNS_OF_LIFE - {"button_press", "sos"}  # what tells whether somebody is in a room


@dataclass(frozen=True, slots=True)
class Telling:
    """What the demo says beside what the daemon knows."""

    title: str
    speed: float
    story: str
    command: str  # "kinlight alerts {} --directory DIR"
    zone: ZoneInfo


def scene(daemon: Daemon, telling: Telling, ended: Sequence[str] = ()) -> Scene:
    """How the home stands now."""
    now_ns, engine = daemon.clock.now_ns(), daemon.pipeline.engine
    window = engine.window(now_ns)
    return Scene(
        title=telling.title,
        now=window.local(now_ns),
        pace=f"{telling.speed:g} x real time" if telling.speed != 1 else "real time",
        story=telling.story,
        last_sign=last_sign(window),
        rooms=tuple(rooms(window)),
        sensors=tuple(sensors(daemon, window)),
        box=tuple(box(daemon)),
        alerts=tuple(alerts(engine.book.open(), now_ns, telling.zone)),
        ended=ended,
        command=telling.command,
    )


def rooms(window: Window) -> Iterator[RoomRow]:
    """One row for each room that has a sensor, by name."""
    by_room: dict[str, list[int]] = {}
    for column, channel in enumerate(window.channels):
        by_room.setdefault(channel.room, []).append(column)
    for room in sorted(by_room.keys() - {"box"}):
        yield _room(window, room, by_room[room])


def last_sign(window: Window) -> str:
    """«kitchen motion at 07:57 today»; "none yet"."""
    signs = window.where(*SIGNS_OF_LIFE)
    best = max(signs, key=lambda column: int(window.event_ns[column]), default=None)
    if best is None or not window.event_ns[best]:
        return "none yet"
    return f"{plain(window.channels[best].sensor)}, {_ago(window, int(window.event_ns[best]))}"


def sensors(daemon: Daemon, window: Window) -> Iterator[SensorRow]:
    """Every configured sensor."""
    engine = daemon.pipeline.engine
    silent = engine.silence.silent(window.time_ns)
    for row, sensor in enumerate(engine.home.sensors):
        heard_ns = engine.silence.heard_ns(row)
        state = ("silent" if silent[row] else "heard") if heard_ns else "never heard"
        if not _is_bridge(sensor):
            yield SensorRow(plain(sensor.name), sensor.room, state, _ago(window, heard_ns))


def alerts(open_alerts: Sequence[Alert], now_ns: int, zone: ZoneInfo) -> Iterator[AlertRow]:
    """The open alerts that people know of, in the words they are told in."""
    for alert in open_alerts:
        if alert.state is not State.PENDING:
            told = message(Change(alert, now_ns, tell=True), zone).body.splitlines()
            head, *details = [line for line in told if "kinlight alerts" not in line]
            yield AlertRow(alert.id, head, alert.state is State.ACKNOWLEDGED, alert.finding.what, tuple(details))


def box(daemon: Daemon) -> Iterator[BoxRow]:
    """Journal, store and the parts of the box."""
    tally = daemon.pipeline.intake.tally
    lost = f", {daemon.inbox.dropped} LOST" if daemon.inbox.dropped else ""
    kept = sum(file.stat().st_size for file in daemon.directory.glob("*.sqlite*")) / 1e6
    waiting = f"{daemon.pipeline.pending()} wait to be kept" if daemon.pipeline.pending() else "all kept"
    queue = f", {daemon.inbox.depth()} in the queue" if daemon.inbox.depth() else ""
    yield BoxRow("Journal", f"{tally.readings:,} readings live, {waiting}{queue}{lost}; {kept:.1f} MB", ok=not lost)
    yield from (_store(daemon, name) for name in daemon.forwarders)
    if not daemon.forwarders:
        yield BoxRow("Store", "summaries stay in the journal; set INFLUX_URL to send them on", ok=True)
    faults = [f"{worker.name}: {worker.fault}" for worker in daemon.workers if worker.fault]
    text = "; ".join(faults) if faults else f"all {len(daemon.workers)} parts work"
    yield BoxRow("Parts", f"NOT WORKING {text}" if faults else text, ok=not faults)


def _store(daemon: Daemon, name: str) -> BoxRow:
    status = daemon.forwarders[name].status
    left = status.backlog.lines
    if status.outcome in (Outcome.LATER, Outcome.HOLD):
        return BoxRow("Store", f"{left:,} points wait, nothing is lost: {status.reason}", ok=False)
    put_aside = f", {status.refused} refused and put aside" if status.refused else ""
    return BoxRow("Store", (f"{left:,} points to send" if left else "everything sent") + put_aside, ok=not put_aside)


def _room(window: Window, room: str, columns: Sequence[int]) -> RoomRow:
    doing, here, climate = [], False, ""
    seeing = [column for column in columns if window.channels[column].quantity in SEEING]
    for column in columns:
        channel, value = window.channels[column], float(window.last_value[column])
        if window.silent[column] or math.isnan(value):
            continue
        if channel.quantity == "room_temperature_c":
            climate = f"{value:.1f} °C"
        elif words := _doing(channel, value, window.time_ns - int(window.last_ns[column])):
            doing.append(words)
            here = True
    if all(window.silent[column] or not window.last_ns[column] for column in seeing):
        return RoomRow(room, "", active=False, last="")
    sign_ns = max(int(window.event_ns[column]) for column in seeing)
    return RoomRow(room, ", ".join(dict.fromkeys(doing)) or "quiet", here, _ago(window, sign_ns), climate)


def _doing(channel: Channel, value: float, age_ns: int) -> str:
    """What a reading says is happening now, or ""."""
    if channel.quantity in ("motion", "presence") and value > 0 and age_ns < MOTION_HOLD_NS:
        return "somebody moves"
    if channel.quantity == "contact_open" and value > 0:
        return f"{plain(channel.sensor)} open"
    if channel.quantity == "power_w" and value > IN_USE_W:
        return f"{plain(channel.sensor)} on"
    if channel.quantity == "water_leak" and value > 0:
        return "WATER ON THE FLOOR"
    if channel.quantity == "bed_load_kg" and value > IN_BED_KG:
        return "somebody in bed"
    return ""


def _is_bridge(sensor: Sensor) -> bool:
    return sensor.address == BRIDGE


def _ago(window: Window, time_ns: int) -> str:
    """«07:41, 31 min ago»; "" for never."""
    if not time_ns:
        return ""
    minutes = max(0, window.time_ns - time_ns) // NS_PER_MINUTE
    at = window.local(time_ns)
    if minutes < 1:
        return f"{at:%H:%M}, now"
    if minutes < 100:
        return f"{at:%H:%M}, {minutes} min ago"
    if minutes < 24 * 60:
        return f"{at:%H:%M}, {minutes // 60} h ago"
    return when(at, window.local(window.time_ns)) if minutes < 7 * 24 * 60 else f"{duration(minutes * 60)} ago"
