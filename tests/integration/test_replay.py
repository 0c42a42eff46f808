"""A recording through the whole program into a real store: what is counted there is what the journal holds."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.storage.journal import FILE
from gateway.storage.journal_reader import JournalReader
from tests.servers import Store, get

TIHM = Path(os.environ.get("KINLIGHT_TIHM", Path(__file__).parents[3] / "shared" / "data" / "tihm"))


def ran(*words: str | Path) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def with_sink(config: Path, store: Store, home: str) -> Path:
    """The same gateway.toml with a store, and a name of its own for the home."""
    options = f'url = "{store.url}", token = "t", org = "o", bucket = "b"'
    text = config.read_text()
    name = next(line for line in text.splitlines() if line.startswith("id = "))
    text = text.replace(name, f'id = "{home}"', 1)
    made = config.with_name("with-store.toml")
    made.write_text(f'{text}\n[[sink]]\nname = "store"\ntype = "influx"\noptions = {{ {options} }}\n')
    return made


def journal_counts(directory: Path) -> tuple[Counter[str], Counter[str]]:
    """By measurement and field: how many different values, and by quantity how many readings they speak of."""
    lines = {line.decode() for _, line in JournalReader(directory / FILE).points_after(0, 10_000_000)}
    fields: Counter[str] = Counter()
    readings: Counter[str] = Counter()
    for line in lines:
        series, values, _ = line.split(" ")
        measurement, *tags = series.split(",")
        told = dict(value.split("=") for value in values.split(","))
        fields.update(f"{measurement}_{name}" for name in told)
        if measurement == "channel":
            readings[dict(tag.split("=") for tag in tags)["quantity"]] += round(float(told["count"]))
    return fields, readings


def store_counts(store: Store, home: str) -> tuple[Counter[str], Counter[str]]:
    """The same, read back from the store."""
    get(f"{store.url}/internal/force_flush")
    fields: Counter[str] = Counter()
    readings: Counter[str] = Counter()
    wanted = f'{{home="{home}"}}'.replace("{", "%7B").replace("}", "%7D").replace('"', "%22")
    for line in get(f"{store.url}/api/v1/export?match[]={wanted}&start=0", 60).splitlines():
        series = json.loads(line)
        fields[series["metric"]["__name__"]] += len(series["values"])
        if series["metric"]["__name__"] == "channel_count":
            readings[series["metric"]["quantity"]] += round(sum(series["values"]))
    return fields, readings


def kept(directory: Path) -> Counter[str]:
    """By quantity, the readings in the journal that count."""
    journal = JournalReader(directory / FILE)
    channels = dict(journal.channels())
    found: Counter[str] = Counter()
    for row in journal.readings(0):
        channel = channels[row.channel]
        if not row.flags and not (channel.kind == "event" and row.value <= 0):
            found[channel.quantity] += 1
    return found


def test_a_simulated_home_is_in_the_store_as_it_is_in_the_journal(tmp_path: Path, victoria: Store) -> None:
    capture, config = tmp_path / "home.jsonl.gz", tmp_path / "gateway.toml"
    ran("simulate", "--output", capture, "--days", "3", "--seed", "11", "--start", "2026-10-23", "--config", config)
    os.environ.setdefault("KINLIGHT_MQTT_PASSWORD", "unused")
    config = with_sink(config, victoria, "simulated")
    report = json.loads(ran("replay", capture, "--config", config, "-d", tmp_path / "one", "--json", "--forward"))
    fields, readings = journal_counts(tmp_path / "one")
    assert report["sinks"]["store"] == {"left": 0, "refused": 0, "reason": ""}
    assert readings == kept(tmp_path / "one")
    assert readings.total() > 5000
    assert store_counts(victoria, "simulated") == (fields, readings)

    again = json.loads(ran("replay", capture, "--config", config, "-d", tmp_path / "two", "--json", "--forward"))
    assert again["readings"] == report["readings"]
    first, second = (JournalReader(tmp_path / each / FILE) for each in ("one", "two"))
    assert list(first.readings(0)) == list(second.readings(0))
    assert first.points_after(0, 10_000_000) == second.points_after(0, 10_000_000)
    assert store_counts(victoria, "simulated") == (fields, readings), "the same again overwrote itself"


@pytest.mark.skipif(not TIHM.is_dir(), reason=f"the TIHM data is not here: {TIHM} (KINLIGHT_TIHM names its folder)")
def test_a_real_home_is_in_the_store_as_it_is_in_the_journal(tmp_path: Path, victoria: Store) -> None:
    ran("import", "tihm", TIHM, "--output", tmp_path, "--home", "fd100")
    config = with_sink(tmp_path / "fd100" / "gateway.toml", victoria, "tihm-fd100")
    capture = tmp_path / "fd100" / "capture.jsonl.gz"
    report = json.loads(ran("replay", capture, "--config", config, "-d", tmp_path / "one", "--json", "--forward"))
    fields, readings = journal_counts(tmp_path / "one")
    assert readings == kept(tmp_path / "one")
    assert readings.total() > 1000
    assert report["not_understood"] == []
    assert store_counts(victoria, "tihm-fd100") == (fields, readings)
