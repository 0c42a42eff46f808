"""Days unlike the others though nobody goes downhill: a week away that no plan mentions, an illness in bed."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from gateway.simulate.day import TURNING, Day, Stay, Touch
from gateway.simulate.person import Person, wall_s

KINDS: Final = ("away", "in_bed")
_LEAVES_MIN: Final = 600  # 10:00
_IN_BED_MIN: Final = (540, 1020)  # 9:00 to 17:00
_DOOR_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Spell:
    """`days` days of one kind from day `day` on, counted from 0, the first simulated day."""

    kind: str  # one of KINDS
    day: int
    days: int

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no spell is called {self.kind!r}: use one of {', '.join(KINDS)}")


def lived(spell: Spell | None, who: Person, number: int, date_: date, day: Day) -> Day:
    """The day as it was lived: as planned outside the spell."""
    if spell is None or not spell.day <= number <= spell.day + spell.days:
        return day
    if spell.kind == "away":
        return _away(spell, who, number, date_, day)
    return _in_bed(who, date_, day) if number < spell.day + spell.days else day


def _away(spell: Spell, who: Person, number: int, date_: date, day: Day) -> Day:
    """Out by the front door on the first morning, and in by it as the day after the last begins."""
    door_s = wall_s(date_, _LEAVES_MIN, who.zone)
    if number == spell.day:
        stays = [stay._replace(end_s=min(stay.end_s, door_s)) for stay in day.stays if stay.start_s < door_s]
        touches = [touch for touch in day.touches if touch.time_s < door_s]
        checks = [time_s for time_s in day.spot_checks_s if time_s < door_s]
        return day._replace(stays=stays, touches=[*touches, Touch(door_s, "front_door", _DOOR_S)], spot_checks_s=checks)
    if number < spell.day + spell.days:
        return day._replace(stays=[], touches=[], spot_checks_s=[])
    return day._replace(touches=[Touch(day.start_s, "front_door", _DOOR_S), *day.touches])


def _in_bed(who: Person, date_: date, day: Day) -> Day:
    """Up, back to bed for the working day, and up again: alone, turning now and then, breathing."""
    start_s, end_s = (wall_s(date_, minute, who.zone) for minute in _IN_BED_MIN)
    before = [stay._replace(end_s=min(stay.end_s, start_s)) for stay in day.stays if stay.start_s < start_s]
    after = [stay._replace(start_s=max(stay.start_s, end_s)) for stay in day.stays if stay.end_s > end_s]
    return day._replace(
        stays=[*before, Stay(start_s, end_s, "bedroom", TURNING, in_bed=True), *after],
        touches=[touch for touch in day.touches if not start_s <= touch.time_s < end_s],
        spot_checks_s=[time_s for time_s in day.spot_checks_s if not start_s <= time_s < end_s],
    )
