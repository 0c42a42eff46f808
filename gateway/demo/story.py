"""The scenario of the demo.

What the demo plays: one seed, one life, dated in the present weeks.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from typing import Final
from zoneinfo import ZoneInfo

from drivers.kit.contract import Frame
from gateway.simulate import Decline, Flat, simulate
from gateway.simulate.decline import KINDS
from gateway.simulate.person import wall_s
from gateway.simulate.radio import BASE_TOPIC, DEVICE, time_ns
from rules.terms.words import MONTHS

ZONE: Final = ZoneInfo("Europe/London")
WELL: Final = "none"
SCENARIOS: Final = (*KINDS, WELL)
LIVE_DAYS: Final = 366  # a year of life after the history; at 60 times as fast that is six days of watching
LIVE_MINUTES: Final = 7 * 60 + 30  # history ends as she gets up
PRESS_MINUTES: Final = 7 * 60 + 55  # 25 s after it at 60 times as fast: time to look around first
SPEED: Final = {"fall": 600.0}  # nine quiet hours in less than a minute
USUAL_SPEED: Final = 60.0
FLAT_SENSOR: Final = "bathroom_leak"  # nothing that is learned rests on it
FLAT_DAYS_BEFORE: Final = 9  # its new battery is a week old when history ends

_ONSET_DAYS: Final = {"uti": 4, "slowing": 14, "not_drinking": 5, "heart": 10, "fall": 0}
_WORDS: Final = {
    "uti": "a urinary infection: up more at night, restless, a little warmer",
    "slowing": "she is slowing down: less movement, up later, out less",
    "not_drinking": "she does not drink enough: kettle and kitchen used less",
    "heart": "her heart is weaker: heavier, restless nights, slower days",
}


@dataclass(frozen=True, slots=True)
class Story:
    """One simulated life. The same story gives the same frames."""

    kind: str  # one of SCENARIOS
    seed: int
    weeks: int  # of history
    start: str  # ISO date of the first day, a Monday

    def __post_init__(self) -> None:
        if self.kind not in SCENARIOS:
            raise ValueError(f"no decline is called {self.kind!r}: use one of {', '.join(SCENARIOS)}")
        if not 1 <= self.weeks <= 52 or not 0 <= self.seed < 2**31:
            raise ValueError("weeks may be 1 to 52, and a seed is not negative")
        date.fromisoformat(self.start)

    @property
    def live_day(self) -> date:
        """The day on which history ends and the watching begins."""
        return date.fromisoformat(self.start) + timedelta(weeks=self.weeks)

    @property
    def live_ns(self) -> int:
        """The moment at which history ends."""
        return time_ns(wall_s(self.live_day, LIVE_MINUTES, ZONE))

    @property
    def flat(self) -> Flat | None:
        """The battery that ran flat in the past; none in a history too short for it to be missed."""
        return Flat(FLAT_SENSOR, self.weeks * 7 - FLAT_DAYS_BEFORE) if self.weeks > 1 else None

    @property
    def start_ns(self) -> int:
        """The first midnight."""
        return time_ns(wall_s(date.fromisoformat(self.start), 0, ZONE))

    def frames(self) -> Iterator[Frame]:
        """The whole life, history first."""
        decline = None if self.kind == WELL else Decline(self.kind, self._onset_day())
        start, days = date.fromisoformat(self.start), self.weeks * 7 + LIVE_DAYS
        life = simulate(self.seed, start, days, str(ZONE), decline=decline, flat=self.flat)
        return merge(life, self._presses(), key=lambda frame: frame.time_ns)

    def words(self, from_ns: int) -> str:
        """What is simulated from `from_ns` on, for the people who watch."""
        if self.kind == WELL:
            return "Nothing goes wrong in this simulation: watch an ordinary life."
        if self.kind == "fall":
            return (
                "Simulation: today she falls and cannot get up or press a button. Nothing moves then, and nobody "
                "comes. How long until Kinlight says so?"
            )
        since = date.fromisoformat(self.start) + timedelta(days=self._onset_day())
        said = f"Simulation: since {since.day} {MONTHS[since.month - 1]} {_WORDS[self.kind]}."
        if self._press_ns() < from_ns:
            return said
        return f"{said} At {PRESS_MINUTES // 60:02}:{PRESS_MINUTES % 60:02} she presses her help button."

    def to_json(self) -> str:
        """For the file beside the journals."""
        return json.dumps(asdict(self))

    def _onset_day(self) -> int:
        return max(0, self.weeks * 7 - _ONSET_DAYS[self.kind])

    def _press_ns(self) -> int:
        return time_ns(wall_s(self.live_day, PRESS_MINUTES, ZONE))

    def _presses(self) -> Iterator[Frame]:
        if self.kind not in (WELL, "fall"):
            payload = b'{"action":"emergency","battery":89,"linkquality":164,"voltage":3030}'
            yield Frame(self._press_ns(), DEVICE, payload, f"{BASE_TOPIC}/sos_button")


def story(kind: str, seed: int, weeks: int, now_ns: int) -> Story:
    """A story whose history ends on the latest Monday before `now_ns`. Raises ValueError."""
    today = datetime.fromtimestamp(now_ns / 1e9, tz=UTC).astimezone(ZONE).date()
    monday = today - timedelta(days=today.weekday() or 7)
    return Story(kind, seed, weeks, (monday - timedelta(weeks=weeks)).isoformat())


def from_json(text: str) -> Story:
    """What `Story.to_json` gave. Raises ValueError."""
    try:
        return Story(**json.loads(text))
    except TypeError as error:
        raise ValueError(f"not a story: {error}") from None
