"""What every driver keeps to, whatever the wire says. Drivers are found by their names; none is listed here."""

import math
import tracemalloc
from dataclasses import fields, is_dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recordings import frames, fresh, recordings, run

from drivers.kit import catalogue
from drivers.kit.contract import Decoded, DecodeError, ErrorKind, Frame, Reading
from drivers.kit.quantity import QUANTITIES
from drivers.zigbee2mqtt_keys import READ

NAMES = catalogue.names()
EVERY_DRIVER = pytest.mark.parametrize("driver", NAMES)
MAX_MEMORY_BYTES = 4 << 20


def check(decoded: Decoded, sent: bytes) -> None:
    for item in decoded:
        assert item.device
        if isinstance(item, DecodeError):
            assert item.kind in ErrorKind
            assert item.kind is not ErrorKind.DRIVER, item.reason
            assert 0 < len(item.reason) <= 200
            continue
        assert isinstance(item, Reading)
        assert type(item.value) is float
        assert math.isfinite(item.value)
        row = QUANTITIES.get(item.quantity)
        if row is None:
            name = item.quantity.partition("=")[0]  # a word nobody placed is shown as name=word
            assert name.encode() in sent or "\\u" in sent.decode("ascii", "ignore"), "a name nobody said"
        elif not item.suspect:
            assert row.low <= item.value <= row.high


@EVERY_DRIVER
def test_module_defines_what_the_contract_lists(driver: str) -> None:
    module = catalogue.load(driver)
    assert module.LINK in ("serial", "mqtt")
    assert module.TITLE.strip() == module.TITLE != ""
    assert is_dataclass(module.Options)
    assert module.Options.__dataclass_params__.frozen
    options = module.Options()
    assert len(fields(options)) == len(module.Options.__slots__), "no field is added later"
    assert callable(module.decoder(options))
    if module.LINK == "mqtt":
        assert all(isinstance(topic, str) and topic for topic in module.topics(options))
        assert module.topics(options)
    else:
        assert module.BAUD in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 256000)
        assert getattr(module, "PARITY", "N") in ("N", "E", "O")


@EVERY_DRIVER
def test_driver_comes_with_recordings(driver: str) -> None:
    assert recordings(driver), "a recording is a driver's entry ticket"
    assert any(isinstance(item, Reading) for item in run(fresh(driver), frames(driver)))


@EVERY_DRIVER
def test_recordings_decode_alike_each_time_and_keep_the_rules(driver: str) -> None:
    stream = frames(driver)
    sent = b"".join(frame.payload for frame in stream)
    first = run(fresh(driver), stream)
    check(first, sent)
    assert run(fresh(driver), stream) == first


@EVERY_DRIVER
def test_retained_is_never_news(driver: str) -> None:
    decoded = run(fresh(driver), [frame._replace(retain=True) for frame in frames(driver)])
    assert all(item.stale for item in decoded if isinstance(item, Reading))


def damage(stream: list[Frame], where: list[tuple[int, int, int]]) -> list[Frame]:
    """Bytes changed, lost and doubled; frames cut off."""
    for index, position, byte in where:
        frame = stream[index % len(stream)]
        payload = bytearray(frame.payload or b"\0")
        at = position % len(payload)
        if byte < 256:
            payload[at] = byte
        elif byte < 320:
            del payload[at]
        elif byte < 384:
            payload.insert(at, payload[at])
        else:
            del payload[at:]
        stream[index % len(stream)] = frame._replace(payload=bytes(payload))
    return stream


@EVERY_DRIVER
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.lists(st.tuples(st.integers(0, 999), st.integers(0, 9999), st.integers(0, 448)), max_size=60))
def test_damaged_recordings_give_values_in_range_or_errors(driver: str, where: list[tuple[int, int, int]]) -> None:
    stream = damage(frames(driver), where)
    decoder = fresh(driver)
    sent = b""
    for frame in stream:
        sent = sent[-2048:] + frame.payload
        check(decoder(frame), sent)


@EVERY_DRIVER
@settings(max_examples=100)
@given(payloads=st.lists(st.tuples(st.text(max_size=30), st.binary(max_size=200)), max_size=8))
def test_noise_gives_no_exception(driver: str, payloads: list[tuple[str, bytes]]) -> None:
    decoder = fresh(driver)
    sent = b""
    for number, (topic, payload) in enumerate(payloads):
        sent += payload
        check(decoder(Frame(number, "device", payload, topic)), sent)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(sorted({"t", "last_seen", "smoke_alarm_1", "smoke_alarm_2", "occupancy_1", "state_l1", *READ}))
"""What a driver reads, often beside what the other reads are of."""
SAID = st.sampled_from(["emergency", "single", "tilt", "ON", "falling", 1e308, -1e308, 10**400, "1e308"])


@EVERY_DRIVER
@settings(max_examples=100)
@given(messages=st.lists(st.dictionaries(KEYS, JSON | SAID, max_size=6), max_size=4))
def test_any_json_gives_no_exception(driver: str, messages: list[dict[str, object]]) -> None:
    import json

    decoder = fresh(driver)
    for number, message in enumerate(messages):
        payload = json.dumps(message).encode() + b"\n"
        check(decoder(Frame(number, "device", payload, "zigbee2mqtt/name")), payload)


@EVERY_DRIVER
def test_memory_is_bounded_under_invented_names_and_endless_noise(driver: str) -> None:
    decoder = fresh(driver)
    pattern = frames(driver)[0]
    tracemalloc.start()
    try:
        for number in range(6000):
            topic = f"{pattern.topic[:200]}{number:0>50}" if pattern.topic else ""
            decoder(pattern._replace(time_ns=number, topic=topic, payload=pattern.payload))
            decoder(pattern._replace(time_ns=number, payload=b'\xaa\x01{"' + b"x" * 500))
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < MAX_MEMORY_BYTES
