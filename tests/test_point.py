"""Line protocol: what a parser of our own and two real stores read back is what was meant."""

import json
import math
import urllib.parse

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.point import MAX_TAG_CHARS, Point, clean, line, restamp
from tests import servers

HOSTILE = (
    "living room",
    "a,b=c d",
    "trailing\\",
    "\\,\\ \\=",
    'quote"d',
    "new\nline value=1 1",
    "tab\tand\x00nul\x7f",
    "Wohnzimmer für Oma",
    "房间",
    "#comment",
    "=",
    "1i",
    "\ud800lone surrogate",
    "\u2028",
    "'",
    "{}[]()$`;--",
)
TEXT = st.one_of(st.text(max_size=40), st.sampled_from(HOSTILE))
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,10}", fullmatch=True).filter(lambda name: name != "time")


def split(text: str, separator: str) -> list[str]:
    """Split where the separator is not escaped."""
    parts, current, i = [], "", 0
    while i < len(text):
        if text[i] == "\\" and i + 1 < len(text):
            current += text[i : i + 2]
            i += 2
        elif text[i] == separator:
            parts.append(current)
            current, i = "", i + 1
        else:
            current, i = current + text[i], i + 1
    return [*parts, current]


def unescape(text: str) -> str:
    for char in ",= ":
        text = text.replace("\\" + char, char)
    return text


def parse(written: bytes) -> Point:
    """Line protocol as its specification has it, independent of the writer."""
    text = written.decode("utf-8")
    assert "\n" not in text
    series, fields, time_s = split(text, " ")
    measurement, *tags = split(series, ",")
    pairs = [split(tag, "=") for tag in tags]
    values = [split(field, "=") for field in split(fields, ",")]
    return Point(
        unescape(measurement),
        tuple((unescape(key), unescape(value)) for key, value in pairs),
        tuple((unescape(key), float(value)) for key, value in values),
        int(time_s),
    )


@given(
    NAMES,
    st.lists(st.tuples(NAMES, TEXT), max_size=5),
    st.lists(st.tuples(NAMES, st.floats()), max_size=5),
    st.integers(0, 2**33),
)
def test_what_is_written_is_read_back(
    measurement: str, tags: list[tuple[str, str]], fields: list[tuple[str, float]], time_s: int
) -> None:
    written = line(Point(measurement, tuple(tags), tuple(fields), time_s))
    known = tuple((key, value) for key, value in fields if math.isfinite(value))
    if not known:
        assert written is None
        return
    assert written is not None
    meant = tuple((key, clean(value)) for key, value in tags if clean(value))
    assert parse(written) == Point(measurement, meant, known, time_s)
    assert parse(restamp(written, 7)) == Point(measurement, meant, known, 7)


@given(TEXT)
def test_clean_text_is_one_printable_line_and_stays_itself(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.isprintable()
    assert len(cleaned) <= MAX_TAG_CHARS
    assert "\\" not in cleaned
    assert cleaned == cleaned.strip() == clean(cleaned)
    cleaned.encode()


@pytest.mark.parametrize("name", ["", "1st", "with space", "a,b", "time", "_private", "naïve", "a\nb", "x" * 65])
def test_names_are_ours_and_a_bad_one_is_a_fault(name: str) -> None:
    for point in (
        Point(name, (), (("v", 1.0),), 1),
        Point("m", ((name, "x"),), (("v", 1.0),), 1),
        Point("m", (), ((name, 1.0),), 1),
    ):
        with pytest.raises(ValueError, match="cannot be a name"):
            line(point)


def test_numbers_are_floats_whatever_they_were() -> None:
    fields = (("a", 1), ("b", np.float32(0.5)), ("c", True), ("d", 1e300), ("e", -0.0), ("f", np.float64("nan")))
    assert line(Point("m", (), fields, 5)) == b"m a=1.0,b=0.5,c=1.0,d=1e+300,e=-0.0 5"


def points(measurement: str) -> list[Point]:
    return [
        Point(measurement, (("n", f"{i}"), ("place", place)), (("value", i + 0.5),), 1_790_000_000)
        for i, place in enumerate(HOSTILE)
    ]


def lines(measurement: str) -> bytes:
    return b"\n".join(written for point in points(measurement) if (written := line(point)))


def test_victoria_metrics_reads_hostile_tags_as_meant(victoria: servers.Store) -> None:
    servers.post(f"{victoria.url}/api/v2/write?precision=s", lines("hostilevm"))
    servers.get(f"{victoria.url}/internal/force_flush")
    reply = servers.get(f"{victoria.url}/api/v1/export?match[]=hostilevm_value&start=1789000000&end=1791000000")
    found = [json.loads(row) for row in reply.splitlines()]
    stored = {(row["metric"]["n"], row["metric"].get("place", ""), row["values"][0]) for row in found}
    assert stored == {(f"{i}", clean(place), i + 0.5) for i, place in enumerate(HOSTILE)}


def test_influxdb_reads_hostile_tags_as_meant(influx: servers.Store) -> None:
    servers.post(f"{influx.url}/api/v2/write?bucket={influx.bucket}&precision=s", lines("hostileinflux"))
    query = urllib.parse.urlencode(
        {"db": influx.bucket, "q": "SELECT n, place, value FROM hostileinflux", "epoch": "s"}
    )
    rows = json.loads(servers.get(f"{influx.query_url}/query?{query}"))["results"][0]["series"][0]["values"]
    stored = {(n, place or "", value) for _, n, place, value in rows}
    assert stored == {(f"{i}", clean(place), i + 0.5) for i, place in enumerate(HOSTILE)}
