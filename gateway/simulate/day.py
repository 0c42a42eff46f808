"""One day of a life: where somebody is from minute to minute, and what they touch.

A day runs from getting up to getting up, so a night is in one piece. Fixed points (meals, carers, outings, bed) come
from the person's routine with their own scatter; between them small trips interrupt at random.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final, NamedTuple

import numpy as np

from gateway.simulate.decline import Effect
from gateway.simulate.person import LIVING, VISITOR, WAKING, Person, stream, wall_s

OUT: Final = ""  # the room of somebody who is not at home
ROOMS: Final = ("kitchen", "hallway", "lounge", "bedroom", "bathroom")

BUSY: Final = 1.6  # movements a minute a motion sensor would see
SITTING: Final = 0.22
DOZING: Final = 0.03
TURNING: Final = 0.002  # in bed, mostly below the sensor's view
_HALLWAY_S: Final = 8.0
_GAP_SHAPE: Final = 4.0  # more even than chance: TIHM has 2.8 visits a night, SD 1.2; Poisson would give 1.7


class Stay(NamedTuple):
    """Somebody in one room for a while."""

    start_s: float  # UTC
    end_s: float
    room: str
    moves_per_min: float
    in_bed: bool = False


class Touch(NamedTuple):
    """A door or an appliance in use."""

    time_s: float
    what: str  # "front_door", "fridge_door", "kettle"
    duration_s: float


class Day(NamedTuple):
    """Everything that happens from one morning to the next, of the person and of visitors."""

    start_s: float
    end_s: float
    stays: list[Stay]
    touches: list[Touch]
    spot_checks_s: list[float]  # when blood pressure and the rest are taken


class Walker:
    """Somebody moving through the home; their path grows at the end."""

    def __init__(self, rng: np.random.Generator, start_s: float, room: str) -> None:
        self.rng = rng
        self.now_s = start_s
        self.room = room
        self.stays: list[Stay] = []
        self.touches: list[Touch] = []

    def stay(self, room: str, minutes: float, moves_per_min: float, in_bed: bool = False) -> None:
        """Go to `room`, through the hallway, and stay there."""
        if room != self.room and OUT not in (room, self.room):
            self._append("hallway", _HALLWAY_S * self.rng.uniform(0.6, 1.6), BUSY)
        self.room = room
        self._append(room, minutes * 60, moves_per_min, in_bed)

    def touch(self, what: str, duration_s: float) -> None:
        """Use something now."""
        self.touches.append(Touch(self.now_s, what, duration_s))

    def through_front_door(self, minutes_in_hallway: float = 1.0) -> None:
        """Leave or come home."""
        self.stay("hallway", minutes_in_hallway * self.rng.uniform(0.6, 1.5), BUSY)
        self.touch("front_door", self.rng.uniform(4, 14))

    def boil(self) -> None:
        """Put the kettle on."""
        self.touch("kettle", self.rng.uniform(95, 190))

    def _append(self, room: str, seconds: float, moves_per_min: float, in_bed: bool = False) -> None:
        if seconds > 0:
            self.stays.append(Stay(self.now_s, self.now_s + seconds, room, moves_per_min, in_bed))
            self.now_s += seconds


class Living:
    """The person's own day, hour by hour."""

    def __init__(self, who: Person, day: int, date_: date, effect: Effect) -> None:
        self.who, self.day, self.date, self.effect = who, day, date_, effect
        self.rng = stream(who.seed, day, LIVING)
        self.wake_s = wake_s(who, day, date_, effect)
        self.path = Walker(self.rng, self.wake_s, "bedroom")
        self.guests: list[Walker] = []
        self.spot_checks_s: list[float] = []

    def at(self, minutes: float, scatter_min: float) -> float:
        """A wall-clock time of today, with its scatter."""
        return wall_s(self.date, minutes + self.rng.normal(0, scatter_min), self.who.zone)

    def morning(self) -> None:
        """Bathroom, dressing, breakfast."""
        self.path.stay("bathroom", self.rng.uniform(7, 15), BUSY)
        self.path.stay("bedroom", self.rng.uniform(4, 10), BUSY)
        self.meal(self.rng.uniform(20, 32))

    def meal(self, minutes: float, tea: float = 0.97) -> None:
        """In the kitchen: the fridge twice or so, and the kettle."""
        self.path.stay("kitchen", 1.0, BUSY)
        self.open_fridge(0.95)
        if self.rng.random() < tea * self.effect.kettle:
            self.path.boil()
        self.path.stay("kitchen", (minutes - 1.0) * self.effect.kitchen, BUSY)
        self.open_fridge(0.6)

    def cup_of_tea(self) -> None:
        """A short trip for a drink."""
        if self.rng.random() < min(0.9, self.effect.kettle):
            self.path.stay("kitchen", 0.6, BUSY)
            self.path.boil()
            self.open_fridge(0.7)
            self.path.stay("kitchen", self.rng.uniform(3, 7) * self.effect.kitchen, BUSY)

    def open_fridge(self, chance: float) -> None:
        """Perhaps."""
        if self.rng.random() < chance * self.effect.fridge:
            self.path.touch("fridge_door", self.rng.uniform(4, 20))

    def go_out(self, minutes: float) -> None:
        """Coat, door, silence, door, coat."""
        if self.rng.random() < self.effect.door:
            self.path.through_front_door(2.0)
            self.path.stay(OUT, minutes * self.rng.uniform(0.8, 1.25), 0)
            self.path.touch("front_door", self.rng.uniform(4, 14))
            self.path.stay("hallway", self.rng.uniform(1, 2), BUSY)

    def until(self, end_s: float, room: str = "lounge", moves_per_min: float = SITTING) -> None:
        """Sit, with the small trips every day has."""
        effect = self.effect
        per_h = np.array(
            [
                self.who.toilets_per_h * effect.day_toilet,
                0.35 * effect.kitchen,
                0.5 * effect.pace,
                0.03 * effect.door,
            ]
        )
        while self.path.now_s < end_s:
            gap_s = self.rng.exponential(3600 / per_h.sum())
            self.path.stay(room, min(gap_s, end_s - self.path.now_s) / 60, moves_per_min * effect.pace)
            if self.path.now_s < end_s:
                self._small_trip(int(self.rng.choice(4, p=per_h / per_h.sum())))

    def _small_trip(self, which: int) -> None:
        if which == 0:
            self.path.stay("bathroom", self.rng.uniform(3, 7), BUSY)
        elif which == 1:
            self.path.stay("kitchen", self.rng.uniform(2, 6), BUSY)
            self.open_fridge(0.5)
            if self.rng.random() < 0.3 * self.effect.kettle:
                self.path.boil()
        elif which == 2:
            self.path.stay(str(self.rng.choice(["bedroom", "hallway"])), self.rng.uniform(2, 8), BUSY)
        else:
            self.path.through_front_door()  # the post, the milk, a neighbour

    def visit(self, minutes: float, rooms: tuple[str, ...]) -> None:
        """Somebody comes, goes about, and leaves; the person keeps them company."""
        rng = stream(self.who.seed, self.day, VISITOR + 100 * (1 + len(self.guests)))
        guest = Walker(rng, self.path.now_s, "hallway")
        guest.touch("front_door", rng.uniform(5, 15))
        end_s = self.path.now_s + 60 * minutes
        while guest.now_s < end_s:
            guest.stay(rooms[int(rng.integers(len(rooms)))], rng.uniform(3, 9), BUSY)
        guest.through_front_door()
        self.guests.append(guest)
        self.until(guest.now_s, moves_per_min=2.5 * SITTING)

    def carer(self) -> None:
        """The carer's visit, with the spot checks."""
        self.spot_checks_s.append(self.path.now_s + 60 * self.rng.uniform(8, 20))
        self.visit(self.rng.uniform(25, 40), ("kitchen", "lounge", "bedroom", "bathroom"))

    def evening(self) -> None:
        """Ready for bed."""
        self.path.stay("bathroom", self.rng.uniform(6, 12), BUSY)
        self.path.stay("bedroom", self.rng.uniform(4, 9), BUSY)

    def night(self, end_s: float) -> None:
        """In bed until the next morning, with visits to the bathroom and now and then a restless hour."""
        toilet_s = self._toilet_gap_s()
        while self.path.now_s < end_s:
            restless_s = self.rng.exponential(20 * 3600 / self.effect.restless)
            rest_s = min(toilet_s, restless_s, end_s - self.path.now_s)
            self.path.stay("bedroom", rest_s / 60, TURNING * self.effect.restless, in_bed=True)
            if self.path.now_s > end_s - 1800:
                self.path.stay("bedroom", (end_s - self.path.now_s) / 60, TURNING, in_bed=True)
                return
            if toilet_s <= restless_s:
                self.path.stay("bedroom", self.rng.uniform(0.4, 1.2), BUSY)
                self.path.stay("bathroom", self.rng.uniform(3, 7), BUSY)
                self.path.stay("bedroom", self.rng.uniform(0.3, 0.8), BUSY)
                toilet_s = self._toilet_gap_s()
            else:
                toilet_s -= restless_s
                self.path.stay("bedroom", self.rng.uniform(2, 5), BUSY)
                if self.rng.random() < 0.4:
                    self.path.stay("lounge", self.rng.uniform(5, 20), 2 * SITTING)
                    self.path.stay("bedroom", self.rng.uniform(0.3, 0.8), BUSY)

    def _toilet_gap_s(self) -> float:
        mean_s = 3600 * self.who.toilet_gap_h / self.effect.night_toilet
        return float(self.rng.gamma(_GAP_SHAPE, mean_s / _GAP_SHAPE))


def wake_s(who: Person, day: int, date_: date, effect: Effect) -> float:
    """When the person gets up on this day, UTC."""
    weekend = who.weekend_later_min if date_.weekday() >= 5 else 0.0
    scatter = float(np.clip(stream(who.seed, day, WAKING).normal(0, 20), -50, 60))
    return wall_s(date_, who.wake_min + weekend + scatter + effect.up_later_min, who.zone)


def live(who: Person, day: int, date_: date, effect: Effect, next_effect: Effect) -> Day:
    """The day from getting up on `date_` to getting up on the next."""
    living = Living(who, day, date_, effect)
    end_s = wake_s(who, day + 1, date_ + timedelta(days=1), next_effect)
    living.morning()
    for start_s, patience_s, action in _appointments(living):
        if living.path.now_s < start_s:
            living.until(start_s)
        if living.path.now_s - start_s < patience_s:
            action()
    living.until(living.at(who.bed_min, 20))
    living.evening()
    living.night(end_s)
    walkers = [living.path, *living.guests]
    stays = sorted(stay for walker in walkers for stay in walker.stays)
    touches = sorted(touch for walker in walkers for touch in walker.touches)
    return Day(living.wake_s, end_s, stays, touches, living.spot_checks_s)


Appointment = tuple[float, float, Callable[[], None]]


def _appointments(living: Living) -> list[Appointment]:
    """What today holds, in order: when, how late it may become before it is left out, and what."""
    who, rng, weekday = living.who, living.rng, living.date.weekday()
    shop, club, walk = weekday == who.shop_weekday, weekday == who.club_weekday, rng.random() < 0.15
    today: list[Appointment] = [
        (living.at(640, 12), 2400, living.cup_of_tea),
        (living.at(who.lunch_min, 10), 9000, lambda: living.meal(rng.uniform(25, 38), tea=0.6)),
        (living.at(who.lunch_min + 55, 12), 3600, lambda: _nap(living)),
        (living.at(930, 15), 3600, living.cup_of_tea),
        (living.at(who.supper_min, 10), 9000, lambda: living.meal(rng.uniform(22, 35))),
        (living.at(1215, 15), 3600, living.cup_of_tea),
    ]
    if weekday in who.carer_weekdays:
        today.append((living.at(who.carer_min, 7), 5400, living.carer))
    if weekday == who.family_weekday:
        today.append(
            (living.at(870, 12), 5400, lambda: living.visit(rng.uniform(80, 140), ("lounge", "kitchen", "hallway")))
        )
    if shop:
        today.append((living.at(615, 10), 5400, lambda: living.go_out(75)))
    if club:
        today.append((living.at(715, 8), 3600, lambda: living.go_out(160)))
    if walk and not (shop or club):
        today.append((living.at(845, 25), 5400, lambda: living.go_out(45)))
    return sorted(today, key=lambda appointment: appointment[0])


def _nap(living: Living) -> None:
    if living.rng.random() < 0.6:
        living.path.stay("lounge", living.rng.uniform(25, 60), DOZING)
