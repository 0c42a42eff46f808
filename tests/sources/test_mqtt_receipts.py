"""A packet id means a message of one connection: what an earlier connection delivered is never acknowledged on a later.

The journal's thread may be seconds behind, and a broker that came back meanwhile may mean other messages by its ids.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.ingest.inbox import Feed, Inbox
from gateway.sources.mqtt import MqttSource
from gateway.system.clock import Clock
from gateway.system.worker import Stop, Worker
from tests.integration.home import wait_for
from tests.servers import Broker
from tests.sources.test_mqtt_source import FILTERS, LIMITS, config, frames, say, speaking


@contextmanager
def supervised(broker: Broker, inbox: Inbox) -> Iterator[tuple[MqttSource, Worker]]:
    """The source as the daemon runs it: it connects again by itself."""
    stop = Stop()
    source = MqttSource(config(broker), FILTERS, LIMITS, Feed(inbox.put, Clock(), stop))
    worker = Worker("mqtt", source.run, stop, lambda _: None)
    worker.start()
    try:
        wait_for(source._client.is_connected, "the connection")
        yield source, worker
    finally:
        stop.set()
        assert worker.join(10)


def test_what_a_broker_said_before_it_forgot_us_acknowledges_nothing_new(mortal_broker: Broker) -> None:
    inbox, after = Inbox(), Inbox()
    with supervised(mortal_broker, inbox) as (source, worker):
        with speaking(mortal_broker) as client:
            say(client, "zb/hall", b"before")
        (before,) = frames(inbox, 1)
        mortal_broker.kill()  # it had saved nothing: its packet ids begin at 1 again
        wait_for(lambda: worker.fault, "the loss")
        source.committed([before.receipt])
        assert not source._client.want_write(), "it would go out before the CONNECT, and end the new connection"
        mortal_broker.start()
        wait_for(source._client.is_connected, "the new connection")
        with speaking(mortal_broker) as client:
            wait_for(lambda: not worker.fault or inbox.depth(), "the new session")
            say(client, "zb/help", b"press")
            (press,) = frames(inbox, 1)
        assert before.receipt % 65536 == press.receipt % 65536, "the same packet id"
        source.committed([before.receipt])  # the card was slow: only now is it on disk
    with supervised(mortal_broker, after):
        assert [frame.payload for frame in frames(after, 1)] == [b"press"], "it is in memory alone"


def test_the_thread_that_commits_touches_no_socket(mortal_broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads in one TLS connection break it, or the process: OpenSSL knows no locks."""
    inbox, after, writers = Inbox(), Inbox(), set[int]()
    with supervised(mortal_broker, inbox) as (source, _), speaking(mortal_broker) as client:
        write = source._client._packet_write

        def noting() -> object:
            writers.add(threading.get_ident())
            return write()

        monkeypatch.setattr(source._client, "_packet_write", noting)
        for payload in (b"1", b"2", b"3"):
            say(client, "zb/hall", payload)
            (frame,) = frames(inbox, 1)
            source.committed([frame.receipt])
        wait_for(lambda: writers and not source._client.want_write(), "the acknowledgements")
        say(client, "zb/hall", b"last")
        frames(inbox, 1)
    assert threading.get_ident() not in writers
    with supervised(mortal_broker, after):
        assert [frame.payload for frame in frames(after, 1)] == [b"last"]
