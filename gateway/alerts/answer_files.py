"""A spool of answer files: submitted by whoever answers, taken by the daemon.

Answers from people to the box, as files: durable before they are acknowledged, whether the daemon runs or not.

Only the daemon writes its journals (two writing connections are how SQLite files get corrupted), so the command
line leaves an answer in a folder of the state directory and the daemon takes it from there within a second.
"""

import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from gateway.model.alert import Answer
from gateway.system.private_files import open_private

FOLDER = "answers"
MAX_BYTES = 4096
_BROKEN = re.compile(r"[\x00\ud800-\udfff]")  # what no database takes as text


def submit(directory: Path, answer: Answer) -> Path:
    """Write the answer so that it survives a power cut. Raises OSError."""
    folder = directory / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = directory.stat()
    name = f"{answer.time_ns}-{answer.alert_id}-{answer.action}.json"
    temporary = folder / f".{name}"
    with open_private(temporary) as file:
        file.write(json.dumps(asdict(answer)).encode())
        file.flush()
        os.fsync(file.fileno())
    if os.geteuid() == 0:  # whoever leaves it, the service takes it
        for path in (folder, temporary):
            os.chown(path, owner.st_uid, owner.st_gid)
    temporary.rename(folder / name)
    parent = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
    return folder / name


def submitted(directory: Path) -> Iterator[tuple[Path, Answer | OSError | None]]:
    """Answers left so far, oldest first. The taker deletes each after its commit. Raises OSError for the folder.

    None for a file that is not an answer; an OSError where it cannot be read this time.
    """
    folder = directory / FOLDER
    try:
        paths = sorted(folder.iterdir())
    except FileNotFoundError:
        return
    for path in paths:
        if path.suffix == ".json" and not path.name.startswith("."):
            try:
                yield path, _read(path)
            except OSError as error:
                yield path, error


def _read(path: Path) -> Answer | None:
    """The answer in a file, None where it is none. Raises OSError. A pipe would wait for a writer: it is not opened."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return None
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        text = os.read(handle, MAX_BYTES + 1)
    finally:
        os.close(handle)
    if len(text) > MAX_BYTES:
        return None
    try:
        answer = Answer(**json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return None
    kinds = {"alert_id": int, "action": str, "by": str, "time_ns": int, "minutes": int, "note": str}
    if any(type(getattr(answer, field)) is not kind for field, kind in kinds.items()):
        return None
    broken = _BROKEN.search(answer.by + answer.note + answer.action)
    return answer if 0 < answer.alert_id < 2**63 and 0 < answer.time_ns < 2**63 and not broken else None
