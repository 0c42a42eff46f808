"""Points and InfluxDB line protocol.

What leaves the home: points, and the one function that writes them as line protocol.

Fields are always floats: a store that first saw an integer refuses the float that follows, and some turn strings into
0, so words travel as tags. Tag values come from the installer's configuration and the vocabulary only, but are escaped
and stripped of control characters all the same: an unescaped newline in a tag would forge a second point.
"""

import math
import re
from functools import lru_cache
from typing import NamedTuple

PRECISION = "s"
"""Timestamps of lines are whole UTC seconds; a sink must tell its store so."""

MAX_TAG_CHARS = 256
_NAME = re.compile(r"(?!time$)[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_ESCAPED = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})


class Point(NamedTuple):
    """One row of a series. Its identity is (measurement, tags, time): writing it again overwrites itself."""

    measurement: str
    tags: tuple[tuple[str, str], ...]  # in a fixed order, never empty values
    fields: tuple[tuple[str, float], ...]  # NaN fields are left out
    time_s: int  # UTC seconds; the end of the interval it describes


def line(point: Point) -> bytes | None:
    """The point as one line of line protocol without its newline; None if it has no known value.

    Raises ValueError for a measurement, tag or field name that is not plain ASCII letters, digits and underscores
    beginning with a letter: names are ours, so a bad one is a fault of the program.
    """
    fields = [
        f"{_name(key)}={float(value)!r}"  # float(): numpy's own repr is not a number
        for key, value in point.fields
        if math.isfinite(value)
    ]
    if not fields:
        return None
    return f"{_series(point.measurement, point.tags)} {','.join(fields)} {point.time_s:d}".encode()


def restamp(written: bytes, time_s: int) -> bytes:
    """The same line at another time: the clock was wrong when it was written."""
    return b"%b %d" % (written.rpartition(b" ")[0], time_s)


def clean(value: str) -> str:
    """A tag value every store gives back unchanged: printable, one line, no backslash, not too long.

    A backslash before a delimiter means different things to different stores, so it becomes a slash.
    """
    if not value.isprintable():
        value = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in value)
    return " ".join(value.replace("\\", "/").split())[:MAX_TAG_CHARS].rstrip()


@lru_cache(maxsize=4096)
def _series(measurement: str, tags: tuple[tuple[str, str], ...]) -> str:
    parts = [_name(measurement)]
    parts += [f"{_name(key)}={text.translate(_ESCAPED)}" for key, value in tags if (text := clean(value))]
    return ",".join(parts)


@lru_cache(maxsize=4096)
def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be a name in line protocol")
    return name
