"""The Zigbee sensors of the home and what each makes of a day."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from drivers.kit.contract import Frame
from gateway.simulate import climate
from gateway.simulate.battery import Flat
from gateway.simulate.day import ROOMS, Day, Stay
from gateway.simulate.person import BRIDGE, SENSOR, Person, stream
from gateway.simulate.radio import Radio, every, state_frame

PIR_BLIND_S: Final = 60.0  # the sensor sleeps after a detection, to save its battery
PIR_OFF_S: Final = 90.0  # zigbee2mqtt says "nobody" this long after the last detection
_HEARTBEAT_S: Final = 3000.0  # battery devices report every 50 minutes
_CLIMATE_S: Final = 1500.0
_PLUG_S: Final = 3600.0
_KETTLE_W: Final = 2750.0
_RESTART_EVERY_DAYS: Final = 18
_BATTERY: Final = {"battery": None, "voltage": None}


class Span(NamedTuple):
    """The day as a sensor sees it."""

    day: int
    start_s: float
    end_s: float
    restart_s: float | None  # when zigbee2mqtt restarted, and sent everything it remembers again
    dropout: float  # share of radio messages that never arrive


class Moment(NamedTuple):
    """Something a sensor will say."""

    time_s: float
    what: str
    value: float = 0.0


class House:
    """All Zigbee devices; keeps what a device or zigbee2mqtt remembers from one day to the next."""

    def __init__(self, who: Person, dropout: float, flat: Flat | None = None) -> None:
        self.who = who
        self.dropout = dropout
        self.flat = flat
        self.radios: dict[str, Radio] = {}
        self.pir_off_s: dict[str, float] = {}
        for room in ROOMS:
            self._add(f"{room}_motion", {**_BATTERY, "illuminance": None, "occupancy": False})
            self.pir_off_s[f"{room}_motion"] = 0.0
        for door in ("front_door", "fridge_door"):
            self._add(door, {**_BATTERY, "contact": True})
        for room in ("lounge", "bedroom"):
            self._add(f"{room}_climate", {**_BATTERY, "temperature": None, "humidity": None, "pressure": None})
        self._add("sos_button", {**_BATTERY, "action": None})
        self._add("bathroom_leak", {**_BATTERY, "battery_low": False, "water_leak": None})
        self._add("kettle", {"current": 0.0, "energy": 41.5, "power": 0, "state": "ON", "voltage": 240})
        if flat:
            batteries = [name for name, radio in self.radios.items() if radio.battery_powered]
            if flat.sensor not in batteries:
                raise ValueError(f"no battery in {flat.sensor!r}: use one of {', '.join(batteries)}")
            self.radios[flat.sensor].flat = flat

    def _add(self, name: str, remembered: dict[str, float | bool | str | None]) -> None:
        rng = stream(self.who.seed, -1, SENSOR + 100 + len(self.radios))
        self.radios[name] = Radio(name, self.who.zone, rng, remembered)

    def greeting(self, time_s: float) -> list[Frame]:
        """What the broker remembers for a gateway that connects."""
        return [state_frame(time_s, name, online=True, retain=True) for name in ("bridge", *self.radios)]

    def frames(self, number: int, day: Day) -> list[Frame]:
        """Every message of the day, in no particular order."""
        bridge = stream(self.who.seed, number, BRIDGE)
        restarts = bridge.integers(_RESTART_EVERY_DAYS) == 0
        restart_s = float(day.start_s + bridge.uniform(0, 79_200)) if restarts else None
        span = Span(number, day.start_s, day.end_s, restart_s, self.dropout)
        frames = []
        for index, (name, radio) in enumerate(self.radios.items()):
            # A stream each, drawn in order of time: a longer night changes nothing that came before it.
            beat, move, loss, speak = (stream(self.who.seed, number, SENSOR + 4 * index + k) for k in range(4))
            moments = sorted(self._moments(name, day, span, beat, move))
            moments = [moment for moment in moments if not _lost(moment, span, loss)]
            if self.flat and self.flat.silences(name, number):
                moments = []
            if name in self.pir_off_s:
                moments = self._with_off(name, moments, span)
            if span.restart_s is not None:
                moments.append(Moment(span.restart_s + 40 + 0.05 * index, "repeat"))
            frames += [self._say(radio, moment, number, day.stays, speak) for moment in sorted(moments)]
        if span.restart_s is not None:
            frames += [state_frame(span.restart_s, "bridge", False), state_frame(span.restart_s + 38, "bridge", True)]
        return frames

    def _moments(
        self, name: str, day: Day, span: Span, beat: np.random.Generator, move: np.random.Generator
    ) -> list[Moment]:
        """What the device itself sends over the air."""
        if name.endswith("_climate"):
            return [Moment(t, "climate") for t in every(span.start_s, span.end_s, _CLIMATE_S, beat)]
        period_s = _PLUG_S if name == "kettle" else _HEARTBEAT_S
        moments = [Moment(t, "heartbeat") for t in every(span.start_s, span.end_s, period_s, beat)]
        if name in self.pir_off_s:
            moments += [Moment(t, "motion") for t in self._detections(name, day, move)]
        for touch in day.touches:
            if touch.what == name and name == "kettle":
                moments.append(Moment(touch.time_s + float(move.uniform(1, 6)), "power", _KETTLE_W))
                moments.append(Moment(touch.time_s + touch.duration_s + float(move.uniform(1, 6)), "power", 0.0))
            elif touch.what == name:
                moments.append(Moment(touch.time_s, "open"))
                moments.append(Moment(touch.time_s + touch.duration_s, "closed"))
        return moments

    def _detections(self, name: str, day: Day, rng: np.random.Generator) -> list[float]:
        """Movements in the room that find the sensor awake."""
        room = name.removesuffix("_motion")
        seen: list[float] = []
        last_s = self.pir_off_s[name] - PIR_OFF_S
        for moved_s in _movements(room, day.stays, rng):
            if moved_s - last_s >= PIR_BLIND_S:
                seen.append(moved_s)
                last_s = moved_s
        return seen

    def _with_off(self, name: str, moments: list[Moment], span: Span) -> list[Moment]:
        """Add zigbee2mqtt's own "nobody" after the last detection of each stretch."""
        fired = sorted(m.time_s for m in moments if m.what == "motion")
        last_off_s = self.pir_off_s[name]
        offs = [last_off_s] if span.start_s <= last_off_s and (not fired or fired[0] > last_off_s) else []
        offs += [a + PIR_OFF_S for a, b in pairwise(fired) if b > a + PIR_OFF_S]
        if fired:
            self.pir_off_s[name] = fired[-1] + PIR_OFF_S
            offs += [self.pir_off_s[name]] if self.pir_off_s[name] < span.end_s else []
        return moments + [Moment(t, "nobody") for t in offs]

    def _say(self, radio: Radio, moment: Moment, day: int, stays: Sequence[Stay], rng: np.random.Generator) -> Frame:
        time_s, what = moment.time_s, moment.what
        zone, seed = self.who.zone, self.who.seed
        room = radio.name.rpartition("_")[0]
        if what == "nobody":
            return radio.repeat(time_s, occupancy=False)
        if what == "repeat":
            if radio.name == "bathroom_leak":
                radio.remembered["water_leak"] = None
            return radio.repeat(time_s)
        if what == "motion":
            lux = climate.light_lx(time_s, room, zone, lamp=True)
            return radio.report(time_s, day, rng, occupancy=True, illuminance=lux)
        if what in ("open", "closed"):
            return radio.report(time_s, day, rng, contact=what == "closed")
        if what == "climate":
            return radio.report(
                time_s,
                day,
                rng,
                temperature=round(climate.room_c(time_s, room, zone, seed) + float(rng.normal(0, 0.08)), 2),
                humidity=round(climate.humidity_percent(time_s, room, seed) + float(rng.normal(0, 0.5)), 2),
                pressure=round(1013 + 9 * float(np.sin(time_s / 86_400 / 2.1 + seed)), 1),
            )
        if what == "power":
            return self._kettle(radio, moment, day, rng)
        if radio.name == "bathroom_leak":
            return radio.report(time_s, day, rng, water_leak=False)
        if radio.name in self.pir_off_s:
            lux = climate.light_lx(time_s, room, zone, lamp=_anybody(room, time_s, stays))
            return radio.report(time_s, day, rng, illuminance=lux)
        if radio.name == "kettle":
            return radio.report(time_s, day, rng, voltage=round(240 + float(rng.normal(0, 2))))
        return radio.report(time_s, day, rng)

    def _kettle(self, radio: Radio, moment: Moment, day: int, rng: np.random.Generator) -> Frame:
        watts = round(moment.value + float(rng.normal(0, 15))) if moment.value else 0
        energy = radio.remembered["energy"]
        used_kwh = 0.0 if watts else 0.1
        assert isinstance(energy, float)
        return radio.report(
            moment.time_s, day, rng, power=watts, current=round(watts / 240, 2), energy=round(energy + used_kwh, 2)
        )


def _movements(room: str, stays: Sequence[Stay], rng: np.random.Generator) -> list[float]:
    """Times somebody moved in `room`: on entering, and then at random."""
    times: list[float] = []
    for stay in stays:
        if stay.room == room:
            seconds = stay.end_s - stay.start_s
            if not stay.in_bed and rng.random() < 0.93:
                times.append(stay.start_s + min(seconds, float(rng.uniform(0.5, 3))))
            many = int(rng.poisson(stay.moves_per_min * seconds / 60))
            times += (stay.start_s + seconds * rng.random(many)).tolist()
    return sorted(times)


def _lost(moment: Moment, span: Span, rng: np.random.Generator) -> bool:
    """Did this one not arrive: bad luck, or zigbee2mqtt was down?"""
    down = span.restart_s is not None and span.restart_s <= moment.time_s < span.restart_s + 38
    return bool(rng.random() < span.dropout) or down


def _anybody(room: str, time_s: float, stays: Sequence[Stay]) -> bool:
    return any(stay.room == room and not stay.in_bed and stay.start_s <= time_s < stay.end_s for stay in stays)
