"""F22: the kernel ends the program for want of memory, at whatever it was doing: nothing acknowledged is lost."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Note, times
from tests.faults.ledger import Ledger
from tests.faults.test_broker_away import say
from tests.integration.home import Running, Sensors, configuration, running, sensor, wait_for
from tests.servers import Broker

MEMORY = Path("/sys/fs/cgroup/memory")
MB = 1 << 20
FIRST_MB, LAST_MB = 24, 72  # from where the interpreter barely starts to where it serves for a while


class Cgroup:
    """A control group of the first or second kind that whoever is put in shares."""

    def __init__(self, parent: Path) -> None:
        self.path = parent / f"kinlight-test-{os.getpid()}"
        self.path.mkdir()
        first = (self.path / "memory.limit_in_bytes").exists()
        self._limit = self.path / ("memory.limit_in_bytes" if first else "memory.max")

    def hold(self, pid: int, megabytes: int) -> None:
        self._limit.write_text(str(megabytes * MB))
        (self.path / "cgroup.procs").write_text(str(pid))


@pytest.fixture
def cgroup() -> Iterator[Cgroup]:
    parent = MEMORY if MEMORY.exists() else MEMORY.parent
    try:
        made = Cgroup(parent)
    except OSError as error:
        pytest.skip(f"no control group for memory may be made here: {error}")
    if not made._limit.exists():
        made.path.rmdir()
        pytest.skip("control groups here do not limit memory")
    yield made
    wait_for(lambda: not (made.path / "cgroup.procs").read_text(), "the control group to be empty")
    made.path.rmdir()


def test_what_the_kernel_ends_for_want_of_memory_loses_nothing(
    tmp_path: Path, documented: Broker, cgroup: Cgroup, note: Note
) -> None:
    config, ledger = configuration(tmp_path, documented.port, [sensor("meter", "kitchen", "zigbee", "meter")]), Ledger()
    killed, step_mb = 0, times(24, 2)
    with running(config, KINLIGHT_MQTT_PASSWORD=documented.password) as daemon:
        daemon.up()
        sensors = Sensors(documented.port, documented.password, "zigbee2mqtt")
        for limit_mb in range(FIRST_MB, LAST_MB, step_mb):
            say(sensors, ledger, 20)
            daemon.kill()
            daemon.restart()
            cgroup.hold(daemon.process.pid, limit_mb)
            say(sensors, ledger, 20)
            killed += ended(daemon)
            daemon.restart()
            wait_for(lambda: daemon.count("energy_kwh") >= len(ledger.acknowledged), "every reading")
        verdict = ledger.check(int(value) for value in daemon.values("energy_kwh"))
        sensors.close()
    note("faults.F22.killed", killed, "times for want of memory", floor=1, better="higher")
    note("faults.F22.lost", len(verdict.lost), f"of {len(ledger.acknowledged)} readings", floor=0)
    note("faults.F22.doubled", len(verdict.doubled), "readings", floor=0)


def ended(daemon: Running) -> bool:
    """Whether the kernel ended it; one that lives with so little is ended as well, and does not count."""
    try:
        return daemon.process.wait(15) == -signal.SIGKILL
    except subprocess.TimeoutExpired:
        return False
    finally:
        daemon.kill()
