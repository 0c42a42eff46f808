"""`kinlight simulate`: a decline that would never be seen is refused."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app


@pytest.mark.parametrize(("day", "code"), [(1, 0), (2, 2), (99, 2)])
def test_a_decline_begins_before_the_end(tmp_path: Path, day: int, code: int) -> None:
    output = tmp_path / "home.jsonl"
    words = ["simulate", "--days", "2", "--decline", f"uti:{day}", "--output", str(output)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == code, done.output
    assert output.exists() == (code == 0)
    if code:
        assert f"uti:{day} would begin after the end: the last of 2 days is day 1" in done.stderr
