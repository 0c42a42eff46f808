"""The trial inputs by their ids, and what the product makes of them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from drivers.kit.contract import Frame, Reading
from gateway.cli.main import app
from tests.drivers.recordings import fresh, run

HERE = Path(__file__).parent.parent / "captures" / "trials"
NOON_NS = 1_793_620_800_000_000_000  # 2 November 2026, 12:00 UTC


@cache
def inputs() -> dict[str, dict[str, Any]]:
    """Every line of inputs.jsonl by its id."""
    lines = map(json.loads, (HERE / "inputs.jsonl").read_text(encoding="utf-8").splitlines())
    return {line["id"]: line for line in lines}


def readings(case: str, driver: str = "zigbee2mqtt") -> list[tuple[str, float]]:
    """Quantity and value of every reading that the messages of one input give, those that are no news left out."""
    frames = [
        Frame(NOON_NS + int(each.get("t", index) * 1_000_000_000), "zigbee", each["text"].encode(), topic=each["topic"])
        for index, each in enumerate(inputs()[case]["input"])
    ]
    given = run(fresh(driver), frames)
    return [(item.quantity, item.value) for item in given if isinstance(item, Reading) and not item.stale]


def replayed(capture: str, directory: Path) -> list[dict[str, Any]]:
    """The alerts that a capture gives in the home it is of, as `kinlight alerts list --json` shows them."""
    for words in (["replay", str(HERE / capture), "-d", str(directory)], ["alerts", "list", "-d", str(directory)]):
        extra = ["--json", "--every"] if words[0] == "alerts" else ["--no-forward"]
        done = CliRunner().invoke(app, [*words, "-c", str(HERE / "gateway.toml"), *extra], catch_exceptions=False)
        assert done.exit_code == 0, done.output
    return list(json.loads(done.stdout))
