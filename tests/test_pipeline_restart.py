"""A box that is stopped and started: history is the truth, and it goes on from there."""

import base64
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.kit.contract import Frame
from gateway.model.alert import State
from gateway.thinking.pipeline import DOWNTIME_NS
from rules.core.detector_state import new_state
from rules.core.hazard import Hazard
from rules.night_door import Rule as NightDoor
from rules.terms.time import NS_PER_MINUTE, NS_PER_S
from tests.heard import GAPS_S, PHASES, busy, lines_of, said
from tests.thinking import DAY_NS, HOUR_NS, START_NS, Box, same, says, setup, state


def frames(rows: Sequence[tuple[int, str, str, float]]) -> list[Frame]:
    return [says(*row) for row in rows]


@settings(max_examples=10, phases=PHASES)
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
    from gateway.storage.journal import Batch

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
    from gateway.storage.journal import Batch

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
    assert still.tried_ns == told.tried_ns
    back = says(START_NS + 136 * NS_PER_MINUTE, "hall", "motion", 1.0)
    box.hear([back], START_NS + 150 * NS_PER_MINUTE)
    assert box.opened.pipeline.engine.book.open() == ()
    box.off()


def test_the_break_is_longer_than_what_a_restart_takes() -> None:
    assert DOWNTIME_NS >= 15 * NS_PER_MINUTE
