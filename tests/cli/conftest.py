"""Fixtures of the command line's tests: a home without a broker, and logging left as it was."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.home import configuration, sensor
from tests.servers import free_port


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """A command that sets up logging leaves a stream behind that is closed by then."""
    before = logging.root.handlers[:]
    yield
    logging.root.handlers[:] = before


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A gateway.toml whose broker nobody runs."""
    monkeypatch.setenv("KINLIGHT_MQTT_PASSWORD", "x")
    return configuration(tmp_path, free_port(), [sensor("hall-motion", "hallway", "zigbee", "hall")])
