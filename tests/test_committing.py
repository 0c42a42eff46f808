"""The broker forgets what is on disk and not before; one row that no journal takes costs no other row."""

from pathlib import Path

import pytest

from gateway.service.committer import Committer, keep, keep_channels
from gateway.storage.journal import Batch, Journal
from gateway.storage.write_queue import WriteQueue
from gateway.system.clock import Clock
from gateway.system.worker import Stop
from rules.terms.channel import Channel
from tests.thinking import START_NS, Box, says, setup

ROWS = 2000
WINDOW = 10


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


class Told:
    """A committer over a real pipeline and journal, with a broker that notes what it may forget."""

    def __init__(self, directory: Path) -> None:
        self.box = Box(setup(directory), START_NS)
        self.stop, self.forgotten = Stop(), list[int]()
        self.tasks: WriteQueue[Journal] = WriteQueue(self.box.opened.journal, self.stop)
        self.commits = Committer(self.box.opened.pipeline, self.tasks, Clock(), self.forgotten.extend, lambda _: None)

    def hear(self, *receipts: int) -> None:
        for receipt in receipts:
            self.box.opened.pipeline.frame(says(START_NS + receipt, "hall", "motion", 1.0, receipt=receipt))

    def look(self, *, stuck: bool = False) -> None:
        self.commits.if_due(60.0, WINDOW, stuck=stuck)


def test_what_comes_in_while_a_commit_is_under_way_stays_with_the_broker_until_it_is_on_disk(tmp_path: Path) -> None:
    home = Told(tmp_path)
    home.hear(1, 2)
    home.tasks.submit(lambda _: (home.hear(3), home.look()))
    home.commits.commit()
    home.stop.set()
    home.tasks.run(lambda: None)
    assert home.forgotten == [1, 2], "3 is in memory alone"
    home.commits.commit()
    home.tasks.run(lambda: None)
    assert home.forgotten == [1, 2, 3]
    home.box.opened.close()


def test_a_card_that_takes_nothing_costs_the_broker_its_copy_only_when_it_would_say_no_more(tmp_path: Path) -> None:
    home = Told(tmp_path)

    def full(_: Journal) -> None:
        raise OSError("disk full")

    home.tasks.submit(full)
    home.hear(1, 2)
    home.commits.commit()
    home.stop.set()
    with pytest.raises(OSError, match="disk full"):
        home.tasks.run(lambda: None)
    home.hear(*range(3, WINDOW))
    home.look()
    home.look(stuck=True)
    assert home.forgotten == [], "a fault that passes loses nothing"
    home.hear(WINDOW)
    home.look()
    assert home.forgotten == list(range(1, WINDOW + 1)), "the help button behind them has to come through"
    home.box.opened.close()
