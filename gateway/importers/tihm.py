"""Homes of TIHM 1.5 as captures: what the gateway of each would have received.

Palermo et al., "TIHM: An open dataset for remote healthcare monitoring in dementia", Scientific Data 10:606 (2023),
CC BY 4.0. Anything that shows a result on it acknowledges Surrey and Borders Partnership NHS Foundation Trust and Howz.

    Activity.csv(.gz)      patient_id,location_name,date          one firing of a motion or door sensor, local time
    Physiology.csv(.gz)    patient_id,date,device_type,value,unit

A firing becomes two zigbee2mqtt messages, on and off. TIHM says when a sensor fired and not for how long; the off comes
within the same second, the shortest its resolution allows. Without it a door would stay open for the rest of the
recording, and a state that is said again is no second event. A measurement becomes one JSON line of a serial device.
Local times that exist twice when the clocks go back are the first of the two, for every row alike.
"""

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Final, NamedTuple, cast
from zoneinfo import ZoneInfo

from drivers.kit.contract import Frame
from drivers.kit.strict import number
from gateway.simulate.describe import device_block, outside_doors_block, sensor_block
from gateway.simulate.emit import write_capture
from gateway.simulate.radio import BASE_TOPIC, DEVICE

ZONE: Final = ZoneInfo("Europe/London")
VITALS: Final = "vitals"

# Place -> the device's name, its room, what it says on firing and within the same second.
_ON: Final = (b'{"occupancy":true}', b'{"occupancy":false}')
_OPEN: Final = (b'{"contact":false}', b'{"contact":true}')
_PLACES: Final = {
    "Kitchen": ("kitchen_motion", "kitchen", _ON),
    "Hallway": ("hallway_motion", "hallway", _ON),
    "Lounge": ("lounge_motion", "lounge", _ON),
    "Bedroom": ("bedroom_motion", "bedroom", _ON),
    "Bathroom": ("bathroom_motion", "bathroom", _ON),
    "Fridge Door": ("fridge_door", "kitchen", _OPEN),
    "Front Door": ("front_door", "hallway", _OPEN),
    "Back Door": ("back_door", "hallway", _OPEN),
}
# Device type and unit -> the name on the line, which is the quantity's own.
_MEASURES: Final = {
    ("Body Temperature", "Cel"): "body_temperature_c",
    ("Skin Temperature", "Cel"): "skin_temperature_c",
    ("Systolic blood pressure", "mm[Hg]"): "systolic_mmhg",
    ("Diastolic blood pressure", "mm[Hg]"): "diastolic_mmhg",
    ("Heart rate", "beats/min"): "pulse_bpm",
    ("Body weight", "kg"): "weight_kg",
    ("O/E - muscle mass", "kg"): "muscle_mass_kg",
    ("Total body water", "%"): "body_water_percent",
}
_ACTIVITY: Final = "patient_id,location_name,date"
_PHYSIOLOGY: Final = "patient_id,date,device_type,value,unit"
_OFF_AFTER_NS: Final = 900_000_000
_LINE_LIMIT: Final = 1024  # characters; the longest line of the collection has 70
_PROBLEMS_KEPT: Final = 1000
_HOME: Final = re.compile(r"[0-9A-Za-z_-]{1,32}")  # an id is a word even where it looks like a number: 9e213
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


class TihmError(Exception):
    """The directory cannot be imported; the text says why."""


class Imported(NamedTuple):
    """What came of an import."""

    captures: list[Path]  # OUT/<home>/capture.jsonl.gz, with gateway.toml beside each
    rows: int  # rows that became frames
    repeated: int  # firings of the same sensor in the same second, which count once
    bad: int  # rows that could not be read
    problems: list[str]  # file, line and reason of the first thousand of them


class _Firing(NamedTuple):
    time_ns: int
    place: str


class _Measure(NamedTuple):
    time_ns: int
    name: str
    value: float


_Event = _Firing | _Measure


class _Collection:
    """What was read so far. One string object per place: half a million rows share a dozen."""

    def __init__(self) -> None:
        self.homes: dict[str, list[_Event]] = {}
        self.bad = 0
        self.problems: list[str] = []

    def refuse(self, file: str, line: int, reason: str) -> None:
        self.bad += 1
        if len(self.problems) < _PROBLEMS_KEPT:
            self.problems.append(f"{file}, line {line}: {reason}")


def homes(directory: Path) -> list[str]:
    """The ids of all homes in the directory, sorted. Raises TihmError."""
    return sorted(_read(directory).homes)


def import_tihm(directory: Path, out_directory: Path, homes: Iterable[str] | None = None) -> Imported:
    """Write a capture and a gateway.toml for each home, or for each of `homes`, below `out_directory`.

    Raises TihmError where nothing can be read or a home is not there, OSError where nothing can be written. A row
    that cannot be read is counted, reported, and stops nothing.
    """
    found = _read(directory)
    wanted = sorted(found.homes) if homes is None else list(homes)
    for home in wanted:
        if home not in found.homes:
            raise TihmError(f"there is no home {home!r} in {directory}")
    captures, rows, repeated = [], 0, 0
    for home in wanted:
        events = sorted(found.homes[home], key=lambda event: event.time_ns)
        kept = list(_once(events))
        path = out_directory / home / "capture.jsonl.gz"
        write_capture(_frames(kept), path)
        path.with_name("gateway.toml").write_text(_configuration(home, kept), encoding="utf-8")
        captures.append(path)
        rows += len(kept)
        repeated += len(events) - len(kept)
    return Imported(captures, rows, repeated, found.bad, found.problems)


def _read(directory: Path) -> _Collection:
    found = _Collection()
    activity, physiology = _file(directory, "Activity.csv"), _file(directory, "Physiology.csv")
    if activity is None and physiology is None:
        raise TihmError(f"{directory} holds neither Activity.csv(.gz) nor Physiology.csv(.gz)")
    if activity is not None:
        for line, cells in _rows(activity, _ACTIVITY, found):
            home, place, date = cells
            time_ns = _time_ns(date)
            if place not in _PLACES or time_ns is None or not _HOME.fullmatch(home):
                found.refuse(activity.name, line, _reason(home, time_ns, f"{place[:40]!r} is no place"))
            else:
                found.homes.setdefault(home, []).append(_Firing(time_ns, place))
    if physiology is not None:
        for line, cells in _rows(physiology, _PHYSIOLOGY, found):
            home, date, kind, text, unit = cells
            time_ns, value, name = _time_ns(date), number(text), _MEASURES.get((kind, unit))
            if name is None or value is None or time_ns is None or not _HOME.fullmatch(home):
                odd = f"{text[:40]!r} is no number" if name else f"{kind[:40]!r} in {unit[:20]!r} is no measurement"
                found.refuse(physiology.name, line, _reason(home, time_ns, odd))
            else:
                found.homes.setdefault(home, []).append(_Measure(time_ns, name, value))
    return found


def _reason(home: str, time_ns: int | None, otherwise: str) -> str:
    if not _HOME.fullmatch(home):
        return f"{home[:40]!r} is no home"
    return "the date is not YYYY-MM-DD HH:MM:SS" if time_ns is None else otherwise


def _file(directory: Path, name: str) -> Path | None:
    return next((path for path in (directory / f"{name}.gz", directory / name) if path.is_file()), None)


def _rows(path: Path, header: str, found: _Collection) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and cells of the rows that have as many as the header. No cell of TIHM is quoted."""
    width = header.count(",") + 1
    opener = gzip.open if path.suffix == ".gz" else open
    with cast("IO[str]", opener(path, "rt", encoding="utf-8-sig", errors="replace")) as stream:
        try:
            if (first := stream.readline(_LINE_LIMIT).strip()) != header:
                raise TihmError(f"{path} begins with {first[:80]!r}, not with {header!r}")
            for line, text in _lines(stream):
                cells = text.strip().split(",")
                if len(cells) == width:
                    yield line, cells
                elif text.strip():
                    found.refuse(path.name, line, f"{len(cells)} columns, {width} were expected")
        except (EOFError, OSError, zlib.error) as error:
            raise TihmError(f"{path} is damaged: {error}") from error


def _lines(stream: IO[str]) -> Iterator[tuple[int, str]]:
    """Numbered lines after the header, an endless one cut short and so refused."""
    line = 1
    while text := stream.readline(_LINE_LIMIT):
        line += 1
        yield line, text
        while len(text) == _LINE_LIMIT and not text.endswith("\n"):
            text = stream.readline(_LINE_LIMIT)


def _time_ns(text: str) -> int | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        local = datetime.fromisoformat(text).replace(tzinfo=ZONE)
    except ValueError:
        return None
    return int(local.timestamp()) * 1_000_000_000 if local.year >= 1970 else None


def _once(events: Iterable[_Event]) -> Iterator[_Event]:
    """Without second firings of a sensor in the same second; measurements are all kept."""
    last: dict[str, int] = {}
    for event in events:
        if isinstance(event, _Firing):
            if last.get(event.place) == event.time_ns:
                continue
            last[event.place] = event.time_ns
        yield event


def _frames(events: Iterable[_Event]) -> Iterator[Frame]:
    """Frames in order of time: the offs of one second come before anything of the next."""
    offs: list[Frame] = []
    for event in events:
        if offs and event.time_ns > offs[0].time_ns:
            yield from offs
            offs = []
        if isinstance(event, _Measure):
            yield Frame(event.time_ns, VITALS, f'{{"{event.name}":{event.value!r}}}\n'.encode())
        else:
            name, _, (fired, over) = _PLACES[event.place]
            topic = f"{BASE_TOPIC}/{name}"
            yield Frame(event.time_ns, DEVICE, fired, topic)
            offs.append(Frame(event.time_ns + _OFF_AFTER_NS, DEVICE, over, topic))
    yield from offs


def _configuration(home: str, events: list[_Event]) -> str:
    """gateway.toml of one home, with the sensors that are in its rows."""
    places = {event.place for event in events if isinstance(event, _Firing)}
    blocks = [f'[home]\nid = "{home}"\ntimezone = "{ZONE.key}"']
    if places:
        blocks += ['[mqtt]\nhost = "127.0.0.1"', device_block(DEVICE, "zigbee2mqtt", options={"base": BASE_TOPIC})]
    measured = any(isinstance(event, _Measure) for event in events)
    if measured:
        fields = {name: name for name in _MEASURES.values()}
        device = device_block(VITALS, "serial_lines", port=f"/dev/kinlight/{VITALS}", options={"fields": fields})
        blocks.append(device)
    for place, (name, room, _) in _PLACES.items():
        if place in places:
            blocks.append(sensor_block(name.replace("_", "-"), room, DEVICE, name))
    if measured:
        blocks.append(sensor_block(VITALS, "lounge", VITALS, VITALS))
    if doors := [_PLACES[place][0].replace("_", "-") for place in ("Front Door", "Back Door") if place in places]:
        blocks.append(outside_doors_block(doors))
    return "\n\n".join(blocks) + "\n"
