"""Writes frames as a capture, the file that `kinlight replay` and the tests read."""

import errno
import gzip
import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from drivers.kit.contract import Frame
from gateway.ingest.capture import encode


def write_capture(frames: Iterable[Frame], path: Path) -> int:
    """Write `frames` to `path`, compressed where it ends in .gz; how many there were.

    A file appears whole or not at all, and the same frames give the same bytes. A pipe or a device is written to as it
    is. Raises OSError.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and not path.is_file():
        with path.open("wb") as raw:
            return _write(frames, raw, packed=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as raw:
            count = _write(frames, raw, packed=path.suffix == ".gz")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return count


def _write(frames: Iterable[Frame], raw: BinaryIO, *, packed: bool) -> int:
    count = 0
    # No name and no time in the header: the same frames give the same file.
    file = gzip.GzipFile("", "wb", 6, raw, mtime=0) if packed else raw
    with io.TextIOWrapper(file, encoding="utf-8", newline="\n") as text:
        for frame in frames:
            text.write(encode(frame) + "\n")
            count += 1
    return count
