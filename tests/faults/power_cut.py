"""Power cuts as a model: the recorded writes of a real program, and the disk as a cut at any of them may leave it.

What was synced is there. What was written and not synced may be there, or not, or in part (sectors of 512 bytes), in
any order; on a hostile card the whole 4 KiB block that was being written may be rubbish. Names follow the order in
which they were changed, up to some point (a journalling file system), and are there for sure once their directory or
the file itself was synced. Method: ALICE (Pillai et al., OSDI 2014), on the block sizes of SD cards.
"""

import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SECTOR_BYTES = 512
BLOCK_BYTES = 4096
_HEAD = struct.Struct("<cHQI")


class Record(NamedTuple):
    """One change of the disk, or one line on standard output; see disk_recorder.c."""

    kind: str
    path: str
    offset: int
    content: bytes


@dataclass(slots=True)
class File:
    """What is on the disk for sure, and what was written to it since."""

    synced: bytearray = field(default_factory=bytearray)
    pending: list[Record] = field(default_factory=list)


def recorder(directory: Path) -> Path:
    """The recorder, compiled; skips with the reason where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler to build the recorder of the power-cut model with (apt-get install gcc libc6-dev)")
    made = directory / "disk_recorder.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(HERE / "disk_recorder.c"), "-ldl", "-lpthread"]
    subprocess.run(command, check=True)
    return made


def recorded(directory: Path, module: str, lines: int, made: Path, *words: str) -> list[Record]:
    """Run `python -m module DIRECTORY words` until it has said so many lines; what its disk was told, in order."""
    record = made.with_name(f"{module}.record")
    variables = {"LD_PRELOAD": str(made), "RECORD_DIRECTORY": str(directory), "RECORD_FILE": str(record)}
    command = ["env", *(f"{name}={value}" for name, value in variables.items()), sys.executable, "-m", module]
    with subprocess.Popen([*command, str(directory), *words], cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout
        for _ in range(lines):
            child.stdout.readline()
        child.kill()
    return list(_records(record.read_bytes()))


def _records(content: bytes) -> Iterator[Record]:
    at = 0
    while at + _HEAD.size <= len(content):
        kind, named, offset, length = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        path, bytes_ = content[at : at + named].decode(), content[at + named : at + named + length]
        at += named + length
        yield Record(kind.decode(), path, offset, bytes_)


class Disk:
    """The disk as the records before the cut left it."""

    def __init__(self) -> None:
        self.said: list[str] = []  # what was acknowledged
        self._names: dict[str, File] = {}  # as the program sees them
        self._sure: dict[str, File] = {}  # as a cut leaves them at least
        self._changes: list[tuple[str, File | None]] = []  # of names, not yet sure; None is gone

    def take(self, record: Record) -> None:
        """The next record."""
        kind, path = record.kind, record.path
        if kind == "A":
            self.said += record.content.decode().split()
        elif kind in "WT":
            if path not in self._names:
                self._name(path, File())
            self._names[path].pending.append(record)
        elif kind == "S" and path == ".":
            self._settle_names()
        elif kind == "S" and path in self._names:
            file = self._names[path]
            for each in file.pending:
                _apply(file.synced, each)
            file.pending.clear()
            self._settle_names()  # a file's own sync takes its name along (ext4, and every journalling file system)
        elif kind == "U":
            self._name(path, None)
        elif kind == "R":
            file = self._names.get(path) or File()
            self._name(path, None)
            self._name(record.content.decode(), file)

    def cut(self, into: Path, chance: random.Random, hostile: bool) -> None:
        """Write to the empty directory `into` what a cut at this moment may leave."""
        names = dict(self._sure)
        for path, file in self._changes[: chance.randint(0, len(self._changes))]:
            _rename(names, path, file)
        for path, file in names.items():
            (into / path).write_bytes(_left(file, chance, hostile))

    def _name(self, path: str, file: File | None) -> None:
        _rename(self._names, path, file)
        self._changes.append((path, file))

    def _settle_names(self) -> None:
        for path, file in self._changes:
            _rename(self._sure, path, file)
        self._changes.clear()


def _rename(names: dict[str, File], path: str, file: File | None) -> None:
    if file is None:
        names.pop(path, None)
    else:
        names[path] = file


def _apply(content: bytearray, record: Record) -> None:
    if record.kind == "T":
        del content[record.offset :]
        content.extend(bytes(record.offset - len(content)))
        return
    end = record.offset + len(record.content)
    content.extend(bytes(max(0, end - len(content))))
    content[record.offset : end] = record.content


def _left(file: File, chance: random.Random, hostile: bool) -> bytes:
    """The file with some of what was written to it and not synced."""
    content, pending = bytearray(file.synced), list(file.pending)
    how = chance.choice(("kept", "dropped", "some", "shuffled", "torn"))
    if how == "dropped":
        pending = []
    elif how != "kept":
        pending = [each for each in pending if chance.random() < 0.6]
    if how == "shuffled":
        chance.shuffle(pending)
    for each in pending:
        for part in _sectors(each, chance) if how == "torn" and each.kind == "W" else (each,):
            _apply(content, part)
    if hostile and file.pending and (writes := [each for each in file.pending if each.kind == "W"]):
        block = chance.choice(writes).offset // BLOCK_BYTES * BLOCK_BYTES
        size = min(BLOCK_BYTES, len(content) - block)
        if size > 0:
            content[block : block + size] = chance.randbytes(size)
    return bytes(content)


def _sectors(record: Record, chance: random.Random) -> Sequence[Record]:
    """Those sectors of a write that reached the disk."""
    found, at = [], 0
    while at < len(record.content):
        size = SECTOR_BYTES - (record.offset + at) % SECTOR_BYTES
        if chance.random() < 0.5:
            found.append(Record("W", record.path, record.offset + at, record.content[at : at + size]))
        at += size
    return found


def cuts(
    records: Sequence[Record], count: int, chance: random.Random, hostile_share: float
) -> Iterator[tuple[Disk, bool]]:
    """The disk at `count` random moments, in order, and whether the card is a hostile one there."""
    disk, done = Disk(), 0
    for moment in sorted(chance.randrange(1, len(records) + 1) for _ in range(count)):
        for record in records[done:moment]:
            disk.take(record)
        done = moment
        yield disk, chance.random() < hostile_share
