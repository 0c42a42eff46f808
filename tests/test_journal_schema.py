"""The journal's file from one version to the next: older ones are stepped up, newer ones are not touched."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from gateway.storage import journal as journal_module
from gateway.storage.journal import FILE, Journal
from gateway.storage.sqlite import JournalFailed, JournalNewer, has_wal_reset_fault
from tests.journal_rows import MOTION, readings


def test_a_newer_schema_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("PRAGMA user_version=2")
    connection.close()
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(JournalNewer, match="newer Kinlight"):
        Journal.open(tmp_path)
    assert (tmp_path / FILE).read_bytes() == before


def test_a_step_to_the_next_schema_keeps_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(Path(__file__).parent / "databases" / "journal-1.sqlite", tmp_path / FILE)
    monkeypatch.setattr(
        journal_module, "SCHEMA", (*journal_module.SCHEMA, "ALTER TABLE channel ADD COLUMN seen_ns INTEGER")
    )
    journal = Journal.open(tmp_path)
    assert journal.repaired == ""
    assert [tuple(row) for row in journal.readings(0)] == readings(20)
    assert journal.channels() == [(0, MOTION)]
    assert journal.meta() == {"home": "first"}
    journal.close()


def test_a_step_that_fails_leaves_the_old_file_working(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(Path(__file__).parent / "databases" / "journal-1.sqlite", tmp_path / FILE)
    broken = "CREATE TABLE later(a INTEGER); INSERT INTO nowhere VALUES (1)"
    with monkeypatch.context() as patch:
        patch.setattr(journal_module, "SCHEMA", (*journal_module.SCHEMA, broken))
        with pytest.raises(JournalFailed, match="nowhere"):
            Journal.open(tmp_path)
    journal = Journal.open(tmp_path)
    assert [tuple(row) for row in journal.readings(0)] == readings(20)
    journal.close()


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 46, 1), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 0), False),
    ],
)
def test_which_sqlite_has_the_wal_reset_fault(version: tuple[int, ...], affected: bool) -> None:
    assert has_wal_reset_fault(version) is affected
