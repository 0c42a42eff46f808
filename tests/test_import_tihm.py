"""TIHM homes as captures, on invented rows in the collection's own form."""

import gzip
import os
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.kit import catalogue
from drivers.kit.contract import DecodeError, Reading
from gateway.config.settings import load
from gateway.importers import tihm
from gateway.ingest import capture

ACTIVITY = """patient_id,location_name,date
9e213,Kitchen,2019-04-01 00:05:46
0697d,Hallway,2019-04-01 08:00:00
9e213,Kitchen,2019-04-01 00:05:47
9e213,Fridge Door,2019-04-01 00:05:47
9e213,Fridge Door,2019-04-01 00:06:10
9e213,Fridge Door,2019-04-01 00:06:30
9e213,Back Door,2019-01-15 12:00:00
9e213,Bathroom,2019-04-01 00:05:46
9e213,Kitchen,2019-04-01 00:05:46
"""
PHYSIOLOGY = """patient_id,date,device_type,value,unit
9e213,2019-04-01 09:00:00,Body Temperature,36.072,Cel
9e213,2019-04-01 09:01:00,Skin Temperature,30.5,Cel
9e213,2019-04-01 09:02:00,Systolic blood pressure,165.0,mm[Hg]
9e213,2019-04-01 09:02:00,Diastolic blood pressure,81.0,mm[Hg]
9e213,2019-04-01 09:02:00,Heart rate,71,beats/min
9e213,2019-04-01 09:03:00,Body weight,64.2,kg
9e213,2019-04-01 09:03:00,O/E - muscle mass,40.1,kg
9e213,2019-04-01 09:03:00,Total body water,51.2,%
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A directory as the collection comes."""
    directory = tmp_path / "tihm"
    directory.mkdir()
    (directory / "Activity.csv.gz").write_bytes(gzip.compress(ACTIVITY.encode()))
    (directory / "Physiology.csv").write_text(PHYSIOLOGY)
    return directory


def readings(path: Path) -> list[Reading | DecodeError]:
    """A capture through the drivers its own gateway.toml names."""
    config = load(path.with_name("gateway.toml"))
    decoders = {d.name: catalogue.load(d.driver).decoder(catalogue.options(d.driver, d.options)) for d in config.device}
    return [item for frame in capture.read(path) for item in decoders[frame.device](frame)]


def test_every_firing_counts_and_every_measurement_keeps_its_unit(source: Path, tmp_path: Path) -> None:
    done = tihm.import_tihm(source, tmp_path / "out")
    assert [path.relative_to(tmp_path / "out").as_posix() for path in done.captures] == [
        "0697d/capture.jsonl.gz",
        "9e213/capture.jsonl.gz",
    ]
    assert (done.rows, done.repeated, done.bad, done.problems) == (16, 1, 0, [])
    found = readings(done.captures[1])
    fresh = [item for item in found if isinstance(item, Reading) and not item.stale]
    assert len(fresh) == len(found), "nothing is stale, nothing unreadable"
    events = Counter((item.device, item.quantity) for item in fresh if item.value == 1)
    assert events == {
        ("kitchen_motion", "motion"): 2,
        ("bathroom_motion", "motion"): 1,
        ("fridge_door", "contact_open"): 3,
        ("back_door", "contact_open"): 1,
    }
    measured = {item.quantity: item.value for item in fresh if item.device == "vitals"}
    assert measured == {
        "body_temperature_c": 36.072,
        "skin_temperature_c": 30.5,
        "systolic_mmhg": 165,
        "diastolic_mmhg": 81,
        "pulse_bpm": 71,
        "weight_kg": 64.2,
        "muscle_mass_kg": 40.1,
        "body_water_percent": 51.2,
    }


def test_times_are_local_and_in_order(source: Path, tmp_path: Path) -> None:
    frames = list(capture.read(tihm.import_tihm(source, tmp_path / "out").captures[1]))
    times = [frame.time_ns for frame in frames]
    assert times == sorted(times)
    assert capture.iso(times[0]) == "2019-01-15T12:00:00Z", "winter"
    assert capture.iso(times[2]) == "2019-03-31T23:05:46Z", "summer time"


def test_the_hour_that_comes_twice_is_the_first_and_the_missing_one_moves_on(source: Path, tmp_path: Path) -> None:
    rows = "patient_id,location_name,date\na1,Lounge,2019-10-27 01:30:00\na1,Lounge,2019-03-31 01:30:00\n"
    (source / "Activity.csv.gz").write_bytes(gzip.compress(rows.encode()))
    frames = list(capture.read(tihm.import_tihm(source, tmp_path / "out", ["a1"]).captures[0]))
    assert [capture.iso(frame.time_ns) for frame in frames[::2]] == ["2019-03-31T01:30:00Z", "2019-10-27T00:30:00Z"]


def test_the_configuration_names_the_sensors_that_are_there(source: Path, tmp_path: Path) -> None:
    one, other = tihm.import_tihm(source, tmp_path / "out").captures
    config = load(other.with_name("gateway.toml"))
    assert config.home.id == "9e213"
    assert {sensor.name for sensor in config.sensor} == {
        "kitchen-motion",
        "fridge-door",
        "back-door",
        "bathroom-motion",
        "vitals",
    }
    lean = tomllib.loads(one.with_name("gateway.toml").read_text())
    assert [device["name"] for device in lean["device"]] == ["zigbee"]


@pytest.mark.parametrize("missing", ["Activity.csv.gz", "Physiology.csv"])
def test_either_file_may_be_missing(source: Path, tmp_path: Path, missing: str) -> None:
    (source / missing).unlink()
    assert tihm.import_tihm(source, tmp_path / "out", ["9e213"]).rows == {"A": 8, "P": 7}[missing[0]]


def test_some_homes_only(source: Path, tmp_path: Path) -> None:
    assert tihm.homes(source) == ["0697d", "9e213"]
    done = tihm.import_tihm(source, tmp_path / "out", ["9e213"])
    assert [path.parent.name for path in (tmp_path / "out").glob("*/capture.jsonl.gz")] == ["9e213"]
    assert done.rows == 15
    with pytest.raises(tihm.TihmError, match="no home 'zzz'"):
        tihm.import_tihm(source, tmp_path / "out", ["zzz"])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("9e213,Garden,2019-04-01 00:00:00", "'Garden' is no place"),
        ("9e213,Kitchen,2019-04-31 00:00:00", "the date is not"),
        ("9e213,Kitchen,2019-04-01T00:00:00", "the date is not"),
        ("9e213,Kitchen,٢019-04-01 00:00:00", "the date is not"),
        ("9e213,Kitchen,1019-04-01 00:00:00", "the date is not"),
        ("../../etc,Kitchen,2019-04-01 00:00:00", "is no home"),
        (",Kitchen,2019-04-01 00:00:00", "is no home"),
        ("9e213,Kitchen", "2 columns, 3 were expected"),
        ("x" * 5000, "1 columns, 3 were expected"),
    ],
)
def test_a_bad_row_is_reported_with_its_line_and_costs_no_other(
    source: Path, tmp_path: Path, row: str, reason: str
) -> None:
    (source / "Activity.csv.gz").unlink()
    lines = ACTIVITY.splitlines()
    (source / "Activity.csv").write_text("\n".join([*lines[:3], row, *lines[3:]]) + "\n")
    done = tihm.import_tihm(source, tmp_path / "out")
    assert (done.rows, done.bad) == (16, 1)
    assert done.problems[0].startswith("Activity.csv, line 4: ")
    assert reason in done.problems[0]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("9e213,2019-04-01 00:00:00,Heart rate,NaN,beats/min", "'NaN' is no number"),
        ("9e213,2019-04-01 00:00:00,Heart rate,1_0,beats/min", "'1_0' is no number"),
        ("9e213,2019-04-01 00:00:00,Total body water,30.1,kg", "'Total body water' in 'kg' is no measurement"),
        ("9e213,2019-04-01,Heart rate,70,beats/min", "the date is not"),
    ],
)
def test_a_bad_measurement_is_reported(source: Path, tmp_path: Path, row: str, reason: str) -> None:
    (source / "Physiology.csv").write_text(f"{PHYSIOLOGY}{row}\n")
    done = tihm.import_tihm(source, tmp_path / "out")
    assert (done.rows, done.bad) == (16, 1)
    assert done.problems == [f"Physiology.csv, line 10: {reason}" + done.problems[0].partition(reason)[2]]


def test_what_cannot_be_tihm_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(tihm.TihmError, match="holds neither"):
        tihm.homes(tmp_path)
    packed = source / "Activity.csv.gz"
    whole = packed.read_bytes()
    packed.write_bytes(whole[:-12])
    with pytest.raises(tihm.TihmError, match="damaged"):
        tihm.homes(source)
    packed.write_bytes(whole[:30] + b"\xff" * 30)
    with pytest.raises(tihm.TihmError, match="damaged"):
        tihm.homes(source)
    packed.write_bytes(b"not gzip")
    with pytest.raises(tihm.TihmError, match="damaged"):
        tihm.homes(source)
    packed.write_bytes(gzip.compress(b"id,place\n"))
    with pytest.raises(tihm.TihmError, match="begins with 'id,place'"):
        tihm.homes(source)


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    directory = tmp_path_factory.mktemp("noise")
    (directory / "Activity.csv").write_bytes(b"patient_id,location_name,date\na1,Lounge,2019-04-01 00:00:00\n" + noise)
    assert "a1" in tihm.homes(directory)


def test_the_collection_itself(tmp_path: Path) -> None:
    directory = Path(os.environ.get("KINLIGHT_TIHM", "does-not-exist"))
    if not directory.is_dir():
        pytest.skip("set KINLIGHT_TIHM to the directory of TIHM 1.5 to import the real thing")
    done = tihm.import_tihm(directory, tmp_path)
    assert done.bad == 0
    assert done.rows > 400_000
    assert len(done.captures) == len(tihm.homes(directory))
    found = readings(done.captures[0])
    assert not [item for item in found if isinstance(item, DecodeError)]
    assert not [item for item in found if isinstance(item, Reading) and item.stale]
