"""F3: the power goes while a journal is mended or brought up to date: afterwards it is the old or the new one."""

import random
from collections import Counter
from pathlib import Path

import pytest

from gateway.storage import journal as journal_module
from gateway.storage.journal import FILE, Batch, Journal
from gateway.storage.sqlite import PAGE_BYTES
from rules.terms.channel import Channel
from tests.faults.conftest import Note, times
from tests.faults.damaged import NEWER
from tests.faults.power_cut import cuts, recorded, recorder

ROWS = 3000
SEED = 20261129


def pattern(tmp_path: Path, *, damaged: bool) -> Path:
    journal = Journal.open(tmp_path / "pattern")
    journal.add_channel(0, Channel("hall", "hallway", "motion", "event"))
    journal.commit(Batch([(n, 0, 1.0, 0) for n in range(1, ROWS + 1)]))
    journal.checkpoint()
    journal.close()
    path = tmp_path / "pattern" / FILE
    if damaged:
        content = bytearray(path.read_bytes())
        page = len(content) // PAGE_BYTES // 2
        content[page * PAGE_BYTES : (page + 1) * PAGE_BYTES] = bytes(PAGE_BYTES)
        path.write_bytes(content)
    return path


@pytest.mark.parametrize("how", ["mend", "step"])
def test_a_cut_while_opening(tmp_path: Path, how: str, note: Note, monkeypatch: pytest.MonkeyPatch) -> None:
    count = times(40, 3000)
    source = pattern(tmp_path, damaged=how == "mend")
    made, wrong = recorder(tmp_path), Counter[str]()
    (state := tmp_path / "state").mkdir()
    records = recorded(state, "tests.faults.damaged", 2, made, str(source), *(["step"] if how == "step" else []))
    begun = next(n for n, record in enumerate(records) if record.kind == "A")
    if how == "step":
        monkeypatch.setattr(journal_module, "SCHEMA", NEWER)
    chance, least = random.Random(SEED), ROWS - 200 if how == "mend" else ROWS
    for number, (disk, _) in enumerate(cuts(records, 2 * count, chance, 0.0)):
        if not disk.said:  # before the file to open was there
            continue
        (left := tmp_path / f"cut-{number}").mkdir()
        disk.cut(left, chance, hostile=False)
        journal = Journal.open(left)
        wrong["lost"] += sum(1 for _ in journal.readings(0)) < least
        wrong["nameless"] += len(journal.channels()) != 1
        journal.close()
        wrong["cuts"] += 1
        if wrong["cuts"] == count:
            break
    assert begun < len(records) - 10, "nothing was recorded of the opening"
    note(f"faults.F3.{how}.cuts", wrong["cuts"], "power cuts", floor=count // 2, better="higher")
    note(f"faults.F3.{how}.lost", wrong["lost"] + wrong["nameless"], "files with less than before", floor=0)
