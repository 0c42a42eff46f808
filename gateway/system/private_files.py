"""Files with mode 0600.

Files for their owner alone: what lies in them is somebody's life.
"""

import os
from pathlib import Path
from typing import BinaryIO


def open_private(path: Path, *, append: bool = False) -> BinaryIO:
    """Open for writing, mode 0600 whatever the umask, and also where the file was there before. Raises OSError."""
    how = os.O_APPEND if append else os.O_TRUNC
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | how, 0o600)
    file = os.fdopen(handle, "ab" if append else "wb")
    if file.seekable():  # a device or a pipe is not ours
        os.fchmod(handle, 0o600)
    return file
