"""What a store, a proxy, or something that is no store at all may answer, and what each answer means."""

from collections.abc import Iterator

import pytest

from gateway.model.contracts import Outcome, Sink
from gateway.sinks import influx
from tests import servers
from tests.sinks.answering import Answer, Answering, answering

HTML = b"<!DOCTYPE html><html><body><h1>Please log in</h1></body></html>"
LINES = [b"m,home=h1 v=1.0 1790000000", b"m,home=h1 v=2.0 1790000060"]


@pytest.fixture
def store() -> Iterator[Answering]:
    with answering() as running:
        yield running


@pytest.fixture
def sink(store: Answering) -> Iterator[Sink]:
    opened = influx.create(influx.Options(url=store.url, token="a-token", org="family", bucket="home", timeout_s=5))
    yield opened
    opened.close()


def test_what_is_sent(store: Answering, sink: Sink) -> None:
    assert sink.write(LINES).outcome is Outcome.STORED
    ((path, headers, body),) = store.writes
    assert path == "/api/v2/write?org=family&bucket=home&precision=s"
    assert headers["Authorization"] == "Token a-token"
    assert headers["Content-Encoding"] == "gzip"
    assert body == b"\n".join(LINES)


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (Answer(400, b'{"error":"partial write: field type conflict"}'), Outcome.REFUSED, "field type conflict"),
        (Answer(400, b'{"code":"invalid","message":"unable to parse"}'), Outcome.REFUSED, "unable to parse"),
        (Answer(400, b"cannot unmarshal line"), Outcome.REFUSED, "cannot unmarshal line"),
        (Answer(422, b'{"message":"unprocessable"}'), Outcome.REFUSED, "unprocessable"),
        (Answer(413, HTML), Outcome.REFUSED, "too large"),
        (Answer(400, HTML), Outcome.HOLD, "check the sink's url"),
        (
            Answer(400, b'cannot find the provided auth token "Bearer a-token" in config'),
            Outcome.HOLD,
            '"Bearer ..." in',
        ),
        (Answer(400, b'{"error":"Authorization header was malformed, the"}'), Outcome.HOLD, "put a valid one into"),
        (Answer(400, b'remoteAddr: "x"; unsupported path requested: "/x"'), Outcome.HOLD, "check its path"),
        (Answer(404, b"404 page not found\n"), Outcome.HOLD, "check its path"),
        (Answer(400, b'{"error":"e","data":[{"error_message":"why"}]}'), Outcome.REFUSED, "400: e: why"),
        (Answer(400, b'{"error":"e","data":{"error_message":"why"}}'), Outcome.REFUSED, "400: e: why"),
        (Answer(400, b'{"error":"e","data":[7, null]}'), Outcome.REFUSED, "400: e"),
        (Answer(401, b'{"message":"unauthorized"}'), Outcome.HOLD, "token"),
        (Answer(403, HTML), Outcome.HOLD, "write permission"),
        (Answer(404, b'{"message":"bucket \\"home\\" not found"}'), Outcome.HOLD, 'bucket "home" not found'),
        (Answer(405), Outcome.HOLD, "does not take writes"),
        (Answer(301, headers={"Location": "/elsewhere"}), Outcome.HOLD, "moved"),
        (Answer(302, headers={"Location": "https://login.example/"}), Outcome.HOLD, "moved"),
        (Answer(200, HTML), Outcome.LATER, "whether the network here wants a login"),
        (Answer(200, b"{}"), Outcome.LATER, "other than a store"),
        (Answer(429), Outcome.LATER, "nothing to do unless it lasts (429)"),
        (Answer(500, b'{"message":"disk full"}'), Outcome.LATER, "look into its log (500: disk full)"),
        (Answer(502, HTML), Outcome.LATER, "see whether it runs behind what answers for it (502)"),
        (Answer(503, b"\xff\xfe"), Outcome.LATER, "check the sink's url"),
        (Answer(503, b"[" * 100_000), Outcome.LATER, "unwell"),
        (Answer(raw=b""), Outcome.LATER, "cannot be reached"),
        (Answer(raw=b"SSH-2.0-OpenSSH_9.2\r\n"), Outcome.LATER, "cannot be reached"),
        (Answer(raw=b"HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n"), Outcome.STORED, ""),
        (
            Answer(raw=b"HTTP/1.1 500 x\r\nContent-Encoding: gzip\r\n\r\nnot gzip"),
            Outcome.LATER,
            "look into its log (500: not gzip)",
        ),
        (Answer(raw=b"HTTP/1.1 999999 what\r\n\r\n"), Outcome.LATER, ""),
    ],
)
def test_what_an_answer_means(store: Answering, sink: Sink, answer: Answer, outcome: Outcome, reason: str) -> None:
    store.answer = answer
    verdict = sink.write(LINES)
    assert (verdict.outcome, reason in verdict.reason) == (outcome, True), verdict
    assert len(verdict.reason) <= influx.REASON_CHARS
    assert verdict.reason.isprintable()
    assert len(store.paths) == 1, "neither a retry nor a redirect may happen behind the forwarder's back"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(204), Outcome.STORED),
        (Answer(400, b"incoming write was empty"), Outcome.STORED),  # InfluxDB 3, to a comment
        (Answer(400, b"bad request"), Outcome.HOLD),
        (Answer(401), Outcome.HOLD),
        (Answer(403), Outcome.HOLD),
        (Answer(404), Outcome.HOLD),
        (Answer(413), Outcome.HOLD),
        (Answer(302), Outcome.HOLD),
        (Answer(200, HTML), Outcome.LATER),
        (Answer(502, HTML), Outcome.LATER),
        (Answer(raw=b""), Outcome.LATER),
    ],
)
def test_an_empty_batch_asks_the_store(store: Answering, sink: Sink, answer: Answer, outcome: Outcome) -> None:
    store.answer = answer
    said = sink.write([])
    assert said.outcome is outcome
    assert bool(said.reason) is (outcome is not Outcome.STORED)
    ((path, headers, body),) = store.writes
    assert path == "/api/v2/write?org=family&bucket=home&precision=s", "as lines would go"
    assert headers["Authorization"] == "Token a-token"
    assert body.startswith(b"#")
    assert b"\n" not in body


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("Mon, 23 Nov 2026 10:02:00 GMT", 120.0),  # the answer is dated 10:00:00
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0.0),
        ("-5", 0.0),
        ("١٢", 0.0),
        ("soon", 0.0),
        ("1e9", 0.0),
        ("9" * 400, 999_999_999.0),
        ("", 0.0),
    ],
)
def test_how_long_a_server_wants_to_be_left_alone(text: str, seconds: float) -> None:
    headers = {"Retry-After": text, "Date": "Mon, 23 Nov 2026 10:00:00 GMT"}
    assert influx.verdict(503, "", headers).after_s == seconds


def test_retry_after_comes_through(store: Answering, sink: Sink) -> None:
    store.answer = Answer(429, headers={"Retry-After": "Mon, 23 Nov 2026 10:01:30 GMT"})
    assert sink.write(LINES).after_s == 90.0


def test_a_server_that_says_nothing_is_given_up(store: Answering) -> None:
    sink = influx.create(influx.Options(url=store.url, timeout_s=0.2))
    store.answer = Answer(silent=True)
    verdict = sink.write(LINES)
    assert verdict.outcome is Outcome.LATER
    assert "timed out" in verdict.reason
    assert "is it on, is the sink's url right" in verdict.reason
    sink.close()


def test_one_reason_for_one_fault() -> None:
    sink = influx.create(influx.Options(url=f"http://127.0.0.1:{servers.free_port()}"))
    reasons = {sink.write(LINES).reason for _ in range(3)}
    mend = "is it running, is the sink's url right, is the box online?"
    assert reasons == {f"the store cannot be reached: {mend} ([Errno 111] Connection refused)"}
    sink.close()


def test_a_certificate_nobody_vouches_for_is_not_taken(store: Answering) -> None:
    sink = influx.create(influx.Options(url=store.url.replace("http:", "https:"), timeout_s=1))
    verdict = sink.write(LINES)
    assert verdict.outcome is Outcome.LATER
    assert store.writes == []
    sink.close()


@pytest.mark.parametrize(
    ("metrics", "life"),
    [
        (b"a 1\nvm_app_start_timestamp 1795421959\nb 2\n", "1795421959"),
        (b"process_start_time_seconds 5\n", ""),
        (b"x vm_app_start_timestamp 5", ""),
        (b"\xff\xfe", ""),
        (None, ""),
    ],
)
def test_which_life_of_the_server_this_is(store: Answering, sink: Sink, metrics: bytes | None, life: str) -> None:
    store.metrics = metrics
    assert sink.incarnation() == life
    assert sink.write(LINES).outcome is Outcome.STORED


def test_a_path_in_front_is_kept(store: Answering) -> None:
    sink = influx.create(influx.Options(url=f"{store.url}/vm/"))
    sink.write(LINES)
    assert store.writes[0][1]["Content-Encoding"] == "gzip"
    sink.incarnation()
    assert store.paths == ["/vm/api/v2/write?org=-&bucket=kinlight&precision=s", "/vm/metrics"]
    sink.close()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (influx.Options(url=""), "not like"),
        (influx.Options(url="store.example:8086"), "not like"),
        (influx.Options(url="ftp://store.example"), "not like"),
        (influx.Options(url="http://"), "not like"),
        (influx.Options(url="http://store.example/?db=x"), "not like"),
        (influx.Options(url="http://user:secret@store.example"), "token"),
        (influx.Options(url="http://store.example", bucket=""), "bucket"),
        (influx.Options(url="http://store.example", token="a\nb"), "token"),
        (influx.Options(url="http://store.example", timeout_s=0), "timeout_s"),
        (influx.Options(url="http://store.example", timeout_s=float("nan")), "timeout_s"),
        (influx.Options(url="http://store.example:port"), "Port"),
        (influx.Options(url="http://store.example:99999"), "Port"),
    ],
)
def test_options_that_cannot_work_stop_the_start(options: influx.Options, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        influx.create(options)


def test_a_mistyped_address_is_named_without_its_password() -> None:
    with pytest.raises(ValueError, match=r"url 'htps://\*\*\*@store\.example\?token=\*\*\*' is not like"):
        influx.create(influx.Options(url="htps://anna:hunter22@store.example?token=T0PSECRET"))
