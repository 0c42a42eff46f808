"""The licence of every package that `requirements.lock` puts on a box, as its own metadata says it.

    python -m benchmarks.licences

A package without any word of a licence fails the run: somebody has to look.
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from rich.console import Console
from rich.table import Table

LOCK = Path(__file__).parent.parent / "requirements.lock"


def locked(text: str) -> dict[str, str]:
    """Every package of a lock with its version; where there are several, the first."""
    found: dict[str, str] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE):
        found.setdefault(name, version)
    return found


def licence(name: str) -> str:
    """What the metadata of an installed package says, "" where nothing, "not installed here" where it is not."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return "not installed here"
    classes = [each.rpartition(" :: ")[2] for each in said.get_all("Classifier", []) if each.startswith("License ::")]
    free_text = (said.get("License") or "").strip().splitlines()
    return said.get("License-Expression") or ", ".join(classes) or (free_text[0][:60] if free_text else "")


def main() -> int:
    """Print the table."""
    table = Table("package", "version", "licence", title="What a box gets")
    packages = locked(LOCK.read_text())
    missing = []
    for name, version in packages.items():
        said = licence(name)
        table.add_row(name, version, said or "?")
        missing += [] if said else [name]
    Console().print(table)
    if missing:
        sys.stderr.write(f"no word of a licence: {', '.join(missing)}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
