"""`kinlight demo` as a process: it shows an alert, takes the answer from another one, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.alerts.journal import FILE as ALERTS
from gateway.simulate.broker import available
from tests.integration.home import wait_for

pytestmark = pytest.mark.skipif(not available(), reason="no MQTT broker here: install mosquitto or iotcore")
KINLIGHT = [sys.executable, "-m", "gateway"]


def kinlight(*words: str) -> str:
    return subprocess.run([*KINLIGHT, *words], check=True, capture_output=True, text=True, timeout=120).stdout


def processes_with(mark: str) -> list[str]:
    """Command lines of running processes whose environment carries `mark`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it ended meanwhile, or it is another user's
            continue
    return found


class Demo:
    def __init__(self, directory: Path, temporary: Path) -> None:
        self.directory, self.output, self.mark = directory, temporary / "output", f"KINLIGHT_TEST_DEMO={os.getpid()}"
        name, _, value = self.mark.partition("=")
        environment = {**os.environ, name: value, "TMPDIR": str(temporary), "INFLUX_URL": "http://127.0.0.1:9"}
        command = [*KINLIGHT, "demo", "--plain", "--weeks", "1", "--speed", "300", "--seconds", "60"]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, "--directory", str(directory)], env=environment, stdout=output, stderr=output
            )

    def said(self, words: str) -> bool:
        assert self.process.poll() is None or words in self.text(), f"it ended early: {self.text()}"
        return words in self.text()

    def text(self) -> str:
        return self.output.read_text()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    (tmp_path / "temporary").mkdir()
    running = Demo(tmp_path / "a demo", tmp_path / "temporary")
    yield running
    if running.process.poll() is None:
        running.process.kill()
    running.process.wait()


@pytest.mark.timeout(400)  # a week of history first, on a machine that others use too
def test_the_alert_is_answered_from_another_terminal_and_nothing_is_left(demo: Demo) -> None:
    typed = wait_for(lambda: demo.said("alerts ack ") and demo.text(), "the help button, and what to type", 300)
    number = typed.split("ALERT ", 1)[1].split(":", 1)[0]
    folder = ["--directory", str(demo.directory)]
    wait_for(lambda: demo.said(f"alerts ack {number} --directory '{demo.directory}'"), "what to type, quoted")
    assert "Help button pressed" in kinlight("alerts", "show", number, *folder)
    assert "Thank you" in kinlight("alerts", "ack", number, "--by", "ann", "--minutes", "600", *folder)
    wait_for(lambda: demo.said(f"answered {number}: Ann is on it"), "the answer on the screen")
    rows = {row["id"]: row for row in json.loads(kinlight("alerts", "list", "--json", *folder))}
    assert rows[int(number)]["state"] == "acknowledged"
    assert 0 < rows[int(number)]["until_ns"] - rows[int(number)]["changed_ns"] == 600 * 60 * 10**9

    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(60) == 0
    text = demo.text()
    assert "points wait, nothing is lost: the store cannot be reached" in text, "a dead store is said"
    assert text.rstrip().splitlines()[-1] == f"The demo has ended. Its journals are in {demo.directory}."
    assert "Traceback" not in text
    assert wait_for(lambda: not processes_with(demo.mark), "the end of every process")
    assert (demo.directory / ALERTS).exists()
    assert not list((demo.directory / "ports").iterdir()), "no pseudo-terminal is left"
    assert [path.name for path in demo.output.parent.iterdir()] == ["output"], "no temporary file is left"


def test_a_real_home_s_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ALERTS).write_bytes(b"precious")
    command = [*KINLIGHT, "demo", "--plain", "--seconds", "1", "--directory", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 4
    assert "holds the journals of a home, not of a demo" in done.stderr
    assert (tmp_path / ALERTS).read_bytes() == b"precious"


@pytest.mark.parametrize(("words", "says"), [(["--decline", "flu"], "uti"), (["--weeks", "0"], "1 to 52")])
def test_a_wish_that_cannot_be_is_told_in_a_sentence(words: list[str], says: str) -> None:
    done = subprocess.run([*KINLIGHT, "demo", *words], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
