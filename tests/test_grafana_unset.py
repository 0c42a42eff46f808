"""`kinlight dashboards` where nobody said which Grafana: a matter of configuration, not a wrong address."""

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app


@pytest.mark.parametrize("command", [["push"], ["check"], ["token", "--name", "ann"], ["mark", "note"]])
def test_what_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    for name in ("GRAFANA_URL", "GRAFANA_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    done = CliRunner().invoke(app, ["dashboards", *command])
    assert done.exit_code == 3, done.output
    assert [line.partition(";")[0] for line in done.stderr.splitlines()] == [
        "kinlight: GRAFANA_URL is not set",
        "kinlight: GRAFANA_TOKEN is not set",
    ]
