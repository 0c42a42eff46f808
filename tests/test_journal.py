"""The journal: whole batches or nothing, repeats harmless, numbers never used twice, room made oldest first."""

import math
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import journal as journal_module
from gateway import sqlite
from gateway.journal import DAY_NS, FILE, NEAR_FULL, Batch, Journal
from gateway.point import Point, line
from gateway.receipts import RECEIPTS
from gateway.sqlite import JournalFailed, JournalFull, JournalNewer, has_wal_reset_fault
from rules.base import NS_PER_S, Channel
from tests.conftest import fill

NOW_NS = 1_795_000_000 * NS_PER_S
NOW_S = NOW_NS // NS_PER_S
MOTION = Channel("kitchen-motion", "kitchen", "motion", "event")


def written(value: float, time_s: int) -> tuple[int, bytes]:
    text = line(Point("m", (), (("v", value),), time_s))
    assert text
    return time_s, text


def readings(count: int, start_ns: int = NOW_NS) -> list[tuple[int, int, float, int]]:
    return [(start_ns + i * NS_PER_S, i % 3, i / 2, 0) for i in range(count)]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(tmp_path)
    yield opened
    opened.close()


def test_a_batch_is_read_back(journal: Journal) -> None:
    journal.add_channel(0, MOTION)
    batch = Batch(readings(5), [written(1, NOW_S)], [("broker", 7, b"digest")], {"clock": "known"})
    assert journal.commit(batch) == 0
    assert [tuple(row) for row in journal.readings(0)] == batch.readings
    assert [tuple(row) for row in journal.readings(NOW_NS + NS_PER_S, NOW_NS + 3 * NS_PER_S)] == batch.readings[1:3]
    assert journal.points_after(0, 10) == [(1, batch.points[0][1])]
    assert journal.recent_receipts() == batch.receipts
    assert journal.meta() == batch.meta
    assert journal.channels() == [(0, MOTION)]
    assert journal.newest_ns() == batch.readings[-1][0]


def test_committing_again_changes_no_reading(journal: Journal) -> None:
    journal.commit(Batch(readings(5)))
    changed = [(time_ns, channel, value + 1, flags) for time_ns, channel, value, flags in readings(5)]
    assert journal.commit(Batch(changed)) == 5
    assert [tuple(row) for row in journal.readings(0)] == readings(5)


def test_long_histories_are_read_in_pieces_without_gaps(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.journal_reader.CHUNK_ROWS", 7)
    rows = [(NOW_NS + i // 4, i % 4, float(i), 0) for i in range(100)]  # four channels share each time
    journal.commit(Batch(rows))
    assert [tuple(row) for row in journal.readings(0)] == rows


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_an_impossible_value_stores_nothing_of_its_batch(journal: Journal, value: float) -> None:
    with pytest.raises(ValueError, match="constraint"):
        journal.commit(Batch([*readings(3), (NOW_NS + 1, 0, value, 0)], [written(1, 1)]))
    assert list(journal.readings(0)) == []
    assert journal.points_after(0, 10) == []
    journal.commit(Batch(readings(3)))


def test_a_time_beyond_64_bits_stores_nothing(journal: Journal) -> None:
    with pytest.raises(ValueError, match="too large"):
        journal.commit(Batch([*readings(3), (2**63, 0, 1.0, 0)]))
    assert list(journal.readings(0)) == []


def test_a_channel_keeps_its_name_and_may_move(journal: Journal) -> None:
    journal.add_channel(0, MOTION)
    journal.add_channel(0, MOTION._replace(room="hall"))
    assert journal.channels() == [(0, MOTION._replace(room="hall"))]
    with pytest.raises(ValueError, match="cannot become bath-door/contact_open"):
        journal.add_channel(0, Channel("bath-door", "bath", "contact_open", "state"))
    assert journal.channels() == [(0, MOTION._replace(room="hall"))]


def test_line_numbers_are_never_used_twice(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.keep_cursors(["store"])
    journal.commit(Batch(points=[written(i, 1) for i in range(3)]))
    journal.set_cursor("store", 3)
    journal.prune(1, 1, NOW_NS)
    journal.close()
    journal = Journal.open(tmp_path)
    journal.commit(Batch(points=[written(9, NOW_S)]))
    assert [seq for seq, _ in journal.points_after(3, 10)] == [4]
    journal.close()


def test_a_cursor_that_outlived_its_lines_does_not_hide_new_ones(journal: Journal) -> None:
    journal.set_cursor("store", 500)  # the lines were lost with a damaged page
    journal.commit(Batch(points=[written(1, NOW_S)]))
    assert len(journal.points_after(journal.cursor("store"), 10)) == 1


def test_receipts_and_refused_lines_are_bounded(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "REFUSED", 10)
    many = [("broker", i % 65536, i.to_bytes(8)) for i in range(RECEIPTS + 50)]
    journal.commit(Batch(receipts=many))
    assert journal.recent_receipts() == many[50:]
    for i in range(13):
        journal.refuse("store", i, b"bad", "field type conflict", NOW_NS + i)
    kept = journal.refused(limit=99)
    assert len(kept) == 10
    assert (kept[0].seq, kept[0].line, kept[0].reason) == (12, b"bad", "field type conflict")


def test_rows_from_before_the_clock_was_known_move_together(journal: Journal) -> None:
    earlier = readings(3, NOW_NS - DAY_NS)
    wrong = readings(50)
    journal.commit(Batch(earlier + wrong, [written(1, NOW_S - 86_400), written(2, NOW_S + 10)]))
    assert journal.shift_times(NOW_NS, NS_PER_S * 5) == 51  # onto their own neighbours
    moved = [(time_ns + NS_PER_S * 5, *rest) for time_ns, *rest in wrong]
    assert [tuple(row) for row in journal.readings(0)] == earlier + moved
    assert [text for _, text in journal.points_after(0, 9)] == [
        written(1, NOW_S - 86_400)[1],
        written(2, NOW_S + 15)[1],
    ]
    assert journal.shift_times(NOW_NS, -NS_PER_S * 5) == 51


def test_lines_go_by_age_only_when_every_sink_has_them(journal: Journal) -> None:
    journal.keep_cursors(["near", "far"])
    journal.commit(Batch(readings(10, NOW_NS - 50 * DAY_NS), [written(i, NOW_S - 10 * 86_400) for i in range(6)]))
    journal.set_cursor("near", 6)
    journal.set_cursor("far", 2)
    pruned = journal.prune(keep_readings_days=40, keep_points_days=7, now_ns=NOW_NS)
    assert (pruned.readings, pruned.points, pruned.unsent) == (10, 2, 0)
    assert [seq for seq, _ in journal.points_after(0, 10)] == [3, 4, 5, 6]
    journal.keep_cursors(["near"])  # the far store was taken out of the configuration
    assert journal.prune(40, 7, NOW_NS).points == 3  # the newest stays: it carries the numbering
    assert journal.cursor("far") == 0


def test_pruning_goes_in_chunks(journal: Journal) -> None:
    journal.commit(Batch(readings(25, NOW_NS - 50 * DAY_NS) + readings(5)))
    counts = []
    while (pruned := journal.prune(40, 7, NOW_NS, chunk=10)).more:
        counts.append(pruned.readings)
    assert [*counts, pruned.readings] == [10, 10, 5]
    assert len(list(journal.readings(0))) == 5


def test_at_the_quota_the_oldest_makes_room_and_unsent_lines_are_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal.open(tmp_path, quota_bytes=100 * sqlite.PAGE_BYTES)
    journal.keep_cursors(["store"])
    for n in range(60):
        at_ns = NOW_NS + n * 1000 * NS_PER_S
        journal.commit(Batch(readings(500, at_ns), [written(i, at_ns // NS_PER_S + i) for i in range(100)]))
        journal.set_cursor("store", 50)
    kept = [tuple(row) for row in journal.readings(0)]
    assert 5_000 < len(kept) < 30_000
    assert kept == [row for n in range(60) for row in readings(500, NOW_NS + n * 1000 * NS_PER_S)][-len(kept) :]
    left = [seq for seq, _ in journal.points_after(0, 10_000)]
    assert left == list(range(6000 - len(left) + 1, 6001))
    assert "lines were dropped before they were sent" in caplog.text
    unsent = 0
    while (pruned := journal.prune(400, 400, NOW_NS, chunk=100)).more:  # before it is full again
        unsent += pruned.unsent
    assert journal.size().fill <= NEAR_FULL
    assert len(journal.points_after(0, 10_000)) == len(left) - unsent
    journal.close()


def test_a_batch_that_no_room_can_be_made_for_is_refused(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path, quota_bytes=0)
    with pytest.raises(JournalFull):
        journal.commit(Batch(points=[(1, bytes(1_000_000))]))
    journal.commit(Batch(readings(10)))
    assert sum(1 for _ in journal.readings(0)) == 10
    journal.close()


def test_a_newer_schema_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("PRAGMA user_version=2")
    connection.close()
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(JournalNewer, match="newer Kinlight"):
        Journal.open(tmp_path)
    assert (tmp_path / FILE).read_bytes() == before


def test_a_step_to_the_next_schema_keeps_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(Path(__file__).parent / "databases" / "journal-1.sqlite", tmp_path / FILE)
    monkeypatch.setattr(
        journal_module, "SCHEMA", (*journal_module.SCHEMA, "ALTER TABLE channel ADD COLUMN seen_ns INTEGER")
    )
    journal = Journal.open(tmp_path)
    assert journal.mended == ""
    assert [tuple(row) for row in journal.readings(0)] == readings(20)
    assert journal.channels() == [(0, MOTION)]
    assert journal.meta() == {"home": "first"}
    journal.close()


def test_a_step_that_fails_leaves_the_old_file_working(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(Path(__file__).parent / "databases" / "journal-1.sqlite", tmp_path / FILE)
    broken = "CREATE TABLE later(a INTEGER); INSERT INTO nowhere VALUES (1)"
    with monkeypatch.context() as patch:
        patch.setattr(journal_module, "SCHEMA", (*journal_module.SCHEMA, broken))
        with pytest.raises(JournalFailed, match="nowhere"):
            Journal.open(tmp_path)
    journal = Journal.open(tmp_path)
    assert [tuple(row) for row in journal.readings(0)] == readings(20)
    journal.close()


def test_settings_of_the_writing_connection(journal: Journal) -> None:
    wanted = {"synchronous": 2, "page_size": 4096, "wal_autocheckpoint": 200, "trusted_schema": 0, "foreign_keys": 1}
    assert {name: journal._db.pragma(name) for name in wanted} == wanted
    with sqlite3.connect(journal.path) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()
    assert journal.path.stat().st_mode & 0o077 == 0  # somebody's life is in it


def test_readers_on_other_threads_see_whole_batches_and_leave_the_wal_small(journal: Journal) -> None:
    seen: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(sum(1 for _ in journal.readings(0)))

    thread = threading.Thread(target=read)
    thread.start()
    for i in range(100):
        journal.commit(Batch(readings(100, NOW_NS + i * 1000 * NS_PER_S)))
    done.set()
    thread.join()
    assert all(count % 100 == 0 for count in seen)
    assert journal.size().wal_bytes <= 3 * sqlite.WAL_BYTES


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 3), st.floats(allow_nan=False, allow_infinity=False))))
@settings(max_examples=30)
def test_the_first_reading_of_a_time_and_channel_stays(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, float]]
) -> None:
    journal = Journal.open(tmp_path_factory.mktemp("journal"))
    first: dict[tuple[int, int], float] = {}
    for time_ns, channel, value in rows:
        first.setdefault((time_ns, channel), value)
    assert journal.commit(Batch([(*row, 0) for row in rows])) == len(rows) - len(first)
    assert {(row.time_ns, row.channel): row.value for row in journal.readings(0)} == first
    journal.close()


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 46, 1), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 0), False),
    ],
)
def test_which_sqlite_has_the_wal_reset_fault(version: tuple[int, ...], affected: bool) -> None:
    assert has_wal_reset_fault(version) is affected


def test_on_a_full_disk_the_newest_is_kept_and_it_recovers_unaided(small_disk: Path) -> None:
    journal = Journal.open(small_disk)
    journal.commit(Batch(readings(5000)))
    filler = fill(small_disk)
    for n in range(1, 201):
        journal.commit(Batch(readings(200, NOW_NS + n * 10_000 * NS_PER_S)))
    kept = [tuple(row) for row in journal.readings(0)]
    everything = readings(5000) + [row for n in range(1, 201) for row in readings(200, NOW_NS + n * 10_000 * NS_PER_S)]
    assert kept == everything[-len(kept) :]
    assert 5000 < len(kept) < len(everything), "it was never full, so this test shows nothing"
    assert not journal._db.keep_reserve()  # no room to hold back now
    filler.unlink()
    journal.prune(400, 400, NOW_NS)
    assert journal._db.keep_reserve()  # taken back as soon as there is room
    journal.close()
    journal = Journal.open(small_disk)
    assert journal.mended == ""
    assert [tuple(row) for row in journal.readings(0)] == kept
    journal.close()
