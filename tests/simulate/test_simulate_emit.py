"""Captures: written whole, the same each time, and read back as they were."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.kit.contract import Frame
from gateway.ingest import capture
from gateway.simulate import simulate
from gateway.simulate.emit import write_capture
from tests.simulate.seen import START


@pytest.mark.parametrize("name", ["home.jsonl", "home.jsonl.gz"])
def test_what_is_written_reads_back_the_same(tmp_path: Path, name: str) -> None:
    frames = list(simulate(3, START, 1))
    path = tmp_path / "new" / name
    assert write_capture(frames, path) == len(frames)
    assert list(capture.read(path)) == frames
    assert (path.read_bytes()[:2] == b"\x1f\x8b") is name.endswith(".gz")
    assert [file.name for file in path.parent.iterdir()] == [name]


def test_the_same_frames_give_the_same_file(tmp_path: Path) -> None:
    first, second = tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl.gz"
    for path in (first, second):
        write_capture(simulate(3, START, 1), path)
    assert first.read_bytes() == second.read_bytes()


def test_a_run_that_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "home.jsonl.gz"
    write_capture([Frame(1, "bed", b"old\n")], path)

    def breaking() -> Iterator[Frame]:
        yield Frame(2, "bed", b"new\n")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_capture(breaking(), path)
    assert b"old" in gzip.decompress(path.read_bytes())
    assert list(tmp_path.iterdir()) == [path]
