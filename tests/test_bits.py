"""Two machines are held against each other by digests that see one bit."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import bits
from rules.core.detector_state import new_state


def test_one_bit_of_one_array_is_seen_and_named() -> None:
    state, other = new_state(2), new_state(2)
    assert bits.arrays("days", state) == bits.arrays("days", other)
    other.odds[3, 1] = np.nextafter(other.odds[3, 1], 1.0)
    mine, theirs = bits.arrays("days", state), bits.arrays("days", other)
    assert [name for name in mine if mine[name] != theirs[name]] == ["days.odds"]


def test_what_differs_is_told_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bits, "home", lambda days: {"home.journal": str(days)})  # weeks of life take minutes
    kept, figures = tmp_path / "bits.json", tmp_path / "figures.json"

    def ends(*options: str) -> int:
        monkeypatch.setattr("sys.argv", ["bits", "--days", "1", *options])
        with pytest.raises(SystemExit) as end:
            bits.main()
        return int(end.value.code or 0)

    monkeypatch.setattr("sys.argv", ["bits", "--days", "1", "--write", str(kept)])
    bits.main()
    assert ends("--compare", str(kept), "--json", str(figures)) == 0
    assert json.loads(figures.read_text())[0]["value"] == 0
    other = json.loads(kept.read_text())
    other["digests"]["stream.scores"] = "0"
    kept.write_text(json.dumps(other))
    capsys.readouterr()
    assert ends("--compare", str(kept)) == 1
    assert "stream.scores" in capsys.readouterr().out
    assert ends("--compare", str(kept), "--days", "2") == 2
