"""Damaged journal files: the box always starts, keeps what can be read, and says what happened."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.storage import repair
from gateway.storage.journal import FILE, Batch, Journal
from gateway.storage.sqlite import PAGE_BYTES, JournalCorrupt, JournalFailed
from rules.terms.channel import Channel
from rules.terms.time import NS_PER_S

NOW_NS = 1_795_000_000 * NS_PER_S
ROWS = 20_000
READINGS = [(NOW_NS + i * NS_PER_S, i % 4, i / 2, 0) for i in range(ROWS)]
CHANNELS = [Channel(f"sensor-{i}", "kitchen", "motion", "event") for i in range(4)]


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("healthy")
    journal = Journal.open(directory)
    for number, channel in enumerate(CHANNELS):
        journal.add_channel(number, channel)
    journal.commit(Batch(READINGS, [(i, b"m v=1.0 %d" % i) for i in range(ROWS)]))
    journal.checkpoint()
    journal.close()
    return directory / FILE


def harm(path: Path, change: Callable[[bytearray, random.Random], None], seed: int) -> None:
    content = bytearray(path.read_bytes())
    change(content, random.Random(seed))
    path.write_bytes(content)


def garble(pages: int, first: int = 12) -> Callable[[bytearray, random.Random], None]:
    """Garbage in pages of rows; the first dozen pages hold the schema and the small tables."""

    def change(content: bytearray, chance: random.Random) -> None:
        for page in chance.sample(range(first, len(content) // PAGE_BYTES), pages):
            content[page * PAGE_BYTES : (page + 1) * PAGE_BYTES] = chance.randbytes(PAGE_BYTES)

    return change


def zero(content: bytearray, chance: random.Random) -> None:
    page = chance.randrange(12, len(content) // PAGE_BYTES)
    content[page * PAGE_BYTES : (page + 1) * PAGE_BYTES] = bytes(PAGE_BYTES)


def truncate(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content) // 2, len(content)) :]


def empty(content: bytearray, chance: random.Random) -> None:
    content.clear()


def no_database(content: bytearray, chance: random.Random) -> None:
    content[:] = chance.randbytes(50_000)


def torn_header(content: bytearray, chance: random.Random) -> None:
    content[:100] = chance.randbytes(100)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("change", "least"),
    [
        (garble(1), 0.99),
        (garble(5), 0.95),
        (garble(20), 0.85),
        (garble(3, first=0), 0.97),
        (zero, 0.99),
        (truncate, 0.45),
        (empty, 0.0),
        (no_database, 0.0),
        (torn_header, 0.99),
    ],
    ids=["garbage", "garbage x5", "garbage x20", "garbage anywhere", "zeroed", "truncated", "empty", "other", "header"],
)
def test_it_starts_keeps_what_can_be_read_and_says_so(
    healthy: Path, tmp_path: Path, change: Callable[[bytearray, random.Random], None], least: float, seed: int
) -> None:
    path = tmp_path / FILE
    shutil.copy(healthy, path)
    harm(path, change, seed)
    damaged = path.read_bytes()
    journal = Journal.open(tmp_path)
    kept = [tuple(row) for row in journal.readings(0)]
    assert set(kept) <= set(READINGS)
    assert kept == sorted(kept)
    assert len(kept) + len(journal.points_after(0, ROWS)) >= 2 * ROWS * least
    assert [channel for _, channel in journal.channels()] in (CHANNELS, [])
    assert journal.repaired.startswith("journal.sqlite was damaged")
    assert (tmp_path / f"{FILE}.corrupt.1").read_bytes() == damaged
    journal.commit(Batch([(NOW_NS - 1, 0, 1.0, 0)], [(1, b"m v=2.0 1")]))
    journal.close()
    journal = Journal.open(tmp_path)
    assert journal.repaired == ""
    assert sum(1 for _ in journal.readings(0)) == len(kept) + 1
    journal.close()


def test_readings_never_appear_under_another_channels_name(healthy: Path, tmp_path: Path) -> None:
    path = tmp_path / FILE
    shutil.copy(healthy, path)
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM channel WHERE id = 1")
        connection.execute("DELETE FROM meta WHERE key = 'channel:1'")
    connection.close()
    harm(path, garble(1), 1)
    journal = Journal.open(tmp_path)
    assert journal.channels() == []
    assert list(journal.readings(0)) == []
    assert len(journal.points_after(0, ROWS)) > ROWS * 0.9
    journal.close()


def test_the_names_of_channels_come_from_their_copy(healthy: Path, tmp_path: Path) -> None:
    path = tmp_path / FILE
    shutil.copy(healthy, path)
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM channel")
    connection.close()
    harm(path, garble(1), 1)
    journal = Journal.open(tmp_path)
    assert [channel for _, channel in journal.channels()] == CHANNELS
    assert sum(1 for _ in journal.readings(0)) > ROWS * 0.98
    journal.close()


def test_damage_while_in_use_is_told_apart_and_mended_by_opening_again(healthy: Path, tmp_path: Path) -> None:
    path = tmp_path / FILE
    shutil.copy(healthy, path)
    journal = Journal.open(tmp_path)
    harm(path, garble(3), 7)
    with pytest.raises(JournalCorrupt):
        list(journal.readings(0))
    journal.close()
    journal = Journal.open(tmp_path)
    assert "rows were rescued" in journal.repaired
    journal.close()


def test_only_the_latest_damaged_files_are_kept(tmp_path: Path) -> None:
    for seed in range(4):
        (tmp_path / FILE).write_bytes(random.Random(seed).randbytes(9000))
        Journal.open(tmp_path).close()
    kept = sorted(path.name for path in tmp_path.glob("*.corrupt.*"))
    assert kept == [f"{FILE}.corrupt.3", f"{FILE}.corrupt.4"]


def test_a_wal_without_its_file_is_not_replayed_into_a_new_one(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.commit(Batch(READINGS[:100]))
    wal = (tmp_path / f"{FILE}-wal").read_bytes()
    journal.close()
    (tmp_path / FILE).unlink()
    (tmp_path / f"{FILE}-wal").write_bytes(wal)
    journal = Journal.open(tmp_path)
    assert list(journal.readings(0)) == []
    assert (tmp_path / f"{FILE}.corrupt.1-wal").read_bytes() == wal
    journal.close()


class PowerCutError(Exception):
    """The lights went out."""


@pytest.mark.parametrize("moment", range(1, 8))
def test_a_power_cut_while_mending_is_made_good_at_the_next_start(
    healthy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    path = tmp_path / FILE
    shutil.copy(healthy, path)
    harm(path, garble(1), 5)
    steps = 0
    really = Path.replace

    def cut(source: Path, target: Path) -> Path:
        nonlocal steps
        steps += 1
        if steps == moment:
            raise PowerCutError
        return really(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", cut)
        try:
            Journal.open(tmp_path).close()
        except PowerCutError:
            assert steps == moment
        else:
            assert steps < moment  # mending has fewer steps than that
    journal = Journal.open(tmp_path)
    assert sum(1 for _ in journal.readings(0)) > ROWS * 0.98
    journal.close()
    assert not path.with_name(f"{FILE}.mended").exists()


def test_what_is_no_damage_is_not_mended(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    (tmp_path / f"{FILE}-wal").mkdir()  # in the way, and the file itself is whole
    with pytest.raises(JournalFailed):
        Journal.open(tmp_path)
    assert (tmp_path / FILE).is_file()
    assert not list(tmp_path.glob("*.corrupt.*"))


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JournalFailed):
        Journal.open(tmp_path / "file" / "journal")


def test_rescue_copies_row_by_row_where_a_page_parsed_into_nonsense(tmp_path: Path) -> None:
    good, bad = sqlite3.connect(":memory:", isolation_level=None), sqlite3.connect(":memory:")
    good.execute("CREATE TABLE t(n INTEGER PRIMARY KEY, v REAL NOT NULL) STRICT")
    bad.execute("CREATE TABLE t(n, v)")
    bad.executemany("INSERT INTO t VALUES (?, ?)", [(1, 1.0), (2, None), (3, "words"), (4, 4.0)])
    assert repair._rescue_table(bad, good, "t", "n") == 2
    assert good.execute("SELECT * FROM t").fetchall() == [(1, 1.0), (4, 4.0)]
    good.close()
    bad.close()
