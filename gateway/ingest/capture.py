"""The capture format.

The one format of recordings: JSON lines, one frame a line, as it arrived.

    {"time":"2026-11-03T07:15:02.123456789Z","device":"zigbee","topic":"zigbee2mqtt/hall","text":"{\\"occupancy\\":true}"}
    {"time":"2026-11-03T07:15:02.5Z","device":"radar","hex":"f4f3f2f10d0002aa"}

`time` is UTC to the nanosecond. The payload is `text` where it is clean UTF-8, otherwise `hex`. `topic`, `retain`
and `dup` stand there for MQTT. A name that ends in .gz is compressed. A fault in one line is that line's: it is named
with file, line, key and the mend, and what stands behind it can still be read.
"""

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, cast

from drivers.kit.contract import DecodeError, Frame, Reading
from drivers.kit.strict import spelled_out
from gateway.system.private_files import open_private

MAX_LINE_BYTES = 4 << 20
"""Longer than any frame a source delivers, in hex."""

_KEYS = ("time", "device", "topic", "retain", "dup", "text", "hex")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BROKEN = re.compile(r"[\x00\ud800-\udfff]")
_LAST_S = 9_223_372_036  # the end of signed 64-bit nanoseconds, in 2262
_S = 1_000_000_000


class CaptureError(ValueError):
    """One line of a recording cannot be read."""

    def __init__(self, source: str, line: int, key: str, mend: str) -> None:
        self.source, self.line, self.key, self.mend = source, line, key, mend
        where = f'{source}, line {line}, key "{key}"' if key else f"{source}, line {line}"
        super().__init__(f"{where}: {mend}")


class _FaultError(Exception):
    def __init__(self, key: str, mend: str) -> None:
        self.key, self.mend = key, mend


def read(source: Path | str | BinaryIO) -> Iterator[Frame]:
    """The frames of a recording. Raises CaptureError at the first bad line, OSError where it cannot be opened."""
    for item in read_on(source):
        if isinstance(item, CaptureError):
            raise item
        yield item


def read_on(source: Path | str | BinaryIO) -> Iterator[Frame | CaptureError]:
    """The same, with a CaptureError in the place of each bad line, so that nothing else is lost."""
    if not isinstance(source, Path | str):
        yield from _lines(source, getattr(source, "name", "recording"))
        return
    with Path(source).open("rb") as file:
        packed = file.peek(2)[:2] == b"\x1f\x8b"
        yield from _lines(gzip.GzipFile(fileobj=file) if packed else file, str(source))


def _lines(file: BinaryIO | io.BufferedReader | gzip.GzipFile, source: str) -> Iterator[Frame | CaptureError]:
    number = 0
    try:
        while line := file.readline(MAX_LINE_BYTES):
            number += 1
            if len(line) == MAX_LINE_BYTES and line[-1:] != b"\n":
                while (more := file.readline(MAX_LINE_BYTES)) and more[-1:] != b"\n":
                    pass
                yield CaptureError(source, number, "", f"longer than {MAX_LINE_BYTES} bytes; no frame is: remove it")
            elif not line.isspace():
                try:
                    yield _frame(line)
                except _FaultError as fault:
                    yield CaptureError(source, number, fault.key, fault.mend)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield CaptureError(
            source, number + 1, "", f"the compressed file ends or breaks here ({error}): the rest is lost"
        )


def _frame(line: bytes) -> Frame:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise _FaultError("", "not a JSON object; was the recording cut off here? Remove the line") from None
    if not isinstance(record, dict):
        raise _FaultError("", 'not a JSON object: write {"time":…,"device":…,"text":…}')
    for key in record:
        if key not in _KEYS:
            raise _FaultError(key[:40], f"unknown; the keys are {', '.join(_KEYS)}")
    topic, retain, dup = record.get("topic", ""), record.get("retain", False), record.get("dup", False)
    if not isinstance(topic, str) or _BROKEN.search(topic):
        raise _FaultError("topic", "must be valid Unicode text")
    for key, flag in (("retain", retain), ("dup", dup)):
        if not isinstance(flag, bool):
            raise _FaultError(key, "must be true or false")
    device = record.get("device")
    if not isinstance(device, str) or not device or _BROKEN.search(device):
        raise _FaultError("device", "must be the configured name of the device")
    return Frame(_time_ns(record.get("time")), device, _payload(record), topic, retain=retain, dup=dup)


def _payload(record: dict[str, object]) -> bytes:
    if ("text" in record) is ("hex" in record):
        raise _FaultError("text", 'a frame has either "text" or "hex", and one of them')
    key = "text" if "text" in record else "hex"
    value = record[key]
    try:
        if isinstance(value, str):
            return value.encode() if key == "text" else bytes.fromhex(value)
    except ValueError:
        pass
    raise _FaultError(
        key, "must be valid Unicode text" if key == "text" else 'must be pairs of hex digits, as in "f4f3"'
    )


def _time_ns(text: object) -> int:
    parts = _TIME.fullmatch(text) if isinstance(text, str) else None
    if parts is not None:
        minute, second, fraction, zone = parts.groups()
        try:
            start_s = _minute_s(minute + zone)
        except ValueError:
            start_s = -1
        if 0 <= start_s < _LAST_S - 60 and second < "60":
            return (start_s + int(second)) * _S + int((fraction or "").ljust(9, "0"))
    raise _FaultError("time", 'must be UTC between 1970 and 2262, as in "2026-11-03T07:15:02.5Z"')


@lru_cache(maxsize=256)
def _minute_s(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def iso(time_ns: int) -> str:
    """UTC nanoseconds as text, with as many decimals as they need: "2026-11-03T07:15:02.5Z"."""
    seconds, rest = divmod(time_ns, _S)
    decimals = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{_second(seconds)}{decimals}Z"


@lru_cache(maxsize=256)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")


def encode(frame: Frame) -> str:
    """One line of a recording, without its end. The receipt stays behind: it is between broker and source."""
    record: dict[str, object] = {"time": iso(frame.time_ns), "device": frame.device}
    if frame.topic:
        record["topic"] = frame.topic
    if frame.retain:
        record["retain"] = True
    if frame.dup:
        record["dup"] = True
    try:
        text = frame.payload.decode()
    except UnicodeDecodeError:
        text = "\x00"
    if _CONTROL.search(text):
        record["hex"] = frame.payload.hex()
    else:
        record["text"] = text
    return _dump(record)


def write(path: Path | str, frames: Iterable[Frame]) -> int:
    """Appends frames as they come, each on disk's way at once; returns how many. Raises OSError."""
    count = 0
    open_private(Path(path), append=True).close()
    opened = gzip.open if str(path).endswith(".gz") else open
    with cast("BinaryIO", opened(path, "ab")) as file:
        if file.tell():  # a power cut may have left half a line
            file.write(b"\n")
        for frame in frames:
            file.write(f"{encode(frame)}\n".encode())
            file.flush()
            count += 1
    return count


def render(item: Reading | DecodeError) -> str:
    """What a driver made of a frame, as one JSON line: numbers as numbers, 1 and 0 for yes and no."""
    record: dict[str, object] = {"time": iso(item.time_ns), "device": item.device}
    if isinstance(item, DecodeError):
        return _dump(record | {"error": str(item.kind), "reason": item.reason})
    whole = item.value.is_integer() and abs(item.value) < 2**53
    record |= {"quantity": item.quantity, "value": int(item.value) if whole else item.value}
    if item.suspect:
        record["suspect"] = True
    if item.stale:
        record["stale"] = True
    return _dump(record)


_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _dump(record: dict[str, object]) -> str:
    """One line that a terminal only shows."""
    return spelled_out(_ENCODE(record))
