"""From frames to samples: what is dropped, why, and that nothing a wire says stops what comes behind it."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.kit import catalogue
from drivers.kit.contract import Decoded, DecodeError, ErrorKind, Frame, Reading
from gateway.ingest.intake import LATE_NS, UNASSIGNED, Intake
from gateway.ingest.packet_ids import RECEIPTS
from gateway.model.home import LATE, STALE, SUSPECT, Home, Sensor
from gateway.service.build import build
from tests.thinking import START_NS

S = 1_000_000_000


def intake(answer: Decoded | Exception, home: Home | None = None) -> Intake:
    def decode(frame: Frame) -> Decoded:
        if isinstance(answer, Exception):
            raise answer
        return answer

    home = home or Home("test", [Sensor("hall", "hallway", "board", "hall")])
    return Intake(home, {"board": decode}, {"board": 100})


def reading(value: float = 1.0, *, at_ns: int = START_NS, address: str = "hall", **flags: bool) -> Reading:
    return Reading(at_ns, address, "room_temperature_c", value, **flags)


FRAME = Frame(START_NS, "board", b"x")


def test_a_reading_finds_its_channel() -> None:
    made = intake([reading(20.0)])
    assert made.take(FRAME) == [(START_NS, 0, 20.0, 0)]
    assert made.home.channels[0].id == "hall/room_temperature_c"
    assert (made.tally.frames, made.tally.readings) == (1, 1)


@pytest.mark.parametrize(
    ("said", "flags"),
    [
        (reading(20.0, suspect=True), SUSPECT),
        (reading(20.0, stale=True), STALE),
        (reading(900.0), SUSPECT),
        (reading(-273.0, stale=True), SUSPECT | STALE),
    ],
)
def test_what_is_doubtful_is_kept_and_marked(said: Reading, flags: int) -> None:
    assert intake([said]).take(FRAME)[0].flags == flags


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_driver_that_says_nonsense_costs_that_reading_and_no_other(value: float) -> None:
    made = intake([reading(value), reading(20.0)])
    assert [sample.value for sample in made.take(FRAME)] == [20.0]
    assert made.tally.errors["board", "driver"] == 1


def test_a_driver_that_fails_is_named_and_the_next_frame_is_taken(caplog: pytest.LogCaptureFixture) -> None:
    made = intake(IndexError("oops"))
    assert made.take(FRAME) == made.take(FRAME) == []
    assert made.tally.errors["board", "driver"] == 2
    assert made.tally.reasons["board", "driver"] == "IndexError in the driver"
    assert "driver of board failed" in caplog.text


def test_a_frame_that_is_too_long_is_refused_unread() -> None:
    made = intake(AssertionError("it was read"))
    assert made.take(FRAME._replace(payload=b"x" * 101)) == []
    assert made.tally.errors["board", ErrorKind.LENGTH] == 1


def test_a_bridges_list_of_forty_devices_is_read_whole(tmp_path: Path) -> None:
    """130 kB: far more than a message of a sensor may have, and the driver's own limit is what counts."""
    config = tmp_path / "gateway.toml"
    config.write_text('[home]\nid = "test"\n[mqtt]\n[[device]]\nname = "zigbee"\ndriver = "zigbee2mqtt"\n')
    (tmp_path / "plan.toml").write_text("")
    made = build(config).intake(Home("test", [Sensor("leak", "bath", "zigbee", "bath/leak")]))
    listed = json.dumps([{"friendly_name": f"bath/{each}", "definition": "x" * 3200} for each in ("leak", *range(40))])
    gone = Frame(START_NS + 1, "zigbee", b"", "zigbee2mqtt/bath/leak", retain=True)
    assert made.take(gone) == [], "a name with a slash that nobody has listed may be an attribute"
    assert made.take(Frame(START_NS + 2, "zigbee", listed.encode(), "zigbee2mqtt/bridge/devices", retain=True)) == []
    assert made.tally.errors == {}
    assert [(sample.value, sample.flags) for sample in made.take(gone)] == [(0.0, STALE)]


def test_a_device_nobody_configured_is_named() -> None:
    made = intake([reading()])
    assert made.take(FRAME._replace(device="attic")) == []
    assert made.tally.reasons["", ErrorKind.NOT_OURS] == "no [[device]] is named 'attic'"


def test_what_could_not_be_read_is_counted_by_kind_with_its_latest_reason() -> None:
    made = intake([DecodeError(START_NS, "hall", ErrorKind.INTEGRITY, "bad checksum " * 100)])
    made.take(FRAME)
    made.take(FRAME)
    assert made.tally.errors["board", ErrorKind.INTEGRITY] == 2
    assert len(made.tally.reasons["board", ErrorKind.INTEGRITY]) == 200


def test_strangers_are_remembered_but_not_without_end() -> None:
    made = intake([])
    for n in range(UNASSIGNED + 50):
        made._decoders = {"board": lambda frame, n=n: [reading(address=f"x{n}")]}
        assert made.take(FRAME) == []
    assert len(made.tally.unassigned) == UNASSIGNED


def test_what_a_terminal_would_obey_is_spelled_out_where_it_enters() -> None:
    turned = "hall\u202e\x9b2J\x07"
    made = intake([reading(address=turned), DecodeError(START_NS, turned, ErrorKind.VALUE, f"{turned} is odd")])
    made.take(FRAME)
    shown = "hall\\u202e\\u009b2J\\u0007"
    assert list(made.tally.unassigned) == [("board", shown, "room_temperature_c")]
    assert made.tally.reasons["board", ErrorKind.VALUE] == f"{shown} is odd"


def test_times_only_go_forward_and_one_frame_may_say_a_thing_twice() -> None:
    made = intake([reading(20.0), reading(21.0)])
    assert [sample.time_ns for sample in made.take(FRAME)] == [START_NS, START_NS + 1]
    earlier = made.take(FRAME._replace(time_ns=START_NS - S))
    assert [sample.time_ns for sample in earlier] == [START_NS + 2, START_NS + 3], "threads race by milliseconds"


def test_a_reading_from_the_past_is_kept_and_nobody_concludes_anything_from_it() -> None:
    made = intake([reading(20.0)])
    made.advance(START_NS + LATE_NS + 2)
    sample = made.take(FRAME)[0]
    assert (sample.time_ns, sample.flags) == (START_NS, LATE)


def test_what_comes_after_a_minute_ended_belongs_to_the_next() -> None:
    made = intake([reading(20.0)])
    made.advance(START_NS + 60)
    assert made.take(FRAME)[0].time_ns == START_NS + 60


def test_the_memory_of_receipts_is_bounded_and_the_latest_count() -> None:
    made = intake([])
    for n in range(RECEIPTS + 10):
        assert not made.repeated(FRAME._replace(receipt=n + 1), b"digest")
    again = FRAME._replace(receipt=RECEIPTS + 10, dup=True)
    assert made.repeated(again, b"digest")
    assert not made.repeated(again._replace(receipt=1), b"digest")
    assert not made.repeated(again, b"another message"), "a packet id came round"


@settings(max_examples=150)
@given(
    driver=st.sampled_from(catalogue.names()),
    payloads=st.lists(st.one_of(st.binary(max_size=300), st.text(max_size=100).map(str.encode)), max_size=6),
    topic=st.one_of(st.text(max_size=40), st.sampled_from(["zigbee2mqtt/hall", "zigbee2mqtt/bridge/state"])),
)
def test_anything_on_the_wire_gives_finite_samples_with_times_that_only_go_forward(
    driver: str, payloads: list[bytes], topic: str
) -> None:
    decoder = catalogue.load(driver).decoder(catalogue.options(driver, {}))
    home = Home("test", [Sensor("hall", "hallway", "board", "hall"), Sensor("line", "hallway", "board")])
    made = Intake(home, {"board": decoder}, {"board": 8192})
    last_ns = 0
    for n, payload in enumerate(payloads):
        for sample in made.take(Frame(START_NS + n, "board", payload, topic)):
            assert math.isfinite(sample.value)
            assert sample.time_ns > last_ns
            last_ns = sample.time_ns
    assert made.tally.frames == len(payloads)
    assert not made.tally.errors["board", "driver"]


def test_devices_nobody_placed_are_listed_before_fields_of_known_ones() -> None:
    made = intake([])
    for answer in (
        [reading()._replace(quantity="mood")],
        [reading()._replace(quantity="mood")],
        [reading(address="x")],
    ):
        made._decoders = {"board": lambda frame, answer=answer: answer}
        made.take(FRAME)
    assert [key for key, _ in made.unassigned(9)] == [("board", "x", "room_temperature_c"), ("board", "hall", "mood")]
    assert len(made.unassigned(1)) == 1
