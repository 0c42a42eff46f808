"""A person's rating of an alert: was it right?"""

from typing import NamedTuple

RIGHT = "right"  # the rating of an alert that was of use


class Rating(NamedTuple):
    """A person's answer to an alert of the core."""

    time_ns: int
    pattern: str
    rating: str  # "right" or "nothing found"
    undo: bool = False
