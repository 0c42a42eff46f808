"""The demo's working directory.

Where a demo keeps its journals: a folder of its own that goes when it ends, or one that stays.

A demo that was killed leaves its folder behind; the next one takes it away. Whose demo still runs is known by a lock
on a file, which the system lets go of whatever happens to the process.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from gateway.alerts.answer_files import FOLDER as ANSWERS
from gateway.alerts.journal import FILE as ALERTS
from gateway.demo.story import Story, from_json
from gateway.storage.journal import FILE as READINGS

PREFIX: Final = "kinlight-demo-"
LOCK: Final = "demo.lock"
STORY: Final = "demo.json"  # what is played here; written before anything else
COMPLETE: Final = "demo.history"  # there once the whole history is in the journal
CONFIG: Final = "gateway.toml"


class DemoError(Exception):
    """The demo cannot run here; the text says what to do."""


@contextmanager
def folder(wish: Path | None) -> Iterator[Path]:
    """The demo's folder, ours alone while it is open. Raises DemoError or OSError."""
    if wish is None:
        _sweep()
    path = wish or Path(tempfile.mkdtemp(prefix=PREFIX))
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = _locked(path)
    if lock is None:
        raise DemoError(f"another demo runs in {path}; end it, or give this one another --directory")
    try:
        yield path.resolve()
    finally:
        if wish is None:
            shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def begin(path: Path, wanted: Story) -> tuple[Story, bool]:
    """The story to play in the folder, and whether its history is there already.

    A demo that was interrupted in its history starts anew. Raises DemoError for a folder that holds a real home.
    """
    saved = _saved(path)
    journals = [path / READINGS, path / ALERTS]
    if saved is None and any(each.exists() for each in journals):
        raise DemoError(f"{path} holds the journals of a home, not of a demo; give the demo an empty --directory")
    if saved and (path / COMPLETE).exists():
        return saved, True
    for file in journals:
        for each in path.glob(f"{file.name}*"):
            each.unlink()
    shutil.rmtree(path / ANSWERS, ignore_errors=True)
    (path / STORY).write_text(wanted.to_json(), encoding="utf-8")
    return wanted, False


def _saved(path: Path) -> Story | None:
    try:
        return from_json((path / STORY).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise DemoError(f"{path / STORY} cannot be read ({error}); give the demo an empty --directory") from None


def _locked(path: Path) -> int | None:
    """A descriptor that holds the folder's lock; None while another demo has it."""
    descriptor = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _sweep() -> None:
    """Remove what demos of ours left behind that were killed."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # another demo's, or another user's
            if path.stat().st_uid == os.getuid() and (path / STORY).exists() and (lock := _locked(path)) is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(lock)
