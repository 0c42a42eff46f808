"""What leaves the home: points, and the one function that writes them as line protocol.

Fields are always floats: a store that first saw an integer refuses the float that follows, and some turn strings into
0, so words travel as tags. Tag values come from the installer's configuration and the vocabulary only, but are escaped
and stripped of control characters all the same: an unescaped newline in a tag would forge a second point.
"""

from typing import NamedTuple


class Point(NamedTuple):
    """One row of a series. Its identity is (measurement, tags, time): writing it again overwrites itself."""

    measurement: str
    tags: tuple[tuple[str, str], ...]  # in a fixed order, never empty values
    fields: tuple[tuple[str, float], ...]  # NaN fields are left out
    time_s: int  # UTC seconds; the end of the interval it describes
