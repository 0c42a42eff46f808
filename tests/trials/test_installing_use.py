"""Commands that ended in a traceback, replaced what was there, or were stopped without care."""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.simulate.emit import write_capture
from tests import servers
from tests.cli.running import ran
from tests.integration.home import configuration, running, sensor, wait_for
from tests.servers import Broker

DAY = ("simulate", "--days", "1")


@pytest.mark.parametrize(
    ("case", "words", "expected"),
    [
        ("simulate-seed", ("--seed", "-3"), "greater than or equal to 0"),
        ("simulate-9999", ("--start", "9999-12-31"), "1 day from then on must lie between 1970-01-02 and 2261-12-31"),
        ("simulate-1969", ("--start", "1969-01-01"), "1 day from then on must lie between 1970-01-02 and 2261-12-31"),
    ],
)
def test_days_and_numbers_that_cannot_be(case: str, words: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    code, _, err = ran(*DAY, *words, "--output", tmp_path / "x.jsonl")
    assert code == 2
    assert expected in "\n".join(err)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("case", ["simulate-out"])
def test_a_stream_is_written_to_and_stays_one(case: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "gateway", *DAY, "--output", str(pipe)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process, pipe.open() as stream:
        lines = stream.read().splitlines()
        assert process.wait(60) == 0
        assert process.stderr
        assert f"{len(lines)} frames of 1 day written to {pipe}" in process.stderr.read()
    assert json.loads(lines[-1])["device"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]
    code, _, err = ran(*DAY, "--output", tmp_path)
    assert (code, err) == (4, [f"kinlight: {tmp_path}: Is a directory"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", [("rules",), (*DAY, "--output", "/dev/full"), ("simulate", "--help")])
def test_a_full_output_is_a_sentence(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "gateway", *words]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert done.returncode == 4
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_what_is_there_is_kept_unless_forced(tmp_path: Path) -> None:
    capture, config = tmp_path / "x.jsonl", tmp_path / "gateway.toml"
    for mine in (capture, config):
        mine.write_text("mine")
        code, _, err = ran(*DAY, "--output", capture, "--config", config)
        assert code == 2
        assert err == [f"kinlight: {mine} is there already; give another name, or --force to replace it"]
        assert mine.read_text() == "mine"
        mine.rename(tmp_path / f"{mine.name}.aside")
    assert ran(*DAY, "--output", capture, "--config", config)[0] == 0
    assert ran(*DAY, "--output", capture, "--config", config, "--force")[0] == 0
    assert write_capture([], capture) == 0


@pytest.mark.parametrize("case", ["decode-wrong-file"])
def test_a_wrong_file_is_ten_lines_and_a_count(case: str, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"\x7fELF\n" * 500)
    code, out, err = ran("decode", "zigbee2mqtt", wrong)
    assert (code, out, len(err)) == (3, [], 11)
    assert err[-1] == f"kinlight: 500 bad lines in {wrong}; all others were decoded"


@pytest.mark.parametrize("case", ["sighup"])
def test_a_closed_terminal_stops_as_sigterm_does(case: str, tmp_path: Path, mortal_broker: Broker) -> None:
    path = configuration(tmp_path, mortal_broker.port, [sensor("hall", "hall", "zigbee", "Hall")])
    with running(path, KINLIGHT_MQTT_PASSWORD=mortal_broker.password) as daemon:
        daemon.up()
        daemon.process.send_signal(signal.SIGHUP)
        assert daemon.process.wait(60) == 0
        assert "stopped" in daemon.log.read_text().splitlines()[-1]


def test_ctrl_c_while_the_program_loads_is_no_traceback(tmp_path: Path) -> None:
    """Held in the import of a library that it needs; there it gets the signal."""
    (tmp_path / "typer.py").write_text("import signal\nprint('loading', flush=True)\nsignal.pause()\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "gateway", "rules"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "loading\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read() == ""


def test_the_status_of_a_box_that_needs_somebody_ends_with_four(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KINLIGHT_MQTT_PASSWORD", "x")
    path = configuration(tmp_path, servers.free_port(), [sensor("hall", "hall", "zigbee", "Hall")])
    with running(path) as daemon:
        wait_for(lambda: daemon.status().get("workers", {}).get("mqtt", {}).get("fault"), "the fault")
        code, out, err = ran("status", "--config", path)
        assert (code, err) == (4, ["kinlight: 1 part not working: mqtt"])
        assert any("NOT WORKING  mqtt: broker" in line for line in out)
        code, out, _ = ran("status", "--config", path, "--json")
        assert code == 4
        assert json.loads(out[0])["disk_free_mb"] > 0
        assert daemon.stop() == 0
