"""`kinlight demo --plain` in a terminal: lines end at its edge, and what has to be typed stays whole."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from gateway.demo.show import Lines
from tests.test_view import HELP, SCENE

COMMAND = "kinlight alerts {} --directory /srv/installer/of/the/simulated/home/kinlight-demo-x"


def told(terminal: bool, width: int) -> list[str]:
    """What is said of an alert with long evidence."""
    written = StringIO()
    lines = Lines(Console(file=written, width=width, force_terminal=terminal, color_system=None))
    alert = replace(HELP, details=(*HELP.details, "Usually: " + "the kitchen is used at eight, " * 6))
    lines._tell_alerts(replace(SCENE, alerts=(alert,), command=COMMAND))
    lines.say("The demo has ended. " + "Its journals are kept. " * 6)
    return written.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_terminal_gets_whole_words(width: int) -> None:
    said = told(terminal=True, width=width)
    command = COMMAND.format("ack 4")
    assert any(line.endswith(command) for line in said), "it can be copied"
    rest = [line for line in said if command not in line]
    assert max(map(len, rest)) <= width
    assert sum("kitchen" in line for line in rest) > 1
    assert all(line.startswith(" " * 9) for line in rest if "kitchen" in line)


def test_in_a_log_a_line_is_one_thing() -> None:
    said = told(terminal=False, width=80)
    assert len(said) == 1 + 3 + 1 + 1
