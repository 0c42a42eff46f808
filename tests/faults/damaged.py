"""A process that opens a journal over and over: one that needs mending, or bringing up to date. To be cut.

python -m tests.faults.damaged DIRECTORY PATTERN [step]

PATTERN is the file to begin with; step: with a newer schema.
"""

import os
import sys
from pathlib import Path

from gateway.storage import journal as journal_module
from gateway.storage.journal import FILE, Journal

NEWER = (
    *journal_module.SCHEMA,
    "ALTER TABLE reading ADD COLUMN seen INTEGER; CREATE TABLE later(a INTEGER PRIMARY KEY, b TEXT) STRICT;"
    " UPDATE reading SET seen = 1",
)


def main() -> None:
    directory, pattern = Path(sys.argv[1]), Path(sys.argv[2])
    if sys.argv[3:] == ["step"]:
        journal_module.SCHEMA = NEWER  # type: ignore[assignment]
    with (directory / FILE).open("wb") as file:
        file.write(pattern.read_bytes())
        file.flush()
        os.fsync(file.fileno())
    os.write(1, b"1\n")
    Journal.open(directory)
    os.write(1, b"2\n")
    sys.stdin.read()


if __name__ == "__main__":
    main()
