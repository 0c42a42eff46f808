"""The unit, the installation and the broker's settings: tried with systemd's own tools and our daemon."""

import re
import shlex
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from gateway.config.credentials import Credentials
from gateway.service.build import build
from gateway.service.daemon import Daemon
from gateway.system import systemd
from gateway.system.clock import Clock
from gateway.system.worker import HUNG_S, Stop, Worker
from tests import servers
from tests.integration.home import configuration, running

ROOT = Path(__file__).parent.parent
UNIT = ROOT / "systemd" / "kinlight.service"
FAILED = ROOT / "systemd" / "kinlight-failed.service"
EXPOSURE_TENTHS = 15  # of 100: `systemd-analyze security` calls up to 40 "OK"; a service with nothing but User= has 92
SCRIPTS = ("systemd/install.sh", "systemd/own.sh", "systemd/kinlight", ".ci/run")


def need(program: str) -> str:
    """The path of a program; skips where it is missing."""
    found = shutil.which(program, path=servers.SEARCH)
    if not found:
        pytest.skip(f"{program} is not installed")
    return found


def settings(name: str) -> list[str]:
    """All values of a setting of the unit."""
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    analyze = need("systemd-analyze")
    program = tmp_path / "kinlight"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (command,) = settings("ExecStart")
    for unit in (UNIT, FAILED):
        (tmp_path / unit.name).write_text(unit.read_text().replace(command.split()[0], str(program)))
    staged = [str(tmp_path / unit.name) for unit in (UNIT, FAILED)]
    done = subprocess.run([analyze, "verify", *staged], capture_output=True, text=True, check=False)
    ours = [row for row in done.stderr.splitlines() if "kinlight" in row]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("unit", [UNIT, FAILED], ids=lambda unit: unit.stem)
def test_sandbox_is_tight(unit: Path) -> None:
    analyze = need("systemd-analyze")
    options = ["security", "--offline=yes", "--no-pager", f"--threshold={EXPOSURE_TENTHS}"]
    done = subprocess.run([analyze, *options, str(unit)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-200:] + done.stderr


def test_unit_never_gives_up() -> None:
    assert settings("Restart") == ["always"]
    assert settings("StartLimitIntervalSec") == ["0"]
    assert settings("Type") == ["notify"]
    assert not settings("RestartPreventExitStatus"), "a mended configuration file must be picked up by itself"


def test_a_bad_end_starts_the_telling_and_a_good_one_does_not(tmp_path: Path) -> None:
    """OnFailure= alone is never reached: a unit that is always started again does not enter "failed"."""
    assert settings("OnFailure") == [FAILED.name]
    (command,) = settings("ExecStopPost")
    shell, flag, text = shlex.split(command.replace("$$", "$"))
    assert (shell, flag) == ("+/bin/sh", "-c")
    (tmp_path / "systemctl").write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/called\n')
    (tmp_path / "systemctl").chmod(0o755)
    called = tmp_path / "called"
    for result, wanted in (("success", False), ("exit-code", True), ("watchdog", True), ("signal", True)):
        called.unlink(missing_ok=True)
        environment = {"PATH": f"{tmp_path}:/bin:/usr/bin", "SERVICE_RESULT": result}
        subprocess.run(["/bin/sh", "-c", text], env=environment, check=True)
        assert called.exists() is wanted, result
    assert called.read_text() == f"start --no-block {FAILED.name}\n"


def test_daemon_speaks_to_systemd_as_the_unit_expects(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(path))
        notify.settimeout(20)
        nobody = configuration(tmp_path, servers.free_port(), [])  # no broker: it watches all the same
        watchdog = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "60000000", "KINLIGHT_MQTT_PASSWORD": "x"}
        with running(nobody, **watchdog) as daemon:
            heard = [notify.recv(4096).decode() for _ in range(3)]
            assert daemon.stop() == 0
        notify.setblocking(False)
        try:
            while True:
                heard.append(notify.recv(4096).decode())
        except BlockingIOError:
            pass
    assert heard[:3] == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]
    assert heard[-1] == "STOPPING=1"


class Quiet(Worker):
    """A part of the box that has not got anywhere for as long as one likes."""

    quiet_s = 0.0

    def stale_s(self) -> float:
        return self.quiet_s


@pytest.mark.parametrize(
    ("name", "fed"),
    [("journal", 1), ("alerts", 1), ("mqtt", 1), ("port board", 1), ("sink store", 2), ("notifier daughter", 2)],
)
def test_watchdog_is_not_fed_while_a_part_hangs_that_a_start_would_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, fed: int
) -> None:
    """A store or a service that hangs is somebody else's: a box that starts anew because of it watches nobody."""
    monkeypatch.setenv("KINLIGHT_MQTT_PASSWORD", "x")
    (tmp_path / "state").mkdir()
    said: list[str] = []
    monkeypatch.setattr(systemd, "notify", said.append)
    daemon = Daemon(build(configuration(tmp_path, servers.free_port(), [])), Clock(), Stop())
    part = Quiet(name, lambda _: None, daemon.stop, lambda _: None)
    try:
        daemon.workers = [part]
        daemon._look_around()
        assert said == ["WATCHDOG=1"]
        part.quiet_s = HUNG_S + 1
        daemon._look_around()
        assert said.count("WATCHDOG=1") == fed
    finally:
        daemon.setup.close()
        daemon.opened.close()


def test_notify_knows_both_kinds_of_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for bound, given in ((str(tmp_path / "s"), str(tmp_path / "s")), ("\0kinlight-test", "@kinlight-test")):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(bound)
            monkeypatch.setenv("NOTIFY_SOCKET", given)
            systemd.notify("READY=1")
            assert listener.recv(64) == b"READY=1"


def test_a_systemd_that_does_not_listen_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    for _ in range(3):
        systemd.notify("WATCHDOG=1")
    assert len(caplog.records) == 1


def test_every_secret_of_the_folder_is_known_to_the_service(tmp_path: Path) -> None:
    """systemd names the files of a folder after the credential: kinlight_mqtt_password."""
    (loaded,) = settings("LoadCredential")
    name, _, folder = loaded.partition(":")
    assert folder == "/etc/kinlight"
    (tmp_path / f"{name}_daughter_url").write_text("json://localhost\n")
    secrets = Credentials(tmp_path)
    assert secrets.resolve({"url": "credential:daughter_url"}) == {"url": "json://localhost"}
    assert not secrets.faults


@pytest.mark.parametrize("script", SCRIPTS)
def test_shell_script_is_clean(script: str) -> None:
    done = subprocess.run([need("shellcheck"), ROOT / script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
