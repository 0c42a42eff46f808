"""Door openings in the window.

When a door opened, and whether anybody moved inside since: read from the minutes of the window.
"""

import math

import numpy as np
from numpy.typing import NDArray

from rules.kit.contract import Window
from rules.terms.time import NS_PER_MINUTE

Opening = tuple[int, int]  # the minute it began (UTC nanoseconds), and the column of the door


def event_ns(window: Window, column: int) -> int:
    """When something happened last on a channel."""
    return int(min(window.event_ns[column], window.time_ns))


def row(window: Window, time_ns: int) -> int:
    """The row of a minute; one before the first is 0, the minute under way is after the last."""
    return max(0, len(window.value) - (_edge_ns(window) - time_ns) // NS_PER_MINUTE)


def _edge_ns(window: Window) -> int:
    """Where the last complete minute ended."""
    return window.time_ns - window.time_ns % NS_PER_MINUTE


def openings(window: Window, doors: list[int]) -> list[Opening]:
    """When a door was seen to open, to the minute, and which, in order.

    A door found open is none: it has to have been known as shut, and a reading of that minute has to say so. One that
    was shut and opened within a minute was open at both its ends. Older than the window, its last change stands in.
    """
    edge_ns, rows = _edge_ns(window), len(window.value)
    found: list[Opening] = []
    for door in doors:
        share, open_now = window.value[:, door], bool(window.last_value[door] > 0)
        opened = _opened_rows(share, window.count[:, door], open_now=open_now)
        begun_ns = [edge_ns - (rows - at) * NS_PER_MINUTE for at in opened]
        changed_ns, known = event_ns(window, door), share[np.isfinite(share)]
        if changed_ns >= edge_ns and known.size and (open_now or known[-1] == 0):
            begun_ns.append(edge_ns)
        found += [(time_ns, door) for time_ns in begun_ns if 0 < time_ns <= changed_ns]
    if not found:
        changed_ns, door = max((event_ns(window, door), door) for door in doors)
        if 0 < changed_ns < edge_ns - rows * NS_PER_MINUTE:
            found = [(changed_ns - changed_ns % NS_PER_MINUTE, door)]
    return sorted(found)


def exact_ns(window: Window, opening: Opening) -> int:
    """When the door opened: to the second where that was its latest change, to the minute where it was not."""
    minute_ns, door = opening
    changed_ns = event_ns(window, door)
    latest = window.last_value[door] > 0 and minute_ns <= changed_ns < minute_ns + NS_PER_MINUTE
    return changed_ns if latest else minute_ns


def outing_began_ns(window: Window, opened: list[Opening], eyes: NDArray[np.intp]) -> int:
    """The first of the last `opened` doors between which nobody was seen inside."""
    moved = came(window, eyes)
    begin = len(opened) - 1
    while begin > 0:
        last, this = (row(window, opened[i][0]) for i in (begin - 1, begin))
        if moved[last + 2 : this].any():  # the minutes of both doors may be of the way out and of the way in
            break
        begin -= 1
    return opened[begin][0]


def shut_after_movement_ns(window: Window, opened_ns: int, changed_ns: int, eyes: NDArray[np.intp]) -> int:
    """The minute in which a door was shut behind which somebody had moved inside in the meantime; 0 for none."""
    changed_ns -= changed_ns % NS_PER_MINUTE
    between = came(window, eyes)[row(window, opened_ns) + 2 : row(window, changed_ns)]
    return changed_ns if between.any() else 0


def came(window: Window, eyes: NDArray[np.intp]) -> NDArray[np.bool_]:
    """(M,) minutes in which something moved inside, or somebody came where a sensor says whether one is there."""
    active = window.value[:, eyes] > 0
    lasting = np.array([window.channels[i].kind == "state" for i in eyes], dtype=np.bool_)
    active[1:] &= ~(active[:-1] & lasting)
    moved: NDArray[np.bool_] = np.logical_or.reduce(active, axis=1)
    return moved


def _opened_rows(share: NDArray[np.float32], said: NDArray[np.uint16], *, open_now: bool) -> list[int]:
    """The minutes in which a door opened, from the share of each that it was open and the readings in it."""
    known = np.flatnonzero(np.isfinite(share))
    was_shut = np.zeros(len(share), dtype=np.bool_)
    was_shut[known[1:]] = share[known[:-1]] == 0
    found = set(np.flatnonzero(was_shut & (share > 0) & (said > 0)).tolist())
    partly = np.concatenate(([False], (share > 0) & (share < 1), [False]))
    edges = np.flatnonzero(partly[1:] != partly[:-1])
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if begin == 0 or not math.isfinite(share[begin - 1]):
            continue
        before, after = share[begin - 1] > 0, share[end] > 0 if end < len(share) else open_now
        opened = (int(said[begin:end].sum()) - before + after) // 2  # it opens and shuts in turn
        if opened > (not before):  # one more than the one that is counted already
            found.add(begin + int(np.flatnonzero(said[begin:end])[-1]))
    return sorted(found)
