"""What a store must do, asked of InfluxDB 2 as it is documented, and of a real one where the environment names it.

    INFLUX_URL=http://127.0.0.1:8086 INFLUX_TOKEN=… INFLUX_ORG=family INFLUX_BUCKET=kinlight-test \\
    python -m pytest tests/sinks/test_store_contract.py

The bucket should be one to play with: a few points named `kinlight_contract` are left in it.
"""

import json
import os
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from gateway.model.contracts import Outcome, Sink
from gateway.sinks import influx
from tests.sinks.answering import answering
from tests.sinks.documented import Influx2

MEASUREMENT = "kinlight_contract"
STORED = Outcome.STORED


@dataclass(frozen=True)
class Given:
    """A store and how to be let in; `fake` is the documented one, which cannot be asked what it holds."""

    options: influx.Options
    fake: Influx2 | None = None

    def count(self, run: str) -> int:
        """How many points of this run the store holds."""
        if self.fake is not None:
            return len({line for line in self.fake.kept if run in line})  # the same point again overwrites itself
        query = f'SELECT count("v") FROM "{MEASUREMENT}" WHERE "run" = \'{run}\''
        asked = urllib.parse.urlencode({"db": self.options.bucket, "q": query})
        headers = {"Authorization": f"Token {self.options.token}"}
        with urllib.request.urlopen(
            urllib.request.Request(f"{self.options.url}/query?{asked}", headers=headers)
        ) as said:
            series: list[Any] = json.load(said)["results"][0].get("series", [])
        return int(series[0]["values"][0][1]) if series else 0


@pytest.fixture(params=["documented", "real"])
def given(request: pytest.FixtureRequest) -> Iterator[Given]:
    if request.param == "documented":
        fake = Influx2("Token known", "kinlight")
        with answering() as server:
            server.decide = fake.answers
            yield Given(influx.Options(server.url, "known", "family", "kinlight"), fake)
        return
    if not os.environ.get("INFLUX_URL"):
        pytest.skip("no real InfluxDB 2: INFLUX_URL is not set, so only the documented one was asked")
    names = (("token", "INFLUX_TOKEN"), ("org", "INFLUX_ORG"), ("bucket", "INFLUX_BUCKET"))
    chosen = {name: os.environ[variable] for name, variable in names if variable in os.environ}
    yield Given(influx.Options(url=os.environ["INFLUX_URL"].rstrip("/"), **chosen))


def sink_of(options: influx.Options) -> Sink:
    return influx.create(options)


def test_lines_are_stored_once_however_often_they_are_sent(given: Given) -> None:
    run, now_s = f"run{time.time_ns()}", int(time.time())
    lines = [f"{MEASUREMENT},run={run} v={n}.0 {now_s - n}".encode() for n in range(5)]
    sink = sink_of(given.options)
    assert sink.write([]).outcome is STORED
    assert given.count(run) == 0, "asking leaves nothing"
    assert [sink.write(lines).outcome, sink.write(lines).outcome] == [STORED, STORED]
    assert given.count(run) == len(lines)
    sink.close()


@pytest.mark.parametrize("wrong", [{"token": "wrong"}, {"bucket": "no-such-bucket"}, {"org": "no-such-org"}], ids=str)
def test_a_wrong_setting_holds_everything_and_says_the_mend(given: Given, wrong: dict[str, str]) -> None:
    sink = sink_of(replace(given.options, **wrong))
    said = sink.write([f"{MEASUREMENT},run=wrong v=1.0 1790000000".encode()])
    sink.close()
    assert said.outcome is Outcome.HOLD, said
    assert said.reason
