"""Identifiers: ASCII slugs, host names and time zones, checked.

Names as people write them, and the ASCII identifiers made from them, which are what leaves the home.
"""

import difflib
import re
import unicodedata
from zoneinfo import available_timezones

_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"}
)
_NOT_IN_ONE = re.compile(r"[^a-z0-9_]+")
_ONE = re.compile(r"[A-Za-z0-9_-]{1,64}")


def identifier(name: str) -> str:
    """A name as an identifier: "Küche" is "kueche", "Living room" is "living-room". Raises ValueError for none."""
    if _ONE.fullmatch(name):
        return name
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", name).lower().translate(_LETTERS))
    plain = "".join(each for each in letters if not unicodedata.combining(each))
    made = _NOT_IN_ONE.sub("-", plain).strip("-")
    if not made or len(name) > 64 or not name.isprintable():
        raise ValueError(f"{name[:64]!r} gives no name to know it by; write it with letters of a to z, 1 to 64 of them")
    return made[:64]


def host_name(value: str) -> str:
    """A host as it is. Raises ValueError for what cannot be one."""
    if not value or value != "".join(value.split()):
        raise ValueError("give the broker's name or address, as in 127.0.0.1")
    return value


def known_zone(value: str) -> str:
    """A time zone by its place. Raises ValueError for one that is none, with the nearest that is."""
    zones = available_timezones()
    if value in zones:
        return value
    wanted = value.strip().lower().replace(" ", "_")
    near = [zone for zone in sorted(zones) if zone.lower().rpartition("/")[2] == wanted]
    if not near and "/" in value:
        near = difflib.get_close_matches(value, zones, 1)
    mend = f"did you mean {near[0]!r}?" if near else "give a place, as 'Europe/London'"
    raise ValueError(f"no such time zone: {value!r}; {mend}")
