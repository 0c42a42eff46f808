"""kill -9 at random moments: nothing acknowledged is lost, no batch is there in part, the file opens every time."""

import random
import select
import subprocess
import sys
from pathlib import Path

from gateway.journal import Journal
from gateway.receipts import RECEIPTS
from tests.faults.committer import ROWS, batch

KILLS = 60
ROOT = Path(__file__).parent.parent.parent


def run_until_killed(directory: Path, batches: int, fraction: float) -> list[int]:
    """Let it acknowledge some batches and kill it within the next one. Returns what it acknowledged."""
    command = [sys.executable, "-m", "tests.faults.committer", str(directory)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout
        acknowledged = [int(child.stdout.readline()) for _ in range(batches)]
        select.select([], [], [], fraction)  # a moment inside a commit, not the moment of an acknowledgement
        child.kill()
        acknowledged += [int(line) for line in child.stdout.read().split(b"\n")[:-1]]
    return acknowledged


def test_kill_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    acknowledged: list[int] = []
    for _ in range(KILLS):
        acknowledged += run_until_killed(tmp_path, chance.randint(1, 40), chance.uniform(0, 0.002))
        journal = Journal.open(tmp_path)
        latest = int(journal.meta()["latest"])
        assert journal.mended == ""
        assert latest - acknowledged[-1] in (0, 1), "only a batch under way may be there without its acknowledgement"
        journal.close()
    assert acknowledged == sorted(set(acknowledged))

    journal = Journal.open(tmp_path)
    whole = [batch(n) for n in range(1, latest + 1)]
    assert set(acknowledged) <= set(range(1, latest + 1))
    assert [tuple(row) for row in journal.readings(0)] == [row for b in whole for row in b.readings]
    assert [text for _, text in journal.points_after(0, latest + 1)] == [text for b in whole for _, text in b.points]
    assert [seq for seq, _ in journal.points_after(0, latest + 1)] == list(range(1, latest + 1))
    assert journal.recent_receipts() == [receipt for b in whole for receipt in b.receipts][-RECEIPTS:]
    assert len(list(journal.readings(0))) == ROWS * latest
    journal.close()
