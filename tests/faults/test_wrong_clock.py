"""A box with no battery-backed clock starts in 1970 or where it was switched off, and jumps once it hears the time."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.model.alert import State
from gateway.service.daemon import Daemon
from gateway.storage.journal import Batch, Journal
from gateway.system import clock as clock_module
from gateway.system.worker import Stop
from rules.terms.channel import Channel
from rules.terms.time import NS_PER_MINUTE, NS_PER_S
from tests.integration.home import wait_for
from tests.living import Kept, SetTime, Told, Wire, hears, living, wired

BORDER_NS = 1_795_000_200 * NS_PER_S  # the end of a five-minute interval
TRUE_NS = BORDER_NS + (3 * 3600 + 1234) * NS_PER_S + 567
HOUR_NS = 3600 * NS_PER_S
assert BORDER_NS % (300 * NS_PER_S) == 0


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


def rows(daemon: Daemon) -> list[tuple[int, int, float]]:
    return [(row.time_ns, row.channel, row.value) for row in daemon.opened.journal.readings(0)]


def stored_s(daemon: Daemon) -> list[int]:
    kept = daemon.setup.sinks["store"]
    assert isinstance(kept, Kept)
    return [int(line.rpartition(b" ")[2]) for line in kept.lines]


def told(daemon: Daemon) -> list[str]:
    notifier = daemon.setup.notifiers["told"]
    assert isinstance(notifier, Told)
    return [message.title for message in notifier.messages]


def test_a_boot_in_1970_raises_nothing_and_moves_its_rows_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wire: Wire
) -> None:
    monkeypatch.setattr(clock_module, "BUILT_NS", BORDER_NS - 4 * NS_PER_S)
    wall = SetTime(monkeypatch, tmp_path, 1000 * NS_PER_S)
    with living(wired(tmp_path, wire)) as daemon:
        for text in ("motion=1", "t=20.5", "kwh=7", "motion=1"):
            hears(daemon, wire, text)
        wait_for(lambda: daemon.opened.journal.last_seq() > 2, "the interval's points")
        before = rows(daemon)
        assert all(abs(time_ns - BORDER_NS) < 60 * NS_PER_S for time_ns, _, _ in before)
        assert stored_s(daemon) == [], "nothing leaves the home before its time is known"
        assert daemon.health.status()["clock_trusted"] is False

        wall.set(TRUE_NS, synchronised=True)
        wait_for(lambda: stored_s(daemon), "the store to get its points")
        after = rows(daemon)
        delta_ns = after[0][0] - before[0][0]
        assert [(time_ns + delta_ns, *rest) for time_ns, *rest in before] == after[: len(before)]
        assert abs(after[-1][0] - TRUE_NS) < 60 * NS_PER_S
        hears(daemon, wire, "motion=1")
        assert rows(daemon)[-1][0] > after[-1][0]
        assert all(TRUE_NS // NS_PER_S - 60 < at_s < TRUE_NS // NS_PER_S + 60 for at_s in stored_s(daemon))
        assert daemon.opened.alerts.all_alerts() == []
        hears(daemon, wire, "sos=1")
        wait_for(lambda: told(daemon), "the help button")
    assert len(told(daemon)) == 1


def test_a_boot_at_the_time_it_was_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wire: Wire) -> None:
    """fake-hwclock: an hour before the newest row, and the time server answers later."""
    (tmp_path / "timesync").mkdir()
    wall = SetTime(monkeypatch, tmp_path, BORDER_NS - HOUR_NS)
    earlier = [(BORDER_NS - n * 30 * NS_PER_S, 0, 1.0, 0) for n in range(40, 0, -1)]
    journal = Journal.open(tmp_path / "state")
    journal.add_channel(0, Channel("board", "hallway", "motion", "event"))
    journal.commit(Batch(earlier))
    journal.close()
    with living(wired(tmp_path, wire)) as daemon:
        hears(daemon, wire, "motion=1")
        assert 0 < rows(daemon)[-1][0] - earlier[-1][0] < 60 * NS_PER_S, "time does not go back behind its own rows"
        wall.set(TRUE_NS, synchronised=False)
        wait_for(lambda: rows(daemon)[-1][0] > TRUE_NS - 60 * NS_PER_S, "the row to move")
        assert daemon.held, "set by hand or by luck: no time server has said so"
        (tmp_path / "timesync" / "synchronized").touch()
        wait_for(lambda: not daemon.held, "trust")
        hears(daemon, wire, "motion=1")
        assert [row[0] for row in rows(daemon)][:40] == [time_ns for time_ns, *_ in earlier], "earlier rows stay"
        assert len(rows(daemon)) == 42
        assert daemon.opened.alerts.all_alerts() == []
    assert told(daemon) == []


def test_a_clock_set_back_by_hours_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wire: Wire) -> None:
    wall = SetTime(monkeypatch, tmp_path, TRUE_NS, synchronised=True)
    with living(wired(tmp_path, wire)) as daemon:
        hears(daemon, wire, "motion=1")
        hears(daemon, wire, "sos=1")
        alert = wait_for(daemon.pipeline.engine.book.open, "the alert")[0]
        quiet_ns = daemon.clock.now_ns() - alert.tried_ns
        wall.set(TRUE_NS - 5 * HOUR_NS, synchronised=True)
        wait_for(lambda: daemon.clock.now_ns() < TRUE_NS - 4 * HOUR_NS, "the step")
        moved = wait_for(
            lambda: [a for a in daemon.opened.alerts.open_alerts() if a.raised_ns < TRUE_NS - 4 * HOUR_NS],
            "the alert to move along",
        )[0]
        assert moved.state is State.ACTIVE
        assert 0 <= daemon.clock.now_ns() - moved.tried_ns - quiet_ns < 60 * NS_PER_S, "no duration changes"
        ticked = daemon.pipeline.engine.store.minute
        hears(daemon, wire, "motion=1")
        assert daemon.pipeline.engine.store.last_ns[0] < TRUE_NS - 4 * HOUR_NS, "it is heard now, not in five hours"
        assert ticked * NS_PER_MINUTE < TRUE_NS - 4 * HOUR_NS
        first, last = (daemon.clock.now_ns() for _ in range(2))
        assert last > first
    assert len(told(daemon)) == 1, "the step itself told nobody anything"


def test_a_press_that_waits_while_the_clock_is_set_is_news(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wire: Wire
) -> None:
    monkeypatch.setattr(clock_module, "BUILT_NS", BORDER_NS)
    wall = SetTime(monkeypatch, tmp_path, 0)
    setup = wired(tmp_path, wire)
    daemon = Daemon(setup, clock_module.Clock(), Stop())
    daemon._start()
    wait_for(daemon.inbox.depth, "the line to be opened")
    wire.say("sos=1")
    wait_for(lambda: daemon.inbox.depth() > 1, "the press in the inbox")
    wall.set(TRUE_NS, synchronised=True)
    daemon._look_around()  # the step comes before anybody looked into the inbox
    wait_for(lambda: told(daemon), "the help button")
    daemon._finish()
    pressed = rows(daemon)[-1]
    assert abs(pressed[0] - TRUE_NS) < 60 * NS_PER_S
    assert len(told(daemon)) == 1


@pytest.mark.parametrize("night", ["2026-10-24", "2027-03-27"])
def test_the_nights_the_clocks_change_tell_nobody_anything(tmp_path: Path, night: str) -> None:
    """A person who is up at ten, twice at night and from seven, by the wall clock."""
    from rules.kit import catalogue
    from tests.thinking import Box, says, setup

    zone = ZoneInfo("Europe/London")
    begin_ns = int(datetime.fromisoformat(f"{night}T12:00").replace(tzinfo=zone).timestamp()) * NS_PER_S
    rules = {name: catalogue.build(name, {}) for name in catalogue.names()}
    box = Box(setup(tmp_path, rules=rules), begin_ns)
    said = []
    for minute in range(-5 * 24 * 60, 36 * 60, 7):
        time_ns = begin_ns + minute * NS_PER_MINUTE
        hour = datetime.fromtimestamp(time_ns / NS_PER_S, tz=zone).hour
        said.append(says(time_ns + 1, "climate", "room_temperature_c", 20.0))
        said += [says(time_ns + 3, name, "battery_percent", 90.0) for name in ("door", "meter", "help")]
        if 7 <= hour < 22 or hour == 2:
            said.append(says(time_ns + 2, "hall", "motion", 1.0))
    box.hear(said, begin_ns + 36 * HOUR_NS)
    alerts = box.opened.pipeline.engine.book.open()
    box.off()
    assert [alert.finding.what for alert in alerts if alert.tried_ns] == []
