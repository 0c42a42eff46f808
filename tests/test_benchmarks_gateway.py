"""What the gateway's benchmark sends and counts; its timing is its own affair."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.gateway_feed import BUTTONS, CYCLE, KINDS, ROOMS, Told, expected, frames, home, message, press
from benchmarks.gateway_load import FIELDS_PER_MESSAGE, PER_MESSAGE
from benchmarks.gateway_parts import mqtt_block
from benchmarks.gateway_waits import p99
from drivers.kit.contract import Frame, Reading
from drivers.zigbee2mqtt import Options, decoder
from gateway.service.build import build


def test_every_message_becomes_what_the_benchmark_counts() -> None:
    decode, found = decoder(Options()), Counter[Told]()
    for frame in frames(1000, 5):
        for item in decode(frame):
            assert isinstance(item, Reading)
            assert not item.suspect
            found[item.device, item.quantity, item.value] += 1
    assert found == expected(5000)
    assert found.total() == 5000 * PER_MESSAGE


def test_a_short_run_expects_only_what_was_sent() -> None:
    assert expected(1) == Counter(message(0)[2])
    assert expected(CYCLE + 1) - expected(CYCLE) == expected(1)
    assert expected(0) == Counter()


def test_frames_are_due_at_the_rate_asked_for() -> None:
    due_ns = [frame.time_ns for frame in frames(500, 2)]
    assert len(due_ns) == 1000
    assert due_ns == sorted(due_ns)
    assert due_ns[-1] - due_ns[0] == pytest.approx(2e9, rel=0.02)


def test_each_button_is_a_call_for_help() -> None:
    decode = decoder(Options())
    for number in range(BUTTONS):
        topic, payload = press(number)
        said = {item.quantity: item for item in decode(Frame(10**18, "zigbee", payload, topic))}
        assert said["sos"].value == 1
        assert not said["sos"].stale


def test_its_home_is_a_valid_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINLIGHT_MQTT_PASSWORD", "a password")
    path = tmp_path / "gateway.toml"
    path.write_text(home(mqtt_block(1883, 20)))
    setup = build(path)
    assert len(setup.config.sensor) == len(ROOMS) * len(KINDS) + BUTTONS
    setup.close()


def test_the_script_is_given_as_many_values_as_it_can_use() -> None:
    values = sum(payload.count(b":") - payload.count(b'"state"') for _, payload, _ in map(message, range(CYCLE)))
    assert values / CYCLE == FIELDS_PER_MESSAGE


def test_p99_is_a_value_that_was_seen() -> None:
    assert p99([float(n) for n in range(1, 101)]) == 100.0
    assert p99([1.0, 2.0]) == 2.0
