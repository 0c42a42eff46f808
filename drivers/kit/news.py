"""Duplicate suppression: retained, repeated and echoed messages are marked stale.

What is news, and what is only the memory of a bridge or a second copy of the same press.

One `News` belongs to one device. Times are UTC nanoseconds; a clock that steps back delays nothing and hides nothing.
"""

from typing import NamedTuple

_S = 1_000_000_000
BLIND_NS = 60 * _S  # a battery PIR does not look again for a minute
HELD_NS = 60 * _S  # a pendant that is held, or stuck, says so every few seconds
DAY_NS = 86_400 * _S  # what reports its battery by itself does so within a day: after one, only a hand makes it speak
COPY_NS = 5 * _S
ECHO_NS = _S // 10  # one radio message that is published twice


class _Edge(NamedTuple):
    """The last word of a device on an event it reports as a state."""

    yes: bool
    news_ns: int
    heard_ns: int  # when the same report last said yes
    spoke_ns: int  # when any report last said anything of it
    says_no: bool  # it has said "over" before, so it will again
    rest: int


class News:
    """What must be remembered of one device to tell a new event from an old one."""

    __slots__ = ("_edges", "_press", "_sos_ns")

    def __init__(self) -> None:
        self._edges: dict[str, _Edge] = {}  # by the device's own key: two keys may mean one thing
        self._press = ("", "", 0)  # the last press: word, way, time
        self._sos_ns: int | None = None

    def takes_back(self, key: str) -> bool:
        """Whether the device is known to say under this key when the event is over."""
        before = self._edges.get(key)
        return before is not None and before.says_no

    def is_repeat(self, key: str, yes: bool, now_ns: int, rest: int, *, call: bool, starting: bool = False) -> bool:
        """Whether a yes is one that was already told.

        `rest` stands for everything else the report said, 0 where that is not known: a report with another rest is
        there for the rest. `call`: it calls for help, so it is news once more after a pause, though the device never
        takes it back, and after a day without a word whatever else the report says. `starting`: the bridge is telling
        all it remembers.
        """
        before = self._edges.get(key)
        if not yes:
            self._edges[key] = _Edge(False, now_ns, now_ns, now_ns, True, 0)
            return False
        same = before is not None and before.yes and rest == before.rest
        if before is None or not before.yes:
            news = call or not starting
        elif call:
            pressed = same and abs(now_ns - before.heard_ns) >= HELD_NS
            news = pressed or (not starting and abs(now_ns - before.spoke_ns) >= DAY_NS)
        else:
            news = same and not before.says_no and rest != 0 and abs(now_ns - before.news_ns) >= BLIND_NS
        news_ns = now_ns if news or before is None else before.news_ns
        heard_ns = now_ns if news or same or before is None else before.heard_ns
        self._edges[key] = _Edge(True, news_ns, heard_ns, now_ns, before is not None and before.says_no, rest)
        return not news

    def remember(self, key: str, yes: bool, now_ns: int, rest: int) -> None:
        """The broker says again what was said last of a call for help: how long ago is not known, so it delays none."""
        if not yes:
            self._edges[key] = _Edge(False, now_ns, now_ns, now_ns, True, 0)
        elif key not in self._edges:
            self._edges[key] = _Edge(True, now_ns, now_ns - HELD_NS, now_ns, False, rest)

    def is_copy(self, quantity: str, word: str, way: str, now_ns: int) -> bool:
        """Whether this press has just arrived: on another way, or twice on the same one; an SOS, on any way."""
        if quantity == "sos":
            if self._sos_ns is not None and abs(now_ns - self._sos_ns) < COPY_NS:
                return True
            self._sos_ns = now_ns
            return False
        last_word, last_way, last_ns = self._press
        if word == last_word and abs(now_ns - last_ns) < (ECHO_NS if way == last_way else COPY_NS):
            return True
        self._press = (word, way, now_ns)
        return False
