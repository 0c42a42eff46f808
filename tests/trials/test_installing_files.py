"""What installers wrote into gateway.toml and plan.toml and were not understood."""

# ruff: noqa: E501 - one fault, one line

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.config.plan import load_plan
from gateway.config.settings import load
from gateway.service.build import build
from tests.trials.cases import inputs

HOME = '[home]\nid = "test"\n'
MQTT = '[mqtt]\n[[device]]\nname = "zigbee"\ndriver = "zigbee2mqtt"\n'
WIRE = '[[device]]\nname = "bed"\ndriver = "serial_lines"\nport = "/dev/kinlight/bed"\n'
SENSOR = '[[sensor]]\nname = "hall"\nroom = "hall"\n'

REFUSED = {  # id, what is written: what is said
    ("mqtt-host-empty", HOME + '[mqtt]\nhost = ""\n'): "line 4: mqtt.host: give the broker's name or address, as in 127.0.0.1",
    ("port-on-zigbee", HOME + MQTT + 'port = "/dev/ttyUSB0"\n'): "line 7: device.0.port: zigbee2mqtt comes over MQTT; take port away (a stick belongs to the program that serves it)",
    ("tls-ca-not-pem", HOME + '[mqtt]\ntls_ca = "/etc/hostname"\n'): "line 4: mqtt.tls_ca: /etc/hostname holds no certificate; give the PEM file of the broker's authority",
    ("address-missing", HOME + MQTT + SENSOR + 'device = "zigbee"\n'): "line 7: sensor.0.address: is missing, so it can never be heard; give the name the device has on MQTT",
    ("address-missing", HOME + WIRE + SENSOR + 'device = "bed"\naddress = "kg"\n'): "line 11: sensor.0.address: 'kg' can never be heard: a serial line carries one sensor; take address away",
    ("toml-duplicate", '[home]\nid = "a"\nid = "b"\n'): "line 3, column 9: not valid TOML: home.id is there twice; keep one of them",
    ("toml-duplicate", HOME + '[store]\n[home]\nid = "b"\n'): "line 4, column 6: not valid TOML: [home] is there twice; put all of it under the first, or write [[two brackets]] for several",
    ("toml-duplicate", "[home]\nid = “test”\n"): "line 2, column 6: not valid TOML: “ is no quote here; a text stands in straight quotes: \"",
    ("tz-bst", HOME + 'timezone = "BST"\n'): "line 3: home.timezone: no such time zone: 'BST'; give a place, as 'Europe/London'",
    ("tz-bst", HOME + 'timezone = "UTC+1"\n'): "line 3: home.timezone: no such time zone: 'UTC+1'; give a place, as 'Europe/London'",
    ("tz-bst", HOME + 'timezone = "new york"\n'): "line 3: home.timezone: no such time zone: 'new york'; did you mean 'America/New_York'?",
}  # fmt: skip
CONTACT = '[[contact]]\nname = "ann"\nnotifier = "log"\n'


def checked(folder: Path, text: str, plan: str = "") -> tuple[int, list[str]]:
    """Exit code of `kinlight check`, and what it says on standard error."""
    (folder / "gateway.toml").write_text(text)
    if plan:
        (folder / "plan.toml").write_text(plan)
    done = CliRunner().invoke(app, ["check", "--config", str(folder / "gateway.toml")])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stderr.splitlines()


@pytest.mark.parametrize(("case", "text"), REFUSED)
def test_one_sentence_with_its_mend(case: str, text: str, tmp_path: Path) -> None:
    code, said = checked(tmp_path, text)
    assert (code, len(said)) == (3, 1), said
    assert said[0].startswith(f"kinlight: {tmp_path / 'gateway.toml'}, {REFUSED[case, text]}")


def test_a_list_is_called_a_list(tmp_path: Path) -> None:
    notifier = '[[notifier]]\nname = "log"\ntype = "log"\n'
    code, said = checked(tmp_path, HOME + notifier, CONTACT + inputs()["valid-tuple"]["input"].partition(" in ")[0])
    assert code == 3
    assert said == [f'kinlight: {tmp_path / "plan.toml"}, line 4: contact.0.kinds: must be a list, as in ["personal"]']


def test_mistakes_of_five_kinds_are_told_in_one_run(tmp_path: Path) -> None:
    faulty = MQTT.replace("zigbee2mqtt", "zigbee2mqtq") + SENSOR + 'device = "zigbe"\naddress = "x"\n'
    text = '[home]\nid = "a b"\n[store]\nquota = 3\n' + faulty + '[[sink]]\nname = "s"\ntype = "influx"\n'
    text += '[[notifier]]\nname = "ann"\ntype = "apprise"\noptions = { url = "credential:nowhere" }\n'
    code, said = checked(tmp_path, text, CONTACT)
    assert code == 3
    for each in (
        "home.id",
        "store.quota",
        "device.0.driver",
        "sensor.0.device",
        "sink.0.options",
        "nowhere",
        "contact.0.n",
    ):
        assert any(f" {each}" in line or f"'{each}'" in line for line in said), (each, said)


@pytest.mark.parametrize(
    ("name", "known_as"),
    [("Küche", "kueche"), ("Living room", "living-room"), ("Œuvre d'Éva", "oeuvre-d-eva"), ("hall", "hall")],
)
def test_rooms_and_contacts_take_the_names_people_use(name: str, known_as: str, tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text(HOME + WIRE + f'[[sensor]]\nname = "a"\nroom = "{name}"\ndevice = "bed"\n')
    assert load(tmp_path / "gateway.toml").sensor[0].room == known_as
    plan = f'[[contact]]\nname = "{name}"\nnotifier = "log"\nkinds = ["personal", "technical"]\n'
    (tmp_path / "plan.toml").write_text(plan)
    assert load_plan(tmp_path / "plan.toml", {"log"}).contact[0].name == known_as


def test_a_rule_leaves_out_a_room_by_the_name_people_use(tmp_path: Path) -> None:
    rule = '[rules.cold_room]\nignore_rooms = ["Küche"]\n'
    (tmp_path / "gateway.toml").write_text(
        HOME + WIRE + '[[sensor]]\nname = "a"\nroom = "Küche"\ndevice = "bed"\n' + rule
    )
    assert build(tmp_path / "gateway.toml").rules["cold_room"].ignore_rooms == ("kueche",)


def test_a_name_without_any_letter_we_know_is_refused_with_the_mend(tmp_path: Path) -> None:
    code, said = checked(tmp_path, HOME + WIRE + '[[sensor]]\nname = "a"\nroom = "кухня"\ndevice = "bed"\n')
    assert code == 3
    assert "sensor.0.room: 'кухня' gives no name to know it by; write it with letters of a to z" in said[0]
