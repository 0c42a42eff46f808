"""A card that takes nothing: the home is opened in memory from what can be read, and goes back whole."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.alerts.journal import AlertJournal
from gateway.model.alert import Alert, Change, State
from gateway.service.daemon import Daemon
from gateway.service.memory_fallback import UNKNOWN_LAST_ALERT, current, holds_journals, memory_of
from gateway.service.startup import InUse, claim_of, open_somewhere, try_card
from gateway.storage.journal import FILE, Batch, Journal
from gateway.system.clock import Clock
from gateway.system.worker import Stop
from rules.terms.channel import Channel
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_S
from tests.thinking import START_NS, setup

FINDING = Finding("cold_room", "kitchen", AlertKind.PERSONAL, Priority.MEDIUM, "The kitchen is cold", START_NS, "Ring.")
HALL, DOOR = Channel("hall", "hallway", "motion", "event"), Channel("door", "hallway", "contact_open", "state")


@pytest.fixture(autouse=True)
def in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir()
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "run"))


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Path]:
    """A disk with a home on it that was cut off: its log is not yet in the file. Needs root."""
    directory, made = tmp_path / "card", tmp_path / "made"
    directory.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "kinlight-test", str(directory)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no disk that can be made read-only: {mounted.stderr.decode().strip()}")
    journal, alerts = Journal.open(made), AlertJournal.open(made)
    journal.add_channel(0, HALL)
    journal.commit(Batch([(START_NS, 0, 1.0, 0)], [(1, b"m v=1.0 1")], [("toy", 7, b"digest")], {"home": "first"}))
    alerts.record([change(n) for n in range(1, 58)])
    for path in made.glob("*.sqlite*"):
        shutil.copy(path, directory)
    journal.close()
    alerts.close()
    yield directory
    subprocess.run(["umount", "-l", str(directory)], check=True)


def change(number: int) -> Change:
    state = State.ACTIVE if number == 57 else State.RESOLVED
    finding = replace(FINDING, subject=f"room {number}")
    return Change(Alert(number, finding, state, START_NS, START_NS, tried_ns=START_NS), START_NS, tell=True)


def remount(card: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(card)], check=True)


def lived(card: Path) -> None:
    """A stretch in memory: a reading of a new channel, one of an old one, a point and an alert."""
    opened = open_somewhere(setup(card), card)
    assert opened.directory == memory_of(card) == current(card)
    assert "cannot be used" in opened.card_fault
    numbers = {channel: number for number, channel in opened.journal.channels()}
    for channel in (DOOR, HALL):
        if channel not in numbers:
            numbers[channel] = len(numbers)
            opened.journal.add_channel(numbers[channel], channel)
    later_ns = START_NS + NS_PER_S
    rows = [(later_ns, numbers[HALL], 1.0, 0), (later_ns + 1, numbers[DOOR], 1.0, 0)]
    opened.journal.commit(Batch(rows, [(2, b"m v=2.0 2")]))
    (found,) = opened.pipeline.engine.book.observe([FINDING], later_ns, frozenset())
    opened.alerts.record([found])
    opened.close()


def came_back(card: Path) -> tuple[list[tuple[int, str]], list[bytes], list[int]]:
    """What is on the card afterwards: readings by name, points, the numbers of alerts."""
    try_card(setup(card), card)
    opened = open_somewhere(setup(card), card)
    assert opened.card_fault == ""
    assert opened.directory == card == current(card)
    assert not holds_journals(memory_of(card))
    names = {number: channel.sensor for number, channel in opened.journal.channels()}
    readings = [(row.time_ns, names[row.channel]) for row in opened.journal.readings(0)]
    points = [line for _, line in opened.journal.points_after(0, 100)]
    numbers = [alert.id for alert in opened.alerts.all_alerts(3)]
    assert len(opened.alerts.all_alerts()) == 58
    opened.close()
    return readings, points, numbers


WHOLE = [(START_NS, "hall"), (START_NS + NS_PER_S, "hall"), (START_NS + NS_PER_S + 1, "door")]


def test_a_read_only_card_is_read_stood_in_for_and_gone_back_to(card: Path) -> None:
    remount(card, "ro")
    lived(card)
    opened = open_somewhere(setup(card), card)  # a restart in between
    assert [row.time_ns for row in opened.journal.readings(0)] == [time_ns for time_ns, _ in WHOLE]
    assert opened.journal.recent_receipts() == [("toy", 7, b"digest")]
    assert [alert.id for alert in opened.alerts.open_alerts()] == [57, 58]
    opened.close()
    with pytest.raises(OSError, match=r"[Rr]ead-only"):
        try_card(setup(card), card)
    remount(card, "rw")
    assert came_back(card) == (WHOLE, [b"m v=1.0 1", b"m v=2.0 2"], [58, 57, 56])


def test_what_cannot_be_read_is_there_again_when_the_card_is(card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    remount(card, "ro")
    with monkeypatch.context() as patch:
        patch.setattr("shutil.copyfile", failing)
        patch.setattr("gateway.service.memory_fallback.DetachedReader.channels", failing)
        lived(card)
    remount(card, "rw")
    new = UNKNOWN_LAST_ALERT + 1
    assert came_back(card) == (WHOLE, [b"m v=1.0 1", b"m v=2.0 2"], [new, 57, 56])
    opened = open_somewhere(setup(card), card)
    assert opened.pipeline.engine.book.last_id == new
    opened.close()


def test_a_directory_in_use_is_no_broken_card(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with claim_of(tmp_path / "state"), pytest.raises(InUse):
        open_somewhere(setup(tmp_path / "state"), tmp_path / "state")


def test_a_full_card_with_nothing_held_back_is_stood_in_for(card: Path) -> None:
    for path in card.glob("*"):
        path.unlink()
    with (card / "filler").open("wb") as file:
        file.truncate(0)
        subprocess.run(["dd", "if=/dev/zero", f"of={card / 'filler'}", "bs=1M"], capture_output=True, check=False)
    opened = open_somewhere(setup(card), card)
    assert opened.card_fault
    opened.close()
    (card / "filler").unlink()
    try_card(setup(card), card)


def test_a_journal_that_lost_its_alerts_does_not_number_from_one(tmp_path: Path) -> None:
    opened = open_somewhere(setup(tmp_path / "state"), tmp_path / "state")
    (found,) = opened.pipeline.engine.book.observe([FINDING], START_NS, frozenset())
    opened.journal.commit(opened.pipeline.harvest())
    opened.close()
    for path in (tmp_path / "state").glob("alerts.sqlite*"):
        path.unlink()
    again = open_somewhere(setup(tmp_path / "state"), tmp_path / "state")
    (another,) = again.pipeline.engine.book.observe([FINDING], START_NS, frozenset())
    again.close()
    assert (found.alert.id, another.alert.id) == (1, 2)
    assert (tmp_path / "state" / FILE).exists()


def test_a_card_with_too_little_room_for_what_is_in_memory_is_not_tried_again_at_once(card: Path) -> None:
    """Each try is a new start of the program: it would start for ever, and watch for a second each time."""
    remount(card, "ro")
    lived(card)
    memory = Journal.open(memory_of(card))
    memory.commit(Batch(points=[(n, b"x" * 500) for n in range(20_000)]))
    memory.close()
    remount(card, "rw")
    filled = shutil.disk_usage(card).free - 3_000_000
    subprocess.run(["fallocate", "-l", str(filled), str(card / "filler")], check=True)
    try_card(setup(card), card)
    daemon = Daemon(setup(card), Clock(), Stop(), card)
    assert daemon.opened.directory == memory_of(card)
    assert "what is in memory finds no place on it" in daemon.opened.card_fault
    with pytest.raises(OSError, match="finds no place"):
        daemon._wait_for_card(lambda: None)
    assert daemon._card_works is None
    daemon.opened.close()
    (card / "filler").unlink()
    again = open_somewhere(setup(card), card)
    assert again.card_fault == ""
    again.close()
