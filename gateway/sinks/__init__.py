"""Where summaries go: one file a store, found by its module name."""

import difflib
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast

from gateway.leaf import Sink


class SinkModule(Protocol):
    """What a module of this package defines."""

    TITLE: str
    Options: type[Any]

    def open(self, options: Any) -> Sink:
        """The sink. Raises ValueError for options that cannot work; does no I/O."""
        ...


def names() -> list[str]:
    """Every sink there is."""
    return sorted(module.name for module in iter_modules(__path__))


def load(name: str) -> SinkModule:
    """The module of that name. Raises ValueError with the nearest name."""
    if name not in names():
        near = difflib.get_close_matches(name, names(), 1)
        raise ValueError(
            f"there is no sink {name!r}; " + (f"{near[0]!r}?" if near else f"there are {', '.join(names())}")
        )
    return cast("SinkModule", import_module(f"{__name__}.{name}"))
