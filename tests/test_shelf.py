"""Leaves by name: built from what an installer wrote, refused in a sentence."""

import re
from pathlib import Path

import pytest

from gateway import notifiers, sinks
from gateway.config import plugins


def test_leaves_are_found_by_their_modules() -> None:
    for package in (notifiers, sinks):
        files = {path.stem for path in Path(package.__path__[0]).glob("*.py")} - {"__init__"}
        assert set(plugins.names(package)) == files
        assert all(plugins.load(package, name).TITLE for name in files)


@pytest.mark.parametrize(
    ("package", "name", "options", "expected"),
    [
        (notifiers, "mail", {}, "there is no 'mail'; there is: apprise, log, mqtt"),
        (notifiers, "mqtt", {"hsot": "x"}, "no option 'hsot'; did you mean 'host'?"),
        (notifiers, "mqtt", {"port": "many"}, "port: must be a valid integer"),
        (notifiers, "mqtt", {"port": 0}, "give the broker's name and a port of 1 to 65535"),
        (notifiers, "log", {"x": 1, "y": 2}, "no option 'x'; there is: nothing; no option 'y'"),
        (sinks, "influx", {}, "url is missing; add it"),
    ],
)
def test_what_cannot_be_built_says_why(package: object, name: str, options: dict[str, object], expected: str) -> None:
    with pytest.raises(ValueError, match=re.escape(expected)):
        plugins.build(package, name, options)


def test_a_leaf_is_built_from_its_options() -> None:
    leaf = plugins.build(notifiers, "mqtt", {"host": "127.0.0.1", "port": "1884"})
    leaf.close()
