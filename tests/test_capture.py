"""The recording format: what is written comes back, and a bad line costs itself alone."""

import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.kit.contract import DecodeError, ErrorKind, Frame, Reading
from gateway.ingest import capture
from gateway.ingest.capture import CaptureError

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)
FRAMES = st.builds(
    Frame,
    st.integers(0, 2**63 - 1 - 120 * 10**9),
    NAMES,
    st.binary(max_size=300) | NAMES.map(str.encode),
    NAMES | st.just(""),
    st.booleans(),
    st.just(0),
    st.booleans(),
)
GOOD = '{"time":"2026-11-03T07:15:02.5Z","device":"bed","hex":"00ff"}'


@given(FRAMES)
def test_frame_comes_back_as_it_was(frame: Frame) -> None:
    line = capture.encode(frame)
    assert "\n" not in line
    assert list(capture.read(io.BytesIO(line.encode()))) == [frame]


def test_lines_look_as_documented() -> None:
    time_ns = 1_793_690_102_123_456_789
    assert capture.encode(Frame(time_ns, "zigbee", b'{"a":1}', "z/Küche", True)) == (
        '{"time":"2026-11-03T07:15:02.123456789Z","device":"zigbee","topic":"z/Küche","retain":true,"text":"{\\"a\\":1}"}'
    )
    assert capture.encode(Frame(time_ns - 123_456_789, "radar", b"\xf4\x00")) == (
        '{"time":"2026-11-03T07:15:02Z","device":"radar","hex":"f400"}'
    )


def test_no_line_holds_what_a_terminal_obeys() -> None:
    topic = "z/\x9b31m\u202egnp.exe\u2028"
    frame = Frame(7, "zigbee", "\x9b2J".encode(), topic)
    assert "\\u009b31m\\u202egnp.exe\\u2028" in capture.encode(frame)
    lines = capture.encode(frame), capture.render(Reading(7, topic, "mood=\x85", 1.0))
    assert not {"\x9b", "\x85", "\u202e", "\u2028"} & set("".join(lines))
    assert list(capture.read(io.BytesIO(lines[0].encode()))) == [frame]


@pytest.mark.parametrize("name", ["home.jsonl", "home.jsonl.gz"])
def test_files_are_appended_to_and_read_packed_or_not(tmp_path: Path, name: str) -> None:
    frames = [Frame(number, "bed", b"x") for number in range(5)]
    assert capture.write(tmp_path / name, iter(frames[:3])) == 3
    assert capture.write(str(tmp_path / name), frames[3:]) == 2
    assert list(capture.read(tmp_path / name)) == frames
    assert ((tmp_path / name).read_bytes()[:2] == b"\x1f\x8b") == name.endswith(".gz")


def test_half_a_line_after_a_power_cut_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "home.jsonl"
    path.write_text(f"{GOOD}\n{GOOD[:30]}")
    capture.write(path, [Frame(7, "bed", b"x")])
    first, fault, last = capture.read_on(path)
    assert isinstance(first, Frame)
    assert isinstance(fault, CaptureError)
    assert (fault.line, last) == (2, Frame(7, "bed", b"x"))


def test_packed_file_cut_short_gives_what_is_left_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "home.jsonl.gz"
    lines = "".join(capture.encode(Frame(n, "bed", f"{n * n}".encode())) + "\n" for n in range(5000))
    path.write_bytes(gzip.compress(lines.encode())[:-2000])
    *frames, fault = capture.read_on(path)
    assert len(frames) > 1000
    assert isinstance(fault, CaptureError)
    assert "the rest is lost" in str(fault)


@pytest.mark.parametrize(
    ("line", "key", "mend"),
    [
        ("{", "", "cut off"),
        ("[1]", "", "not a JSON object"),
        pytest.param("[" * 99999, "", "not a JSON object", id="deep"),
        ("\xff", "", "not a JSON"),
        (GOOD.replace("hex", "heks"), "heks", "unknown"),
        (GOOD.replace('"bed"', '""'), "device", "configured name"),
        (GOOD.replace('"bed"', "7"), "device", "configured name"),
        (GOOD.replace('"00ff"', '"0f0"'), "hex", "pairs"),
        (GOOD.replace('"00ff"', "5"), "hex", "pairs"),
        (GOOD.replace('"hex":"00ff"', '"topic":"a"'), "text", "either"),
        (GOOD.replace("}", ',"text":""}'), "text", "either"),
        (GOOD.replace("}", ',"retain":1}'), "retain", "true or false"),
        (GOOD.replace("}", ',"dup":null}'), "dup", "true or false"),
        (GOOD.replace("}", ',"topic":1}'), "topic", "text"),
        (GOOD.replace("}", ',"topic":"\\ud800"}'), "topic", "Unicode"),
        (GOOD.replace('hex":"00ff', 'text":"\\ud800'), "text", "Unicode"),
        (GOOD.replace("Z", ""), "time", "UTC"),
        (GOOD.replace("T07:15:02.5", "T25:15:02"), "time", "UTC"),
        (GOOD.replace("02.5Z", "60Z"), "time", "UTC"),
        (GOOD.replace("2026", "1969"), "time", "1970"),
        (GOOD.replace("2026", "9999"), "time", "2262"),
        (GOOD.replace(".5", ".1234567891"), "time", "UTC"),
        (GOOD.replace('"2026-11-03T07:15:02.5Z"', "1793690102"), "time", "UTC"),
    ],
)
def test_bad_line_is_named_with_its_mend_and_the_next_is_read(line: str, key: str, mend: str) -> None:
    file = io.BytesIO(f"{GOOD}\n\n".encode() + line.encode("latin-1") + f"\n{GOOD}\n".encode())
    first, fault, last = capture.read_on(file)
    assert first == last == Frame(1_793_690_102_500_000_000, "bed", b"\x00\xff")
    assert isinstance(fault, CaptureError)
    assert (fault.line, fault.key) == (3, key)
    assert mend in str(fault)
    with pytest.raises(CaptureError, match="recording, line 3"):
        list(capture.read(io.BytesIO(file.getvalue())))


def test_endless_line_is_skipped_in_bounded_pieces() -> None:
    fault, frame = capture.read_on(io.BytesIO(b"x" * (2 * capture.MAX_LINE_BYTES + 5) + f"\n{GOOD}\n".encode()))
    assert isinstance(fault, CaptureError)
    assert isinstance(frame, Frame)


@given(st.binary(max_size=200))
def test_reader_survives_anything(noise: bytes) -> None:
    for item in capture.read_on(io.BytesIO(noise)):
        assert isinstance(item, Frame | CaptureError)


def test_time_zone_may_be_another_and_hex_may_have_spaces() -> None:
    line = GOOD.replace("07:15:02.5Z", "08:15:02.5+01:00").replace("00ff", "00 FF")
    assert list(capture.read(io.BytesIO(line.encode()))) == list(capture.read(io.BytesIO(GOOD.encode())))


@pytest.mark.parametrize(
    ("item", "line"),
    [
        (Reading(0, "a", "motion", 1.0), '{"time":"1970-01-01T00:00:00Z","device":"a","quantity":"motion","value":1}'),
        (
            Reading(5 * 10**8, "a", "x", -0.5, True, True),
            '{"time":"1970-01-01T00:00:00.5Z","device":"a","quantity":"x","value":-0.5,"suspect":true,"stale":true}',
        ),
        (Reading(0, "a", "x", 1e300), '{"time":"1970-01-01T00:00:00Z","device":"a","quantity":"x","value":1e+300}'),
        (
            DecodeError(0, "a", ErrorKind.VALUE, "t is below zero"),
            '{"time":"1970-01-01T00:00:00Z","device":"a","error":"value","reason":"t is below zero"}',
        ),
    ],
)
def test_what_a_driver_made_of_it_as_json(item: Reading | DecodeError, line: str) -> None:
    assert capture.render(item) == line
    json.loads(line)
