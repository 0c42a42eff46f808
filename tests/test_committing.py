"""One row that no journal takes costs no other row."""

from pathlib import Path

from gateway.committing import keep, keep_channels
from gateway.journal import Batch, Journal
from rules.base import Channel

ROWS = 2000


def test_a_row_that_cannot_be_kept_costs_itself_alone(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    batch = Batch(
        readings=[(n, 0, 1.0, 0) for n in range(ROWS)],
        points=[(n, b"m v=1.0 %d" % n) for n in range(ROWS)],
        receipts=[("broker", n, b"digest") for n in range(100)],
        meta={"home": "first", "words": "\ud800"},
    )
    batch.readings[700] = (700, 0, float("inf"), 0)
    batch.points[5] = (2**70, b"m v=1.0 5")
    batch.receipts[7] = ("\ud800", 7, b"digest")
    refused = keep(journal, batch)
    assert len(refused) == 4
    assert [row.time_ns for row in journal.readings(0)] == [n for n in range(ROWS) if n != 700]
    assert [line for _, line in journal.points_after(0, 2 * ROWS)] == [b"m v=1.0 %d" % n for n in range(ROWS) if n != 5]
    assert [receipt for _, receipt, _ in journal.recent_receipts()] == [n for n in range(100) if n != 7]
    assert journal.meta() == {"home": "first"}
    journal.close()


def test_a_channel_with_an_impossible_name_costs_no_other(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    channels = [Channel(name, "hall", "motion", "event") for name in ("a", "\ud800", "b")]
    assert len(keep_channels(journal, enumerate(channels))) == 1
    assert [channel.sensor for _, channel in journal.channels()] == ["a", "b"]
    journal.close()
