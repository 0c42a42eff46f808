"""Line numbers of TOML keys.

Finds the line of a TOML text that a setting stands on, so that an error can point at it.
"""

import re
from collections.abc import Sequence

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\" ]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\-\".]+)\s*=")


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The 1-based line of `path` (("device", 1, "baud")), or of the longest part of it that is there; 0 for none.

    A key of an inline table is found on the line of the table that holds it.
    """
    best_line, best_depth = 0, 0
    counts: dict[tuple[str, ...], int] = {}
    table: list[str | int] = []
    whole = tuple(path)
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            names = tuple(part.strip().strip('"') for part in header[2].split("."))
            table = list(names)
            if header[1] == "[[":
                counts[names] = counts.get(names, -1) + 1
                table.append(counts[names])
            here = table
        elif key := _KEY.match(line):
            here = [*table, *(part.strip('"') for part in key[1].split("."))]
        else:
            continue
        depth = _common(here, path)
        all_of_them = header is not None and whole == tuple(here[:-1])  # the first [[table]] of a name that is wrong
        if (depth == len(here) or all_of_them) and depth > best_depth:
            best_line, best_depth = number, depth
    return best_line


def _common(here: Sequence[str | int], path: Sequence[str | int]) -> int:
    depth = 0
    for a, b in zip(here, path, strict=False):
        if a != b:
            break
        depth += 1
    return depth


def key_on(text: str, number: int) -> str:
    """The setting on a line with its table ("home.id"); "" where there is none."""
    table = ""
    for at, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = header[2]
        elif at == number and (key := _KEY.match(line)):
            return f"{table}.{key[1]}" if table else key[1]
    return ""
