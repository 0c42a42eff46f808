"""What `kinlight check` called ok, and what stood in the way of a home."""

import json
import os
import pty
from pathlib import Path

import pytest

from gateway.alerts.journal import AlertJournal
from gateway.sinks import influx
from tests import servers
from tests.cli.running import ran
from tests.conftest import fill
from tests.integration.home import configuration, running, sensor, wait_for

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise's own, on 3.11
HOME = '[home]\nid = "test"\n'
LOG = '[[notifier]]\nname = "log"\ntype = "log"\n'
CONTACT = '[[contact]]\nname = "ann"\nnotifier = "log"\nkinds = ["personal", "technical"]\n'
WIRE = '[[device]]\nname = "bed"\ndriver = "serial_lines"\nport = "{}"\n' + sensor("bed", "bed", "bed")


def checked(folder: Path, text: str, *words: str) -> tuple[int, list[str]]:
    """Exit code and lines of `kinlight check` for a home with that configuration."""
    (folder / "gateway.toml").write_text(HOME + text)
    code, out, _ = ran("check", "--config", folder / "gateway.toml", *words)
    return code, out


def store(directory: Path) -> str:
    return f'[store]\ndirectory = "{directory}"\n'


@pytest.mark.parametrize("case", ["store-dir-is-file"])
@pytest.mark.parametrize("below", ["", "below"])
def test_a_file_where_the_journals_should_be(case: str, below: str, tmp_path: Path) -> None:
    code, out = checked(tmp_path, store(Path("/etc/passwd") / below) + LOG)
    assert code == 4
    (line,) = [line for line in out if line.startswith("PROBLEM")]
    assert line.endswith("/etc/passwd is a file; set [store] directory to a folder")


@pytest.mark.parametrize("case", ["store-full"])
def test_a_disk_without_room(case: str, tmp_path: Path, small_disk: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(HOME + store(small_disk / "state") + LOG)
    fill(small_disk)
    code, out, _ = ran("check", "--config", config)
    assert code == 4
    (line,) = [line for line in out if line.startswith("PROBLEM")]
    assert "no room: 0 MB are free; remove what does not belong there" in line


@pytest.mark.parametrize("case", ["at-least-high-only"])
def test_a_priority_that_nobody_hears_of_is_noted(case: str, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(CONTACT + 'at_least = "high"\n')
    code, out = checked(tmp_path, store(tmp_path) + LOG)
    notes = [line for line in out if line.startswith("note") and "told to nobody" in line]
    assert code == 0
    assert [line.split(":")[1] for line in notes] == [" personal alerts", " technical alerts"]
    assert "those of low and medium priority are told to nobody; lower at_least of a contact" in notes[0]


@pytest.mark.parametrize(
    ("name", "size", "expected"),
    [
        ("mqtt_password", 24, ""),
        (".swp", 2_000_000, ""),
        ("schlüssel", 24, "'schlüssel' keeps the service from starting; give it a name of plain letters"),
        ("a:b", 24, "'a:b' keeps the service from starting"),
        (
            "backup.tar.gz",
            2_000_000,
            "more than 1 MB lies there, which keeps the service from starting; take backup.tar.gz",
        ),
    ],
)
def test_a_folder_of_secrets_that_systemd_would_not_load(
    name: str, size: int, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / name).write_bytes(b"x" * size)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secrets))
    _, out = checked(tmp_path, store(tmp_path) + LOG)
    (line,) = [line for line in out if "secrets in" in line]
    assert line.startswith("PROBLEM") is bool(expected)
    assert expected in line


def test_a_blank_that_nobody_sees_is_noted(tmp_path: Path) -> None:
    zigbee = '[mqtt]\n[[device]]\nname = "zigbee"\ndriver = "zigbee2mqtt"\n'
    _, out = checked(tmp_path, store(tmp_path) + LOG + zigbee + sensor("sos", "bathroom", "zigbee", "SOS "))
    (line,) = [line for line in out if "sensor sos" in line]
    assert line.startswith("note     sensor sos: its address 'SOS ' begins or ends with a blank")


def test_a_notifier_that_cannot_be_reached_is_a_problem(tmp_path: Path) -> None:
    port = servers.free_port()
    leaves = f'[[notifier]]\nname = "ann"\ntype = "apprise"\noptions = {{ url = "json://127.0.0.1:{port}/secret" }}\n'
    leaves += f'[[notifier]]\nname = "lamp"\ntype = "mqtt"\noptions = {{ port = {port}, timeout_s = 2 }}\n'
    code, out = checked(tmp_path, store(tmp_path) + leaves)
    problems = [line for line in out if line.startswith("PROBLEM")]
    assert code == 4
    assert len(problems) == 2, out
    assert problems[0].endswith(
        "json: the service cannot be reached: Connection refused; is the box online, and is the URL right?"
    )
    assert f"notifier lamp, without a message (--tell sends one): the broker at 127.0.0.1:{port}: " in problems[1]


def test_nobody_is_sent_anything_unless_told_to(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="gateway.notifiers.log")
    code, out = checked(tmp_path, store(tmp_path) + LOG)
    assert (code, caplog.text) == (0, "")
    assert out[-1] == "ok       notifier log, without a message (--tell sends one)"
    code, out = checked(tmp_path, store(tmp_path) + LOG, "--tell")
    assert code == 0
    assert "ok       notifier log, with a test message" in out
    assert "Kinlight: only a test" in caplog.text


def test_a_token_of_another_home_is_a_problem(tmp_path: Path, victoria: servers.Store) -> None:
    for home, expected in (("home-42", "the token is that of home-42, and this home is test"), ("test", "")):
        options = f'options = {{ url = "{victoria.url}", token = "kinlight.{home}.abc_-" }}\n'
        _, out = checked(tmp_path, store(tmp_path) + LOG + f'[[sink]]\nname = "care"\ntype = "influx"\n{options}')
        (line,) = [line for line in out if "sink care" in line]
        assert line.startswith("PROBLEM") is bool(expected)
        assert expected in line


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/insert/42/influx", True),
        ("/insert/42:7/influx", True),
        ("/insert/multitenant/influx", True),
        ("/insert/influx", False),
        ("/insert", False),
        ("/insert/", False),
        ("/insert/x/influx", False),
        ("/inserted/influx", True),
        ("", True),
    ],
)
def test_a_cluster_wants_its_tenant(path: str, known: bool) -> None:
    sink = influx.create(influx.Options(f"http://127.0.0.1:{servers.free_port()}{path}", timeout_s=1.0))
    said = sink.write([]).reason
    sink.close()
    assert ("put the number behind insert, as in https://HOST/insert/42/influx" in said) is not known


def test_ports_that_the_running_box_holds_are_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINLIGHT_MQTT_PASSWORD", "x")
    ours, theirs = pty.openpty()
    path = configuration(tmp_path, servers.free_port(), [WIRE.format(os.ttyname(theirs)), LOG])
    with running(path) as daemon:
        wait_for(lambda: "port bed" in daemon.status().get("workers", {}), "the port")
        _, out, _ = ran("check", "--config", path)
        assert daemon.stop() == 0
    (line,) = [line for line in out if "device bed" in line]
    assert line == f"ok       device bed on {os.ttyname(theirs)}"
    os.close(ours)
    os.close(theirs)


def test_a_box_that_is_checked_before_it_ran_is_not_changed(tmp_path: Path) -> None:
    state = tmp_path / "state"
    checked(tmp_path, store(state) + LOG)
    assert not state.exists()
    AlertJournal.open(state).close()
    before = sorted(state.iterdir())
    _, out = checked(tmp_path, store(state) + LOG, "--json")
    assert json.loads(out[0])
    assert sorted(state.iterdir()) == before
