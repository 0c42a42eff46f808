"""The command line as an installer meets it: help everywhere, one sentence for what is wrong, the right exit code."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli.main import app
from tests.cli.running import CAPTURE, ran


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", list(commands(typer.main.get_command(app))), ids=" ".join)
def test_every_command_explains_itself_in_eighty_columns(path: Sequence[str]) -> None:
    done = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "80", "TERM": "dumb"})
    assert done.exit_code == 0
    assert f"Usage: root {' '.join(path)}".strip() in done.stdout.replace("kinlight", "root")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert len(done.stdout.splitlines()) > 6


def leaves() -> list[tuple[tuple[str, ...], Any]]:
    """Every command that is no group, with its name."""
    found = []
    for path in commands(typer.main.get_command(app)):
        command: Any = typer.main.get_command(app)
        for word in path:
            command = command.commands[word]
        found += [] if hasattr(command, "commands") else [(path, command)]
    return found


@pytest.mark.parametrize(("path", "command"), leaves(), ids=[" ".join(path) for path, _ in leaves()])
def test_every_option_is_explained_and_every_verb_that_prints_speaks_json(path: tuple[str, ...], command: Any) -> None:
    assert [param.name for param in command.params if not param.help] == []
    options = {name for param in command.params for name in param.opts}
    live = path[0] in ("run", "failed", "demo")  # two services, and a screen
    assert ("--json" in options) is not live


def test_the_version_and_what_a_shell_needs_to_complete() -> None:
    (said,) = ran("--version")[1]
    assert said.startswith("kinlight 0.")
    assert json.loads(ran("version", "--json")[1][0]) == {"version": said.split()[1]}
    environment = {"_KINLIGHT_COMPLETE": "complete_bash", "COMP_WORDS": "kinlight al", "COMP_CWORD": "1"}
    done = CliRunner().invoke(app, [], prog_name="kinlight", env=environment)
    assert done.stdout.split() == ["alerts"]


def test_every_command_of_the_issue_is_there() -> None:
    names = {path[0] for path in commands(typer.main.get_command(app)) if path}
    wanted = "run demo check backup restore decode record replay import simulate status alerts drivers rules version"
    assert set(wanted.split()) <= names


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
