"""Exclusions from learning: declared absence, visitors, carers, chattering sensors.

What is not to be taken for the person: declared absences, visitors and carers, and sensors that fire like machines.

Beside `Learning`, which asks it before it learns. Everything here follows from the samples and from what is declared.
"""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import Any, NamedTuple

from rules.core.chatter import Busiest, Pauses, without
from rules.core.confounders import Flag, day_flag
from rules.core.day import DayEvents
from rules.core.declared import Declared
from rules.core.rhythm import Beat, Rhythm
from rules.core.state import StateError
from rules.terms.time import NS_PER_S


class Judged(NamedTuple):
    """A care day as it may be used."""

    events: DayEvents  # without sensors that chattered
    flag: Flag
    teaches_quiet: bool  # whether its silences are the person's own


class Exclusions:
    """Of one home."""

    def __init__(self, declared: Declared, zone: tzinfo) -> None:
        self.declared = declared
        self._zone = zone
        self._pauses = Pauses()
        self._rhythm = Rhythm()
        self._busiest = Busiest()
        self.lived_days = 0  # in a row, on which the home looked lived in though nobody is declared to be there

    def fired(self, channel: int, time_ns: int) -> bool:
        """Something happened on a channel: whether it may be a sign of life."""
        pauses, varies = self._pauses.fired(channel, time_ns), self._rhythm.fired(channel, time_ns)
        return pauses and varies

    def chattering(self, time_ns: int) -> dict[int, int]:
        """Channels that fire like machines at `time_ns`, without a pause or by the clock, and since when."""
        by_the_clock = {channel: beat.since_s * NS_PER_S for channel, beat in self.beats(time_ns).items()}
        return by_the_clock | self._pauses.chattering(time_ns)

    def beats(self, time_ns: int) -> dict[int, Beat]:
        """Channels that fire by the clock at `time_ns`."""
        return self._rhythm.chattering(time_ns)

    def at_home(self, day: int) -> bool:
        """False on a care day on which the person is declared away."""
        return self.declared.absence(day) is None

    def judge(self, day: int, events: DayEvents) -> Judged:
        """Care day `day` as it may be used; what is usual for each role is learned from it."""
        said = self.declared.flag(day)
        chatter = self._busiest.judge(events, learn_from=not said)
        kept = replace(without(events, chatter), company_s=self.declared.company_s(day, self._zone))
        seen = day_flag(kept)
        self.lived_days = self.lived_days + 1 if said & Flag.AWAY and not seen else 0
        return Judged(kept, said | seen, not (said or chatter.any()))

    def save(self, day: int, days_between: float) -> dict[str, Any]:
        """Everything at the close of care day `day`, as JSON values, under the key of what was declared."""
        return {
            "key": self._key(day, days_between),
            "lived_days": self.lived_days,
            "busiest": base64.b64encode(self._busiest.save()).decode(),
            "pauses": [[channel, *times] for channel, times in self._pauses.held.items()],
            "firings": [[channel, *times] for channel, times in self._rhythm.held.items()],
            "beats": [[channel, *beat] for channel, beat in self._rhythm.beats.items()],
        }

    def restore(self, saved: Mapping[str, Any], day: int, days_between: float) -> None:
        """Take over what `save` gave. Raises ValueError where the plan said something else of those days."""
        if saved["key"] != self._key(day, days_between):
            raise StateError("the plan or the rate of alerts has changed for days that are in it")
        busiest = Busiest.load(base64.b64decode(saved["busiest"]))
        self._pauses.held = {int(channel): (int(since), int(last)) for channel, since, last in saved["pauses"]}
        self._rhythm.held = {int(channel): times for channel, *times in saved.get("firings", ())}
        self._rhythm.beats = {int(channel): Beat(*beat) for channel, *beat in saved.get("beats", ())}
        self._busiest, self.lived_days = busiest, int(saved["lived_days"])

    def shift(self, delta_ns: int, since_ns: int) -> None:
        """The clock was off."""
        self._pauses.shift(delta_ns, since_ns)
        self._rhythm.shift(delta_ns, since_ns)

    def _key(self, day: int, days_between: float) -> str:
        return f"{self.declared.key(day)} {days_between:g}"
