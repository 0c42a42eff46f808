"""One simulated home, what it feeds the core, and an engine to feed; without journal and other rules."""

from collections.abc import Iterable
from datetime import date

from drivers.kit.contract import Frame
from gateway.alerts.book import AlertBook
from gateway.learning.learning import Learning
from gateway.model.home import Home, Sample
from gateway.service.build import Setup
from gateway.sources.replay import with_ticks
from gateway.thinking.engine import Engine
from gateway.thinking.window_store import WindowStore
from rules.deterioration import Rule

START = date(2026, 3, 2)


def engine_of(setup: Setup) -> tuple[Home, Engine]:
    home, zone = setup.home(), setup.config.home.zone
    engine = Engine(home, WindowStore(home, zone), Learning(home, zone, {}), {"deterioration": Rule()}, AlertBook())
    return home, engine


def samples(setup: Setup, home: Home, frames: Iterable[Frame]) -> list[Sample | int]:
    """What the engine is fed: samples and the minute ends between them."""
    intake = setup.intake(home)
    fed: list[Sample | int] = []
    for item in with_ticks(frames):
        if isinstance(item, int):
            intake.advance(item)
            fed.append(item)
        else:
            fed += intake.take(item)
    return fed


def feed(engine: Engine, items: Iterable[Sample | int]) -> None:
    for item in items:
        if isinstance(item, int):
            engine.tick(item)
        else:
            engine.sample(item)
