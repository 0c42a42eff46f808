"""A process that commits numbered batches for ever and says on standard output which are acknowledged. To be killed.

    python -m tests.faults.committer DIRECTORY [careless]     careless: without waiting for the disk

Batch n: ten readings of channels 0 to 9 with value n at time n, one line that holds n, one receipt n.
"""

import os
import sys
from pathlib import Path

from gateway.storage import sqlite
from gateway.storage.journal import Batch, Journal

ROWS = 10


def batch(n: int) -> Batch:
    return Batch(
        readings=[(n, channel, float(n), 0) for channel in range(ROWS)],
        points=[(n, b"m v=%d.0 %d" % (n, n))],
        receipts=[("broker", n % 65536, n.to_bytes(8))],
        meta={"latest": str(n)},
    )


def commit_for_ever(directory: Path, output: int) -> None:
    """Commit batch after batch; the number of each goes to the descriptor `output` when it is acknowledged."""
    journal = Journal.open(directory)
    first = int(journal.meta().get("latest", "0")) + 1
    for n in range(first, first + 1_000_000):
        if n % 20 == 0:
            journal.set_cursor("store", n - 10)
        journal.commit(batch(n))
        if n % 50 == 0:
            journal.prune(1, 1, 0)
        os.write(output, b"%d\n" % n)


def main() -> None:
    if sys.argv[2:] == ["careless"]:
        kept = (each for each in sqlite.SETTINGS if "synchronous" not in each)
        sqlite.SETTINGS = (*kept, "synchronous=OFF")
    commit_for_ever(Path(sys.argv[1]), 1)


if __name__ == "__main__":
    main()
