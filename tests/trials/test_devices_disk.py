"""A box restarted on a full disk, and files in the state directory that are somebody else's."""

import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.alerts import journal as alert_journal
from gateway.alerts.journal import AlertJournal
from gateway.model.alert import Alert, Change, State
from gateway.storage import journal
from gateway.storage.journal import Batch, Journal
from gateway.storage.sqlite import RESERVE_BYTES, has_room
from gateway.thinking.engine import own_fault
from rules.terms.time import NS_PER_S
from tests.conftest import fill
from tests.journal_rows import NOW_NS, readings
from tests.thinking import START_NS, Box, setup
from tests.trials import cases

MOUNTS = {
    "tmpfs": [["mount", "-t", "tmpfs", "-o", "size=40m", "kinlight-test", "disk"]],
    "ext4": [
        ["truncate", "-s", "40M", "image"],
        ["mkfs.ext4", "-q", "-m", "0", "image"],
        ["mount", "-o", "loop", "image", "disk"],
    ],
}


@pytest.fixture(params=MOUNTS)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A disk of 40 megabytes of its own. Needs root, and for a card's file system a loop device."""
    (tmp_path / "disk").mkdir()
    for words in MOUNTS[request.param]:
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"no small disk to fill: {done.stderr.decode().strip()}")
    yield tmp_path / "disk"
    subprocess.run(["umount", str(tmp_path / "disk")], check=True)


def test_a_box_restarted_on_a_full_disk_starts_and_records_alerts(disk: Path) -> None:
    assert cases.inputs()["disk-full-at-start"]["kind"] == "disk full"
    box = Box(setup(disk), START_NS)
    box.opened.close()
    assert {path.name for path in disk.glob("*.reserve")} == {"journal.sqlite.reserve", "alerts.sqlite.reserve"}
    assert has_room(disk)
    fill(disk)
    assert not has_room(disk)
    box.on(START_NS + NS_PER_S)
    box.opened.alerts.record([Change(Alert(1, own_fault("disk", "full", START_NS), State.ACTIVE, 1, 1), 1, tell=True)])
    box.opened.journal.commit(Batch(readings(500)))
    assert [alert.id for alert in box.opened.alerts.open_alerts()] == [1]
    assert sum(1 for _ in box.opened.journal.readings(0)) == 500
    box.opened.close()
    box.on(START_NS + 2 * NS_PER_S)
    assert sum(1 for _ in box.opened.journal.readings(0)) == 500
    box.opened.close()


def test_the_room_held_back_is_kept_where_the_disk_is_not_what_is_wrong(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    reserve = tmp_path / "journal.sqlite.reserve"
    assert reserve.stat().st_size == RESERVE_BYTES
    (tmp_path / "journal.sqlite-wal").mkdir()  # cannot be opened, and it is not for want of room
    with pytest.raises(OSError, match=r"journal\.sqlite"):
        Journal.open(tmp_path)
    assert reserve.exists()


def test_removing_nothing_is_not_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    opened = Journal.open(tmp_path, quota_bytes=0)
    with pytest.raises(OSError, match="full"):
        opened.commit(Batch(points=[(1, bytes(1_000_000))]))
    assert "oldest 0" not in caplog.text
    opened.close()


def another_program(path: Path, version: int) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(f"CREATE TABLE cookies(a); INSERT INTO cookies VALUES (1); PRAGMA user_version={version};")
    connection.close()


@pytest.mark.parametrize("version", [0, 1, 7])
def test_another_program_s_file_is_put_aside(tmp_path: Path, version: int) -> None:
    assert cases.inputs()["foreign-alerts-file"]["kind"] == "refuses for ever"
    another_program(tmp_path / alert_journal.FILE, version)
    alerts = AlertJournal.open(tmp_path)
    assert alerts.open_alerts() == []
    assert "nothing could be rescued" in alerts.repaired
    alerts.close()
    kept = sqlite3.connect(tmp_path / "alerts.sqlite.corrupt.1")
    assert kept.execute("SELECT * FROM cookies").fetchall() == [(1,)]
    kept.close()


def test_a_journal_in_the_place_of_the_alerts_is_put_aside(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    (tmp_path / journal.FILE).rename(tmp_path / alert_journal.FILE)
    alerts = AlertJournal.open(tmp_path)
    assert "it is another program's" in alerts.repaired
    alerts.close()


def test_a_directory_in_the_place_of_a_journal_is_put_aside_and_never_removed(tmp_path: Path) -> None:
    for n in range(1, 5):
        (tmp_path / journal.FILE).unlink(missing_ok=True)
        (tmp_path / journal.FILE).mkdir()
        (tmp_path / journal.FILE / "somebody-s").touch()
        opened = Journal.open(tmp_path)
        opened.commit(Batch(readings(10, NOW_NS)))
        assert "it is no file" in opened.repaired
        opened.close()
        assert (tmp_path / f"journal.sqlite.corrupt.{n}" / "somebody-s").exists()
