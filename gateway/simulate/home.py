"""The whole simulated home: frames in order of time, one day in memory at a time."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from drivers.kit.contract import Frame
from gateway.simulate import wire
from gateway.simulate.battery import Flat
from gateway.simulate.day import OUT, Day, Stay, live
from gateway.simulate.decline import Decline, effect_on
from gateway.simulate.house import House
from gateway.simulate.person import LIVING, Person, person, stream, wall_s
from gateway.simulate.radio import time_ns
from gateway.simulate.spell import Spell, lived

DROPOUT: Final = 0.005
_FALL_SUBJECT: Final = LIVING + 1000


def simulate(
    seed: int,
    start: date,
    days: int,
    zone: str = "Europe/London",
    *,
    decline: Decline | None = None,
    spell: Spell | None = None,
    dropout: float = DROPOUT,
    flat: Flat | None = None,
) -> Iterator[Frame]:
    """Everything the gateway of one home would receive in `days` local days from midnight of `start`.

    `dropout` is the share of radio messages that never arrive; `flat` is a battery that runs flat. The same arguments
    give the same bytes; more days continue the same story, and a decline or a spell leaves every day before it
    untouched. A fall ends all movement for good: nobody comes in this recording.
    """
    if seed < 0 or days < 0 or not 0 <= dropout <= 1:
        raise ValueError("seed and days may not be negative, and dropout is a share from 0 to 1")
    who = person(seed, ZoneInfo(zone))
    house = House(who, dropout, flat)
    start_ns = time_ns(wall_s(start, 0, who.zone))
    end_ns = time_ns(wall_s(start + timedelta(days=days), 0, who.zone))
    waiting = [*house.greeting(start_ns / 1e9), *wire.greeting(start_ns / 1e9)]
    for number in range(-1, days):
        date_ = start + timedelta(days=number)
        day = lived(spell, who, number, date_, _day(who, number, date_, decline))
        effect = effect_on(decline, number)
        waiting += house.frames(number, day)
        waiting += wire.bed_frames(who, number, day, effect)
        waiting += wire.station_frames(who, number, day, effect)
        waiting.sort(key=lambda frame: frame.time_ns)  # equal times keep the order they were said in
        done_ns = min(end_ns, time_ns(day.end_s))
        yield from (frame for frame in waiting if start_ns <= frame.time_ns < done_ns)
        waiting = [frame for frame in waiting if frame.time_ns >= done_ns]


def _day(who: Person, number: int, date_: date, decline: Decline | None) -> Day:
    """One day, with the fall and what follows cut out where there was one."""
    today, tomorrow = effect_on(decline, number), effect_on(decline, number + 1)
    day = live(who, number, date_, today, tomorrow)
    if decline is None or decline.kind != "fall" or number < decline.day:
        return day
    if number > decline.day:
        return day._replace(stays=[], touches=[], spot_checks_s=[])
    fall_s = _fall_s(who, number, date_, day)
    return day._replace(
        stays=[stay._replace(end_s=min(stay.end_s, fall_s)) for stay in day.stays if stay.start_s < fall_s],
        touches=[touch for touch in day.touches if touch.time_s < fall_s],
        spot_checks_s=[time_s for time_s in day.spot_checks_s if time_s < fall_s],
    )


def _fall_s(who: Person, number: int, date_: date, day: Day) -> float:
    """A moment by day when the person is up, at home and alone."""
    rng = stream(who.seed, number, _FALL_SUBJECT)
    earliest_s, latest_s = wall_s(date_, 540, who.zone), wall_s(date_, 1200, who.zone)
    alone = [stay for stay in day.stays if stay.room != OUT and not stay.in_bed and _nobody_else(stay, day.stays)]
    moments = [stay for stay in alone if earliest_s <= stay.start_s and stay.end_s <= latest_s]
    stay = moments[int(rng.integers(len(moments)))]
    return float(rng.uniform(stay.start_s, stay.end_s))


def _nobody_else(stay: Stay, stays: list[Stay]) -> bool:
    others = (other for other in stays if other is not stay and other.room != OUT)
    return not any(other.start_s < stay.end_s and stay.start_s < other.end_s for other in others)
