"""Recordings whose clock was wrong, and messages of the bridge that are longer than a report may be."""

from pathlib import Path

from drivers.base import DecodeError, Frame
from gateway import capture
from gateway.build import build
from gateway.capture import read
from gateway.intake import Intake
from gateway.sources.replay import AHEAD_NS, AROUND, believable
from rules.base import NS_PER_S
from tests.drivers.recordings import fresh, run
from tests.thinking import START_NS
from tests.trials import cases


def test_a_frame_from_the_future_does_not_hide_the_help_button(tmp_path: Path) -> None:
    assert cases.inputs()["replay-future-frame"]["kind"] == "silent late"
    alerts = cases.replayed("clk.jsonl", tmp_path)
    assert [alert["rule"] for alert in alerts].count("sos") == 1


def frames(*offsets_s: int) -> list[Frame]:
    return [Frame(START_NS + offset_s * NS_PER_S, "board", str(n).encode()) for n, offset_s in enumerate(offsets_s)]


def test_frames_of_a_clock_that_was_ahead_come_when_the_one_before_them_came() -> None:
    month_s, ahead = 28 * 86_400, []
    given = list(believable(frames(0, month_s, month_s + 1, 5, *range(6, 20)), ahead.append))
    assert [frame.payload for frame in given] == [str(n).encode() for n in range(18)], "in order, and none is lost"
    assert [(frame.time_ns - START_NS) // NS_PER_S for frame in given[:5]] == [0, 0, 0, 5, 6]
    assert [frame.payload for frame in ahead] == [b"1", b"2"]


def test_frames_of_a_clock_that_was_set_forward_and_of_one_that_was_behind_are_left_alone() -> None:
    for offsets_s in ([0, 1, 2, *range(86_400, 86_440)], [*range(100), 0, *range(100, 200)]):
        ahead: list[Frame] = []
        assert list(believable(frames(*offsets_s), ahead.append)) == frames(*offsets_s)
        assert ahead == []


def test_an_hour_and_a_frame_from_the_future_at_the_end_are_believed() -> None:
    hour_s = AHEAD_NS // NS_PER_S
    for offsets_s in ([0, hour_s, *range(1, AROUND + 2)], [*range(20), 10 * hour_s]):
        assert list(believable(frames(*offsets_s), lambda _: None)) == frames(*offsets_s)


def test_listings_of_the_bridge_are_read_or_passed_over_and_replay_agrees_with_decode() -> None:
    recorded = list(read(cases.HERE / "bridge.jsonl"))
    assert cases.inputs()["bridge-topics-over-8k"]["kind"] == "big retained bridge messages"
    assert max(len(frame.payload) for frame in recorded) > 8192
    decoded = run(fresh("zigbee2mqtt"), recorded)
    assert not [item for item in decoded if isinstance(item, DecodeError)]
    assert [capture.render(item) for item in decoded] == [
        '{"time":"2026-11-03T07:15:01Z","device":"Hall/Motion","quantity":"online","value":0}'
    ], "bridge/devices was read: the slash is part of a name"
    setup = build(cases.HERE / "gateway.toml")
    intake = Intake(setup.home(), setup.decoders, setup.limits)
    for frame in recorded:
        intake.take(frame)
    assert not intake.tally.errors


def test_a_listing_of_1200_kb_is_read_and_a_report_of_that_size_is_not() -> None:
    listed = b'[{"friendly_name":"a/b","definition":"' + b"z" * 1_200_000 + b'"}]'
    decoder = fresh("zigbee2mqtt")
    assert decoder(Frame(1, "zigbee", listed, "zigbee2mqtt/bridge/devices")) == []
    assert decoder(Frame(1, "zigbee", listed, "zigbee2mqtt/bridge/definitions")) == []
    (error,) = decoder(Frame(1, "zigbee", listed, "zigbee2mqtt/hall"))
    assert isinstance(error, DecodeError)
    assert error.kind == "length"
