"""Answers from people to the box, as files: durable before they are acknowledged, whether the daemon runs or not.

Only the daemon writes its journals (two writing connections are how SQLite files get corrupted), so the command
line leaves an answer in a folder of the state directory and the daemon takes it from there within a second.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from gateway.alert import Answer

FOLDER = "answers"
MAX_BYTES = 4096
_BROKEN = re.compile(r"[\x00\ud800-\udfff]")  # what no database takes as text


def leave(directory: Path, answer: Answer) -> Path:
    """Write the answer so that it survives a power cut. Raises OSError."""
    folder = directory / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    name = f"{answer.time_ns}-{answer.alert_id}-{answer.action}.json"
    temporary = folder / f".{name}"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(asdict(answer), file)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(folder / name)
    parent = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
    return folder / name


def waiting(directory: Path) -> Iterator[tuple[Path, Answer | None]]:
    """Answers left so far, oldest first; None for a file that is not one. The taker deletes each after its commit."""
    folder = directory / FOLDER
    for path in sorted(folder.glob("[!.]*.json")) if folder.is_dir() else ():
        yield path, _read(path)


def _read(path: Path) -> Answer | None:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
        if len(text) > MAX_BYTES:
            return None
        answer = Answer(**json.loads(text))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    kinds = {"alert_id": int, "action": str, "by": str, "time_ns": int, "minutes": int, "note": str}
    if any(type(getattr(answer, field)) is not kind for field, kind in kinds.items()):
        return None
    broken = _BROKEN.search(answer.by + answer.note + answer.action)
    return answer if 0 < answer.alert_id < 2**63 and 0 < answer.time_ns < 2**63 and not broken else None
