"""Strict TOML reading with located errors.

One TOML file of an installer or a family: read strictly, and every fault told with file, line, key and the mend.
"""

import copy
import difflib
import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from gateway.config.plugins import nearest
from gateway.config.toml_lines import key_on, line_of

MAX_BYTES = 256_000  # a home of 500 sensors has 50,000
MAX_LINE = 4096
MAX_DEPTH = 16  # of tables in tables; what is read by hand has four
MAX_FAULTS = 20  # named at once: the others show when these are mended
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
MOST_NAMED = 7  # of so many possible values all are named


LARGEST = 1e15  # beyond it a fraction is no longer exact; nan and inf are beyond anything
Where = tuple[str | int, ...]
"""The way to a setting: ("device", 1, "baud")."""


class ConfigError(Exception):
    """The configuration cannot be used; the text names file, line, key and the mend."""


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file and its values. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ConfigError(f"{path}: larger than {MAX_BYTES // 1000} kB; is it the right file?")
        text = content.decode("utf-8-sig")  # Notepad puts a mark before the first letter
        if number := _unreadable_line(text):
            raise ConfigError(f"{path}, line {number}: not valid TOML: too long or nested too deeply")
        values = tomllib.loads(text)
        if found := _beyond(values):
            raise ConfigError(at(path, text, *found))
        return text, values
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}{_syntax(text, str(error))}") from None
    except RecursionError:
        raise ConfigError(f"{path}: not valid TOML: nested too deeply") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}; give its path with --config") from None


def _unreadable_line(text: str) -> int:
    """The first line that no person wrote, 0 for none: the parser's time grows with the square of what it holds."""
    for number, line in enumerate(text.splitlines(), 1):
        bare = _QUOTED.sub("", line.partition("#")[0]) if len(line) <= MAX_LINE else ""
        if len(line) > MAX_LINE or bare.count(".") > 2 * MAX_DEPTH or bare.count("[") > 2 * MAX_DEPTH:
            return number
    return 0


def _beyond(values: dict[str, Any]) -> tuple[Where, str] | None:
    """Where a file holds what no setting can be, tables too deep or a number that is none or has no end, and why."""
    waiting: list[tuple[Where, Any]] = [((), values)]
    while waiting:
        where, value = waiting.pop()
        if len(where) > MAX_DEPTH:
            return where[:3], "nested too deeply"
        if isinstance(value, dict | list):
            rows = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [((*where, key), each) for key, each in rows]
        elif isinstance(value, int | float) and not abs(value) < LARGEST:
            return where, "must be a number of at most fifteen digits"
    return None


def _syntax(text: str, error: str) -> str:
    """Where a text is no TOML, what is wrong there, and the mend."""
    what, _, place = error.rpartition(" (at ")
    place = place.rstrip(")") if what and place.startswith("line") else ""
    number = int(place.split()[1].rstrip(",")) if place else 0
    row = text.splitlines()[number - 1] if 0 < number <= len(text.splitlines()) else ""
    if curly := set(row.partition("#")[0]) & set("“”„‟‘’"):
        what, mend = f"{min(curly)} is no quote here", 'a text stands in straight quotes: "'
    elif "overwrite a value" in what and (key := key_on(text, number)):
        what, mend = f"{key} is there twice", "keep one of them"
    elif what.startswith("Cannot declare"):
        table = ".".join(re.findall(r"'([^']*)'", what))
        what, mend = f"[{table}] is there twice", "put all of it under the first, or write [[two brackets]] for several"
    else:
        mend = "a day is written 2026-08-14" if "date" in what else "a text stands in quotes"
    return f"{f', {place}' if place else ''}: not valid TOML: {what or error}; {mend}"


def at(path: Path, text: str, where: Sequence[str | int], what: str) -> str:
    """One fault as one line: file, line, key and what to do."""
    line = line_of(text, where)
    key = ".".join(str(part) for part in where)
    return f"{path}{f', line {line}' if line else ''}: {key}: {what}"


def faults_of(error: ValidationError, path: Path, text: str, model: type[BaseModel]) -> Iterable[str]:
    """Every fault as one line with file, line, key and the mend."""
    for fault in error.errors()[:MAX_FAULTS]:
        where, kind = fault["loc"], fault["type"]
        variable = "KINLIGHT_" + "__".join(str(part).upper() for part in where)
        if kind == "extra_forbidden":
            what = "no such setting" + nearest(str(where[-1]), _fields_at(model, where[:-1]))
        elif kind == "missing":
            what = f"is missing; add {'it' if len(where) > 1 else f'[{where[0]}]'}"
        elif kind == "tuple_type" and isinstance(fault["input"], dict):
            what = f"there can be several; write [[{where[-1]}]] with two brackets"
        elif kind == "tuple_type":
            what = f"must be a list, as in [{json.dumps(fault['input'], default=str, ensure_ascii=False)[:80]}]"
        elif kind in ("model_type", "dict_type"):
            what = _table(where, fault["input"])
        elif "pattern" in fault.get("ctx", {}):
            what = f"{fault['input']!r} may hold letters, digits, - and _ only, 1 to 64 of them"
        else:
            what = _value(where, fault)
        if variable in os.environ:
            yield f"{variable} in the environment: {what}"
        else:
            yield at(path, text, where, what)


def without_faults(values: dict[str, Any], error: ValidationError) -> dict[str, Any]:
    """`values` without the settings that are wrong; one that has no default is missing then."""
    rest = copy.deepcopy(values)
    for fault in error.errors():
        *way, last = fault["loc"]
        place: Any = rest
        for part in way:
            place = (
                place.get(part) if isinstance(place, dict) else place[int(part)] if isinstance(place, list) else None
            )
        if isinstance(place, dict):
            place.pop(last, None)
    return rest


def _table(where: Sequence[str | int], found: object) -> str:
    name = ".".join(part for part in where if isinstance(part, str))
    header = f"[[{name}]]" if isinstance(where[-1], int) else f"[{name}]"
    under = "`enabled = false`" if where[0] == "rules" and found is False else "its settings"
    return f"is a table; write {header} on a line of its own and {under} under it"


def _value(where: Sequence[str | int], fault: Mapping[str, Any]) -> str:
    """What is wrong with a value, the value itself unless it is secret, and the nearest that is possible."""
    said = fault["msg"].removeprefix("Value error, ").removesuffix(", unable to parse string as an integer")
    said, found, near = said.replace("Input should be", "must be"), fault["input"], ""
    if fault["type"] in ("literal_error", "enum") and isinstance(found, str):
        said = said.replace("must be '', ", "must be ")
        close = difflib.get_close_matches(found, filter(None, said.split("'")[1::2]), 1)
        near = f"; did you mean {close[0]!r}?" if close else ""
    shown = str(found) if isinstance(found, date | time) else repr(found)
    value = "" if where[-1] == "password" or f": {shown}" in said else f", not {shown}"
    if near and said.count("'") > 2 * MOST_NAMED:
        return f"there is no {shown}{near}"
    return f"{said}{value}{near}"[:300]


def _fields_at(model: type[BaseModel], where: Sequence[str | int]) -> Iterable[str]:
    """Names of the settings that are possible at a place."""
    for part in where:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            model = next(
                a for a in (annotation, *get_args(annotation)) if isinstance(a, type) and issubclass(a, BaseModel)
            )
    return model.model_fields
