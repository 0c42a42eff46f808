"""Fixtures every test may ask for: real servers, skipped with the reason where a program is missing, and a stub."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings

from gateway.system import clock as clock_module
from tests import servers
from tests.grafana_stub import Stub, grafana_stub

settings.register_profile("kinlight", deadline=None)  # how long an example takes is the machine's affair
settings.load_profile("kinlight")

SERVERS = {
    "broker",
    "mortal_broker",
    "documented",
    "victoria",
    "mortal_victoria",
    "influx",
    "mortal_influx",
    "small_disk",
}
WHOLE_PROGRAMS = ("faults", "integration", "trials", "databases", "cli")
"""Folders whose tests start servers, or the whole program as a process."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server or the whole program: `make quick` leaves it out."""
    for item in items:
        folder = item.path.relative_to(item.config.rootpath / "tests").parts[0]
        if folder in WHOLE_PROGRAMS or SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker("server")


def _need(reason: str) -> None:
    if reason:
        pytest.skip(reason)


@pytest.fixture(autouse=True)
def a_machine_that_knows_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the machine that runs the tests has a time server is not what they ask; those that do say so."""
    monkeypatch.setattr(clock_module, "kernel_synchronised", lambda: True)


@pytest.fixture(scope="session", autouse=True)
def signals_of_a_terminal() -> None:
    """Whoever runs the tests under nohup or in the background ignores these, and so would the programs they start."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Broker]:
    """One mosquitto for the whole run: use topics of your own, and never kill it."""
    _need(servers.missing_mosquitto())
    with servers.mosquitto(tmp_path_factory.mktemp("mosquitto")) as running:
        yield running


@pytest.fixture
def mortal_broker(tmp_path: Path) -> Iterator[servers.Broker]:
    """A mosquitto of the test's own, to kill and start again."""
    _need(servers.missing_mosquitto())
    with servers.mosquitto(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Store]:
    """One VictoriaMetrics for the whole run: use measurements of your own, and never kill it."""
    _need(servers.missing_victoria_metrics())
    with servers.victoria_metrics(tmp_path_factory.mktemp("victoria")) as running:
        yield running


@pytest.fixture
def mortal_victoria(tmp_path: Path) -> Iterator[servers.Store]:
    """A VictoriaMetrics of the test's own, to kill and start again."""
    _need(servers.missing_victoria_metrics())
    with servers.victoria_metrics(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Store]:
    """One InfluxDB 1.6 for the whole run: use measurements of your own, and never kill it."""
    _need(servers.missing_influxdb())
    with servers.influxdb(tmp_path_factory.mktemp("influx")) as running:
        yield running


@pytest.fixture
def mortal_influx(tmp_path: Path) -> Iterator[servers.Store]:
    """An InfluxDB of the test's own, to kill and start again."""
    _need(servers.missing_influxdb())
    with servers.influxdb(tmp_path) as running:
        yield running


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A Grafana that keeps to Grafana's route list; a test that asks for anything else fails."""
    with grafana_stub() as running:
        yield running
        assert not running.unknown, "asked for routes Grafana does not have"


@pytest.fixture
def no_grafana_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings come from the test alone."""
    for name in list(os.environ):
        if name.startswith("GRAFANA_"):
            monkeypatch.delenv(name)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of ten megabytes, to fill. Needs root."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=10m", "kinlight-test", str(tmp_path)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small disk to fill: {mounted.stderr.decode().strip()}")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def fill(directory: Path) -> Path:
    """Write until the disk is full. Returns the file that fills it."""
    filler = directory / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    return filler
