"""Plain-language formatting.

Times, durations and lists in plain words, for everything a family reads. Independent of the machine's language.
"""

from collections.abc import Iterable
from datetime import datetime

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIRST_HALF = ("January", "February", "March", "April", "May", "June")
MONTHS = (*_FIRST_HALF, "July", "August", "September", "October", "November", "December")


def duration(seconds: float) -> str:
    """«3 hours 20 minutes»: the two largest units that matter."""
    minutes = int(max(0.0, seconds) // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "day"), (hours, "hour"), (0 if days else rest, "minute")]
    said = [counted(n, word) for n, word in parts if n]
    return " ".join(said) or "less than a minute"


def counted(number: int, word: str) -> str:
    """«1 hour», «3 hours»."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def when(time: datetime, now: datetime) -> str:
    """`time` as somebody would say it at `now`: «09:12 today», «21:40 yesterday», «Tuesday 21:40». Both local."""
    clock = f"{time.hour:02}:{time.minute:02}"
    days = (now.date() - time.date()).days
    if days in (0, 1):
        return f"{clock} {'yesterday' if days else 'today'}"
    if 1 < days < 7:
        return f"{WEEKDAYS[time.weekday()]} {clock}"
    return dated(time)


def on(time: datetime, now: datetime) -> str:
    """`time` so that it still reads right tomorrow: «21:40 on Tuesday». For the text of a finding. Both local."""
    if abs((now.date() - time.date()).days) < 7:
        return f"{time.hour:02}:{time.minute:02} on {WEEKDAYS[time.weekday()]}"
    return dated(time)


def dated(time: datetime) -> str:
    """`time` for a reader who may look at any moment: «Tuesday 3 March 2026 09:12»."""
    day = f"{WEEKDAYS[time.weekday()]} {time.day} {MONTHS[time.month - 1]} {time.year}"
    return f"{day} {time.hour:02}:{time.minute:02}"


def listed(items: Iterable[str], most: int = 6) -> str:
    """«kitchen, hall and bath»; a long list ends with how many more there are."""
    names = list(items)
    if len(names) > most:
        names = [*names[: most - 1], f"{len(names) - most + 1} more"]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def plain(name: str) -> str:
    """A configured name as a person says it: «kitchen-motion» is «kitchen motion»."""
    return " ".join(name.replace("-", " ").replace("_", " ").split())


def hours(value: float) -> str:
    """«9 hours», «1.5 hours»."""
    return f"{value:g} hour{'' if value == 1 else 's'}"
