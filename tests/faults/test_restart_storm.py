"""F25: a start that fails again and again: down for as long as the reason lasts, somebody hears, and it comes back."""

import subprocess
import sys
from pathlib import Path

from gateway.cli.failed import GRACE_S, failing
from tests import servers
from tests.faults.conftest import Note
from tests.integration.home import configuration, running, wait_for
from tests.test_systemd import settings

STARTS = 10
WRONG = '[[sensor]]\nname = "a"\nroom = "b"\ndevice = "none"\n'


def test_after_ten_failed_starts_the_eleventh_watches(tmp_path: Path, note: Note) -> None:
    """Without systemd as the first process here: the unit says that it never gives up, and the starts are ours."""
    assert settings("StartLimitIntervalSec") == ["0"]
    assert settings("Restart") == ["always"]
    command = [sys.executable, "-m", "gateway", "run", "--config", str(configuration(tmp_path, 1, [WRONG]))]
    ends = [subprocess.run(command, check=False, capture_output=True).returncode for _ in range(STARTS)]
    note("faults.F25.unclean_ends", sum(end != 3 for end in ends), "starts", floor=0)
    with running(configuration(tmp_path, servers.free_port(), []), KINLIGHT_MQTT_PASSWORD="x") as daemon:
        wait_for(lambda: b"watching home" in daemon.log.read_bytes(), "the eleventh start")
        assert daemon.stop() == 0
    (every_s,) = settings("RestartSec")
    first = failing(tmp_path, 1000.0)
    note("faults.F25.told_s", GRACE_S + float(every_s), "s", floor=180)
    assert first.since_s == 1000.0
