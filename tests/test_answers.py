"""Answers as files: whole or not there, hostile until read."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.alerts import answer_files
from gateway.model.alert import Answer

GOOD = Answer(3, "ack", "daughter", 1_795_000_000_000_000_000, 30, "on my way")


def put(directory: Path, name: str, content: bytes) -> None:
    folder = directory / answer_files.FOLDER
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)


def test_an_answer_comes_through(tmp_path: Path) -> None:
    path = answer_files.submit(tmp_path, GOOD)
    assert list(answer_files.submitted(tmp_path)) == [(path, GOOD)]
    path.unlink()
    assert list(answer_files.submitted(tmp_path)) == []


def test_they_come_in_the_order_they_were_given(tmp_path: Path) -> None:
    for n in (5, 1, 3):
        answer_files.submit(tmp_path, Answer(n, "ack", "a", GOOD.time_ns + n))
    assert [answer.alert_id for _, answer in answer_files.submitted(tmp_path) if answer] == [1, 3, 5]


def test_one_that_is_still_being_written_is_not_taken(tmp_path: Path) -> None:
    put(tmp_path, ".1-3-ack.json", b'{"alert_id": 3')
    assert list(answer_files.submitted(tmp_path)) == []


def test_no_folder_is_no_answers(tmp_path: Path) -> None:
    assert list(answer_files.submitted(tmp_path)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"alert_id": "3"},
        {"alert_id": True},
        {"alert_id": 0},
        {"alert_id": 2**63},
        {"time_ns": -1},
        {"time_ns": 10**30},
        {"time_ns": 1.5},
        {"by": None},
        {"by": "\ud800"},
        {"note": "a\x00b"},
        {"minutes": "30"},
        {"extra": 1},
    ],
    ids=repr,
)
def test_what_is_no_answer_is_none(tmp_path: Path, change: dict[str, object]) -> None:
    put(tmp_path, "1.json", json.dumps(asdict(GOOD) | change).encode())
    assert [answer for _, answer in answer_files.submitted(tmp_path)] == [None]


@settings(max_examples=60)
@given(content=st.one_of(st.binary(max_size=200), st.sampled_from([b"[" * 5000, b"9" * 9000, b"{}", b"[]", b"null"])))
def test_anything_may_lie_there(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    directory = tmp_path_factory.mktemp("home")
    put(directory, "1.json", content)
    assert [answer for _, answer in answer_files.submitted(directory)] == [None]


def test_a_folder_where_a_file_should_be_is_none(tmp_path: Path) -> None:
    (tmp_path / answer_files.FOLDER / "1.json").mkdir(parents=True)
    assert [answer for _, answer in answer_files.submitted(tmp_path)] == [None]
