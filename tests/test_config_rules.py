"""Faults in the settings of rules: the line of the key, the value that was found, and the mend."""

# ruff: noqa: E501 - one fault, one line

from pathlib import Path

import pytest

from gateway.config.toml_file import ConfigError
from gateway.service.build import build

HOME = """\
[home]
id = "test"
[[device]]
name = "bed"
driver = "serial_lines"
port = "/dev/kinlight/bed"
options = { fields = { kg = "bed_load_kg" } }
[[sensor]]
name = "bed"
room = "porch"
device = "bed"
"""
LINES = HOME.count("\n")


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("[rules.night_door]\nto_hour = 5\nfrom_hour = 25", 3, "rules.night_door.from_hour: from_hour and to_hour must be from 0 to 23, and not the same; here from_hour = 25, to_hour = 5"),
        ("[rules.deterioration]\ndays_between_false_alerts = 3", 2, "rules.deterioration.days_between_false_alerts: days_between_false_alerts must be from 10 to 365; here days_between_false_alerts = 3"),
        ("[rules.no_movement]\nday_hours = 16", 2, "rules.no_movement.day_hours: day_hours must be above 0 and at most night_hours; night_hours at most 168; here day_hours = 16, night_hours = 14.0"),
        ("[rules.sos]\n\ntogether_minutes = 0", 3, "rules.sos.together_minutes: together_minutes must be from 1 to 1440; here together_minutes = 0"),
        ('[rules.no_movement]\nday_hours = "ten"', 2, "rules.no_movement.day_hours: a number is wanted, not 'ten'"),
        ('[rules.sos]\nenabled = "no"', 2, "rules.sos.enabled: true or false is wanted, not 'no'"),
        ('[rules.cold_room]\nignore_rooms = ["porhc"]', 2, "rules.cold_room.ignore_rooms: no room 'porhc'; did you mean 'porch'?"),
        ('[rules.device_silent]\nignore_sensors = ["nope"]', 2, "rules.device_silent.ignore_sensors: no sensor 'nope'; there is: bed, bed-bridge"),
    ],
)  # fmt: skip
def test_a_fault_has_its_line_its_value_and_its_mend(tmp_path: Path, text: str, line: int, expected: str) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(f"{HOME}{text}\n")
    with pytest.raises(ConfigError) as raised:
        build(path)
    assert str(raised.value) == f"{path}, line {LINES + line}: {expected}"


def test_rooms_sensors_and_bridges_that_are_there_may_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    ignored = '[rules.cold_room]\nignore_rooms = ["porch"]\n[rules.device_silent]\nignore_sensors = ["bed"]\n'
    path.write_text(HOME + ignored)
    assert build(path).rules["cold_room"]
