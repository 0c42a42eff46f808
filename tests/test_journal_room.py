"""Room in the journal: what goes by age, by quota and on a full disk, oldest first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.storage import sqlite
from gateway.storage.journal import DAY_NS, NEAR_FULL, Batch, Journal
from gateway.storage.sqlite import JournalFull
from rules.terms.time import NS_PER_S
from tests.conftest import fill
from tests.journal_rows import NOW_NS, NOW_S, readings, written


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(tmp_path)
    yield opened
    opened.close()


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
    assert journal.repaired == ""
    assert [tuple(row) for row in journal.readings(0)] == kept
    journal.close()
