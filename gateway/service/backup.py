"""Backup and restore.

A home in one file: its configuration and secrets, and both journals. Made while the box runs, put back on another.

    manifest.json                              the first: format, version, home, and size and SHA-256 of all others
    etc/gateway.toml, etc/plan.toml, etc/*     the two files, and every secret beside them
    state/journal.sqlite, state/alerts.sqlite  copied by SQLite's own means, which a running writer does not disturb
    state/answers/*                            what people answered and the box has not taken in

What is put back is tried before anything is replaced, and what was there stays beside it as NAME.replaced.
"""

import hashlib
import json
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, NamedTuple

from gateway.alerts.answer_files import FOLDER as ANSWERS
from gateway.alerts.journal import FILE as ALERTS
from gateway.config.settings import load
from gateway.service.startup import CLAIM, claim_of
from gateway.storage.journal import FILE as READINGS
from gateway.storage.sqlite import copy_of, unsound
from gateway.system.private_files import open_private

FORMAT = 1
MANIFEST, CONFIG, PLAN = "manifest.json", "gateway.toml", "plan.toml"
REPLACED, STAGED = ".replaced", ".restoring"
MOST_FILES = 1000
MAX_CONFIG_BYTES = 1_000_000  # of one file beside gateway.toml; systemd takes no larger secret
CHUNK_BYTES = 1 << 20
_ETC = r"etc/[^/.\x00-\x1f][^/\x00-\x1f]{0,99}"
_STATE = rf"state/(?:{READINGS}|{ALERTS}|{ANSWERS}/[0-9a-z.-]{{1,99}})"
_NAME = re.compile(f"{_ETC}|{_STATE}")


class BackupError(Exception):
    """The backup cannot be made, or is none; the text says what to do. Nothing was changed."""


class Kept(NamedTuple):
    """What a backup holds."""

    home: str
    version: str  # of the Kinlight that made it
    files: dict[str, Any]  # name -> {"bytes", "sha256"}


def make(config: Path, directory: Path | None, output: Path) -> Kept:
    """Write a backup of a home, for its owner's eyes only, and read it back. Raises BackupError or OSError."""
    setup = load(config)
    state = directory or setup.store.directory
    with tempfile.TemporaryDirectory(prefix=".kinlight-backup-", dir=output.parent) as folder:
        members = dict(_configured(config)) | dict(_state(state, Path(folder)))
        files = {name: {"bytes": path.stat().st_size, "sha256": _digest(path)} for name, (path, _) in members.items()}
        kept = Kept(setup.home.id, version("kinlight"), files)
        partial = Path(folder) / "backup"
        with open_private(partial) as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
                _add_manifest(archive, kept, Path(folder))
                for name, (path, original) in members.items():
                    _add(archive, name, path, original)
            file.flush()
            os.fsync(file.fileno())
        if verify(partial) != kept:
            raise BackupError(f"{output}: what was written does not read back; is the disk sound?")
        partial.replace(output)
    return kept


def verify(archive: Path) -> Kept:
    """What a backup holds, every byte of it compared with its manifest. Raises BackupError, OSError."""
    kept = None
    for kept, member, content in _members(archive):
        if member is not None and content is not None:
            _copy(content, None, member.name, kept)
    if kept is None:
        raise BackupError(f"{archive} holds nothing")
    return kept


def restore(archive: Path, config: Path, directory: Path | None) -> tuple[Kept, Path]:
    """Put a home back where `config` is; returns what, and where the journals went. The service must be stopped."""
    kept = verify(archive)
    if f"etc/{CONFIG}" not in kept.files:
        raise BackupError(f"{archive} holds no {CONFIG}; is it a backup made by kinlight backup?")
    secrets = Path(os.environ.get("CREDENTIALS_DIRECTORY", config.parent))
    with tempfile.TemporaryDirectory(prefix="kinlight-restore-") as folder:
        for _, member, content in _members(archive):
            if member and content and member.name.startswith("etc/"):
                _copy(content, Path(folder) / Path(member.name).name, member.name, kept)
        state = directory or load(Path(folder) / CONFIG, Path(folder)).store.directory
    for each in (config.parent, secrets, state):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    with claim_of(state):
        _exchange(archive, kept, {"config": config, "secrets": secrets, "state": state})
        if os.geteuid() == 0 and (state / READINGS).exists():  # what root made here, the service must be able to write
            owner = (state / READINGS).stat()
            for path in (state, *(state / name for name in (ANSWERS, CLAIM) if (state / name).exists())):
                os.chown(path, owner.st_uid, owner.st_gid)
    return kept, state


def _exchange(archive: Path, kept: Kept, to: dict[str, Path]) -> None:
    """Stage everything beside its place and try it; only then replace."""
    staged: list[tuple[Path, Path]] = []
    try:
        for _, member, content in _members(archive):
            if member is None or content is None:
                continue
            place = _place(member.name, to)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            beside = place.with_name(f".{place.name}{STAGED}")
            staged.append((beside, place))
            _copy(content, beside, member.name, kept)
            _own(beside, member, place.parent)
            if place.suffix == ".sqlite" and (fault := unsound(beside)):
                raise BackupError(f"{archive}: {member.name}: {fault}; take an older backup")
        for beside, place in staged:
            for end in ("", "-wal", "-shm") if place.suffix == ".sqlite" else ("",):
                with suppress(FileNotFoundError):
                    place.with_name(place.name + end).replace(place.with_name(place.name + REPLACED + end))
            beside.replace(place)
    finally:
        for beside, _ in staged:
            beside.unlink(missing_ok=True)


def _place(name: str, to: dict[str, Path]) -> Path:
    kind, _, rest = name.partition("/")
    if kind == "state":
        return to["state"] / rest
    return {CONFIG: to["config"], PLAN: to["config"].with_name(PLAN)}.get(rest, to["secrets"] / rest)


def _configured(config: Path) -> Iterator[tuple[str, tuple[Path, Path]]]:
    """The two files, and where secrets lie in a folder every file there."""
    for name, path in ((CONFIG, config), (PLAN, config.with_name(PLAN))):
        if path.exists():
            yield f"etc/{name}", (path, path)
    if not (folder := os.environ.get("CREDENTIALS_DIRECTORY")):
        return
    for path in sorted(Path(folder).iterdir()):
        if path.is_symlink() or not path.is_file() or path.name in (CONFIG, PLAN, config.name):
            continue
        if path.suffix != REPLACED and path.stat().st_size <= MAX_CONFIG_BYTES and _NAME.fullmatch(f"etc/{path.name}"):
            yield f"etc/{path.name}", (path, path)


def _state(state: Path, folder: Path) -> Iterator[tuple[str, tuple[Path, Path]]]:
    """Copies of the journals, tried; and answers that wait. With the file each is of, for its owner."""
    for name in (READINGS, ALERTS):
        if (state / name).exists():
            copy_of(state / name, folder / name)
            if fault := unsound(folder / name):
                raise BackupError(f"{state / name}: {fault}; restart the service, which mends it, and try again")
            yield f"state/{name}", (folder / name, state / name)
    for path in sorted((state / ANSWERS).glob("[!.]*.json")) if (state / ANSWERS).is_dir() else ():
        yield f"state/{ANSWERS}/{path.name}", (path, path)


def _add_manifest(archive: tarfile.TarFile, kept: Kept, folder: Path) -> None:
    path = folder / MANIFEST
    path.write_text(json.dumps({"format": FORMAT, **kept._asdict()}), encoding="utf-8")
    _add(archive, MANIFEST, path, path)


def _add(archive: tarfile.TarFile, name: str, path: Path, original: Path) -> None:
    member = archive.gettarinfo(str(original), name)
    member.size = path.stat().st_size
    with path.open("rb") as content:
        archive.addfile(member, content)


def _members(path: Path) -> Iterator[tuple[Kept, tarfile.TarInfo | None, IO[bytes] | None]]:
    """The manifest, then every file of a backup, each once and by a name it may have. Raises BackupError."""
    none = f"{path} is no backup made by kinlight backup, or only a part of one"
    try:
        with tarfile.open(path, "r:gz") as archive:
            first = archive.next()
            kept = _manifest(archive, first, none)
            yield kept, None, None
            left = dict(kept.files)
            while member := archive.next():
                content = archive.extractfile(member) if member.isreg() else None
                wanted = left.pop(member.name, None)
                if content is None or wanted is None or member.size != wanted["bytes"]:
                    raise BackupError(f"{none}: {member.name!r} does not belong there")
                yield kept, member, content
            if left:
                raise BackupError(f"{none}: {min(left)!r} is missing")
    except (tarfile.TarError, EOFError, ValueError, zlib.error) as error:
        raise BackupError(f"{none} ({error})") from None
    except OSError as error:
        if error.errno is None:  # gzip's own, not the disk's
            raise BackupError(f"{none} ({error})") from None
        raise


def _manifest(archive: tarfile.TarFile, first: tarfile.TarInfo | None, none: str) -> Kept:
    content = archive.extractfile(first) if first and first.name == MANIFEST and first.size < MAX_CONFIG_BYTES else None
    if content is None:
        raise BackupError(none)
    told = json.loads(content.read(MAX_CONFIG_BYTES))
    try:
        if told.pop("format") != FORMAT:
            raise BackupError(f"{none}: a newer Kinlight made it; install that one first")
        kept = Kept(**told)
        named = all(_NAME.fullmatch(name) for name in kept.files) and len(kept.files) <= MOST_FILES
        sized = all(int(each["bytes"]) >= 0 and str(each["sha256"]) for each in kept.files.values())
    except (AttributeError, KeyError, TypeError):
        raise BackupError(none) from None
    if not (named and sized):
        raise BackupError(none)
    return kept


def _copy(content: IO[bytes], to: Path | None, name: str, kept: Kept) -> None:
    """Read one file of a backup, compare it with the manifest, and write it where it is wanted."""
    digest = hashlib.sha256()
    with open_private(to or Path(os.devnull)) as file:
        while chunk := content.read(CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
        if to:
            file.flush()
            os.fsync(file.fileno())
    if digest.hexdigest() != kept.files[name]["sha256"]:
        raise BackupError(f"{name} in the backup is damaged; take another one")


def _own(path: Path, member: tarfile.TarInfo, folder: Path) -> None:
    """To whom it belonged, by name; where those are not known here, to whom the folder belongs."""
    path.chmod(member.mode & 0o640)
    if os.geteuid() == 0:
        try:
            shutil.chown(path, member.uname, member.gname)
        except LookupError:
            os.chown(path, folder.stat().st_uid, folder.stat().st_gid)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
