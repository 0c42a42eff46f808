"""Visits out of firings: a movement sensor fires many times while somebody is in a room, and that is one visit.

Both are needed. Visits follow habits (how often to the bathroom), raw firings follow restlessness.
"""

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]

VISIT_GAP_S = 300.0  # a room quiet for five minutes has been left
DOOR_GAP_S = 60.0  # opening, holding and closing a door is one use
OUT_AFTER_DOOR_S = 900.0  # silence that begins this soon after an outside door opened is "possibly out"
OUT_LEAST_S = 1200.0  # a shorter silence is somebody sitting still
STEP_MOST_S = 30.0  # two rooms within half a minute: a walk from one to the other


def visit_starts(time_s: Seconds, gap_s: float) -> Seconds:
    """Start of each visit in ascending firing times: the first, and each that follows a quiet of more than `gap_s`."""
    if time_s.size == 0:
        return time_s
    return time_s[np.concatenate(([True], np.diff(time_s) > gap_s))]


def room_changes(time_s: Seconds, room: NDArray[np.int8]) -> tuple[Seconds, Seconds]:
    """When movement was next seen in another room, and how long after the last movement in the room before, seconds."""
    changed = np.flatnonzero(room[1:] != room[:-1]) + 1
    return time_s[changed], time_s[changed] - time_s[changed - 1]


def gaps(time_s: Seconds, doors_s: Seconds, start_s: float, end_s: float) -> tuple[Seconds, Seconds, NDArray[np.bool_]]:
    """The silences within [start, end]: where each begins, how long it is (seconds), and whether it is "possibly out".

    `time_s` holds every event, `doors_s` the outside doors, both ascending.
    """
    inside = time_s[(time_s >= start_s) & (time_s < end_s)]
    edges = np.concatenate(([start_s], inside, [end_s]))
    begins, length = edges[:-1], np.diff(edges)
    last_door = np.searchsorted(doors_s, begins, side="right") - 1
    known = last_door >= 0
    since_door = (
        np.where(known, begins - doors_s[np.maximum(last_door, 0)], np.inf) if doors_s.size else begins + np.inf
    )
    return begins, length, (since_door <= OUT_AFTER_DOOR_S) & (length >= OUT_LEAST_S)
