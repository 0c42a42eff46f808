"""What is news, and what is only the memory of a bridge or a second copy of the same press.

One `News` belongs to one device. Times are UTC nanoseconds; a clock that steps back delays nothing and hides nothing.
"""

from typing import NamedTuple

_S = 1_000_000_000
BLIND_NS = 60 * _S  # a battery PIR does not look again for a minute
COPY_NS = 5 * _S


class _Edge(NamedTuple):
    """The last word of a device on an event it reports as a state."""

    yes: bool
    news_ns: int
    says_no: bool  # it has said "over" before, so it will again
    rest: int


class News:
    """What must be remembered of one device to tell a new event from an old one."""

    __slots__ = ("_edges", "_press", "_sos_ns")

    def __init__(self) -> None:
        self._edges: dict[str, _Edge] = {}
        self._press = ("", "", 0)  # the last press: word, way, time
        self._sos_ns: int | None = None

    def takes_back(self, quantity: str) -> bool:
        """Whether the device is known to say when the event is over."""
        before = self._edges.get(quantity)
        return before is not None and before.says_no

    def is_repeat(self, quantity: str, yes: bool, now_ns: int, rest: int, *, starting: bool = False) -> bool:
        """Whether a yes is one that was already told.

        `rest` stands for everything else the report said, 0 where that is not known: a report with another rest is
        there for the rest. `starting`: the bridge is telling all it remembers.
        """
        before = self._edges.get(quantity)
        if not yes:
            self._edges[quantity] = _Edge(False, now_ns, True, 0)
            return False
        if before is None or not before.yes:
            news = quantity == "sos" or not starting
        elif quantity == "sos":  # some pendants never take it back
            news = rest == before.rest
        else:
            news = not before.says_no and rest == before.rest != 0 and abs(now_ns - before.news_ns) >= BLIND_NS
        news_ns = now_ns if news or before is None else before.news_ns
        self._edges[quantity] = _Edge(True, news_ns, before is not None and before.says_no, rest)
        return not news

    def is_copy(self, quantity: str, word: str, way: str, now_ns: int) -> bool:
        """Whether this press has just arrived on another way; an SOS, on any way."""
        if quantity == "sos":
            if self._sos_ns is not None and abs(now_ns - self._sos_ns) < COPY_NS:
                return True
            self._sos_ns = now_ns
            return False
        last_word, last_way, last_ns = self._press
        if word == last_word and way != last_way and abs(now_ns - last_ns) < COPY_NS:
            return True
        self._press = (word, way, now_ns)
        return False
