"""F1: kill -9 at random moments: nothing acknowledged is lost, no batch is there in part, the file opens every time.

The committer is forked from this process, which has imported everything already: a kill takes milliseconds.
"""

import multiprocessing
import os
import random
import select
import signal
import time
from pathlib import Path

from gateway.ingest.packet_ids import RECEIPTS
from gateway.storage.journal import Journal
from tests.faults.committer import ROWS, batch, commit_for_ever
from tests.faults.conftest import Note, times

SEED = 20261123
FORK = multiprocessing.get_context("fork")


def run_until_killed(directory: Path, batches: int, fraction: float) -> tuple[list[int], float]:
    """Let it acknowledge some batches and kill it within the next one. What it acknowledged, and when it began to."""
    read, write = os.pipe()
    child = FORK.Process(target=commit_for_ever, args=(directory, write))
    began_s = time.monotonic()
    child.start()
    os.close(write)
    with os.fdopen(read, "rb") as said:
        acknowledged = [int(said.readline())]
        recovery_s = time.monotonic() - began_s
        acknowledged += [int(said.readline()) for _ in range(batches - 1)]
        select.select([], [], [], fraction)  # a moment inside a commit, not the moment of an acknowledgement
        os.kill(child.pid or 0, signal.SIGKILL)
        acknowledged += [int(line) for line in said.read().split(b"\n")[:-1]]
    child.join()
    return acknowledged, recovery_s


def test_kill_at_random_moments(tmp_path: Path, note: Note) -> None:
    chance, kills = random.Random(SEED), times(100, 3000)
    acknowledged: list[int] = []
    recovery_s, damaged, ahead = 0.0, 0, 0
    for _ in range(kills):
        said, began_s = run_until_killed(tmp_path, chance.randint(1, 8), chance.uniform(0, 0.002))
        acknowledged += said
        recovery_s = max(recovery_s, began_s)
        journal = Journal.open(tmp_path)
        latest = int(journal.meta()["latest"])
        damaged += bool(journal.repaired)
        ahead += latest - acknowledged[-1] not in (0, 1)  # only a batch under way may be there without its word
        journal.close()
    journal = Journal.open(tmp_path)
    whole = [batch(n) for n in range(1, latest + 1)]
    found = [tuple(row) for row in journal.readings(0)]
    wanted = [row for b in whole for row in b.readings]
    note("faults.F1.kills", kills, "kills", floor=kills, better="higher")
    note("faults.F1.lost", len(set(wanted) - set(found)), "readings", floor=0)
    note("faults.F1.doubled", len(found) - len(set(found)), "readings", floor=0)
    note("faults.F1.invented", len(set(found) - set(wanted)), "readings", floor=0)
    note("faults.F1.damaged", damaged + ahead, "files", floor=0)
    note("faults.F1.recovery_s", recovery_s, "s to the first commit after a kill", floor=10)
    assert acknowledged == sorted(set(acknowledged))
    assert set(acknowledged) <= set(range(1, latest + 1))
    assert found == wanted
    assert len(found) == ROWS * latest
    assert [text for _, text in journal.points_after(0, latest + 1)] == [text for b in whole for _, text in b.points]
    assert [seq for seq, _ in journal.points_after(0, latest + 1)] == list(range(1, latest + 1))
    assert journal.recent_receipts() == [receipt for b in whole for receipt in b.receipts][-RECEIPTS:]
    journal.close()
