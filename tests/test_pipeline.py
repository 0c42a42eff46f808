"""Intake, engine and journal together: history is the truth, and nothing is lost at a border."""

import base64
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from drivers.base import Frame
from gateway.alert import State
from gateway.opening import BREAK_NS
from rules.base import NS_PER_MINUTE, NS_PER_S
from rules.core.detector_state import new_state
from rules.core.hazard import Hazard
from rules.night_door import Rule as NightDoor
from tests.thinking import DAY_NS, HOUR_NS, START_NS, Box, same, says, setup, state

THINGS = (
    ("hall", "motion", (1.0, 0.0)),
    ("door", "contact_open", (1.0, 0.0)),
    ("climate", "room_temperature_c", (19.5, 20.25, 21.0)),
    ("meter", "energy_kwh", (5.0, 5.5, 7.25, 0.0)),
    ("help", "sos", (1.0,)),
)

PHASES = (Phase.explicit, Phase.generate)  # each example lives through hours: shrinking one takes minutes


@st.composite
def said(draw: st.DrawFn, spans_s: st.SearchStrategy[float], most: int) -> list[tuple[int, str, str, float]]:
    """(time_ns, address, quantity, value), in order."""
    time_ns, found = START_NS, []
    for _ in range(draw(st.integers(1, most))):
        time_ns += int(draw(spans_s) * NS_PER_S) + 1
        address, quantity, values = draw(st.sampled_from(THINGS))
        found.append((time_ns, address, quantity, draw(st.sampled_from(values))))
    return found


GAPS_S = st.one_of(
    st.floats(0, 5), st.floats(0, 900), st.sampled_from([60.0, 300.0, 3600.0]), st.floats(3600, 6 * 3600)
)


def frames(rows: Sequence[tuple[int, str, str, float]]) -> list[Frame]:
    return [says(*row) for row in rows]


@settings(max_examples=10, deadline=None, phases=PHASES)
@given(said(GAPS_S, 60), st.lists(st.integers(0, 60), max_size=4), st.integers(0, 600))
def test_stopped_at_any_moment_it_goes_on_as_if_it_never_had(
    rows: list[tuple[int, str, str, float]], stops: list[int], pause_s: int
) -> None:
    heard = frames(rows)
    end_ns = heard[-1].time_ns + HOUR_NS
    with tempfile.TemporaryDirectory() as there, tempfile.TemporaryDirectory() as here:
        steady, stopped = Box(setup(Path(there)), START_NS), Box(setup(Path(here)), START_NS)
        steady.hear(heard, end_ns)
        begin = 0
        for stop in sorted({min(stop, len(heard)) for stop in stops}):
            if part := heard[begin:stop]:
                stopped.hear(part, part[-1].time_ns)
                begin = stop
                stopped.off()
                soonest = heard[stop].time_ns if stop < len(heard) else end_ns
                stopped.on(min(part[-1].time_ns + pause_s * NS_PER_S, soonest))
        stopped.hear(heard[begin:], end_ns)
        same(state(stopped.opened), state(steady.opened))
        for box in (steady, stopped):
            box.off()
        told, kept = (sorted(lines_of(Path(each))) for each in (there, here))
        assert [line for line in kept if "gateway" not in line] == [line for line in told if "gateway" not in line]


def lines_of(directory: Path) -> list[str]:
    from gateway.journal import FILE
    from gateway.journal_reader import JournalReader

    return [line.decode() for _, line in JournalReader(directory / FILE).points_after(0, 1_000_000)]


@pytest.mark.parametrize("days", [1, 4])
def test_a_box_that_was_off_for_hours_remembers_that_it_did_not_watch(tmp_path: Path, days: int) -> None:
    box = Box(setup(tmp_path), START_NS)
    box.hear(busy(START_NS, days * DAY_NS), START_NS + days * DAY_NS)
    box.off()
    again_ns = START_NS + days * DAY_NS + 10 * HOUR_NS + 17 * NS_PER_S
    box.on(again_ns)
    box.hear(busy(again_ns, 3 * HOUR_NS), again_ns + 3 * HOUR_NS)
    before = state(box.opened)
    unknown = int((before["count"].sum(axis=1) == 0).sum())
    box.off()
    box.on(box.now_ns)
    after = state(box.opened)
    same(after, before)
    assert after["watching"] == again_ns
    assert unknown >= 10 * 60, "ten hours are unknown, not quiet"
    assert box.opened.pipeline.engine.silence.limit_s(0) <= 26 * 3600
    box.off()


def busy(start_ns: int, span_ns: int) -> list[Frame]:
    """Every sensor once in seven minutes, a door that is opened and closed, a meter that counts."""
    found = []
    for n, time_ns in enumerate(range(start_ns + NS_PER_S, start_ns + span_ns, 84 * NS_PER_S)):
        address, quantity, values = THINGS[n % len(THINGS)]
        value = float(n) if quantity == "energy_kwh" else values[n // len(THINGS) % len(values)]
        found.append(says(time_ns, address, quantity, value))
    return found


def test_a_restart_in_a_quiet_night_does_not_start_the_quiet_anew(tmp_path: Path) -> None:
    """Nothing was said for three hours; the box was off for ten seconds of them."""
    box = Box(setup(tmp_path), START_NS)
    box.hear(busy(START_NS, HOUR_NS), START_NS + 4 * HOUR_NS)
    before = state(box.opened)
    box.off()
    box.on(box.now_ns + 10 * NS_PER_S)
    assert state(box.opened)["watching"] == before["watching"] == START_NS
    assert state(box.opened)["last_ns"].tolist() == before["last_ns"].tolist()
    box.off()


def test_what_was_gathered_before_a_break_is_summarised_where_it_belongs(tmp_path: Path) -> None:
    box = Box(setup(tmp_path), START_NS)
    box.hear([says(START_NS + 70 * NS_PER_S, "hall", "motion", 1.0)], START_NS + 80 * NS_PER_S)
    box.off()
    later_ns = START_NS + 3 * HOUR_NS
    box.on(later_ns)
    box.hear([says(later_ns + 70 * NS_PER_S, "hall", "motion", 1.0)], later_ns + 6 * NS_PER_MINUTE)
    box.off()
    counts = [line for line in lines_of(tmp_path) if "quantity=motion" in line]
    assert [(line.split()[1], int(line.split()[2])) for line in counts] == [
        ("count=1.0", START_NS // NS_PER_S + 300),
        ("count=1.0", later_ns // NS_PER_S + 300),
    ]


def counted(directory: Path) -> tuple[Counter[str], Counter[str]]:
    """Readings that count in the journal, and what the points say of them, by quantity."""
    from gateway.journal import FILE
    from gateway.journal_reader import JournalReader

    journal = JournalReader(directory / FILE)
    channels = dict(journal.channels())
    readings: Counter[str] = Counter()
    for row in journal.readings(0):
        channel = channels[row.channel]
        if not row.flags and not (channel.kind == "event" and row.value <= 0):
            readings[channel.quantity] += 1
    points: Counter[str] = Counter()
    for line in lines_of(directory):
        series, fields, _ = line.split(" ")
        if series.startswith("channel,"):
            quantity = dict(tag.split("=") for tag in series.split(",")[1:])["quantity"]
            points[quantity] += round(float(dict(f.split("=") for f in fields.split(","))["count"]))
    return readings, points


@settings(max_examples=10, deadline=None, phases=PHASES)
@given(said(GAPS_S, 80), st.sampled_from(["2026-10-24T22:00", "2027-03-27T22:00", "2026-11-18T00:00"]))
def test_every_reading_is_in_exactly_one_summary(rows: list[tuple[int, str, str, float]], begin: str) -> None:
    """Over the night the clocks go back, the night they go forward, and any other; at every border of a minute."""
    offset_ns = int(datetime.fromisoformat(begin).replace(tzinfo=UTC).timestamp()) * NS_PER_S - START_NS
    with tempfile.TemporaryDirectory() as here:
        box = Box(setup(Path(here)), START_NS + offset_ns)
        moved = [(time_ns + offset_ns, *rest) for time_ns, *rest in rows]
        box.hear([says(*row) for row in moved], moved[-1][0] + 10 * NS_PER_MINUTE)
        box.off()
        readings, points = counted(Path(here))
    assert points == readings
    assert readings.total() == sum(not (quantity in {"motion", "sos"} and value <= 0) for _, _, quantity, value in rows)


def test_readings_at_the_very_border_belong_to_the_minute_that_begins(tmp_path: Path) -> None:
    border_ns = START_NS + 5 * NS_PER_MINUTE
    box = Box(setup(tmp_path), START_NS)
    box.hear(
        [says(time_ns, "hall", "motion", 1.0) for time_ns in (border_ns - 1, border_ns, border_ns + 1)],
        border_ns + 5 * NS_PER_MINUTE,
    )
    box.off()
    got = [(line.split()[1], int(line.split()[2])) for line in lines_of(tmp_path) if "motion" in line]
    assert got == [("count=1.0", START_NS // NS_PER_S + 300), ("count=2.0", START_NS // NS_PER_S + 600)]


def test_a_message_sent_again_is_one_message_and_is_acknowledged(tmp_path: Path) -> None:
    box = Box(setup(tmp_path), START_NS)
    pipeline = box.opened.pipeline
    first = says(START_NS + 1, "hall", "motion", 1.0, receipt=7)
    box.hear([first, first._replace(time_ns=START_NS + 9)], START_NS + 10)
    assert pipeline.take_receipts() == [7, 7]
    box.off()
    box.on(START_NS + 20)
    box.hear([first._replace(time_ns=START_NS + 30)], START_NS + 40)
    assert box.opened.pipeline.intake.tally.repeats == 1
    box.hear([says(START_NS + 50, "hall", "motion", 1.0, receipt=8)], START_NS + 60)
    box.off()
    assert sum(1 for line in lines_of(tmp_path)) >= 0
    assert len(readings_of(tmp_path)) == 2


def readings_of(directory: Path) -> list[tuple[int, int, float, int]]:
    from gateway.journal import FILE
    from gateway.journal_reader import JournalReader

    return [tuple(row) for row in JournalReader(directory / FILE).readings(0)]


def test_after_a_new_session_an_old_receipt_hides_no_new_message(tmp_path: Path) -> None:
    """The broker lost its memory and counts from one again; the same words under the same number are news."""
    box = Box(setup(tmp_path), START_NS)
    press = says(START_NS + 1, "help", "sos", 1.0, receipt=3)
    box.hear([press], START_NS + 2)
    box.opened.pipeline.new_session()
    assert box.opened.pipeline.take_receipts() == [], "an old receipt would acknowledge a new message"
    box.off()
    box.on(START_NS + 10)  # the session is remembered now, what was before it is not
    box.hear([press._replace(time_ns=START_NS + 20)], START_NS + 30)
    assert box.opened.pipeline.intake.tally.repeats == 0
    box.off()


def test_while_the_card_takes_nothing_memory_stays_bounded(tmp_path: Path) -> None:
    box = Box(setup(tmp_path), START_NS)
    pipeline = box.opened.pipeline
    for n in range(3000):
        pipeline.frame(says(START_NS + n * NS_PER_S, "hall", "motion", 1.0, receipt=n % 65535 + 1))
    assert pipeline.shed(100) == 2900
    assert pipeline.pending() == 100
    harvested = pipeline.harvest()
    assert [row[0] for row in harvested.readings] == [START_NS + n * NS_PER_S for n in range(2900, 3000)]
    box.off()


def damaged(**learning: object) -> str:
    """A saved state whose outer form is right and whose core is not."""
    return json.dumps({"time_ns": START_NS, "silence": {}, "store": {}, "learning": learning})


@pytest.mark.parametrize(
    "damage",
    [
        "{",
        '{"time_ns": 1}',
        '{"time_ns": "yesterday"}',
        "[]",
        "null",
        '{"time_ns": 1, "learning": [1]}',
        damaged(),
        damaged(day=base64.b64encode(b"KINDAY1\n\x02\0\0\0[]").decode()),
        damaged(
            day=base64.b64encode(new_state(1).to_bytes()).decode(),
            hazard=base64.b64encode(Hazard(1).save()).decode(),
            closed_ns=START_NS,
            on=[],
        ),
    ],
)
def test_a_saved_state_that_cannot_be_used_is_left_out(tmp_path: Path, damage: str) -> None:
    from gateway.journal import Batch

    box = Box(setup(tmp_path), START_NS)
    box.hear(busy(START_NS, 4 * DAY_NS), START_NS + 4 * DAY_NS)
    box.off()
    box.on(box.now_ns)
    before = state(box.opened)
    saved = [key for key in box.opened.journal.meta() if key.startswith("snapshot:")]
    assert len(saved) == 4
    box.opened.journal.commit(Batch(meta=dict.fromkeys(saved, damage)))
    box.off()
    box.on(box.now_ns)
    after = state(box.opened)
    assert after["last_ns"].tolist() == before["last_ns"].tolist()
    box.off()


def test_a_state_saved_before_the_routine_was_kept_is_rebuilt_from_history(tmp_path: Path) -> None:
    from gateway.journal import Batch

    box = Box(setup(tmp_path), START_NS)
    box.hear(busy(START_NS, 4 * DAY_NS), START_NS + 4 * DAY_NS)
    box.off()
    box.on(box.now_ns)
    before = state(box.opened)
    journal = box.opened.journal
    old = {key: json.loads(text) for key, text in journal.meta().items() if key.startswith("snapshot:")}
    for saved in old.values():
        del saved["learning"]["routine"]
    journal.commit(Batch(meta={key: json.dumps(saved) for key, saved in old.items()}))
    box.off()
    box.on(box.now_ns)
    assert box.opened.since_ns == 0
    same(state(box.opened), before)
    box.off()


def test_a_door_at_night_is_told_once_though_the_box_restarts_while_it_waits(tmp_path: Path) -> None:
    box = Box(setup(tmp_path, rules={"night_door": NightDoor(outside_doors=("door",))}), START_NS)
    said = [(60, "door", 0.0), (60, "hall", 1.0), (120, "door", 1.0), (121, "door", 0.0)]
    heard = [
        says(START_NS + minute * NS_PER_MINUTE + 1, address, "motion" if address == "hall" else "contact_open", value)
        for minute, address, value in said
    ]
    box.hear(heard, START_NS + 125 * NS_PER_MINUTE)
    (waiting,) = box.opened.pipeline.engine.book.open()
    assert waiting.state is State.PENDING
    box.off()
    box.on(box.now_ns + 30 * NS_PER_S)
    box.hear([], START_NS + 129 * NS_PER_MINUTE)
    assert [alert.state for alert in box.opened.pipeline.engine.book.open()] == [State.PENDING]
    box.hear([], START_NS + 132 * NS_PER_MINUTE)
    (told,) = box.opened.pipeline.engine.book.open()
    assert (told.id, told.state) == (waiting.id, State.ACTIVE)
    assert told.finding.again_ns == START_NS + 120 * NS_PER_MINUTE
    box.off()
    box.on(box.now_ns + 30 * NS_PER_S)
    box.hear([], START_NS + 135 * NS_PER_MINUTE)
    (still,) = box.opened.pipeline.engine.book.open()
    assert still.told_ns == told.told_ns
    back = says(START_NS + 136 * NS_PER_MINUTE, "hall", "motion", 1.0)
    box.hear([back], START_NS + 150 * NS_PER_MINUTE)
    assert box.opened.pipeline.engine.book.open() == ()
    box.off()


def test_the_break_is_longer_than_what_a_restart_takes() -> None:
    assert BREAK_NS >= 15 * NS_PER_MINUTE
