"""Mends that an installer can follow as they are written."""

# ruff: noqa: E501 - one fault, one line

from pathlib import Path

import pytest

from gateway.config.plan import load_plan
from gateway.config.settings import load
from gateway.config.toml_file import ConfigError

HOME = '[home]\nid = "test"\n'
SENSOR = '[[sensor]]\nname = "a"\nroom = "b"\ndevice = "c"\n'
PERIOD = '[[period]]\nkind = "away"\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[rules]\nsos = false", "line 4: rules.sos: is a table; write [rules.sos] on a line of its own and `enabled = false` under it"),
        ('timezone = "Europe/Lodnon"', "line 3: home.timezone: no such time zone: 'Europe/Lodnon'; did you mean 'Europe/London'?"),
        (f'{SENSOR}role = "frontdoor"', "line 7: sensor.0.role: there is no 'frontdoor'; did you mean 'front_door'?"),
        ("device = [1]", "line 3: home.device: no such setting"),
        ('[log]\nlevel = "inof"', "line 4: log.level: must be 'debug', 'info', 'warning' or 'error', not 'inof'; did you mean 'info'?"),
    ],
)  # fmt: skip
def test_in_the_installers_file(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(f"{HOME}{text}\n")
    with pytest.raises(ConfigError) as raised:
        load(path)
    assert str(raised.value).startswith(f"{path}, {expected}")
    assert str(raised.value).count(" not ") <= 1


def test_a_role_that_is_far_from_all_names_all_but_none(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(f'{HOME}{SENSOR}role = "zzz"\n')
    with pytest.raises(ConfigError, match=r"must be 'bathroom', 'kitchen'.* or 'help_button', not 'zzz'\n"):
        load(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{PERIOD}first_day = 2026-02-30", r"line 3, .*; a day is written 2026-08-14$"),
        (f"{PERIOD}first_day = 2026-08-01T10:00:00", r"must be a day, written 2026-08-14, not 2026-08-01 10:00:00$"),
        ('\n[[periods]]\nkind = "away"\n[[periods]]', r"line 2: periods: no such setting; did you mean 'period'\?$"),
    ],
)
def test_in_the_plan(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(f"{text}\n")
    with pytest.raises(ConfigError, match=expected):
        load_plan(path, set())


def test_a_credential_with_a_hyphen_has_a_variable_that_a_shell_can_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(f'{HOME}[mqtt]\npassword = "credential:nurses-token"\n')
    with pytest.raises(ConfigError, match=r"write it into /etc/kinlight/nurses-token, or set KINLIGHT_NURSES_TOKEN$"):
        load(path)
    monkeypatch.setenv("KINLIGHT_NURSES_TOKEN", "word")
    mqtt = load(path).mqtt
    assert mqtt is not None
    assert mqtt.password == "word"
