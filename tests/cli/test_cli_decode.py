"""`kinlight decode`: exactly what the format says, and bad lines named."""

import json
from pathlib import Path

import pytest

from tests.cli.running import CAPTURE, ran


def test_decode_prints_exactly_what_the_format_says(tmp_path: Path) -> None:
    capture = tmp_path / "c.jsonl"
    lines = [
        CAPTURE,
        CAPTURE.replace('"text"', '"retain":true,"text"'),
        CAPTURE.replace('\\"occupancy\\":true', '\\"humidity\\":900').replace(":00Z", ":01.25Z"),
        CAPTURE.replace('{\\"occupancy\\":true}', "not json"),
    ]
    capture.write_text("".join(lines))
    code, out, err = ran("decode", "zigbee2mqtt", capture)
    assert (code, err) == (0, [])
    rows = [json.loads(line) for line in out]
    begin = {"time": "2026-11-17T08:00:00Z", "device": "hall"}
    motion = begin | {"quantity": "motion", "value": 1}
    assert rows[:2] == [motion, motion | {"stale": True}]
    assert rows[2] == begin | {
        "time": "2026-11-17T08:00:01.25Z",
        "quantity": "humidity_percent",
        "value": 900,
        "suspect": True,
    }
    assert list(rows[3]) == ["time", "device", "error", "reason"]
    assert rows[3]["error"] == "format"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"time":"yesterday","device":"z","text":""}\n', 'line 2, key "time": must be UTC between 1970 and 2262'),
        ('{"time":"2026-11-17T08:00:00Z","device":"z","hex":"0g"}\n', 'line 2, key "hex": must be pairs of hex digits'),
        ("garbage\n", "line 2: not a JSON object; was the recording cut off here? Remove the line"),
    ],
)
def test_a_bad_line_is_named_and_all_others_are_decoded(tmp_path: Path, content: str, expected: str) -> None:
    capture = tmp_path / "c.jsonl"
    capture.write_text(CAPTURE + content + CAPTURE)
    code, out, err = ran("decode", "zigbee2mqtt", capture)
    assert (code, len(out), len(err)) == (3, 2, 2)
    assert err[0].startswith(f"kinlight: {capture}, {expected}")
    assert err[1] == f"kinlight: 1 bad line in {capture}; all others were decoded"


def test_decode_says_what_it_cannot_use(tmp_path: Path) -> None:
    capture = tmp_path / "c.jsonl"
    capture.write_text(CAPTURE)
    for words, code, expected in (
        (("zigbee", capture), 3, "there is no driver 'zigbee'; did you mean 'zigbee2mqtt'?"),
        (("zigbee2mqtt", tmp_path / "no.jsonl"), 4, "No such file or directory"),
        (("zigbee2mqtt", tmp_path), 4, "Is a directory"),
        (("zigbee2mqtt", capture, "-o", "bsae=x"), 3, "has no option 'bsae'; did you mean 'base'?"),
        (("zigbee2mqtt", capture, "-o", "base"), 3, "option 'base' is not of the form name=value"),
    ):
        got, _, err = ran("decode", *words)
        assert (got, len(err)) == (code, 1), err
        assert expected in err[0]
