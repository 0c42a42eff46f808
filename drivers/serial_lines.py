r"""Lines of text on a serial port, as Arduino, Pico and ESP sketches print them.

    {"bed_kg":71.4,"t":21.5}\r\n     JSON object
    weight=71.4 unit=kg\r\n          key=value, separated by spaces, commas or semicolons
    71.4,21.5\r\n                    CSV: columns from the configuration, or from a header line "bed_kg,t"

A number is a reading, true and false are 1 and 0, words and null are none. `fields` says what the device's own names
mean; a name that is not in it comes out as it is, for the installer to see. With a name of it a number may stand in
quotation marks ("kg":"71.4") or in an object ({"bed":{"kg":71.4}} is "bed.kg"); others of these are refused by name.
A port opened in mid-line begins with half a line: half an object is no object and is rejected, half a CSV line may look
whole, so its first value is suspect.

Links: 115200 8N1 in most sketches. Opening the port resets an Arduino (DTR): its boot banner is rejected line by line.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from drivers.kit.bulkhead import OneField
from drivers.kit.contract import Decoded, DecodeError, Decoder, ErrorKind, Frame, Reading
from drivers.kit.framing import Lines
from drivers.kit.news import HELD_NS
from drivers.kit.quantity import QUANTITIES, Kind
from drivers.kit.strict import NotJsonError, is_name, is_numeral, json_value, number

LINK = "serial"
TITLE = "JSON, key=value or CSV lines (Arduino, Pico, ESP, load cells, mats)"
BAUD = 115200

_SEPARATORS = re.compile(r"[\s,;]+")
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,63}")
_FAULTS = frozenset({"nan", "inf", "+inf", "-inf", "ovf"})
"""What Arduino's Print writes where a sensor does not answer."""
_YES_NO = {"true": True, "false": False}
_DEPTH = 4  # of JSON objects in one another


@dataclass(frozen=True, slots=True)
class Options:
    """What the lines of one device look like and what its fields mean."""

    format: Literal["auto", "json", "kv", "csv"] = "auto"
    columns: tuple[str, ...] = ()  # CSV: names of the columns, in order; not needed where the device prints a header
    fields: dict[str, str] = field(default_factory=dict)  # the device's name -> a quantity: {"bed_kg": "bed_load_kg"}
    scale: dict[str, float] = field(default_factory=dict)  # the device's name -> factor to the quantity's unit

    def __post_init__(self) -> None:
        unknown = sorted(set(self.fields.values()) - QUANTITIES.keys())
        if unknown:
            raise ValueError(f"fields: '{unknown[0]}' is not a quantity; see drivers/kit/quantity.py for the names")
        if self.format == "csv" and len(set(self.columns)) < len(self.columns):
            raise ValueError("columns: a name stands there twice")


class _RejectedError(ValueError):
    """The line is no record; the text says why."""


class _Unplaced(NamedTuple):
    """A number that is not where numbers are, and that nobody has named."""

    why: str


class _SerialLines:
    def __init__(self, options: Options) -> None:
        self.lines = Lines()
        self._options = options
        self._columns = options.columns
        self._first = True
        self._said: dict[str, tuple[float, bool, int]] = {}  # event quantity -> last value, ever said "over", when

    def __call__(self, frame: Frame) -> Decoded:
        if not frame.payload:  # the port was opened again
            self.lines, self._first = Lines(), True
        found: Decoded = []
        for line in self.lines.feed(frame.payload):
            if isinstance(line, ErrorKind):
                found.append(DecodeError(frame.time_ns, frame.device, line, "a line that is too long was dropped"))
            else:
                found += self._decode(frame, line)
            self._first = False
        return found

    def _decode(self, frame: Frame, line: bytes) -> Decoded:
        try:
            record = self._record(line)
        except _RejectedError as reason:
            return [DecodeError(frame.time_ns, frame.device, ErrorKind.FORMAT, str(reason))]
        found: Decoded = []
        for name, value in record.items():
            with OneField(found, frame, name):
                if self._counts(name, value):
                    found.append(self._reading(frame, name, value))
        return found

    def _record(self, line: bytes) -> dict[str, object]:
        try:
            text = line.decode().strip()
        except UnicodeDecodeError:
            raise _RejectedError("the line is not UTF-8 text") from None
        kind = self._options.format
        if kind == "json" or (kind == "auto" and text.startswith(("{", "["))):
            return _json(text, self._options.fields)
        if kind == "kv" or (kind == "auto" and "=" in text):
            return _key_value(text)
        return self._csv(text)

    def _csv(self, text: str) -> dict[str, object]:
        cells = [cell.strip() for cell in text.split(",")]
        if not self._options.columns and len(set(cells)) == len(cells) > 1 and all(map(_COLUMN.fullmatch, cells)):
            self._columns = tuple(cells)
            return {}
        if not self._columns:
            raise _RejectedError("the line is no JSON object, no key=value pairs, and CSV has no columns")
        if len(cells) != len(self._columns):
            raise _RejectedError(f"the line has {len(cells)} cells, {len(self._columns)} were expected")
        if not any(map(is_numeral, cells)):
            raise _RejectedError("no cell of the line is a number")
        return dict(zip(self._columns, cells, strict=True))

    def _counts(self, name: str, value: object) -> bool:
        """Whether a field can be a reading at all: words and null are none, except where a number is due."""
        if value is None or value == "":
            return False
        if isinstance(value, str):
            return name in self._options.fields or value.lower() in _FAULTS | _YES_NO.keys() or is_numeral(value)
        return isinstance(value, int | float | _Unplaced) or name in self._options.fields

    def _reading(self, frame: Frame, name: str, raw: object) -> Reading | DecodeError:
        options = self._options
        if isinstance(raw, str):
            raw = _YES_NO.get(raw.lower(), raw)
        if isinstance(raw, _Unplaced):
            return DecodeError(frame.time_ns, frame.device, ErrorKind.VALUE, f"{name} is {raw.why}")
        value = float(raw) if isinstance(raw, bool) else number(raw)
        if value is not None:
            value = number(value * options.scale.get(name, 1.0))
        if value is None or not is_name(name):
            reason = f"{name} is not a finite number" if is_name(name) else "a field has no usable name"
            return DecodeError(frame.time_ns, frame.device, ErrorKind.VALUE, reason)
        quantity = options.fields.get(name, name)
        row = QUANTITIES.get(quantity)
        suspect = row is not None and not row.low <= value <= row.high
        if self._first and options.columns and name == options.columns[0]:
            suspect = True
        stale = row is not None and row.kind is Kind.EVENT and self._is_repeat(quantity, value, frame.time_ns)
        return Reading(frame.time_ns, frame.device, quantity, value, suspect, stale or frame.retain)

    def _is_repeat(self, quantity: str, value: float, now_ns: int) -> bool:
        """A sketch that prints motion=1 every second and motion=0 after means one event, one that never says 0 many.

        A help button that is held is one press.
        """
        last, said_over, heard_ns = self._said.get(quantity, (0.0, False, 0))
        self._said[quantity] = (value, said_over or value == 0, now_ns)
        held = quantity == "sos" and abs(now_ns - heard_ns) < HELD_NS
        return (said_over or held) and value == last != 0


def _json(text: str, fields: Container[str]) -> dict[str, object]:
    try:
        record = json_value(text)
    except NotJsonError:
        raise _RejectedError("the line is not JSON") from None
    if not isinstance(record, dict):
        raise _RejectedError("the line is JSON, but not an object")
    return dict(_flat(record, fields, "", _DEPTH))


def _flat(record: dict[str, object], fields: Container[str], outer: str, depth: int) -> Iterator[tuple[str, object]]:
    """The fields of an object, those of objects in it as "outer.inner": JSON has numbers of its own, at the top."""
    for key, value in record.items():
        name = outer + key
        if isinstance(value, dict) and depth > 1:
            yield from _flat(value, fields, f"{name}.", depth - 1)
        elif name in fields or not is_name(name):
            yield name, value
        elif isinstance(value, str) and number(value) is not None:
            yield name, _Unplaced("text, not a number; a name of `fields` makes it one")
        elif outer and isinstance(value, int | float):
            yield name, _Unplaced("inside an object; a name of `fields` makes it a reading")
        else:
            yield name, value


def _key_value(text: str) -> dict[str, object]:
    record: dict[str, object] = {}
    for pair in _SEPARATORS.split(text.strip(" ,;")):
        name, equals, value = pair.partition("=")
        if not equals or _COLUMN.fullmatch(name) is None:
            raise _RejectedError("the line is not made of key=value pairs")
        record[name] = value
    return record


def decoder(options: Options) -> Decoder:
    """A decoder for one port; it keeps the half line between two reads."""
    return _SerialLines(options)
