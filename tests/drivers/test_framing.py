"""Lines out of read chunks."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.kit.contract import ErrorKind
from drivers.kit.framing import MAX_LINE_BYTES, Lines

WIRE = st.lists(
    st.sampled_from([b"a", b"7", b"\r", b"\n", b"\r\n", b"\x00", b"\xfe", b"\xc3\xbc", b" ", b"x" * 300])
).map(b"".join)


def feed_all(lines: Lines, *chunks: bytes) -> list[bytes | ErrorKind]:
    return [item for chunk in chunks for item in lines.feed(chunk)]


def cut(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(stream), *(c % (len(stream) + 1) for c in cuts)})
    return [stream[a:b] for a, b in pairwise(edges)]


def test_ends_of_all_three_kinds() -> None:
    assert Lines().feed(b"a\nb\r\nc\rd\n") == [b"a", b"b", b"c", b"d"]


def test_cr_lf_cut_in_two_is_one_end() -> None:
    assert feed_all(Lines(), b"a\r", b"\n", b"\nb\n") == [b"a", b"b"]


def test_cr_ends_a_line_at_once() -> None:
    assert Lines().feed(b"a\r") == [b"a"]


def test_noise_before_a_line_is_dropped_and_counted() -> None:
    lines = Lines()
    assert lines.feed(b'\x00\xfe\x00{"a":1}\n') == [b'{"a":1}']
    assert lines.dropped_bytes == 3


def test_noise_inside_a_line_stays_so_that_71_4_does_not_become_714() -> None:
    assert Lines().feed(b"71\x004\n") == [b"71\x004"]


def test_endless_line_is_given_up_once_and_memory_is_bounded() -> None:
    lines = Lines()
    found = feed_all(lines, *[b"x" * 100] * 1000)
    assert found == [ErrorKind.LENGTH]
    assert len(lines._tail) <= MAX_LINE_BYTES
    assert lines.feed(b"y\nok\n") == [b"ok"]
    assert lines.dropped_bytes == 100_001


def test_longest_line_passes_and_one_byte_more_does_not() -> None:
    assert Lines().feed(b"x" * MAX_LINE_BYTES + b"\n") == [b"x" * MAX_LINE_BYTES]
    assert Lines().feed(b"x" * (MAX_LINE_BYTES + 1) + b"\nok\n") == [ErrorKind.LENGTH, b"ok"]


def test_noise_without_end_is_reported_as_a_wrong_baud_rate_gives_it() -> None:
    assert feed_all(Lines(), *[b"\xfe\x00"] * 400) == [ErrorKind.LENGTH]


@given(WIRE, st.lists(st.integers(0, 5000), max_size=20))
def test_cutting_changes_nothing(stream: bytes, cuts: list[int]) -> None:
    whole, parts = Lines(), Lines()
    assert feed_all(parts, *cut(stream, cuts)) == whole.feed(stream)
    assert parts.dropped_bytes == whole.dropped_bytes


@given(WIRE)
def test_every_byte_is_in_a_line_is_an_end_or_is_counted(stream: bytes) -> None:
    lines = Lines()
    found = lines.feed(stream + b"\n")
    kept = sum(len(item) for item in found if isinstance(item, bytes))
    ends = stream.count(b"\r") + stream.count(b"\n")
    assert kept + lines.dropped_bytes + ends == len(stream)
