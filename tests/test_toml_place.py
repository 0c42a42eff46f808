"""Where a setting stands in a TOML text."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.toml_lines import line_of

TEXT = """\
# a comment = "[home]"
[home]
id = "x"            # line 3

[[device]]
name = "a"
[[device]]
name = "b"
options = { fields = { kg = "x" } }
[device.more]
deep = 1
["quoted"]
'single' = 1
[rules.no_movement]
hours = 3
store.directory = "x"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("home",), 2),
        (("home", "id"), 3),
        (("home", "missing"), 2),
        (("device", 0), 5),
        (("device", 0, "name"), 6),
        (("device", 1, "name"), 8),
        (("device", 1, "options", "fields", "kg"), 9),
        (("device", 1, "missing"), 7),
        (("quoted",), 12),
        (("rules", "no_movement", "hours"), 15),
        (("nothing",), 0),
        ((), 0),
    ],
)
def test_lines(path: tuple[str | int, ...], line: int) -> None:
    assert line_of(TEXT, path) == line


@given(
    st.text(st.sampled_from("[]=.\"'{} \nab#"), max_size=80), st.lists(st.sampled_from(["a", "b", 0, 1]), max_size=4)
)
def test_any_text_gives_a_line_it_has(text: str, path: list[str | int]) -> None:
    assert 0 <= line_of(text, path) <= len(text.splitlines())


@given(st.integers(1, 6), st.integers(0, 5))
def test_the_nth_of_many_tables(count: int, wanted: int) -> None:
    text = "\n".join(f'\n[[device]]\nname = "{n}"' for n in range(count))
    assert len(tomllib.loads(text)["device"]) == count
    line = line_of(text, ("device", wanted, "name"))
    if wanted < count:
        assert text.splitlines()[line - 1] == f'name = "{wanted}"'
    else:
        assert line == 0
