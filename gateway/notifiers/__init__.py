"""How people are told: one file a channel."""

import difflib
import importlib
import pkgutil
from types import ModuleType


def names() -> tuple[str, ...]:
    """The names of all notifiers, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def load(name: str) -> ModuleType:
    """The module of a notifier. Raises ValueError for a name that is not one, with the nearest that is."""
    if name not in names():
        near = difflib.get_close_matches(name, names(), 1)
        mend = f"did you mean {near[0]!r}?" if near else f"there is: {', '.join(names())}"
        raise ValueError(f"no notifier {name!r}; {mend}")
    return importlib.import_module(f"{__name__}.{name}")
