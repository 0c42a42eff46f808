"""The corpus is read as it lays itself out, and the command prints what the scoring says."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from benchmarks import nab
from rules.core import score_stream

START = datetime(2014, 4, 1)  # noqa: DTZ001 - the corpus has no time zones


def corpus(directory: Path) -> np.ndarray:
    """One series with a surprise and one without."""
    values = 10.0 + np.random.default_rng(1).integers(-20, 21, 900) / 10.0
    values[600:610] += 40.0
    for name, row in (("real/a.csv", values), ("calm/b.csv", values[:500])):
        path = directory / "data" / name
        path.parent.mkdir(parents=True)
        times = [START + timedelta(minutes=5 * n) for n in range(row.size)]
        lines = [f"{when:%Y-%m-%d %H:%M:%S},{value}" for when, value in zip(times, row, strict=True)]
        path.write_text("\n".join(["timestamp,value", *lines]) + "\n")
    window = [f"{START + timedelta(minutes=5 * n):%Y-%m-%d %H:%M:%S.%f}" for n in (590, 640)]
    (directory / "labels").mkdir()
    (directory / "labels/combined_windows.json").write_text(json.dumps({"real/a.csv": [window], "calm/b.csv": []}))
    return values


def test_a_corpus_is_read_and_scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = corpus(tmp_path)
    calm, real = nab.load(tmp_path)
    assert (calm.kind, calm.windows, real.windows) == ("calm", (), ((590, 640),))
    np.testing.assert_array_equal(real.values, values)
    monkeypatch.setattr("sys.argv", ["nab", str(tmp_path), "--json", str(tmp_path / "figures.json")])
    nab.main()
    figures = {each["figure"]: each["value"] for each in json.loads((tmp_path / "figures.json").read_text())}
    scores = [score_stream(series.values) for series in (calm, real)]
    assert figures["nab.standard"] == pytest.approx(nab.nab_score([calm, real], scores))
    assert figures["nab.low_fp"] == pytest.approx(nab.nab_score([calm, real], scores, "low-FP"))
    assert {"nab.low_fn", "nab.us_per_value"} <= figures.keys()


def test_a_window_that_holds_no_row_is_said(tmp_path: Path) -> None:
    corpus(tmp_path)
    labels = tmp_path / "labels/combined_windows.json"
    labels.write_text(json.dumps({"real/a.csv": [["2015-01-01 00:00:00", "2015-01-02 00:00:00"]]}))
    with pytest.raises(ValueError, match=r"real/a\.csv: no row"):
        nab.load(tmp_path)
