"""The two devices on a wire: the bed's load cells, and a station for spot checks.

Both print lines; what is yielded are reads of a serial port, so a line may come in two parts, and an Arduino that is
reset by the opening of its port greets with its boot loader and half a line.
"""

from typing import Final

import numpy as np

from drivers.kit.contract import Frame
from gateway.simulate import climate
from gateway.simulate.day import Day
from gateway.simulate.decline import Effect
from gateway.simulate.person import BED, BODY, SPLIT, WIRE, Person, stream
from gateway.simulate.radio import time_ns

BED_DEVICE: Final = "bed"
STATION_DEVICE: Final = "station"
_BANNER: Final = b"\x00\xfeets Jan  8 2013,rst cause:2, boot mode:(3,6)\r\nload 0x4010f000, len 3460\r\n"
_SPLIT_SHARE: Final = 0.05  # reads that end in the middle of a line
_BED_S: Final = 60.0
_STATION_S: Final = 600.0
_SHARE_ON_BED: Final = 0.87  # the rest of the body's weight is on pillows and frame


def greeting(start_s: float) -> list[Frame]:
    """The first reads after both ports were opened."""
    return [
        Frame(time_ns(start_s + 0.4), BED_DEVICE, _BANNER),
        Frame(time_ns(start_s + 0.9), BED_DEVICE, b'kg":0.2}\r\n'),
        Frame(time_ns(start_s + 0.5), STATION_DEVICE, b"spot check station 1.2 ready\r\n"),
    ]


def bed_frames(who: Person, number: int, day: Day, effect: Effect) -> list[Frame]:
    """Load once a minute and at each getting in or out; breathing every five minutes while somebody lies there."""
    rng, split = stream(who.seed, number, BED), stream(who.seed, number, SPLIT)
    spans = sorted((stay.start_s, stay.end_s) for stay in day.stays if stay.in_bed)
    phase_s = float(who.seed % 60)
    first = np.ceil((day.start_s - phase_s) / _BED_S)
    last = np.ceil((day.end_s - phase_s) / _BED_S)
    times = np.arange(first, last) * _BED_S + phase_s
    edges = [day.start_s, *(edge for span in spans for edge in span if edge < day.end_s - 2)]
    times = np.sort(np.concatenate([times, np.array(edges) + 1.0]))
    times = times[np.diff(times, prepend=-np.inf) > 0.1]  # a line that comes in two parts is never interrupted
    starts = np.array([start for start, _ in spans])
    ends = np.array([end for _, end in spans])
    which = np.searchsorted(starts, times, side="right") - 1
    lying = (which >= 0) & (times < ends[which]) if spans else np.zeros(len(times), dtype=bool)
    weight = _SHARE_ON_BED * _weight_kg(who, number, effect)
    noise = rng.normal(size=(len(times), 2))  # row by row: a longer night leaves the minutes before it as they were
    load = np.where(lying, weight + 0.25 * noise[:, 0], 0.1 + 0.05 * noise[:, 0])
    breaths = who.respiration_per_min + effect.respiration_per_min + 0.9 * noise[:, 1]
    breathing = lying & (np.floor(times / _BED_S) % 5 == 0)
    frames = []
    for time_s, kg, breath, calm in zip(
        times.tolist(), load.tolist(), breaths.tolist(), breathing.tolist(), strict=True
    ):
        text = f'{{"bed_kg":{kg:.1f},"resp":{breath:.1f}}}\r\n' if calm else f'{{"bed_kg":{kg:.1f}}}\r\n'
        frames += _reads(time_s, BED_DEVICE, text.encode(), split)
    return frames


def station_frames(who: Person, number: int, day: Day, effect: Effect) -> list[Frame]:
    """Lounge temperature every ten minutes, and the spot checks of the day."""
    rng = stream(who.seed, number, WIRE)
    body = stream(who.seed, number, BODY)
    frames = []
    first = np.ceil(day.start_s / _STATION_S)
    for time_s in (np.arange(first, np.ceil(day.end_s / _STATION_S)) * _STATION_S + 17).tolist():
        room = climate.room_c(time_s, "lounge", who.zone, who.seed) + float(rng.normal(0, 0.1))
        frames += _reads(time_s, STATION_DEVICE, f"room_c={room:.1f}\r\n".encode(), rng)
    for start_s in np.floor(np.array(day.spot_checks_s) / 60) * 60 + 5:
        for index, line in enumerate(spot_check(who, number, effect, body)):
            frames += _reads(float(start_s) + 55.0 * index, STATION_DEVICE, f"{line}\r\n".encode(), rng)
    return frames


def spot_check(who: Person, number: int, effect: Effect, rng: np.random.Generator) -> list[str]:
    """The lines of one round of measurements: today's body, and the noise of each measurement."""
    systolic = who.systolic_mmhg + rng.normal(0, 6)
    diastolic = who.diastolic_mmhg + rng.normal(0, 3)
    pulse = who.pulse_bpm + effect.pulse_bpm + rng.normal(0, 3)
    oxygen = min(99.0, who.spo2_percent + rng.normal(0, 0.6))
    fever = who.temperature_c + effect.fever_c + rng.normal(0, 0.12)
    lines = []
    for _ in range(2):
        upper, lower, beat = systolic + rng.normal(0, 4), diastolic + rng.normal(0, 3), pulse + rng.normal(0, 2)
        lines.append(f"sys={upper:.0f} dia={lower:.0f} pulse={beat:.0f}")
    lines.append(f"spo2={oxygen:.0f} pulse={pulse + rng.normal(0, 1.5):.0f}")
    lines.append(f"temp={fever + rng.normal(0, 0.08):.1f}")
    lines.append(f"weight={_weight_kg(who, number, effect) + rng.normal(0, 0.15):.1f}")
    lines.append("o2=0 acvpu=0")  # what the carer keys in: on air, and alert
    return lines


def _weight_kg(who: Person, number: int, effect: Effect) -> float:
    """The person's true weight on a day: slow waves of some 300 g."""
    wave = 0.3 * np.sin(number / 5.3 + who.seed) + 0.2 * np.sin(number / 17.0 + 2 * who.seed)
    return who.weight_kg + effect.weight_kg + float(wave)


def _reads(time_s: float, device: str, line: bytes, rng: np.random.Generator) -> list[Frame]:
    """The line as one read of the port, or now and then as two."""
    if rng.random() >= _SPLIT_SHARE:
        return [Frame(time_ns(time_s), device, line)]
    cut = int(rng.integers(1, len(line)))
    later_s = time_s + float(rng.uniform(0.002, 0.02))
    return [Frame(time_ns(time_s), device, line[:cut]), Frame(time_ns(later_s), device, line[cut:])]
