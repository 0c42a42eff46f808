"""`kinlight replay` and `kinlight record`: what was not understood, not sent or not heard is said."""

import json
from pathlib import Path

import pytest

from gateway.service import replay
from tests.cli.running import CAPTURE, ran
from tests.servers import free_port


def test_replay_names_bad_lines_and_what_it_did_not_understand(home: Path, tmp_path: Path) -> None:
    capture = tmp_path / "c.jsonl"
    capture.write_text(CAPTURE + "garbage\n" + CAPTURE.replace('"zigbee"', '"attic"').replace("08:00", "08:10"))
    target = tmp_path / "replayed"
    code, out, err = ran("replay", capture, "--config", home, "--directory", target)
    assert code == 3
    assert out[0].startswith("2 frames, 1 readings, ")
    assert any("no [[device]] is named 'attic'" in line for line in out)
    assert err[-1] == "kinlight: 1 bad line; all others were replayed"
    code, out, _ = ran("replay", capture, "--config", home, "--directory", target, "--json")
    report = json.loads(out[0])
    assert (code, report["bad_lines"], report["not_understood"][0]["count"]) == (3, 1, 1)


def test_replay_to_a_store_that_is_away_ends_with_a_sentence(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "PATIENCE_S", 0.5)
    options = f'url = "http://127.0.0.1:{free_port()}", token = "t", org = "o", bucket = "b"'
    home.write_text(home.read_text() + f'\n[[sink]]\nname = "store"\ntype = "influx"\noptions = {{ {options} }}\n')
    capture = tmp_path / "c.jsonl"
    capture.write_text(CAPTURE)
    words = ("replay", capture, "--config", home, "--directory", tmp_path / "replayed")
    code, out, err = ran(*words)
    assert (code, err) == (0, []), "what is only tried goes to no store"
    assert not [line for line in out if "sink" in line]
    code, out, err = ran(*words, "--forward")
    assert (code, len(err)) == (4, 1)
    assert "  sink store: NOT everything sent" in out
    assert "points are kept in" in err[0]
    assert "Connection refused" in err[0] or "reach" in err[0]


def test_record_without_devices_that_work_says_so_and_ends(home: Path, tmp_path: Path) -> None:
    code, out, err = ran("record", tmp_path / "r.jsonl", "--config", home, "--seconds", "0.5")
    assert code == 4
    assert out == [f"0 frames recorded in {tmp_path / 'r.jsonl'}"]
    assert "mqtt: broker 127.0.0.1:" in err[-1]
    assert "Connection refused; is it running, and are [mqtt] host and port right?" in err[-1]
    code, _, err = ran("record", tmp_path / "nowhere" / "r.jsonl", "--config", home, "--seconds", "9")
    assert (code, len(err)) == (4, 1)
    assert "nowhere/r.jsonl: No such file or directory" in err[0]
