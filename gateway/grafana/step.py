"""One thing in Grafana: as it is, as it shall be, what tells the two apart, and how a write of it is taken back."""

import difflib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.grafana.desired_state import Json

REDACTED = "[REDACTED]"
READ_ONLY = "is provisioned from a file on Grafana's machine: change it there, with `kinlight dashboards build`"


def nothing() -> None:
    """Most steps need no proof beforehand."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing in Grafana: as it is, as it shall be."""

    kind: str  # "folder", "dashboard", ...
    key: str  # its uid
    name: str
    action: str  # "make", "change", "keep"
    diff: tuple[str, ...]
    write: Callable[[], None]
    undo: Callable[[], object]
    prove: Callable[[], None] = nothing  # that it will work, before anything is written
    barred: str = ""  # why it cannot be written, though it differs


def step(
    kind: str,
    name: str,
    there: Json | None,
    body: Json,
    *,
    put: Callable[[Json, bool], None],
    delete: Callable[[str], object],
    barred: str = "",
) -> Step:
    """A thing Grafana adds fields of its own to: only ours are compared, and secrets never come back."""
    shown = {key: value for key, value in body.items() if key != "secureJsonData"}
    have = None if there is None else _projected(there, shown)
    action = "make" if have is None else "keep" if have == shown else "change"
    changes = () if action == "keep" else diff(have, shown)
    undo = partial(delete, body["uid"]) if there is None else partial(put, there, True)
    write = partial(put, body, there is not None)
    return Step(kind, body["uid"], name, action, changes, write, undo, barred=barred)


def diff(have: Any, want: Any) -> tuple[str, ...]:
    """What would change, line by line."""
    before = [] if have is None else json.dumps(have, indent=1, sort_keys=True, ensure_ascii=False).splitlines()
    after = json.dumps(want, indent=1, sort_keys=True, ensure_ascii=False).splitlines()
    return tuple(difflib.unified_diff(before, after, "in Grafana", "wanted", lineterm="", n=1))


def _projected(there: Any, wanted: Any) -> Any:
    """`there` with only the keys that `wanted` has."""
    if isinstance(there, dict) and isinstance(wanted, dict):
        return {key: _projected(there[key], inner) for key, inner in wanted.items() if key in there}
    if isinstance(there, list) and isinstance(wanted, list) and len(there) == len(wanted):
        return [_projected(one, inner) for one, inner in zip(there, wanted, strict=True)]
    return wanted if there == REDACTED else there
