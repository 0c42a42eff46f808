"""Made-up series with labelled anomalies, of the kinds a home or a machine gives. Seeded: always the same."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.nab import Series

F8 = NDArray[np.float64]
Random = np.random.Generator
Events = list[int]


def _ar(rng: Random, size: int, keep: float, sd: float) -> F8:
    noise = rng.normal(0, sd, size)
    for i in range(1, size):
        noise[i] += keep * noise[i - 1]
    return noise


def _daily(size: int, period: int, rng: Random) -> F8:
    phase = np.arange(size) / period * 2 * np.pi + rng.uniform(0, 6)
    return np.sin(phase) + 0.4 * np.sin(2 * phase + rng.uniform(0, 6))


def _at(rng: Random, size: int, count: int) -> Events:
    """`count` moments after the first quarter, not near each other."""
    span = int(size * 0.7 / count)
    return [int(size * 0.25) + i * span + int(rng.integers(0, max(span * 6 // 10, 1))) for i in range(count)]


def square_days(rng: Random) -> tuple[F8, Events]:
    """A working day of a machine, with one day wrong."""
    size, period = 4032, 288
    day = (np.arange(size) % period > 108) & (np.arange(size) % period < 216)
    values = 20 + 60 * day + rng.uniform(0, rng.choice([1, 8]), size)
    start = int(rng.integers(5, 13)) * period
    part = slice(start + 108, start + 216)
    kind = rng.integers(0, 4)
    values[part] = [values[part] * 0.4, values[part] * 1.5, np.full(108, 45.0), values[part] - 55][kind]
    return values, [start + 108]


def sine_days(rng: Random) -> tuple[F8, Events]:
    """A daily pattern; a stretch is flat, shifted in time, or too high."""
    size, period = 4032, 288
    values = 10 * _daily(size, period, rng) + _ar(rng, size, 0.5, 0.6)
    events = _at(rng, size, 2)
    for i, at in enumerate(events):
        part = slice(at, at + 150)
        values[part] = [np.full(150, values[at]), values[part][::-1].copy(), values[part] + 9][(i + int(values[0])) % 3]
    return values, events


def machine_load(rng: Random) -> tuple[F8, Events]:
    """A low noisy level with regular jobs; shifts of level, bursts, a change of spread."""
    size = 4032
    values = 5 + np.abs(_ar(rng, size, 0.3, 0.5)) + 15 * (np.arange(size) % int(rng.integers(40, 300)) == 0)
    values += 8 * (rng.random(size) < 0.002)
    events = _at(rng, size, int(rng.integers(1, 4)))
    for at in events:
        length = int(rng.integers(20, 300))
        part = slice(at, min(at + length, size))
        kind = rng.integers(0, 4)
        width = part.stop - part.start
        values[part] += [np.full(width, 6.0), rng.gamma(1, 12, width), np.full(width, -3.5), rng.normal(0, 4, width)][
            kind
        ]
    return values, events


def heavy_counts(rng: Random) -> tuple[F8, Events]:
    """Counts with a day in them and bursts of every size; the labelled ones are the largest."""
    size, period = 15_000, 288
    rate = 20 * np.exp(0.6 * _daily(size, period, rng)) * np.exp(_ar(rng, size, 0.9, 0.08))
    rate *= 1 + rng.pareto(3.0, size) * (rng.random(size) < 0.02)
    events = _at(rng, size, 4)
    for at in events:
        rate[at : at + 40] *= 1 + rng.uniform(6, 20) * np.exp(-np.arange(40) / 12)
    return rng.poisson(np.minimum(rate, 1e6)).astype(np.float64), events


def hourly_price(rng: Random) -> tuple[F8, Events]:
    """Short, hourly, skewed."""
    size = 1600
    values = np.exp(0.3 * _daily(size, 24, rng) + _ar(rng, size, 0.6, 0.25))
    events = _at(rng, size, int(rng.integers(1, 4)))
    for at in events:
        values[at : at + 4] *= rng.uniform(4, 9)
    return values, events


def taxi(rng: Random) -> tuple[F8, Events]:
    """Half hours with a day and a week; single days that look like another day."""
    size, period = 10_000, 48
    week = 1 - 0.25 * (np.arange(size) // period % 7 >= 5)
    values = (15 + 8 * _daily(size, period, rng)) * week + _ar(rng, size, 0.7, 0.5)
    events = [at // period * period for at in _at(rng, size, 5)]
    for at in events:
        values[at : at + period] *= rng.choice([0.55, 0.7, 1.3])
    return values, events


def slow_machine(rng: Random) -> tuple[F8, Events]:
    """A wandering temperature that falls off a cliff, or drifts away."""
    size = 12_000
    values = 90 + _ar(rng, size, 0.995, 0.25) + _ar(rng, size, 0.2, 0.3)
    events = _at(rng, size, 2)
    for at in events:
        fall = np.minimum(np.arange(size - at) / rng.choice([5, 200]), 1) * rng.uniform(12, 30)
        values[at:] -= fall * np.exp(-np.arange(size - at) / 500)
    return values, events


def room(rng: Random) -> tuple[F8, Events]:
    """An hourly room temperature with a day, weather, and a heating fault."""
    size = 7000
    values = 21 + 1.2 * _daily(size, 24, rng) + _ar(rng, size, 0.98, 0.2)
    events = _at(rng, size, 2)
    for at in events:
        length = int(rng.integers(24, 96))
        values[at : at + length] += rng.choice([-1, 1]) * rng.uniform(4, 7)
    return values, events


def traffic(rng: Random) -> tuple[F8, Events]:
    """A speed: high, with jams; a long jam at the wrong hour."""
    size, period = 2400, 144
    jam = np.clip(_daily(size, period, rng) - 0.6, 0, None)
    values = 75 - 25 * jam + rng.normal(0, 3, size) - 15 * (rng.random(size) < 0.01)
    events = _at(rng, size, int(rng.integers(1, 3)))
    for at in events:
        values[at : at + 25] -= rng.uniform(30, 50)
    return values, events


def stuck(rng: Random) -> tuple[F8, Events]:
    """A lively signal that freezes."""
    size = 4000
    values = 50 + 5 * _daily(size, 288, rng) + rng.normal(0, 1.0, size)
    events = _at(rng, size, 1)
    values[events[0] : events[0] + 120] = values[events[0]]
    return values, events


def nothing(rng: Random) -> tuple[F8, Events]:
    """No anomaly: a square wave, a flat line, noise, or a day with noise."""
    size = 4032
    square = 20.0 + 60 * (np.arange(size) % 288 > 144)
    kinds = [square, np.full(size, 45.0), rng.normal(40, 3, size), 10 * _daily(size, 288, rng) + rng.normal(0, 1, size)]
    return kinds[rng.integers(0, 4)], []


KINDS: dict[Callable[[Random], tuple[F8, Events]], int] = {
    square_days: 4, sine_days: 4, machine_load: 14, heavy_counts: 8, hourly_price: 6, taxi: 2, slow_machine: 3,
    room: 3, traffic: 7, stuck: 2, nothing: 5,
}  # fmt: skip


def _unlabelled(values: F8, rng: Random) -> F8:
    """What real series have and nobody labels: stray readings, a slow change of level, a day with more noise."""
    sd = float(np.std(np.diff(values))) or 1.0
    out = values.copy()
    if rng.random() < 0.6:
        stray = rng.integers(0, values.size, int(rng.integers(3, 12)))
        out[stray] += sd * rng.normal(0, 4, stray.size)
    if rng.random() < 0.4:
        out += np.std(values) * rng.uniform(-1, 1) * np.linspace(0, 1, values.size) ** 2
    if rng.random() < 0.4:
        start = int(rng.integers(0, values.size))
        part = slice(start, start + values.size // 20)
        out[part] += rng.normal(0, sd, out[part].size)
    return out


def corpus(seed: int) -> list[Series]:
    """All kinds, as many of each as stated; windows take a tenth of the rows together, centred on the onsets."""
    made: list[Series] = []
    for number, (kind, count) in enumerate(KINDS.items()):
        for copy in range(count):
            rng = np.random.default_rng([seed, number, copy])
            values, events = kind(rng)
            values = _unlabelled(values, rng)
            half = int(0.05 * values.size / max(len(events), 1))
            windows = tuple((max(at - half, 0), min(at + half, values.size - 1)) for at in sorted(events))
            made.append(Series(kind.__name__, values, windows))
    return made
