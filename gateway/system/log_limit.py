"""Rate limiting of repeated log lines.

What is said again and again is said once an hour: a log that is full of one cause hides the others.
"""

HOUR_S = 3600.0
CAUSES = 10  # an hour: whoever finds new words for every failure is heard no more often


class LogLimit:
    """Remembers what was said within the last hour."""

    def __init__(self) -> None:
        self._said_s: dict[str, float] = {}

    def may_say(self, cause: str, now_s: float) -> bool:
        """Whether this cause may be said now; if so, it counts as said."""
        self._said_s = {each: said_s for each, said_s in self._said_s.items() if now_s - said_s < HOUR_S}
        if cause in self._said_s or len(self._said_s) >= CAUSES:
            return False
        self._said_s[cause] = now_s
        return True
