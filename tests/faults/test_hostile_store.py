"""F17: a store that trickles, floods, bombs, redirects or lies costs one exchange: its time and its memory end."""

import time

from gateway.model.contracts import Outcome
from gateway.sinks import influx
from gateway.system.memory_use import rss_mb
from tests.faults.conftest import Note
from tests.faults.hostile import WAYS, forget_peak, hostile, packed, peak_mb, say

LINES = [b"m,home=h1 v=1.0 1790000000"]
LIMIT_S = 1.0


def test_the_measure_of_memory_can_fail() -> None:
    forget_peak()
    before_mb = rss_mb()
    del (big := [bytearray(b"x" * 50_000_000)])[:]
    assert not big
    assert peak_mb() - before_mb > 40


def test_every_exchange_ends_and_keeps_little(note: Note) -> None:
    took_s, more_mb = {}, {}
    for way, behave in WAYS.items():
        with hostile(behave) as port:
            sink = influx.create(influx.Options(url=f"http://127.0.0.1:{port}", timeout_s=LIMIT_S))
            forget_peak()
            before_mb, began_s = rss_mb(), time.monotonic()
            verdict = sink.write(LINES)
            took_s[way] = time.monotonic() - began_s
            assert verdict.outcome is not Outcome.STORED, way
            assert verdict.reason.isprintable(), way
            assert sink.incarnation() == "", way
            more_mb[way] = peak_mb() - before_mb
            sink.close()
    note("faults.F17.exchange_s", max(took_s.values()), "s, of 1 allowed", floor=LIMIT_S + 1)
    note("faults.F17.rss_mb", max(more_mb.values()), "MB more", floor=10)


def test_nothing_is_unpacked(note: Note) -> None:
    more_mb = {}
    for layers in (1, 2):
        with hostile(say(packed(layers))) as port:
            sink = influx.create(influx.Options(url=f"http://127.0.0.1:{port}", timeout_s=5))
            forget_peak()
            before_mb = rss_mb()
            assert sink.write(LINES).outcome is Outcome.LATER
            assert sink.incarnation() == ""
            more_mb[layers] = peak_mb() - before_mb
            sink.close()
    note("faults.F17.bomb.rss_mb", max(more_mb.values()), "MB more", floor=10)


def test_a_store_that_names_every_bad_line_is_still_understood() -> None:
    """InfluxDB 3 says what is wrong with each of 5,000 lines: megabytes, of which the beginning is enough."""
    body = b'{"error":"partial write of line protocol occurred","data":[' + b'{"line_number":1},' * 100_000 + b"{}]}"
    with hostile(say(b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))) as port:
        sink = influx.create(influx.Options(url=f"http://127.0.0.1:{port}", timeout_s=5))
        for _ in range(2):  # the second on a new connection: the first was not read to its end
            verdict = sink.write(LINES)
            assert (verdict.outcome, "partial write" in verdict.reason) == (Outcome.REFUSED, True)
        sink.close()
