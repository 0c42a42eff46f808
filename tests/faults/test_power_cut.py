"""F2: the power goes at any moment, on a card that tears, reorders and spoils: nothing acknowledged is lost."""

import random
from collections import Counter
from pathlib import Path

from gateway.storage.journal import Journal
from tests.faults.committer import batch
from tests.faults.conftest import Note, times
from tests.faults.power_cut import Disk, cuts, recorded, recorder

SEED = 20261126
HOSTILE = 0.3


def opened_after(disk: Disk, left: Path) -> Counter[str]:
    """What is wrong with the journal that a cut left."""
    journal = Journal.open(left)
    acknowledged = int(disk.said[-1]) if disk.said else 0
    latest = int(journal.meta().get("latest", "0"))
    found = [tuple(row) for row in journal.readings(0)]
    whole = [row for n in range(1, latest + 1) for row in batch(n).readings]
    wrong = Counter(
        lost=max(0, acknowledged - latest),
        damaged=bool(journal.repaired),
        doubled=len(found) - len(set(found)),
        in_part=found[-200:] != whole[-200:],
    )
    journal.close()
    return wrong


def fall_out(tmp_path: Path, count: int, *words: str) -> Counter[str]:
    """Commit, cut the power `count` times, open each time what is left; everything that went wrong."""
    chance, wrong = random.Random(SEED), Counter[str]()
    (state := tmp_path / "state").mkdir()
    records = recorded(state, "tests.faults.committer", 400, recorder(tmp_path), *words)
    for number, (disk, hostile) in enumerate(cuts(records, count, chance, HOSTILE)):
        (left := tmp_path / f"cut-{number}").mkdir()
        disk.cut(left, chance, hostile)
        wrong += opened_after(disk, left)
        for file in left.iterdir():
            file.unlink()
    return wrong


def test_power_cuts_lose_nothing_that_was_acknowledged(tmp_path: Path, note: Note) -> None:
    count = times(300, 3000)
    wrong = fall_out(tmp_path, count)
    note("faults.F2.cuts", count, "power cuts", floor=count, better="higher")
    note("faults.F2.lost", wrong["lost"], "acknowledged batches", floor=0)
    note("faults.F2.doubled", wrong["doubled"], "readings", floor=0)
    note("faults.F2.in_part", wrong["in_part"], "batches", floor=0)
    note("faults.F2.damaged", wrong["damaged"], "files", floor=0)


def test_the_model_sees_a_program_that_does_not_wait_for_its_disk(tmp_path: Path) -> None:
    wrong = fall_out(tmp_path, 20, "careless")
    assert wrong["lost"] > 0
