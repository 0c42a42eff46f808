"""Finding drivers and building their options."""

import re
import tomllib
from pathlib import Path

import pytest

from drivers import serial_lines, zigbee2mqtt
from drivers.kit import catalogue


def test_only_drivers_are_listed() -> None:
    names = catalogue.names()
    assert {"serial_lines", "zigbee2mqtt"} <= set(names)
    assert not {"base", "catalogue", "framing", "quantity", "news", "strict", "zigbee2mqtt_keys"} & set(names)


@pytest.mark.parametrize("name", ["zigbee2mqt", "kit", "os", "", "..", "kit.contract"])
def test_unknown_driver_names_what_there_is(name: str) -> None:
    with pytest.raises(catalogue.UnknownDriverError, match="zigbee2mqtt"):
        catalogue.load(name)


def test_options_are_built_in_their_types() -> None:
    built = catalogue.options(
        "serial_lines", {"format": "csv", "columns": ["kg", "t"], "fields": {"kg": "bed_load_kg"}, "scale": {"kg": 2}}
    )
    assert built == serial_lines.Options("csv", ("kg", "t"), {"kg": "bed_load_kg"}, {"kg": 2.0})
    assert catalogue.options("zigbee2mqtt", {}) == zigbee2mqtt.Options()


@pytest.mark.parametrize(
    ("name", "mapping", "sentence"),
    [
        ("zigbee2mqtt", {"bsae": "z"}, "has no option 'bsae'; did you mean 'base'?"),
        ("zigbee2mqtt", {"base": 1}, "option base: it must be text, not a whole number (1)"),
        ("zigbee2mqtt", {"base": "z/#"}, "base: it must be a plain topic without wildcards, as in 'zigbee2mqtt'"),
        ("serial_lines", {"format": "xml"}, "option format: 'xml' is not one of auto, json, kv, csv"),
        ("serial_lines", {"columns": "kg"}, "option columns: it must be a list, not text ('kg')"),
        ("serial_lines", {"columns": [True]}, "option columns: it must be text, not true or false (True)"),
        ("serial_lines", {"fields": ["kg"]}, "option fields: it must be a table, not a list"),
        ("serial_lines", {"fields": {"kg": 1}}, "option fields.kg: it must be text, not a whole number (1)"),
        ("serial_lines", {"scale": {"kg": "1"}}, "option scale.kg: it must be a number, not text ('1')"),
        ("serial_lines", {"scale": {"kg": float("nan")}}, "option scale.kg: nan is not a finite number"),
    ],
)  # fmt: skip
def test_wrong_options_are_refused_in_one_sentence(name: str, mapping: dict[str, object], sentence: str) -> None:
    with pytest.raises(catalogue.OptionError) as refused:
        catalogue.options(name, mapping)
    assert str(refused.value).startswith(f"driver {name}")
    assert str(refused.value).removeprefix(f"driver {name}").lstrip(", ") == sentence


def test_examples_of_the_documentation_are_accepted() -> None:
    page = (Path(__file__).parents[2] / "docs" / "drivers.md").read_text()
    devices = [d for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) for d in tomllib.loads(block)["device"]]
    assert {device["driver"] for device in devices} == {"serial_lines", "zigbee2mqtt"}
    for device in devices:
        catalogue.options(device["driver"], device["options"])
