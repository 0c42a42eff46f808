"""The journal: whole batches or nothing, repeats harmless, numbers never used twice, readers undisturbed."""

import math
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ingest.packet_ids import RECEIPTS
from gateway.storage import journal as journal_module
from gateway.storage import sqlite
from gateway.storage.journal import DAY_NS, Batch, Journal
from rules.terms.channel import Channel
from rules.terms.time import NS_PER_S
from tests.journal_rows import MOTION, NOW_NS, NOW_S, readings, written


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
    monkeypatch.setattr("gateway.storage.journal_reader.CHUNK_ROWS", 7)
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
