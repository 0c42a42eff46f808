"""Every recording gives what stands beside it, alone and as part of one stream, however a port cuts it."""

from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings import frames, fresh, recordings, run

from drivers.kit import catalogue
from drivers.kit.contract import Decoded, Frame, Reading
from gateway.ingest import capture

ALL = [(name, path) for name in catalogue.names() for path in recordings(name)]
SERIAL = [name for name in catalogue.names() if catalogue.load(name).LINK == "serial"]
MQTT = [name for name in catalogue.names() if catalogue.load(name).LINK == "mqtt"]


@pytest.mark.parametrize(("driver", "path"), ALL, ids=lambda value: value.stem if isinstance(value, Path) else value)
def test_recording_gives_what_is_expected(driver: str, path: Path) -> None:
    expected = path.with_name(path.name.split(".")[0] + ".expected.jsonl").read_text().splitlines()
    assert [capture.render(item) for item in run(fresh(driver), list(capture.read(path)))] == expected


def said(items: Decoded) -> list[tuple[object, ...]]:
    """What was said, without when: cutting a stream moves the time of a line's end."""
    return [item[1:] for item in items]


@pytest.mark.parametrize("driver", SERIAL)
@settings(max_examples=40)
@given(cuts=st.lists(st.integers(0, 100_000), max_size=60))
def test_stream_may_be_cut_anywhere(driver: str, cuts: list[int]) -> None:
    stream = b"".join(frame.payload for frame in frames(driver))
    edges = sorted({0, len(stream), *(cut % len(stream) for cut in cuts)})
    chunks = [Frame(1, "bed", stream[a:b]) for a, b in pairwise(edges)]
    whole = said(run(fresh(driver), [Frame(1, "bed", stream)]))
    assert said(run(fresh(driver), chunks)) == whole
    assert said(run(fresh(driver), frames(driver))) == whole


def values(items: Decoded) -> set[tuple[str, float]]:
    return {(item.quantity, item.value) for item in items if isinstance(item, Reading)}


@pytest.mark.parametrize("driver", MQTT)
@settings(max_examples=20)
@given(random=st.randoms(use_true_random=False))
def test_recording_says_the_same_whatever_came_before(driver: str, random: Random) -> None:
    paths = recordings(driver)
    random.shuffle(paths)
    shared = fresh(driver)
    for path in paths:
        stream = list(capture.read(path))
        alone, among_others = values(run(fresh(driver), stream)), values(run(shared, stream))
        assert alone <= among_others
        assert among_others - alone <= {("online", 1.0)}, "only that a device is back may be added"
