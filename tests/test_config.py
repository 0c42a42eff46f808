"""Every way an installer can get the two files wrong: one sentence each, with file, line, key and the mend."""

# ruff: noqa: E501 - one fault, one line

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.config.settings import load
from gateway.config.toml_file import MAX_BYTES, ConfigError
from gateway.service.build import build

GOOD = """\
[home]
id = "test"
timezone = "Europe/London"

[mqtt]
host = "127.0.0.1"
password = "credential:mqtt_password"

[[device]]
name = "zigbee"
driver = "zigbee2mqtt"

[[device]]
name = "bed"
driver = "serial_lines"
port = "/dev/kinlight/bed"
options = { fields = { kg = "bed_load_kg" } }

[[sensor]]
name = "hall"
room = "hallway"
device = "zigbee"
address = "hall_motion"

[[sensor]]
name = "bed"
room = "bedroom"
device = "bed"

[[notifier]]
name = "log"
type = "log"

[rules.sos]
enabled = true
"""
PLAN = """\
[agreement]
asked = "yes"

[[contact]]
name = "daughter"
notifier = "log"
kinds = ["personal", "technical"]
"""
CONFIG_FAULTS = {
    "an unknown section": ('[log]\nlevel = "info"\n[stroe]\nx = 1', "line 39: stroe: no such setting; did you mean 'store'?"),
    "an unknown key": ('[store]\nquota = 9', "line 38: store.quota: no such setting; did you mean 'quota_mb'?"),
    "an unknown key of a device": (('driver = "zigbee2mqtt"', 'driver = "zigbee2mqtt"\ndrivr = ""'), "line 12: device.0.drivr: no such setting; did you mean 'driver'?"),
    "a key that is missing": (('room = "hallway"\n', ""), "line 19: sensor.0.room: is missing; add it"),
    "a section that is missing": (('[home]\nid = "test"\ntimezone = "Europe/London"\n', ""), "home: is missing; add [home]"),
    "a port that is missing": (('port = "/dev/kinlight/bed"\n', ""), "line 13: device.1.port: is missing; set it to a path under /dev/serial/by-id/"),
    "a driver that does not exist": (('"zigbee2mqtt"', '"zigbee2mtqq"'), "line 11: device.0.driver: there is no driver 'zigbee2mtqq'; did you mean 'zigbee2mqtt'?"),
    "an option a driver has not": (("options = { fields", "options = { feilds"), "line 17: device.1.options: driver serial_lines has no option 'feilds'; did you mean 'fields'?"),
    "a quantity that does not exist": (('"bed_load_kg"', '"bed_kilos"'), "'bed_kilos' is not a quantity"),
    "a wrong type": (('host = "127.0.0.1"', "host = 7"), "line 6: mqtt.host: must be a valid string, not 7"),
    "a number as text": ('[store]\nquota_mb = "many"', "line 38: store.quota_mb: must be a valid integer, not 'many'"),
    "a number out of range": ("[store]\ncommit_interval_s = 0", "line 38: store.commit_interval_s: must be greater than 0, not 0"),
    "a zone that does not exist": (("Europe/London", "Europe/Lodnon"), "line 3: home.timezone: no such time zone: 'Europe/Lodnon'; did you mean 'Europe/London'?"),
    "a name with a space": (('name = "hall"', 'name = "the hall"'), "line 20: sensor.0.name: 'the hall' may hold letters, digits, - and _ only"),
    "single brackets": (("[[notifier]]", "[notifier]"), "line 30: notifier: there can be several; write [[notifier]] with two brackets"),
    "a section as a value": (('[home]\nid = "test"\ntimezone = "Europe/London"\n', 'home = "test"\n'), "line 1: home: is a table; write [home] on a line of its own"),
    "two of one name": (('name = "bed"\nroom', 'name = "hall"\nroom'), "line 26: sensor.1.name: 'hall' is there twice; give each sensor its own name"),
    "two sensors at one address": ('[[sensor]]\nname = "x"\nroom = "y"\ndevice = "zigbee"\naddress = "hall_motion"', "line 41: sensor.2.address: 'hall' listens to 'hall_motion' of 'zigbee' already; give each sensor its own address"),
    "two devices on one port": ('[[device]]\nname = "x"\ndriver = "serial_lines"\nport = "/dev/kinlight/bed"', "line 40: device.2.port: 'bed' has this port already; each device needs its own"),
    "a device nobody configured": (('device = "zigbee"', 'device = "zigbe"'), "line 22: sensor.0.device: no device 'zigbe'; did you mean 'zigbee'?"),
    "a broker that is missing": (('[mqtt]\nhost = "127.0.0.1"\npassword = "credential:mqtt_password"\n', ""), "device.0: 'zigbee' speaks MQTT; add [mqtt] with the broker's host"),
    "a credential that is missing": (("mqtt_password", "mqtt_pasword"), "line 7: mqtt.password: no credential 'mqtt_pasword'; write it into /etc/kinlight/mqtt_pasword, or set KINLIGHT_MQTT_PASWORD"),
    "a certificate of the box without encryption": (("[mqtt]", '[mqtt]\ntls_cert = "/etc/hostname"'), "line 6: mqtt.tls_cert: is of no use without encryption; set tls_ca to the broker's authority"),
    "a certificate that is not there": (("[mqtt]", '[mqtt]\ntls_ca = "/nowhere/ca.pem"'), "line 6: mqtt.tls_ca: no file /nowhere/ca.pem; give the certificate of the broker's authority"),
    "a notifier that does not exist": (('type = "log"', 'type = "lgo"'), "line 32: notifier.0.type: there is no 'lgo'; did you mean 'log'?"),
    "a sink without its options": ('[[sink]]\nname = "store"\ntype = "influx"', "line 37: sink.0.options: url is missing; add it"),
    "a rule that does not exist": ("[rules.no_movment]\nenabled = true", "line 37: rules.no_movment: no rule 'no_movment'; did you mean 'no_movement'?"),
    "a setting a rule has not": (("enabled = true", "enabeld = true"), "line 35: rules.sos.enabeld: no setting 'enabeld'; did you mean 'enabled'?"),
    "a door that is no sensor": ('[rules.no_movement]\noutside_doors = ["hal"]', "line 38: rules.no_movement.outside_doors: no sensor 'hal'; did you mean 'hall'?"),
    "a fridge that leads out": (('device = "bed"\n', 'device = "bed"\nrole = "fridge"\n[rules.no_movement]\noutside_doors = ["bed"]\n'), "line 31: rules.no_movement.outside_doors: 'bed' has the role 'fridge'; a door that leads out is front_door or back_door"),
    "false alerts every day": ("[rules.deterioration]\ndays_between_false_alerts = 1", "line 38: rules.deterioration.days_between_false_alerts: days_between_false_alerts must be from 10 to 365; here days_between_false_alerts = 1"),
    "broken TOML": (('id = "test"', "id = test"), "line 2, column 6: not valid TOML: Invalid value; a text stands in quotes"),
    "a bracket that never closes": ("x = [1, 2", "not valid TOML"),
    "arrays without end": ("x = " + "[" * 50_000, "not valid TOML: too long or nested too deeply"),
}  # fmt: skip


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KINLIGHT_MQTT_PASSWORD", "secret-word")
    path = tmp_path / "gateway.toml"
    path.write_text(GOOD)
    return path


def said(path: Path, *words: str) -> tuple[int, list[str], str]:
    """Exit code, the lines on standard error, and all output of a command."""
    done = CliRunner().invoke(app, [*(words or ("run",)), "--config", str(path)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stderr.splitlines(), done.output


def test_the_good_file_is_good(installed: Path) -> None:
    installed.with_name("plan.toml").write_text(PLAN)
    setup = build(installed)
    assert setup.config.mqtt
    assert setup.config.mqtt.password == "secret-word"
    assert "secret-word" not in repr(setup.config)


@pytest.mark.parametrize("what", CONFIG_FAULTS)
def test_one_sentence_for(what: str, installed: Path) -> None:
    change, expected = CONFIG_FAULTS[what]
    if isinstance(change, str):
        installed.write_text(f"{GOOD}\n{change}\n")
    else:
        assert change[0] in GOOD
        installed.write_text(GOOD.replace(*change, 1))
    code, lines, _ = said(installed)
    assert code == 3
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"kinlight: {installed}")
    assert expected in lines[0]


def test_everything_that_is_wrong_is_said_at_once(installed: Path) -> None:
    installed.write_text(GOOD.replace('"zigbee2mqtt"', '"zigbee"').replace('type = "log"', 'type = "pigeon"'))
    code, lines, _ = said(installed)
    assert (code, len(lines)) == (3, 2)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "home: is missing; add [home]"),
        (b"\xff\xfe[\x00h\x00", "not UTF-8 text; save it as UTF-8"),
        (b"\x00" * 100, "not valid TOML"),
        (b"# " + b"x" * MAX_BYTES, "larger than 256 kB; is it the right file?"),
    ],
)
def test_a_file_that_is_none(installed: Path, content: bytes, expected: str) -> None:
    installed.write_bytes(content)
    code, lines, _ = said(installed)
    assert (code, len(lines)) == (3, 1)
    assert expected in lines[0]


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    for path, expected in ((tmp_path / "no.toml", "No such file"), (tmp_path, "Is a directory")):
        code, lines, _ = said(path)
        assert (code, len(lines)) == (3, 1)
        assert f"{path}: cannot be read: {expected}" in lines[0]
        assert "--config" in lines[0]


def test_what_a_windows_editor_leaves_in_front_is_no_fault(installed: Path) -> None:
    installed.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load(installed).home.id == "test"


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("KINLIGHT_STORE__QUOTA_MB", "many", "KINLIGHT_STORE__QUOTA_MB in the environment: must be a valid integer"),
        ("KINLIGHT_HOME", "attic", "the environment (KINLIGHT_…) cannot be read"),
    ],
)
def test_a_fault_of_the_environment_names_the_environment(
    installed: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(variable, value)
    code, lines, _ = said(installed)
    assert (code, len(lines)) == (3, 1)
    assert expected in lines[0]


def test_the_environment_stands_over_the_file(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINLIGHT_STORE__DIRECTORY", "/data")
    assert load(installed).store.directory == Path("/data")


def test_a_credential_file_stands_over_the_environment_and_must_be_text(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "mqtt_password").write_text("from systemd\n")
    mqtt = load(installed).mqtt
    assert mqtt
    assert mqtt.password == "from systemd"
    (tmp_path / "mqtt_password").write_bytes(b"\xff\xfe")
    code, lines, _ = said(installed)
    assert (code, len(lines)) == (3, 1)
    assert "the credential 'mqtt_password' is not UTF-8 text; write it anew" in lines[0]


def test_a_secret_is_never_said(installed: Path) -> None:
    installed.write_text(GOOD.replace('"credential:mqtt_password"', "12345678"))
    code, lines, _ = said(installed)
    assert code == 3
    assert "12345678" not in lines[0]


PLAN_FAULTS = {
    "an unknown key": (("asked", "askd"), "line 2: agreement.askd: no such setting; did you mean 'asked'?"),
    "an answer there is not": (('"yes"', '"maybe"'), "line 2: agreement.asked: must be 'yes', 'best-interests' or 'not-yet', not 'maybe'"),
    "a notifier nobody set up": (('"log"', '"lgo"'), "line 6: contact.0.notifier: no notifier 'lgo'; did you mean 'log'?"),
    "nobody told technical alerts": ((', "technical"', ""), "line 7: contact.0.kinds: nobody is told technical alerts; add 'technical' to the kinds of a contact"),
    "nobody told personal alerts": (('"personal", ', ""), "line 7: contact.0.kinds: nobody is told personal alerts"),
    "a kind there is not": (('"technical"', '"techncal"'), "line 7: contact.0.kinds.1: must be 'personal' or 'technical', not 'techncal'"),
    "single brackets": (("[[contact]]", "[contact]"), "line 4: contact: there can be several; write [[contact]] with two brackets"),
    "a key of a period": (("[[contact]]", '[[period]]\nkind = "away"\nfirst_dya = 2026-08-01\nfirst_day = 2026-08-01\n\n[[contact]]'), "line 6: period.0.first_dya: no such setting; did you mean 'first_day'?"),
    "a kind of days there is not": (("[[contact]]", '[[period]]\nkind = "hosptal"\nfirst_day = 2026-08-01\n\n[[contact]]'), "line 5: period.0.kind: must be 'away', 'holiday', 'hospital' or 'visitors', not 'hosptal'"),
    "a period without its first day": (("[[contact]]", '[[period]]\nkind = "away"\n\n[[contact]]'), "line 4: period.0.first_day: is missing; add it"),
    "a day that is none": (("[[contact]]", '[[period]]\nkind = "away"\nfirst_day = "1st August"\n\n[[contact]]'), "line 6: period.0.first_day: must be a day, written 2026-08-14, not '1st August'"),
    "a number for a day": (("[[contact]]", '[[period]]\nkind = "away"\nfirst_day = 20260801\n\n[[contact]]'), "line 6: period.0.first_day: must be a day, written 2026-08-14, not 20260801"),
    "a time for a day": (("[[contact]]", '[[period]]\nkind = "away"\nfirst_day = 2026-08-01T10:00:00\n\n[[contact]]'), "line 6: period.0.first_day: must be a day, written 2026-08-14"),
    "days that end before they begin": (("[[contact]]", '[[period]]\nkind = "away"\nfirst_day = 2026-08-14\nlast_day = 2026-08-01\n\n[[contact]]'), "line 7: period.0.last_day: is before first_day, 2026-08-14"),
    "one period in single brackets": (("[[contact]]", '[period]\nkind = "away"\nfirst_day = 2026-08-14\n\n[[contact]]'), "line 4: period: there can be several; write [[period]] with two brackets"),
    "nobody at home": (("[[contact]]", "[household]\nresidents = 0\n\n[[contact]]"), "line 5: household.residents: must be greater than or equal to 1, not 0"),
    "a pet by its name": (("[[contact]]", '[household]\npets = "Tom"\n\n[[contact]]'), "line 5: household.pets: must be a valid integer, not 'Tom'"),
    "a key of the household": (("[[contact]]", "[household]\npet = 1\n\n[[contact]]"), "line 5: household.pet: no such setting; did you mean 'pets'?"),
    "a carer at no time": (("[[contact]]", '[[carer]]\nbegin = "8"\nend = "09:00"\n\n[[contact]]'), "line 5: carer.0.begin: must be a time of day, written \"08:30\", not '8'"),
    "a carer of no time": (("[[contact]]", '[[carer]]\nbegin = "08:00"\nend = 08:00:00\n\n[[contact]]'), "line 6: carer.0.end: is the same as begin, 08:00"),
    "a carer on no day": (("[[contact]]", '[[carer]]\nbegin = "08:00"\nend = "09:00"\ndays = []\n\n[[contact]]'), "line 7: carer.0.days: names no day; one of mon, tue, wed, thu, fri, sat, sun"),
    "a day of no week": (("[[contact]]", '[[carer]]\nbegin = "08:00"\nend = "09:00"\ndays = ["monday"]\n\n[[contact]]'), "line 7: carer.0.days.0: must be 'mon', 'tue', 'wed', 'thu', 'fri', 'sat' or 'sun', not 'monday'"),
    "broken TOML": (('"yes"', "yes"), "line 2, column 9: not valid TOML"),
}  # fmt: skip


@pytest.mark.parametrize("what", PLAN_FAULTS)
def test_the_plan_one_sentence_for(what: str, installed: Path) -> None:
    change, expected = PLAN_FAULTS[what]
    assert change[0] in PLAN
    plan = installed.with_name("plan.toml")
    plan.write_text(PLAN.replace(*change, 1))
    code, lines, _ = said(installed)
    assert (code, len(lines)) == (3, 1), lines
    assert lines[0].startswith(f"kinlight: {plan}")
    assert expected in lines[0]


@settings(max_examples=150)
@given(
    place=st.integers(0, len(GOOD)),
    length=st.integers(0, 30),
    text=st.text(st.sampled_from("[]{}=\"'\n,. x1#\\é"), max_size=10),
)
def test_any_damage_is_a_sentence_or_still_a_configuration(
    tmp_path_factory: pytest.TempPathFactory, place: int, length: int, text: str
) -> None:
    path = tmp_path_factory.mktemp("damage") / "gateway.toml"
    path.write_text((GOOD[:place] + text + GOOD[place + length :]).replace("credential:", ""))
    try:
        build(path)
        said = ""
    except ConfigError as error:
        said = str(error)
    assert all(line.startswith(str(path)) for line in said.splitlines())
