"""Ways in which a routine goes wrong, with the sizes reported for real people.

Sizes and ramps follow the injected deteriorations of the benchmark (urinary infection, slowing down, heart failure on
38 real homes of TIHM) and the weight rule of the European Society of Cardiology (more than 2 kg in 3 days). They are
there to see whether Kinlight notices, not to describe an illness.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

KINDS: Final = ("uti", "slowing", "not_drinking", "heart", "fall")
_RAMP_DAYS: Final = {"uti": 3, "slowing": 7, "not_drinking": 3, "heart": 10, "fall": 1}
_WEIGHT_DAYS: Final = 3  # fluid gathers faster than habits change


@dataclass(frozen=True, slots=True)
class Decline:
    """Something that starts on one day: "uti:28" is a urinary infection from the 29th simulated day on."""

    kind: str  # one of KINDS
    day: int  # counted from 0, the first simulated day

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no decline is called {self.kind!r}: use one of {', '.join(KINDS)}")
        if self.day < 0:
            raise ValueError(f"a decline starts on day 0 or later, not on day {self.day}")


def parse_decline(text: str) -> Decline:
    """A `Decline` from "kind:day", as written on the command line; ValueError says what is wrong."""
    kind, colon, day = text.partition(":")
    if not colon or not (day.isascii() and day.isdigit() and len(day) <= 5):
        raise ValueError(f"a decline is written kind:day, for example uti:28, not {text!r}")
    return Decline(kind, int(day))


class Effect(NamedTuple):
    """What a decline does on one day. Shares multiply, the others add."""

    night_toilet: float = 1.0
    day_toilet: float = 1.0
    restless: float = 1.0  # getting up or turning at night without a reason
    pace: float = 1.0  # movements a minute, and pottering about
    kitchen: float = 1.0  # trips to the kitchen and time there
    fridge: float = 1.0
    door: float = 1.0  # outings of the person's own
    kettle: float = 1.0
    up_later_min: float = 0.0
    fever_c: float = 0.0
    weight_kg: float = 0.0
    pulse_bpm: float = 0.0
    respiration_per_min: float = 0.0


HEALTHY: Final = Effect()

# Trips and minutes shrink by more than what the sensors show: a sensor that sleeps a minute after each detection hides
# part of every change. The figures are set so that firings, openings and visits change by the sizes reported.
_FULL: Final = {
    "uti": Effect(night_toilet=1.85, day_toilet=1.35, restless=2.5, fever_c=0.9, pulse_bpm=6.0),
    "slowing": Effect(pace=0.63, kitchen=0.63, fridge=0.78, door=0.5, up_later_min=40.0),
    "not_drinking": Effect(kitchen=0.33, fridge=0.8, kettle=0.47),
    "heart": Effect(
        night_toilet=1.55,
        restless=3.0,
        pace=0.7,
        kitchen=0.7,
        door=0.6,
        weight_kg=2.2,
        pulse_bpm=12.0,
        respiration_per_min=3.0,
    ),
    "fall": HEALTHY,
}


def effect_on(decline: Decline | None, day: int) -> Effect:
    """What is different on `day`: nothing before the onset, then growing evenly to the full size."""
    if decline is None or day < decline.day:
        return HEALTHY
    elapsed = day - decline.day + 1
    share = min(1.0, elapsed / _RAMP_DAYS[decline.kind])
    full = _FULL[decline.kind]
    ramped = Effect(*(usual + share * (worst - usual) for usual, worst in zip(HEALTHY, full, strict=True)))
    return ramped._replace(weight_kg=full.weight_kg * min(1.0, elapsed / _WEIGHT_DAYS))
