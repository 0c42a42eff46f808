"""A step of the clock and then a restart: the journal as it was left, gone through once more by a new program."""

import json
from pathlib import Path

import pytest

from drivers.kit.contract import Frame
from gateway.model.home import LATE, UNCONFIRMED
from gateway.service.daemon import Daemon
from gateway.storage.journal import Batch, Journal
from gateway.thinking.pipeline import DOWNTIMES
from rules.kit import catalogue
from rules.terms.channel import Channel
from rules.terms.time import NS_PER_MINUTE, NS_PER_S
from tests.faults.conftest import Note
from tests.integration.home import wait_for
from tests.living import SetTime, Wire, hears, living, wired
from tests.thinking import DAY_NS, HOUR_NS, START_NS, Box, commit, says, setup

YEAR_NS = 365 * DAY_NS
TRUE_NS = START_NS + 20 * DAY_NS


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """A home with every rule, lived in for ten hours of a day."""
    made = Box(setup(tmp_path, rules={name: catalogue.build(name, {}) for name in catalogue.names()}), START_NS)
    made.hear(lived(START_NS, 10), START_NS + 10 * HOUR_NS)
    return made


def lived(begin_ns: int, hours: int) -> list[Frame]:
    """Somebody moves about every seven minutes."""
    times = range(begin_ns + NS_PER_MINUTE, begin_ns + hours * HOUR_NS, 7 * NS_PER_MINUTE)
    return [says(time_ns, "hall", "motion", 1.0) for time_ns in times]


def said(box: Box) -> list[str]:
    """What the alerts about the person said."""
    return [alert.finding.what for alert in box.opened.alerts.all_alerts() if alert.finding.kind == "personal"]


@pytest.mark.parametrize("step_ns", [YEAR_NS, 30 * DAY_NS, 6 * HOUR_NS], ids=["a year", "a month", "six hours"])
def test_a_hole_without_rows_is_a_break_wherever_it_comes_from(box: Box, step_ns: int, note: Note) -> None:
    """Rows, a step, rows, and a program that starts after it: the minutes between were not watched."""
    box.opened.pipeline.shift(step_ns)  # a clock that was right was set, by a hand or by a machine that slept
    box._tick_ns += step_ns
    box.hear(lived(box.now_ns + step_ns, 1), box.now_ns + step_ns + 9 * HOUR_NS)
    before = said(box)
    commit(box.opened)
    box.off()
    box.on(box.now_ns)
    box.hear([], box.now_ns + 15 * NS_PER_MINUTE)
    breaks = [(b - a) // HOUR_NS for a, b in _breaks(box)]
    assert (step_ns // HOUR_NS) - 1 <= max(breaks) <= step_ns // HOUR_NS + 1
    assert said(box) == before == [], "nine hours of quiet are no alert, and what nobody watched is no quiet"
    note("faults.F9.invented", len(said(box)), "alerts", floor=0)
    box.off()


def _breaks(box: Box) -> list[tuple[int, int]]:
    commit(box.opened)
    return [(a, b) for a, b in json.loads(box.opened.journal.meta()[DOWNTIMES]) if a]  # 0: before the box came


def test_a_years_step_costs_no_minute_by_minute(box: Box, monkeypatch: pytest.MonkeyPatch, note: Note) -> None:
    box.opened.pipeline.shift(YEAR_NS)
    box._tick_ns += YEAR_NS
    box.hear(lived(box.now_ns + YEAR_NS, 1), box.now_ns + YEAR_NS + HOUR_NS)
    box.off()
    ticks: list[int] = []
    engine = type(box.opened.pipeline.engine)
    tick = engine.tick
    monkeypatch.setattr(engine, "tick", lambda self, time_ns: ticks.append(time_ns) or tick(self, time_ns))
    box.on(box.now_ns)
    box.off()
    note("faults.F9.minutes_gone_through", len(ticks), "minutes", floor=12 * 60)


@pytest.mark.parametrize("step_ns", [-YEAR_NS, -5 * HOUR_NS, -10 * NS_PER_MINUTE], ids=["a year", "5 h", "10 min"])
def test_what_is_learned_goes_on_after_a_step_back(box: Box, step_ns: int) -> None:
    """The learned quiet stood still until the old time came round again."""
    learning = box.opened.pipeline.engine.learning
    box.opened.pipeline.shift(step_ns)
    box._tick_ns += step_ns
    box.now_ns += step_ns
    quiet = learning.hazard.quiet().minutes
    box.hear([], box.now_ns + 30 * NS_PER_MINUTE)
    assert learning.hazard.quiet().minutes == quiet + 30
    assert (learning.hazard.refused, learning.routine.tier.refused) == (0, 0)
    closed_ns = learning.closed_ns
    box.hear(lived(box.now_ns, 30), box.now_ns + 30 * HOUR_NS)
    assert learning.closed_ns > closed_ns
    box.off()


def test_a_power_cut_without_a_clock_battery_is_a_break_in_the_watching(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, note: Note
) -> None:
    """Off for six hours, a saved clock, the time server, then a restart: 14 h of quiet were told, 6 of them unseen."""
    wire = Wire()
    journal = Journal.open(tmp_path / "state")
    journal.add_channel(0, Channel("board", "hallway", "motion", "event"))
    cut_ns = TRUE_NS - 6 * HOUR_NS
    times_ns = [cut_ns - n * 5 * NS_PER_MINUTE for n in range(100, 0, -1)]
    up = [(time_ns // NS_PER_S, b"gateway up=1 %d" % (time_ns // NS_PER_S)) for time_ns in times_ns]
    journal.commit(Batch([(time_ns, 0, 1.0, 0) for time_ns in times_ns], up))
    journal.close()
    wall = SetTime(monkeypatch, tmp_path, cut_ns)
    with living(wired(tmp_path, wire)) as daemon:
        assert not daemon.clock.trusted(), "no folder of timesyncd, and nobody has said that the saved time is right"
        hears(daemon, wire, "motion=1")
        wall.set(TRUE_NS, synchronised=True)
        wait_for(lambda: daemon.clock.now_ns() > TRUE_NS - NS_PER_MINUTE, "the step")
        engine = wait_for(lambda: daemon.pipeline.engine if not daemon.held else None, "trust")
        assert engine.store.watching_since_ns > TRUE_NS - 5 * NS_PER_MINUTE, "it did not watch while it was off"
        hears(daemon, wire, "motion=1")
        stored = list(daemon.opened.journal.readings(cut_ns))
        assert [row.flags for row in stored] == [UNCONFIRMED, 0]
        assert stored[0].time_ns > TRUE_NS - 5 * NS_PER_MINUTE
    with living(wired(tmp_path, wire)) as daemon:
        assert daemon.pipeline.engine.store.watching_since_ns > TRUE_NS - 5 * NS_PER_MINUTE
        hears(daemon, wire, "motion=1")
        noted = [b - a for a, b in json.loads(daemon.opened.journal.meta().get(DOWNTIMES, "[]"))]
        assert any(abs(length_ns - 6 * HOUR_NS) < 10 * NS_PER_MINUTE for length_ns in noted), noted
        alerts = daemon.opened.alerts.all_alerts()
    note("faults.F8.invented", len(alerts), "alerts", floor=0)
    wire.close()


def test_rows_of_the_future_do_not_hold_a_clock_that_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, note: Note
) -> None:
    wire = Wire()
    journal = Journal.open(tmp_path / "state")
    journal.add_channel(0, Channel("board", "hallway", "motion", "event"))
    ahead = [(TRUE_NS + YEAR_NS + n * NS_PER_S, 0, 1.0, 0) for n in range(10)]
    journal.commit(Batch([(TRUE_NS - HOUR_NS, 0, 1.0, 0), *ahead]))
    journal.close()
    SetTime(monkeypatch, tmp_path, TRUE_NS, synchronised=True)
    with living(wired(tmp_path, wire)) as daemon:
        hears(daemon, wire, "motion=1")
        stored = list(daemon.opened.journal.readings(0))
        assert stored[0].flags == 0
        assert {row.flags for row in stored[1:11]} == {LATE}, "kept, and nobody concludes anything from them"
        assert all(row.time_ns <= daemon.clock.now_ns() for row in stored)
        assert daemon.opened.alerts.all_alerts() == []
    SetTime(monkeypatch, tmp_path, TRUE_NS + HOUR_NS)
    clock = Daemon(wired(tmp_path, wire), type(daemon.clock)(), daemon.stop)
    assert abs(clock.clock.now_ns() - TRUE_NS - HOUR_NS) < 10 * NS_PER_MINUTE
    clock.setup.close()
    clock.opened.close()
    note("faults.F9.lost", 12 - len(stored), "readings", floor=0)
    wire.close()
