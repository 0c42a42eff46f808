"""Fields without a mapping.

Fields that nobody has given a meaning: shown to the installer under their own names, stored by nobody.
"""

import re

from drivers.kit.quantity import QUANTITIES
from drivers.kit.strict import is_name, number

MORE = "…"
_WORD = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_ ./-]{1,64}")


def unplaced(name: str, raw: object) -> tuple[str, float] | None:
    """Such a field as quantity and value, a word as `name=word` and 1; None where it says nothing or has no name.

    What is neither a number nor a short word (a time, a text, a list) is `name=…`: it is there, and there is more.
    """
    if raw is None or raw == "" or not is_name(name):
        return None
    if name not in QUANTITIES:  # a quantity's own name would be placed, and nobody has checked what is meant by it
        value = float(raw) if isinstance(raw, bool) else number(raw)
        if value is not None:
            return name, value
    word = raw if isinstance(raw, str) and _WORD.fullmatch(raw) and number(raw) is None else MORE
    return f"{name}={word}", 1.0
