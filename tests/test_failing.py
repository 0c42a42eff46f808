"""A box that does not start: somebody outside hears of it, from a process that needs nothing of what is broken."""

import http.server
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.failed import AGAIN_S, FAILING, GRACE_S, tell
from gateway.cli.main import app
from gateway.service.health import STATUS

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise's own, on 3.11

NOW_S = 1_795_000_000.0
PLAN = '[[contact]]\nname = "anna"\nnotifier = "daughter"\nkinds = ["personal", "technical"]\n'


class Service(http.server.BaseHTTPRequestHandler):
    """A message service that takes what it is sent: Apprise's own JSON form."""

    said: list[dict[str, str]]

    def do_POST(self) -> None:
        self.said.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Not in the test's output."""


@pytest.fixture
def said() -> Iterator[tuple[int, list[dict[str, str]]]]:
    taken: list[dict[str, str]] = []
    server = http.server.HTTPServer(("127.0.0.1", 0), type("Mine", (Service,), {"said": taken}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, taken
    server.shutdown()
    thread.join(10)
    server.server_close()


def config(directory: Path, port: int, more: str = "") -> Path:
    path = directory / "gateway.toml"
    path.write_text(f"""
[home]
id = "home-7"
[[notifier]]
name = "daughter"
type = "apprise"
options = {{ url = "json://127.0.0.1:{port}" }}
[[notifier]]
name = "nurse"
type = "apprise"
options = {{ url = "json://127.0.0.1:{port}/nurse" }}
{more}""")
    return path


def test_a_start_that_fails_again_and_again_is_told_once_in_twelve_hours(
    tmp_path: Path, said: tuple[int, list[dict[str, str]]]
) -> None:
    port, taken = said
    path = config(tmp_path, port)
    (tmp_path / "plan.toml").write_text(PLAN)
    assert tell(path, tmp_path, NOW_S) == [], "started again within seconds, most troubles are over"
    assert tell(path, tmp_path, NOW_S + GRACE_S - 1) == []
    assert tell(path, tmp_path, NOW_S + GRACE_S) == ["notifier daughter: told"], "only who is told of a blind box"
    for later_s in range(130, int(AGAIN_S), 3600):
        assert tell(path, tmp_path, NOW_S + later_s) == []
    assert tell(path, tmp_path, NOW_S + GRACE_S + AGAIN_S) == ["notifier daughter: told"]
    assert len(taken) == 2
    assert taken[0]["title"] == "Kinlight does not run: nobody is watched"
    assert "home-7 has not been able to start since 11:06 on 18 November" in taken[0]["message"]
    assert "Look in by yourself" in taken[0]["message"]


def test_it_begins_anew_once_the_box_has_watched(tmp_path: Path, said: tuple[int, list[dict[str, str]]]) -> None:
    port, taken = said
    path = config(tmp_path, port)
    tell(path, tmp_path, NOW_S)
    (tmp_path / STATUS).write_text("{}")
    os.utime(tmp_path / STATUS, (NOW_S + 3600, NOW_S + 3600))
    assert tell(path, tmp_path, NOW_S + 7200) == []
    assert len(tell(path, tmp_path, NOW_S + 7200 + GRACE_S)) == 2
    assert len(taken) == 2


def test_a_wrong_configuration_is_told_by_what_of_it_is_right(
    tmp_path: Path, said: tuple[int, list[dict[str, str]]]
) -> None:
    port, taken = said
    path = config(tmp_path, port, '[[notifier]]\nname = "c"\ntype = "lgo"\n[store]\ncommit_interval_s = "soon"')
    (tmp_path / "plan.toml").write_text("[[contact")
    tell(path, tmp_path, NOW_S)
    lines = tell(path, tmp_path, NOW_S + GRACE_S)
    assert lines[:2] == ["notifier daughter: told", "notifier nurse: told"]
    assert "there is no 'lgo'" in lines[2]
    assert all("Its configuration is wrong" in each["message"] for each in taken)


@pytest.mark.parametrize("content", ["", "[[[", '"a"', "[1, 2, 3]", "[null, 0]", '["a", "b"]'])
def test_a_broken_memory_of_it_is_no_reason_to_be_silent(tmp_path: Path, content: str) -> None:
    path = config(tmp_path, 9)
    (tmp_path / FAILING).write_text(content)
    assert tell(path, tmp_path, NOW_S) == []
    lines = tell(path, tmp_path, NOW_S + GRACE_S)
    assert [line.partition(":")[0] for line in lines] == ["notifier daughter", "notifier nurse"]
    assert not any("told" in line for line in lines)
    assert len(tell(path, tmp_path, NOW_S + GRACE_S + 10)) == 2, "who was not reached is tried again"


def test_what_the_command_says_where_nobody_can_be_told(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text("[home")
    (tmp_path / FAILING).write_text("[1795000000.0, 0.0]")
    done = CliRunner().invoke(app, ["failed", "--config", str(path), "--directory", str(tmp_path)])
    assert done.exit_code == 4
    assert "nobody can be told" in done.output
    assert "nobody could be told that the box does not run" in done.output
