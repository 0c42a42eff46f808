"""Writes frames as a capture, the file that `kinlight replay` and the tests read."""

import gzip
import io
from collections.abc import Iterable
from pathlib import Path

from drivers.base import Frame
from gateway.capture import encode


def write_capture(frames: Iterable[Frame], path: Path) -> int:
    """Write `frames` to `path`, compressed where it ends in .gz; how many there were.

    The file appears whole or not at all, and the same frames give the same bytes. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    count = 0
    try:
        with partial.open("wb") as raw:
            # No name and no time in the header: the same frames give the same file.
            packed = gzip.GzipFile("", "wb", 6, raw, mtime=0) if path.suffix == ".gz" else raw
            with io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as text:
                for frame in frames:
                    text.write(encode(frame) + "\n")
                    count += 1
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return count
