"""Times in UTC nanoseconds."""

NS_PER_S = 1_000_000_000
NS_PER_MINUTE = 60 * NS_PER_S


def moved(time_ns: int, delta_ns: int, since_ns: int = 0) -> int:
    """A time after the clock was set by `delta_ns`: those since `since_ns` were taken by a wrong clock and move.

    Earlier ones were right and stay, though none lies after what moved; 0 stands for never and stays, too.
    """
    if not time_ns:
        return 0
    return time_ns + delta_ns if time_ns >= since_ns else min(time_ns, since_ns + delta_ns)
