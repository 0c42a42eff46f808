"""A home kept in one file while it runs, and put back: the box starts, and knows everything it knew."""

import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.service.backup import BackupError, make, restore, verify
from gateway.storage.journal_reader import JournalReader
from tests import servers
from tests.integration.home import configuration, running, sensor, wait_for

HALL = sensor("hall", "hall", "zigbee", "Hall")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed home: configuration, plan and a secret in one folder, journals in another; its gateway.toml."""
    etc = tmp_path / "home"
    etc.mkdir()
    config = configuration(etc, servers.free_port(), [HALL])
    (etc / "plan.toml").write_text('[agreement]\nasked = "yes"\n')
    (etc / "mqtt_password").write_text("word")
    (etc / "mqtt_password").chmod(0o640)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(etc))
    return config


def test_a_running_home_is_kept_and_starts_again_elsewhere(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, state = tmp_path / "kept.tar.gz", home.parent / "state"
    with running(home) as daemon:
        wait_for(lambda: daemon.status().get("pid"), "a status")
        kept = make(home, None, archive)
        points = JournalReader(state / "journal.sqlite").last_seq()
        assert daemon.stop() == 0
    assert set(kept.files) - {"etc/daemon.log"} == {
        *(f"etc/{name}" for name in ("gateway.toml", "plan.toml", "mqtt_password")),
        *(f"state/{name}" for name in ("journal.sqlite", "alerts.sqlite")),
    }
    assert archive.stat().st_mode & 0o777 == 0o600

    other = tmp_path / "other" / "gateway.toml"
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    _, where = restore(archive, other, tmp_path / "other" / "state")
    assert (other.parent / "mqtt_password").read_text() == "word"
    assert (other.parent / "mqtt_password").stat().st_mode & 0o777 == 0o640
    assert (where / "journal.sqlite").stat().st_mode & 0o777 == 0o600
    other.write_text(other.read_text().replace(str(state), str(where)))
    with running(other, CREDENTIALS_DIRECTORY=str(other.parent)) as daemon:
        wait_for(lambda: daemon.status().get("pid") == daemon.process.pid, "a status of the new home")
        assert daemon.stop() == 0
    assert JournalReader(where / "journal.sqlite").last_seq() >= points
    assert "rescued" not in (other.parent / "daemon.log").read_text()


def test_what_was_there_stays_beside(home: Path, tmp_path: Path) -> None:
    archive, state = tmp_path / "kept.tar.gz", home.parent / "state"
    with running(home) as daemon:
        wait_for(lambda: daemon.status().get("pid"), "a status")
        assert daemon.stop() == 0
    make(home, None, archive)
    (home.parent / "plan.toml").write_text("# another\n")
    restore(archive, home, None)
    assert (home.parent / "plan.toml.replaced").read_text() == "# another\n"
    assert (home.parent / "plan.toml").read_text().startswith("[agreement]")
    assert (state / "journal.sqlite.replaced").exists()
    assert not [path for folder in (home.parent, state) for path in folder.glob(".*restoring")]


def test_a_running_home_is_not_replaced(home: Path, tmp_path: Path) -> None:
    archive = tmp_path / "kept.tar.gz"
    with running(home) as daemon:
        wait_for(lambda: daemon.status().get("pid"), "a status")
        make(home, None, archive)
        (home.parent / "plan.toml").write_text("# mine\n")
        with pytest.raises(OSError, match="in use by another Kinlight; stop that one first"):
            restore(archive, home, None)
        assert (home.parent / "plan.toml").read_text() == "# mine\n"
        assert daemon.stop() == 0


def test_the_verbs(home: Path, tmp_path: Path) -> None:
    archive = tmp_path / "kept.tar.gz"
    done = CliRunner().invoke(app, ["backup", str(archive), "-c", str(home), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["home"] == "test"
    done = CliRunner().invoke(app, ["backup", str(archive), "-c", str(home)])
    assert done.exit_code == 2
    assert "is there already" in done.stderr
    done = CliRunner().invoke(app, ["restore", str(archive), "-c", str(home)])
    assert done.exit_code == 0, done.output
    assert "3 files put back" in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to the user of a service")
def test_what_root_puts_back_belongs_to_the_service(home: Path, tmp_path: Path) -> None:
    archive, state, new = tmp_path / "kept.tar.gz", home.parent / "state", tmp_path / "new"
    with running(home) as daemon:
        wait_for(lambda: daemon.status().get("pid"), "a status")
        assert daemon.stop() == 0
    (state / "answers").mkdir(exist_ok=True)
    (state / "answers" / "1-1-ack.json").write_text("{}")
    for path in (state, *state.rglob("*")):
        shutil.chown(path, "nobody", "nogroup")
    shutil.chown(home.parent / "mqtt_password", "root", "nogroup")
    make(home, None, archive)
    assert {path.owner() for path in state.rglob("*")} == {"nobody"}, "reading leaves nothing of root behind"
    restore(archive, home, new)
    assert {path.owner() for path in (new, *new.rglob("*"))} == {"nobody"}
    assert (home.parent / "mqtt_password").group() == "nogroup"


def cut(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def flipped(whole: bytes) -> bytes:
    return whole[:200] + bytes([whole[200] ^ 0x55]) + whole[201:]


@pytest.mark.parametrize("damage", [cut, flipped, lambda _: b"", lambda _: b"PK\x03\x04 no archive"])
def test_a_damaged_backup_changes_nothing(damage: Callable[[bytes], bytes], home: Path, tmp_path: Path) -> None:
    archive = tmp_path / "kept.tar.gz"
    make(home, None, archive)
    archive.write_bytes(damage(archive.read_bytes()))
    before = {path: path.read_bytes() for path in home.parent.iterdir() if path.is_file()}
    with pytest.raises(BackupError):
        restore(archive, home, None)
    assert {path: path.read_bytes() for path in home.parent.iterdir() if path.is_file()} == before


def forged(path: Path, manifest: Any, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    """An archive as somebody might make it to get out of the folders."""
    with tarfile.open(path, "w:gz") as archive:
        for member, content in ((tarfile.TarInfo("manifest.json"), json.dumps(manifest).encode()), *members):
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


EMPTY = {"bytes": 0, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "etc/../../x", "etc/.ssh", "state/x.sqlite", "etc/a/b", "x"])
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    manifest = {"format": 1, "home": "h", "version": "1", "files": {name: EMPTY}}
    with pytest.raises(BackupError, match="is no backup"):
        verify(forged(tmp_path / "forged.tar.gz", manifest, (tarfile.TarInfo(name), b"")))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_only_plain_files_are_taken(kind: bytes, tmp_path: Path) -> None:
    member = tarfile.TarInfo("etc/gateway.toml")
    member.type, member.linkname = kind, "/etc/passwd"
    manifest = {"format": 1, "home": "h", "version": "1", "files": {"etc/gateway.toml": EMPTY}}
    with pytest.raises(BackupError, match="does not belong there"):
        verify(forged(tmp_path / "forged.tar.gz", manifest, (member, b"")))


@pytest.mark.parametrize("manifest", [None, [], {}, {"format": 9}, {"format": 1, "files": 7}, {"format": 1, "home": 1}])
def test_a_manifest_that_is_none(manifest: Any, tmp_path: Path) -> None:
    with pytest.raises(BackupError):
        verify(forged(tmp_path / "forged.tar.gz", manifest))


def test_secrets_of_others_are_not_read_along(home: Path, tmp_path: Path) -> None:
    (home.parent / "link").symlink_to("/etc/hostname")
    os.truncate(home.parent / "mqtt_password", 2_000_000)
    kept = make(home, None, tmp_path / "kept.tar.gz")
    assert set(kept.files) == {"etc/gateway.toml", "etc/plan.toml"}
