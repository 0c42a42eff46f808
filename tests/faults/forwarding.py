"""A process that commits numbered lines and forwards them to a store for ever. To be killed at any moment.

Arguments: directory, url, bucket, measurement. Says on standard output the number of lines committed so far.
"""

import os
import random
import sys
import time
from pathlib import Path

from gateway.model.contracts import Sink
from gateway.model.point import Point, line
from gateway.service.forwarder import Forwarder
from gateway.sinks import influx
from gateway.storage.journal import Batch, Journal

START_S = 1_790_000_000
LINES = 40


def written(measurement: str, n: int) -> tuple[int, bytes]:
    text = line(
        Point(measurement, (("home", "h1"), ("room", "living room, upstairs")), (("v", float(n)),), START_S + n)
    )
    assert text
    return START_S + n, text


def connect(journal: Journal, url: str, bucket: str, token: str = "t") -> Forwarder:
    return through(influx.create(influx.Options(url=url, bucket=bucket, token=token, timeout_s=5)), journal)


def through(sink: Sink, journal: Journal) -> Forwarder:
    """A forwarder that keeps its cursor and what was refused in the journal, as the daemon's does."""
    return Forwarder(
        "store",
        journal,
        sink,
        cursor=journal.cursor("store"),
        save=lambda seq: journal.set_cursor("store", seq),
        refuse=lambda seq, line, reason: journal.refuse("store", seq, line, reason, 1),
        chance=random.Random(1),
    )


def main() -> None:
    directory, url, bucket, measurement = sys.argv[1:]
    journal = Journal.open(Path(directory))
    forwarder = connect(journal, url, bucket)
    while True:
        n = journal.last_seq()
        journal.commit(Batch(points=[written(measurement, n + i) for i in range(LINES)]))
        os.write(1, b"%d\n" % (n + LINES))
        forwarder.step(time.monotonic())


if __name__ == "__main__":
    main()
