"""Plug-in loading of sinks and notifiers.

Sinks and notifiers by name: a leaf is found by its module's name and built from what an installer wrote.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from pydantic import TypeAdapter, ValidationError


def names(package: ModuleType) -> tuple[str, ...]:
    """The leaves of a package, sorted."""
    return tuple(sorted(module.name for module in iter_modules(package.__path__)))


def load(package: ModuleType, name: str) -> ModuleType:
    """The module of a leaf. Raises ValueError for a name that is none, with the nearest that is."""
    if name not in names(package):
        raise ValueError(f"there is no {name!r}{nearest(name, names(package))}")
    return import_module(f"{package.__name__}.{name}")


def build(package: ModuleType, name: str, options: Mapping[str, Any]) -> Any:
    """A leaf with its options; opens no connection. Raises ValueError with every fault, one sentence each."""
    module = load(package, name)
    known = {field.name for field in fields(module.Options)}
    if unknown := [key for key in options if key not in known]:
        raise ValueError("; ".join(f"no option {key!r}{nearest(key, known)}" for key in unknown))
    try:
        return module.create(TypeAdapter(module.Options).validate_python(dict(options), strict=False))
    except ValidationError as error:
        raise ValueError("; ".join(_sentence(fault) for fault in error.errors())) from None


def _sentence(fault: Mapping[str, Any]) -> str:
    where = ".".join(map(str, fault["loc"]))
    if fault["type"] == "missing":
        return f"{where} is missing; add it"
    return f"{where}: {fault['msg'].replace('Input should be', 'must be')}"


def nearest(word: str, words: Iterable[str]) -> str:
    """«; did you mean …?» for a word that is not there, or the list of what is."""
    known = sorted(words)
    near = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; there is: {', '.join(known) or 'nothing'}"
