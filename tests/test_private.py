"""What the box leaves on a disk is for its owner alone, whatever the umask was."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.alerts.answer_files import submit
from gateway.ingest.capture import write
from gateway.model.alert import Answer
from gateway.service.health import write_atomically
from gateway.system.private_files import open_private
from tests.thinking import START_NS, Box, setup


@pytest.fixture(autouse=True)
def open_to_all() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(directory: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.rglob("*")}


def test_state_status_reserve_answers_and_captures_are_for_their_owner_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    box = Box(setup(state), START_NS)
    write_atomically(state / "status.json", "{}")
    submit(state, Answer(1, "ack", "ann", START_NS))
    write(state / "first.jsonl", [])
    write(state / "first.jsonl.gz", [])
    found = modes(tmp_path)
    box.off()
    assert {"journal.sqlite", "journal.sqlite-wal", "alerts.sqlite.reserve", "status.json"} <= set(found)
    folders = {name: found.pop(name) for name in ("state", "answers")}
    assert set(folders.values()) == {0o700}
    assert {name: oct(mode) for name, mode in found.items() if mode != 0o600} == {}


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    path.chmod(0o666)
    with open_private(path, append=True) as file:
        file.write(b" and after")
    assert path.read_text() == "before and after"
    assert modes(tmp_path) == {"file": 0o600}
