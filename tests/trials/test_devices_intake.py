"""What went wrong on the way into the box: wrong clocks, long messages, meters that flip, contacts turned round."""

import re
from pathlib import Path

import pytest

from drivers.kit.contract import DecodeError, Frame
from gateway.ingest import capture
from gateway.ingest.capture import read
from gateway.ingest.intake import UNASSIGNED_FIELDS, Intake
from gateway.model.home import LATE, Home, Sensor
from gateway.service.build import build
from gateway.sources.replay import AHEAD_NS, AROUND, believable
from gateway.storage.journal import FILE, Batch
from gateway.storage.journal_reader import JournalReader
from rules.terms.time import NS_PER_S
from tests.drivers.recordings import fresh, run
from tests.thinking import DAY_NS, HOUR_NS, START_NS, Box, says, setup
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
    made = build(cases.HERE / "gateway.toml")
    intake = Intake(made.home(), made.decoders, made.limits)
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


def test_rows_of_a_clock_that_was_ahead_make_nothing_late_after_a_restart(tmp_path: Path) -> None:
    box = Box(setup(tmp_path), START_NS)
    box.hear([says(START_NS + NS_PER_S, "hall", "motion", 1)], START_NS + HOUR_NS)
    box.opened.journal.commit(Batch([(START_NS + 28 * DAY_NS, 0, 1.0, 0)]))
    box.off()
    box.on(START_NS + HOUR_NS + 1)
    said = says(START_NS + HOUR_NS + NS_PER_S, "hall", "motion", 1)
    assert [sample.flags for sample in box.opened.pipeline.intake.take(said)] == [0]
    box.off()


def test_energy_that_flips_back_is_counted_once(tmp_path: Path) -> None:
    assert cases.inputs()["energy-flips"]["expected"] == "sum of increase = 1.15 kWh"
    cases.replayed("h_energy.jsonl", tmp_path)
    lines = [text.decode() for _, text in JournalReader(tmp_path / FILE).points_after(0, 100_000)]
    said = [re.search(r"increase=([0-9.e-]+)", text) for text in lines if "quantity=energy_kwh" in text]
    assert sum(float(found[1]) for found in said if found) == pytest.approx(1.15)


def test_a_sensor_may_be_turned_round(tmp_path: Path) -> None:
    assert cases.inputs()["contact-inverted"]["kind"] == "no way to turn a contact round"
    text = (cases.HERE / "gateway.toml").read_text(encoding="utf-8")
    turned = text.replace('address = "Front door"', 'address = "Front door"\ninvert = true')
    (tmp_path / "gateway.toml").write_text(turned, encoding="utf-8")
    for path, closed in ((cases.HERE / "gateway.toml", 1.0), (tmp_path / "gateway.toml", 0.0)):
        made = build(path)
        intake = Intake(made.home(), made.decoders, made.limits)
        said = b'{"contact":false,"battery":90,"tamper":true}'
        samples = intake.take(Frame(START_NS, "zigbee", said, "zigbee2mqtt/Front door"))
        given = {intake.home.channels[sample.channel].quantity: sample.value for sample in samples}
        assert given == {"contact_open": closed, "battery_percent": 90, "tamper": 1}


def test_a_call_is_never_late_and_what_is_late_is_counted() -> None:
    home = Home("test", [Sensor("key", "hall", "zigbee", "key")])
    intake = Intake(home, {"zigbee": fresh("zigbee2mqtt")}, {"zigbee": 8192})
    intake.advance(START_NS + 86_400 * NS_PER_S)
    frame = Frame(START_NS, "zigbee", b'{"action":"emergency","battery":90}', "zigbee2mqtt/key")
    assert [sample.flags for sample in intake.take(frame)] == [0, LATE]
    assert intake.tally.late == 1
    assert [sample.flags & LATE for sample in intake.take(frame._replace(retain=True))] == [LATE, LATE]


def test_a_fall_that_waited_at_the_broker_counts_from_its_arrival() -> None:
    said = b'{"fall_status":"fall_alarm","last_seen":1000000}'
    (fall,) = fresh("zigbee2mqtt")(Frame(START_NS, "zigbee", said, "zigbee2mqtt/radar"))
    assert fall.time_ns == START_NS


def test_new_words_of_one_device_do_not_hide_another() -> None:
    intake = Intake(Home("test", []), {"zigbee": fresh("zigbee2mqtt")}, {"zigbee": 8192})
    for n in range(1000):
        said = b'{"word":"w%d"}' % n
        intake.take(Frame(START_NS + n, "zigbee", said, "zigbee2mqtt/new"))
    intake.take(Frame(START_NS + 1000, "zigbee", b'{"occupancy":true}', "zigbee2mqtt/hall"))
    assert len(intake.tally.unassigned) == UNASSIGNED_FIELDS + 1
    assert intake.tally.unassigned["zigbee", "hall", "motion"] == 1
