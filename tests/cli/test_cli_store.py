"""`kinlight check` and `kinlight replay` against a store that is right, wrong, or no store at all."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.storage.journal import FILE
from gateway.storage.journal_reader import JournalReader
from tests.cli.running import ran
from tests.integration.home import configuration, sensor
from tests.servers import Broker, Store, free_port
from tests.sinks import fronts
from tests.sinks.answering import Answer, Answering, answering

HTML = b"<!DOCTYPE html><html><body>Please log in</body></html>"
HEARD = '{"time":"2026-11-17T08:%02d:00Z","device":"zigbee","topic":"zigbee2mqtt/hall","text":"{\\"humidity\\":%d}"}\n'


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINLIGHT_MQTT_PASSWORD", Broker([], 0, bool, Path()).password)


@pytest.fixture
def store() -> Iterator[Answering]:
    with answering() as running:
        yield running


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    made = tmp_path / "hour.jsonl"
    made.write_text("".join(HEARD % (minute, 40 + minute % 3) for minute in range(60)))
    return made


def home(directory: Path, broker_port: int, url: str, token: str = "t") -> Path:
    options = f'url = "{url}", token = "{token}", bucket = "b"'
    return configuration(
        directory,
        broker_port,
        [
            sensor("hall-climate", "hallway", "zigbee", "hall"),
            '[[notifier]]\nname = "log"\ntype = "log"',
            f'[[sink]]\nname = "care"\ntype = "influx"\noptions = {{ {options} }}\n',
        ],
    )


@pytest.mark.parametrize(
    ("answer", "mend"),
    [
        (Answer(401), "put a valid one into the sink's token"),
        (Answer(403), "give it write permission there"),
        (Answer(404, b'{"error":"database not found: \\"b\\""}'), "check url, org and bucket"),
        (Answer(302, headers={"Location": "/login"}), "put its new address into the sink's url"),
        (Answer(502, HTML), "see whether it runs"),
        (Answer(200, HTML), "check the sink's url"),
        (Answer(400, b'cannot find the provided auth token "Bearer t" in config'), "put a valid one into"),
        (None, "is it running, is the sink's url right"),
    ],
)
def test_check_asks_the_store_and_says_what_to_mend(
    tmp_path: Path, broker: Broker, store: Answering, answer: Answer | None, mend: str
) -> None:
    store.answer = answer or store.answer
    config = home(tmp_path, broker.port, store.url if answer else f"http://127.0.0.1:{free_port()}")
    code, out, err = ran("check", "--config", config)
    problems = [line for line in out if line.startswith("PROBLEM")]
    assert code == 4, out
    assert len(problems) == 1
    assert problems[0].startswith("PROBLEM  sink care: ")
    assert mend in problems[0]
    assert err == [f"kinlight: 1 of {len(out)} things need mending"]


def test_check_is_content_with_a_store_that_takes_lines(tmp_path: Path, broker: Broker, store: Answering) -> None:
    code, out, _ = ran("check", "--config", home(tmp_path, broker.port, store.url))
    assert (code, out[-1]) == (0, "ok       sink care")
    assert [body.startswith(b"#") for _, _, body in store.writes] == [True], "asked, once, with nothing to keep"


@pytest.mark.parametrize("said", [b"no", b'cannot find the provided auth token "Bearer t" in config'])
def test_replay_to_a_store_that_refuses_everything_sends_nothing_and_says_so(
    tmp_path: Path, store: Answering, capture: Path, said: bytes
) -> None:
    store.answer = Answer(400, said)
    target = tmp_path / "replayed"
    code, out, err = ran(
        "replay", capture, "--config", home(tmp_path, free_port(), store.url), "-d", target, "--forward"
    )
    kept = JournalReader(target / FILE)
    assert kept.last_seq() > 10
    assert kept.refused() == []
    assert "  sink care: NOT everything sent" in out
    assert code == 4
    assert len(err) == 1
    assert err[0].endswith(f"; {kept.last_seq()} points are kept in {target}")


def test_replay_that_has_a_line_refused_says_so(tmp_path: Path, store: Answering, capture: Path) -> None:
    def answer(path: str, headers: dict[str, str], body: bytes) -> Answer:
        return Answer(400, b"no") if b"last=41" in body or b"mean=41" in body else Answer(204)

    store.decide = answer
    target = tmp_path / "replayed"
    options = ("--config", home(tmp_path, free_port(), store.url), "-d", target, "--forward")
    code, out, err = ran("replay", capture, *options, "--forward")
    refused = len(JournalReader(target / FILE).refused())
    assert refused > 0
    assert "  sink care: NOT everything sent" in out
    assert (code, err) == (4, [f"kinlight: sink care: it refused {refused} points; they are kept aside in {target}"])


def test_replay_through_a_real_vmauth(tmp_path: Path, victoria: Store, capture: Path) -> None:
    if fronts.missing_fronts():
        pytest.skip(fronts.missing_fronts())
    target = tmp_path / "replayed"
    with fronts.vmauth(tmp_path, victoria) as address:
        config = home(tmp_path, free_port(), address, "wrong")
        code, out, err = ran("replay", capture, "--config", config, "--directory", target, "--json", "--forward")
        report = json.loads(out[0])
        assert (code, report["sinks"]["care"]["left"]) == (4, report["points"])
        assert "put a valid one into the sink's token" in err[0]
        config = home(tmp_path, free_port(), address, fronts.TOKEN)
        code, out, err = ran("replay", capture, "--config", config, "--directory", tmp_path / "again", "--forward")
        assert (code, out[-1], err) == (0, "  sink care: everything sent", [])
