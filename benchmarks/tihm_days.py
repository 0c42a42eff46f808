"""TIHM homes as care days: the bridge from `benchmarks.tihm` to what the day tier is fed."""

from dataclasses import dataclass

import numpy as np

from benchmarks.tihm import S_PER_DAY, Home
from gateway.learning.care_day import UNSEEN_MINUTES
from gateway.thinking.silence import Silence
from rules.core.day import CARE_DAY_START_H, ROLES, ROOMS, DayEvents, Role
from rules.core.vitals import VITAL_INDEX
from rules.terms.time import NS_PER_S

ROLE_OF_PLACE = {
    "Bathroom": Role.BATHROOM,
    "Kitchen": Role.KITCHEN,
    "Bedroom": Role.BEDROOM,
    "Lounge": Role.LOUNGE,
    "Hallway": Role.HALLWAY,
    "Fridge Door": Role.FRIDGE,
    "Front Door": Role.FRONT_DOOR,
    "Back Door": Role.BACK_DOOR,
}
VITAL_OF_DEVICE = {
    "Heart rate": "pulse_bpm",
    "Systolic blood pressure": "systolic_mmhg",
    "Diastolic blood pressure": "diastolic_mmhg",
    "Body Temperature": "body_temperature_c",
    "Body weight": "weight_kg",
    "Total body water": "body_water_percent",
}


@dataclass(frozen=True, slots=True)
class CareDays:
    """One home as consecutive care days, the first with an event to the last."""

    id: str
    first: int  # days since 1970-01-01 of the first one
    days: list[DayEvents]


def care_days(home: Home) -> CareDays:
    """Cut a home into care days.

    TIHM sensors send no heartbeat, so which movement sensors could be heard is judged as the box judges it, from each
    one's own usual gaps: several of them die for weeks or never work after the first day, and their zeros are not the
    person's. Doors and the fridge are taken to work. The first and the last day are cut off by the recording and count
    as not heard.
    """
    shift = CARE_DAY_START_H * 3600
    places = [p for p in ROLE_OF_PLACE if p in home.events and home.events[p].size]
    time_s = np.concatenate([home.events[p] for p in places]) - shift if places else np.empty(0, np.int64)
    role = np.concatenate([np.full(home.events[p].size, ROLE_OF_PLACE[p], np.int8) for p in places] or [np.empty(0)])
    order = np.argsort(time_s, kind="stable")
    time_s, role = time_s[order], role[order].astype(np.int8)
    vital_s, kind, value = _vitals(home, shift)
    if not time_s.size:
        return CareDays(home.id, 0, [])
    first, last = int(time_s[0]) // S_PER_DAY, int(time_s[-1]) // S_PER_DAY
    heard = _heard(time_s - first * S_PER_DAY, role, last - first + 1)
    days = []
    for day in range(first, last + 1):
        a, b = np.searchsorted(time_s, [day * S_PER_DAY, (day + 1) * S_PER_DAY])
        c, d = np.searchsorted(vital_s, [day * S_PER_DAY, (day + 1) * S_PER_DAY])
        days.append(
            DayEvents(
                time_s=(time_s[a:b] - day * S_PER_DAY).astype(np.float64),
                role=role[a:b],
                heard=heard[day - first],
                vital_s=(vital_s[c:d] - day * S_PER_DAY).astype(np.float64),
                vital_kind=kind[c:d],
                vital=value[c:d],
            )
        )
    return CareDays(home.id, first, days)


def _heard(time_s: np.ndarray, role: np.ndarray, days: int) -> np.ndarray:
    """Which roles could be heard, (days, ROLES), from the time (seconds after the first day began) of each firing."""
    judge = Silence([0.0] * ROLES)
    judge.start(NS_PER_S, after_downtime=False)  # time 0 means "never" to the judge
    heard = np.repeat(np.isin(np.arange(ROLES), role)[None], days, axis=0)
    for day in range(days):
        start_s, end_s = day * S_PER_DAY, (day + 1) * S_PER_DAY
        judge.tick(end_s * NS_PER_S)
        a, b = np.searchsorted(time_s, [start_s, end_s])
        for room in ROOMS:
            last_s = judge.heard_ns(room) / NS_PER_S
            since_s = np.concatenate(([last_s], time_s[a:b][role[a:b] == room]))
            until_s = np.append(since_s[1:], end_s)
            unseen_s = until_s - np.maximum(since_s + judge.limit_s(room), start_s)
            heard[day, room] &= bool(np.maximum(unseen_s, 0.0).sum() <= 60.0 * UNSEEN_MINUTES)
        for second, row in zip(time_s[a:b].tolist(), role[a:b].tolist(), strict=True):
            judge.heard(row, max(second, 1) * NS_PER_S)
    heard[[0, -1]] = False
    return heard


def _vitals(home: Home, shift: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    known = [d for d in VITAL_OF_DEVICE if d in home.physiology]
    if not known:
        return np.empty(0, np.int64), np.empty(0, np.int8), np.empty(0)
    time_s = np.concatenate([home.physiology[d][0] for d in known]) - shift
    kind = np.concatenate(
        [np.full(home.physiology[d][0].size, VITAL_INDEX[VITAL_OF_DEVICE[d]], np.int8) for d in known]
    )
    value = np.concatenate([home.physiology[d][1] for d in known])
    order = np.argsort(time_s, kind="stable")
    return time_s[order], kind[order], value[order]
