"""The command line as an installer meets it: help everywhere, one sentence for what is wrong, the right exit code."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from gateway import replaying
from gateway.alert import Alert, Answer, Change, State
from gateway.alert_journal import AlertJournal
from gateway.cli import app
from gateway.health import changes_of
from gateway.opening import open_home
from gateway.screen import change_lines
from rules.base import AlertKind, Finding, Priority
from rules.core.confounders import Flag
from rules.core.explain import DayStatus
from tests.integration.home import configuration, sensor
from tests.servers import Broker, free_port
from tests.thinking import START_NS

CAPTURE = (
    '{"time":"2026-11-17T08:00:00Z","device":"zigbee","topic":"zigbee2mqtt/hall","text":"{\\"occupancy\\":true}"}\n'
)


def ran(*words: str | Path) -> tuple[int, list[str], list[str]]:
    """Exit code, lines on standard output, lines on standard error."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout.splitlines(), done.stderr.splitlines()


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """A command that sets up logging leaves a stream behind that is closed by then."""
    before = logging.root.handlers[:]
    yield
    logging.root.handlers[:] = before


@pytest.mark.parametrize("path", list(commands(typer.main.get_command(app))), ids=" ".join)
def test_every_command_explains_itself_in_eighty_columns(path: Sequence[str]) -> None:
    done = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "80", "TERM": "dumb"})
    assert done.exit_code == 0
    assert f"Usage: root {' '.join(path)}".strip() in done.stdout.replace("kinlight", "root")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert len(done.stdout.splitlines()) > 6


def test_every_command_of_the_issue_is_there() -> None:
    names = {path[0] for path in commands(typer.main.get_command(app)) if path}
    wanted = "run demo check decode record replay import simulate status alerts drivers rules version"
    assert set(wanted.split()) <= names


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A gateway.toml whose broker nobody runs."""
    monkeypatch.setenv("KINLIGHT_MQTT_PASSWORD", "x")
    return configuration(tmp_path, free_port(), [sensor("hall-motion", "hallway", "zigbee", "hall")])


def test_python_m_gateway_and_a_traceback_is_never_seen(home: Path, tmp_path: Path) -> None:
    def process(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "gateway", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert process("version").stdout.startswith("kinlight 0.")
    unknown = process("runn")
    assert unknown.returncode == 2
    assert "No such command 'runn'" in unknown.stderr
    missing = process("run", "--config", str(tmp_path / "no.toml"))
    assert missing.returncode == 3
    assert "Traceback" not in unknown.stderr + missing.stderr


def test_a_reader_who_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    capture = tmp_path / "many.jsonl"
    capture.write_text(CAPTURE * 20_000)
    command = f"{sys.executable} -m gateway decode zigbee2mqtt {capture} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, timeout=60)
    assert json.loads(done.stdout)["quantity"] == "motion"
    assert done.stderr == ""


# decode


def test_decode_prints_exactly_what_the_format_says(tmp_path: Path) -> None:
    capture = tmp_path / "c.jsonl"
    lines = [
        CAPTURE,
        CAPTURE.replace('"text"', '"retain":true,"text"'),
        CAPTURE.replace('\\"occupancy\\":true', '\\"humidity\\":900').replace(":00Z", ":01.25Z"),
        CAPTURE.replace('{\\"occupancy\\":true}', "not json"),
    ]
    capture.write_text("".join(lines))
    code, out, err = ran("decode", "zigbee2mqtt", capture)
    assert (code, err) == (0, [])
    rows = [json.loads(line) for line in out]
    begin = {"time": "2026-11-17T08:00:00Z", "device": "hall"}
    motion = begin | {"quantity": "motion", "value": 1}
    assert rows[:2] == [motion, motion | {"stale": True}]
    assert rows[2] == begin | {
        "time": "2026-11-17T08:00:01.25Z",
        "quantity": "humidity_percent",
        "value": 900,
        "suspect": True,
    }
    assert list(rows[3]) == ["time", "device", "error", "reason"]
    assert rows[3]["error"] == "format"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"time":"yesterday","device":"z","text":""}\n', 'line 2, key "time": must be UTC between 1970 and 2262'),
        ('{"time":"2026-11-17T08:00:00Z","device":"z","hex":"0g"}\n', 'line 2, key "hex": must be pairs of hex digits'),
        ("garbage\n", "line 2: not a JSON object; was the recording cut off here? Remove the line"),
    ],
)
def test_a_bad_line_is_named_and_all_others_are_decoded(tmp_path: Path, content: str, expected: str) -> None:
    capture = tmp_path / "c.jsonl"
    capture.write_text(CAPTURE + content + CAPTURE)
    code, out, err = ran("decode", "zigbee2mqtt", capture)
    assert (code, len(out), len(err)) == (3, 2, 2)
    assert err[0].startswith(f"kinlight: {capture}, {expected}")
    assert err[1] == f"kinlight: 1 bad lines in {capture}; all others were decoded"


def test_decode_says_what_it_cannot_use(tmp_path: Path) -> None:
    capture = tmp_path / "c.jsonl"
    capture.write_text(CAPTURE)
    for words, code, expected in (
        (("zigbee", capture), 3, "there is no driver 'zigbee'; did you mean 'zigbee2mqtt'?"),
        (("zigbee2mqtt", tmp_path / "no.jsonl"), 4, "No such file or directory"),
        (("zigbee2mqtt", tmp_path), 4, "Is a directory"),
        (("zigbee2mqtt", capture, "-o", "bsae=x"), 3, "has no option 'bsae'; did you mean 'base'?"),
        (("zigbee2mqtt", capture, "-o", "base"), 3, "option 'base' is not of the form name=value"),
    ):
        got, _, err = ran("decode", *words)
        assert (got, len(err)) == (code, 1), err
        assert expected in err[0]


# check


def test_check_tries_everything_and_says_what_to_mend(home: Path) -> None:
    text = home.read_text() + '[[device]]\nname = "bed"\ndriver = "serial_lines"\nport = "/dev/kinlight/nothing"\n'
    home.write_text(text)
    code, out, err = ran("check", "--config", home)
    problems = [line for line in out if line.startswith("PROBLEM")]
    assert code == 4
    assert len(problems) == 4
    assert "device bed on /dev/kinlight/nothing: there is no such port; there is: " in problems[0]
    assert "Connection refused; is it running, and are [mqtt] host and port right?" in problems[1]
    assert "device bed: no [[sensor]] uses it; nothing it says will be kept" in problems[2]
    assert "notifiers: there is none: nobody would be told; add a [[notifier]]" in problems[3]
    assert err == [f"kinlight: 4 of {len(out)} things need mending"]
    code, out, _ = ran("check", "--config", home, "--json")
    assert code == 4
    assert sum(bool(row["fault"]) for row in json.loads(out[0])) == 4


def test_check_knows_a_wrong_password(home: Path, broker: Broker) -> None:
    blocks = [sensor("hall-motion", "hallway", "zigbee", "hall"), '[[notifier]]\nname = "log"\ntype = "log"']
    configuration(home.parent, broker.port, blocks)
    code, out, _ = ran("check", "--config", home)
    problems = [line for line in out if line.startswith("PROBLEM")]
    assert (code, len(problems)) == (4, 1)
    assert "the broker refuses the user name or password; set [mqtt] username and password" in problems[0]
    home.write_text(home.read_text().replace("credential:mqtt_password", broker.password))
    code, out, err = ran("check", "--config", home)
    assert (code, err) == (0, []), out


# status and alerts


def test_status_without_a_box_and_with_a_damaged_file(home: Path) -> None:
    code, _, err = ran("status", "--config", home)
    assert code == 4
    assert "no running box left its status in" in err[0]
    assert "start it with `kinlight run`" in err[0]
    state = home.parent / "state"
    state.mkdir()
    (state / "status.json").write_text('{"time_ns": 1')
    code, _, err = ran("status", "--config", home)
    assert (code, len(err)) == (4, 1)
    assert "status.json is damaged" in err[0]


def test_alerts_without_a_journal_and_with_one(home: Path) -> None:
    code, _, err = ran("alerts", "list", "--config", home)
    assert code == 5
    assert "is it the right --directory?" in err[0]
    finding = Finding("sos", "lounge", AlertKind.PERSONAL, Priority.HIGH, "Pressed.", START_NS, "Call.")
    journal = AlertJournal.open(home.parent / "state")
    journal.record([Change(Alert(1, finding, State.ACTIVE, START_NS, START_NS, told_ns=START_NS), START_NS, True)])
    journal.close()
    code, out, _ = ran("alerts", "list", "--config", home)
    assert code == 0
    assert out == ["   1  2026-11-18 00:00Z  high    active", "      Pressed."]
    assert json.loads(ran("alerts", "list", "--json", "--config", home)[1][0])[0]["subject"] == "lounge"
    code, out, _ = ran("alerts", "show", "1", "--config", home)
    assert code == 0
    assert "Pressed." in out[0]
    for words in (("show", "9"), ("ack", "9")):
        code, _, err = ran("alerts", *words, "--config", home)
        assert code == 2
        assert "there is no alert 9" in err[0]
    assert ran("alerts", "ack", "1", "--minutes", "0", "--config", home)[0] == 2


@pytest.fixture
def changed(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AlertJournal]:
    """A journal with alert 1 about restless nights and alert 2 about a cold room; whatever is answered is taken."""
    monkeypatch.setattr("gateway.answers.leave", lambda *_: home / "taken")
    journal = AlertJournal.open(home.parent / "state")
    for number, (rule, subject) in enumerate((("deterioration", "restless_nights"), ("cold_room", "lounge")), start=1):
        finding = Finding(rule, subject, AlertKind.PERSONAL, Priority.LOW, "x", START_NS, "y")
        journal.record([Change(Alert(number, finding, State.ACTIVE, START_NS, START_NS, told_ns=START_NS), 1, True)])
    yield journal
    journal.close()


def test_a_rating_says_what_it_changed_and_how_to_take_it_back(home: Path, changed: AlertJournal) -> None:
    def rate(*words: str) -> tuple[int, str, list[str]]:
        code, out, err = ran("alerts", "rate", *words, "--config", home)
        return code, " ".join(out), err

    code, said, _ = rate("1", "nothing-found")
    assert code == 0
    assert said == (
        'Alert 1: your rating is kept. Thank you. Of "restless nights" Kinlight now asks for more before it tells '
        "anybody: 1.5 times the usual evidence instead of the usual evidence. "
        "To take it back: kinlight alerts rate 1 nothing-found --undo"
    )
    changed.record_answer(Answer(1, "rate", "ann", START_NS, 30, "nothing-found"))
    assert "now asks for less" in rate("1", "nothing-found", "--undo")[1]
    assert "0.82 times the usual evidence instead of 1.5 times the usual evidence." in rate("1", "right")[1]
    code, _, err = rate("1", "right", "--undo")
    assert (code, err) == (2, ["kinlight: alert 1 is not rated right: there is nothing to take back"])
    assert rate("2", "nothing-found")[1] == "Alert 2: your rating is kept. Thank you."
    assert rate("3", "right")[0] == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (None, ["Alerts about changed days: none; no day could be assessed yet."]),
        ((5, 0, 0), ["Alerts about changed days: none; the routine is still being learned, 5 days to go."]),
        (
            (0, 0, 40),
            [
                "Alerts about changed days: 0 in 40 assessed days.",
                "  By chance alone about one in 30 days is expected.",
            ],
        ),
        (
            (0, 2, 41),
            [
                "Alerts about changed days: 2 in 41 assessed days, one in 20 days.",
                "  By chance alone about one in 30 days is expected.",
            ],
        ),
    ],
)
def test_the_observed_rate_stands_beside_the_nominal_one(changes: tuple[int, int, int] | None, said: list[str]) -> None:
    now = DayStatus(changes[0], Flag.NONE, (), changes[1], changes[2]) if changes else None
    assert list(change_lines(json.loads(json.dumps(changes_of(now, 30.0))))) == said


def test_a_database_that_is_none_is_one_sentence(home: Path) -> None:
    state = home.parent / "state"
    state.mkdir()
    (state / "alerts.sqlite").write_bytes(b"no database" * 1000)
    code, _, err = ran("alerts", "list", "--config", home)
    assert (code, len(err)) == (5, 1)
    assert "alerts.sqlite: file is not a database" in err[0]


def test_a_second_box_on_the_same_journal_is_refused(home: Path) -> None:
    from gateway.build import build

    opened = open_home(build(home), home.parent / "state")
    code, _, err = ran("run", "--config", home)
    opened.close()
    assert (code, len(err)) == (4, 1)
    assert "is in use by another Kinlight; stop that one first" in err[0]


# replay, record, simulate, import


def test_replay_names_bad_lines_and_what_it_did_not_understand(home: Path, tmp_path: Path) -> None:
    capture = tmp_path / "c.jsonl"
    capture.write_text(CAPTURE + "garbage\n" + CAPTURE.replace('"zigbee"', '"attic"').replace("08:00", "08:10"))
    target = tmp_path / "replayed"
    code, out, err = ran("replay", capture, "--config", home, "--directory", target)
    assert code == 3
    assert out[0].startswith("2 frames, 1 readings, ")
    assert any("no [[device]] is named 'attic'" in line for line in out)
    assert err[-1] == "kinlight: 1 bad lines; all others were replayed"
    code, out, _ = ran("replay", capture, "--config", home, "--directory", target, "--json")
    report = json.loads(out[0])
    assert (code, report["bad_lines"], report["not_understood"][0]["count"]) == (3, 1, 1)


def test_replay_to_a_store_that_is_away_ends_with_a_sentence(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "PATIENCE_S", 0.5)
    options = f'url = "http://127.0.0.1:{free_port()}", token = "t", org = "o", bucket = "b"'
    home.write_text(home.read_text() + f'\n[[sink]]\nname = "store"\ntype = "influx"\noptions = {{ {options} }}\n')
    capture = tmp_path / "c.jsonl"
    capture.write_text(CAPTURE)
    code, out, err = ran("replay", capture, "--config", home, "--directory", tmp_path / "replayed")
    assert (code, len(err)) == (4, 1)
    assert "  sink store: NOT everything sent" in out
    assert "points are kept in" in err[0]
    assert "Connection refused" in err[0] or "reach" in err[0]


def test_record_without_devices_that_work_says_so_and_ends(home: Path, tmp_path: Path) -> None:
    code, out, err = ran("record", tmp_path / "r.jsonl", "--config", home, "--seconds", "0.5")
    assert code == 4
    assert out == [f"0 frames recorded in {tmp_path / 'r.jsonl'}"]
    assert "mqtt: broker 127.0.0.1:" in err[-1]
    assert "Connection refused; is it running, and is [mqtt] host right?" in err[-1]
    code, _, err = ran("record", tmp_path / "nowhere" / "r.jsonl", "--config", home, "--seconds", "9")
    assert (code, len(err)) == (4, 1)
    assert "nowhere/r.jsonl: No such file or directory" in err[0]


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (("simulate", "--start", "tomorrow"), 2, "Invalid isoformat string: 'tomorrow'"),
        (("simulate", "--decline", "flu:3"), 2, "flu"),
        (("simulate", "--output", "/proc/nowhere/x.jsonl", "--days", "1"), 4, "/proc/nowhere"),
        (("import", "tihm", "/nowhere"), 4, "/nowhere"),
    ],
)
def test_other_commands_say_what_is_wrong_in_one_sentence(words: Sequence[str], code: int, expected: str) -> None:
    got, _, err = ran(*words)
    assert (got, len(err)) == (code, 1), err
    assert expected in err[0]


def test_what_there_is_for_people_and_for_machines() -> None:
    for name in ("drivers", "rules"):
        code, out, _ = ran(name)
        assert code == 0
        rows = json.loads(ran(name, "--json")[1][0])
        assert [line.split()[0] for line in out] == [row["name"] for row in rows]
        assert all(row["title"] for row in rows)


def test_a_journal_of_a_newer_kinlight_is_not_touched(home: Path) -> None:
    import sqlite3

    state = home.parent / "state"
    from gateway.journal import FILE, Journal

    Journal.open(state).close()
    connection = sqlite3.connect(state / FILE)
    connection.execute("PRAGMA user_version=9")
    connection.close()
    code, _, err = ran("run", "--config", home)
    assert (code, len(err)) == (3, 1)
    assert "was written by a newer Kinlight" in err[0]
