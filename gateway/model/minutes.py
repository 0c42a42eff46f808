"""The ends of minutes and of summary intervals."""

from rules.terms.time import NS_PER_MINUTE

INTERVAL_MINUTES = 5


def interval_end_ns(time_ns: int) -> int:
    """The end of the interval that contains `time_ns`."""
    span = INTERVAL_MINUTES * NS_PER_MINUTE
    return (time_ns // span + 1) * span


def next_minute_ns(time_ns: int) -> int:
    """The end of the minute that contains `time_ns`."""
    return (time_ns // NS_PER_MINUTE + 1) * NS_PER_MINUTE
