"""Files no person wrote, and numbers no setting can be: a sentence with the mend, at once and without a traceback."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.plan import load_plan
from gateway.config.settings import examine
from gateway.config.toml_file import MAX_BYTES, MAX_FAULTS, ConfigError, read_toml

HOME = '[home]\nid = "home-1"\n'
DOTTED = ".".join(["a"] * 2000)
TOO_MUCH = {
    "2,000 dotted parts": f"{DOTTED} = 1",
    "a table of 2,000 dotted parts": f"[{DOTTED}]",
    "400 kB of dotted lines": "\n".join(f"{DOTTED[:3000]}{n} = 1" for n in range(80)),
    "dotted parts in quotes": '"a".' * 60 + '"a" = 1',
    "17 tables, line by line": "\n".join(f"[{'.'.join(['a'] * n)}]" for n in range(1, 20)),
    "lists in lists over many lines": "x = " + "[\n" * 5000,
    "inline tables without end": "x = " + "{a = " * 800,
    "a line without end": "x = '" + "y" * 200_000 + "'",
}
NUMBERS = ("9" * 400, "9" * 4000, "-" + "9" * 30, "inf", "-inf", "nan", "1e308", "1e400", "1e15")
SETTINGS = (
    "[store]\ncommit_interval_s = {}",
    "[store]\nquota_mb = {}",
    "[store]\nkeep_readings_days = {}",
    "[mqtt]\nport = {}",
    "[mqtt]\ninflight = {}",
    '[[device]]\nname = "a"\ndriver = "serial_lines"\nbaud = {}',
    '[[device]]\nname = "a"\ndriver = "serial_lines"\noptions = {{ scale = {{ t = {} }} }}',
    '[[sensor]]\nname = "a"\nroom = "b"\ndevice = "c"\nsilent_after_s = {}',
    '[[sink]]\nname = "a"\ntype = "influx"\noptions = {{ timeout_s = {} }}',
    "[rules.no_movement]\nday_hours = {}",
    "[rules.night_door]\nusual_times = {}",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gateway.toml"


@pytest.mark.parametrize("what", TOO_MUCH)
def test_a_file_that_no_person_wrote_is_refused_before_it_is_parsed_for_minutes(what: str, path: Path) -> None:
    path.write_text(HOME + TOO_MUCH[what])
    assert len(HOME + TOO_MUCH[what]) < MAX_BYTES
    for read in (examine, lambda each: load_plan(each, set())):
        with pytest.raises(ConfigError, match=r"too long or nested too deeply|nested too deeply|not valid TOML"):
            read(path)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("setting", SETTINGS)
def test_every_number_of_the_installers_file_has_an_end(setting: str, number: str, path: Path) -> None:
    path.write_text(HOME + setting.format(number))
    with pytest.raises(ConfigError, match=f"{path}, line [0-9]+: .*: must be a number of at most fifteen digits"):
        examine(path)


@pytest.mark.parametrize("number", NUMBERS)
def test_every_number_of_the_plan_has_an_end(number: str, path: Path) -> None:
    for setting in ("residents", "pets"):
        path.write_text(f"[household]\n{setting} = {number}\n")
        with pytest.raises(ConfigError, match=f"household.{setting}: must be a number"):
            load_plan(path, set())


def test_a_sensor_may_be_quiet_for_a_month_at_most(path: Path) -> None:
    path.write_text(HOME + SETTINGS[7].format("2678401"))
    _, faults = examine(path)
    assert any("silent_after_s: must be less than or equal to 2678400" in fault for fault in faults), faults


def test_of_a_file_full_of_faults_the_first_are_named(path: Path) -> None:
    path.write_text(HOME + "\n".join(f"[[sensor]]\nnot_there_{n} = 1" for n in range(500)))
    _, faults = examine(path)
    assert len(faults) == MAX_FAULTS


def test_a_home_has_an_end_in_number(path: Path) -> None:
    path.write_text(HOME + "\n".join(f'[[sensor]]\nname="s{n}"\nroom="a"\ndevice="b"' for n in range(600)))
    _, faults = examine(path)
    assert any("sensor: Tuple should have at most 512 items" in fault for fault in faults), faults[:3]


@settings(max_examples=200)
@given(st.text(st.sampled_from("[]{}=.,\"'#\n ab019-e"), max_size=300))
def test_whatever_a_file_holds_it_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text)
    said = str(path)
    try:
        read_toml(path)
    except ConfigError as error:
        said = str(error)
    assert said.startswith(str(path))
