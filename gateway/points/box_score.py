"""The box score of the fleet view.

How much a box needs somebody who can mend it: one number to sort a fleet by. Pure.
"""

from collections.abc import Mapping

DARK = 100.0
"""What the fleet gives a box that has sent nothing for a while: the box itself cannot say so."""

_POINTS = (  # field, from (or below) which value on, points
    ("workers_down", 1.0, 30.0),
    ("dropped", 1.0, 20.0),
    ("backlog", 1000.0, 20.0),
    ("decode_errors", 100.0, 5.0),
)
LOW_DISK_MB = 500.0


def box_score(fields: Mapping[str, float], sensors_silent: int) -> float:
    """The sum over what is wrong, below `DARK`: parts that stopped weigh most, a sensor with a flat battery least."""
    found = sum(points for field, least, points in _POINTS if fields[field] >= least)
    found += 20.0 if fields["disk_free_mb"] < LOW_DISK_MB else 0.0
    found += 10.0 if fields["clock_synced"] < 1.0 else 0.0
    return min(found + min(5.0 * sensors_silent, 15.0), DARK - 1.0)
