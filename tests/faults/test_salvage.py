"""F6: damaged files. Five bad pages of a thousand, and pages by name: the rows are there, so are the open alerts."""

import random
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.alerts.journal import FILE as ALERTS
from gateway.alerts.journal import AlertJournal
from gateway.model.alert import Alert, Change, State
from gateway.storage.journal import FILE, Batch, Journal
from gateway.storage.sqlite import PAGE_BYTES
from rules.terms.channel import Channel
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_S
from tests.faults.conftest import Note, times

ROWS = 40_000
BAD_PAGES = 5
SEED = 20261128
NOW_NS = 1_795_000_000 * NS_PER_S
CHANNELS = [Channel(f"sensor-{i}", "kitchen", "motion", "event") for i in range(4)]


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("healthy")
    journal = Journal.open(directory)
    for number, channel in enumerate(CHANNELS):
        journal.add_channel(number, channel)
    readings = [(NOW_NS + i * NS_PER_S, i % 4, i / 2, 0) for i in range(ROWS)]
    points = [(i, b"sensor,home=h1,room=kitchen v=%d.0,heard_s=12.0,silent=0.0 %d" % (i, i)) for i in range(ROWS)]
    journal.commit(Batch(readings, points, [("broker", 1, b"digest")], {"snapshot:1": "x" * 20_000}))
    journal.checkpoint()
    journal.close()
    return directory / FILE


def spoil(path: Path, pages: Sequence[int], chance: random.Random) -> None:
    """Rubbish, zeros or one flipped bit in these pages, counted from 1."""
    content = bytearray(path.read_bytes())
    for page in pages:
        at, how = (page - 1) * PAGE_BYTES, chance.randrange(3)
        if how == 0:
            content[at : at + PAGE_BYTES] = chance.randbytes(PAGE_BYTES)
        elif how == 1:
            content[at : at + PAGE_BYTES] = bytes(PAGE_BYTES)
        else:
            content[at + chance.randrange(12)] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def roots(path: Path) -> list[int]:
    with sqlite3.connect(path) as connection:
        found = [root for (root,) in connection.execute("SELECT rootpage FROM sqlite_master WHERE rootpage")]
    connection.close()
    return found


def kept_share(journal: Journal) -> float:
    rows = sum(row.channel == (row.time_ns - NOW_NS) // NS_PER_S % 4 for row in journal.readings(0))
    return (rows + len(journal.points_after(0, ROWS + 1))) / (2 * ROWS)


def test_five_bad_pages_and_named_ones_cost_less_than_a_hundredth(healthy: Path, tmp_path: Path, note: Note) -> None:
    chance, trials = random.Random(SEED), times(9, 60)
    named = [1, *roots(healthy)]
    shares, nameless = [], 0
    for trial in range(trials):
        (directory := tmp_path / str(trial)).mkdir()
        shutil.copy(healthy, directory / FILE)
        pages = chance.sample(range(2, healthy.stat().st_size // PAGE_BYTES), BAD_PAGES - 1)
        spoil(directory / FILE, [*pages, named[trial % len(named)]], chance)
        journal = Journal.open(directory)
        shares.append(kept_share(journal))
        nameless += [channel for _, channel in journal.channels()] != CHANNELS
        journal.close()
        shutil.rmtree(directory)
    note("faults.F6.trials", trials, "damaged files", floor=trials, better="higher")
    note("faults.F6.kept", min(shares), "share of the rows, at worst", floor=0.99, better="higher")
    note("faults.F6.nameless", nameless, "files whose channels were lost", floor=0)


def test_a_file_cut_short_gives_what_is_left_of_it(healthy: Path, tmp_path: Path, note: Note) -> None:
    shutil.copy(healthy, tmp_path / FILE)
    size = healthy.stat().st_size
    with (tmp_path / FILE).open("rb+") as file:
        file.truncate(size * 3 // 4 // PAGE_BYTES * PAGE_BYTES)
    journal = Journal.open(tmp_path)
    note("faults.F6.cut_short", kept_share(journal), "share of the rows, of three quarters", floor=0.7, better="higher")
    journal.close()


def test_open_alerts_and_their_numbers_outlive_page_1_and_every_root(tmp_path: Path, note: Note) -> None:
    alerts = AlertJournal.open(tmp_path / "whole")
    for number in range(1, 101):
        state = State.ACTIVE if number > 90 else State.RESOLVED
        finding = Finding("sos", f"help {number}", AlertKind.PERSONAL, Priority.HIGH, "Pressed", NOW_NS, "Ring.")
        alerts.record([Change(Alert(number, finding, state, NOW_NS, NOW_NS), NOW_NS, tell=True)])
    alerts.close()
    lost = 0
    for page in [1, *roots(tmp_path / "whole" / ALERTS)]:
        (directory := tmp_path / str(page)).mkdir()
        shutil.copy(tmp_path / "whole" / ALERTS, directory / ALERTS)
        content = bytearray((directory / ALERTS).read_bytes())
        content[(page - 1) * PAGE_BYTES : page * PAGE_BYTES] = bytes(PAGE_BYTES)
        (directory / ALERTS).write_bytes(content)
        mended = AlertJournal.open(directory)
        lost += len(set(range(91, 101)) - {alert.id for alert in mended.open_alerts()})
        assert mended.repaired
        mended.close()
    note("faults.F6.alerts", lost, "open alerts lost", floor=0)
