"""Serialisation of alerts.

Alerts as JSON and back, strictly: what comes out of the file has the right types and no keys nobody knows.

A key that is missing takes its default, so rows written before a field existed can still be read.
"""

import json
import math
from dataclasses import MISSING, asdict, fields
from enum import StrEnum
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from gateway.model.alert import Alert
from rules.terms.finding import Finding

T = TypeVar("T")
MAX_CHARS = 65_536
_CALLED = {"told_ns": "tried_ns"}  # in rows of before: nobody knew whether it had reached anybody


def encode(alert: Alert) -> str:
    """One alert as compact JSON. Raises ValueError for a number that is not finite."""
    numpy_too = int  # a rule looks at arrays, and its whole numbers may be numpy's
    return json.dumps(asdict(alert), ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=numpy_too)


def decode(text: str) -> Alert:
    """The alert in `text`. Raises ValueError with the key that is wrong."""
    if len(text) > MAX_CHARS:
        raise ValueError(f"{len(text)} characters are more than an alert has")
    try:
        tree = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return _build(Alert, tree, "alert")


def _build(kind: type[T], tree: object, where: str) -> T:
    if not isinstance(tree, dict):
        raise ValueError(f"{where} is not an object")
    tree = {_CALLED.get(str(name), str(name)): value for name, value in tree.items()}
    hints = get_type_hints(kind)
    known = fields(kind)  # type: ignore[arg-type]
    if unknown := tree.keys() - hints.keys():
        raise ValueError(f"{where} has the unknown key {sorted(unknown)[0]!r}")
    for field in known:
        if field.default is MISSING and field.name not in tree:
            raise ValueError(f"{where} has no {field.name}")
    return kind(**{name: _value(hints[name], value, f"{where}.{name}") for name, value in tree.items()})


def _value(kind: Any, value: object, where: str) -> object:
    if kind is Finding:
        return _build(Finding, value, where)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{where} is not a list")
        return tuple(_value(get_args(kind)[0], item, where) for item in value)
    if issubclass(kind, StrEnum) and isinstance(value, str):
        return kind(value)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    if type(value) is kind:
        return value
    raise ValueError(f"{where} is not {kind.__name__}")
