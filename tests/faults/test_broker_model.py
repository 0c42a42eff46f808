"""A model of a broker and of a slow card around the real source, pipeline and committer: nothing lost, nothing doubled.

The broker is a fake. It takes the lowest packet id that is free, as MQTT allows, and keeps a message until that id is
acknowledged; a connection that ends and one that it forgets, a kill of the program and a card that is batches behind
come in any order.
"""

import json
import shutil
import tempfile
from collections import Counter, deque
from pathlib import Path

import paho.mqtt.client as paho
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from drivers.kit.contract import Frame
from gateway.config.settings import MqttConfig
from gateway.ingest.inbox import Feed
from gateway.service.committer import Committer
from gateway.service.startup import open_home
from gateway.sources.mqtt import MqttSource
from gateway.storage.journal import Journal
from gateway.storage.write_queue import WriteQueue
from gateway.system.clock import Clock
from gateway.system.worker import Stop
from tests.faults.conftest import times
from tests.thinking import setup

WINDOW = 5
WELL = ReasonCode(PacketTypes.CONNACK, "Success")


class EnoughError(Exception):
    """One task was done."""


class Flags:
    def __init__(self, *, session_present: bool) -> None:
        self.session_present = session_present


class Home(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.said = 0
        self.queue: deque[int] = deque()
        self.sent: dict[int, int] = {}  # packet id -> message
        self.forgotten: set[int] = set()  # by the broker itself, before it knew that we had them
        self.start()

    def start(self) -> None:
        self.opened = open_home(setup(self.directory), self.directory)
        self.tasks: WriteQueue[Journal] = WriteQueue(self.opened.journal, Stop())
        self.source = MqttSource(MqttConfig(), {"toy": ("zb/#",)}, {"toy": 100}, Feed(self.take, Clock(), Stop()))
        self.source._client.subscribe = lambda *_: None
        self.source._client.ack = lambda packet_id, _: self.sent.pop(packet_id, None)
        committed, refused = self.source.committed, list[str]()
        self.commits = Committer(self.opened.pipeline, self.tasks, Clock(), committed, refused.append)
        self.connect(session_present=True)

    def take(self, item: object, _: float) -> bool:
        if isinstance(item, Frame):
            self.opened.pipeline.frame(item)
        else:
            self.opened.pipeline.new_session()
            self.commits.commit()
        return True

    def connect(self, *, session_present: bool) -> None:
        self.source._connection = 0
        self.source._connected(self.source._client, None, Flags(session_present=session_present), WELL, None)
        for packet_id in list(self.sent):
            self.send(packet_id, dup=True)

    def send(self, packet_id: int, *, dup: bool = False) -> None:
        message = paho.MQTTMessage(packet_id, b"zb/meter")
        message.payload, message.qos, message.dup = b"", 1, dup
        message.payload = json.dumps({"meter": {"energy_kwh": self.sent[packet_id]}}).encode()
        self.source._message(self.source._client, None, message)

    @rule(count=st.integers(1, 4), due=st.booleans())
    def says(self, count: int, due: bool = False) -> None:
        self.queue.extend(range(self.said + 1, self.said + count + 1))
        self.said += count
        while self.queue and len(self.sent) < WINDOW:
            packet_id = next(n for n in range(1, WINDOW + 1) if n not in self.sent)
            self.sent[packet_id] = self.queue.popleft()
            self.send(packet_id)
        self.commits.if_due(0.0 if due else 60.0, WINDOW, stuck=False)

    @rule()
    def card_does_one(self) -> None:
        def enough() -> None:
            raise EnoughError

        if not self.tasks.idle():
            try:
                self.tasks.run(enough)
            except EnoughError:
                return

    @rule()
    def connection_ends(self) -> None:
        self.connect(session_present=True)

    @rule()
    def broker_forgets(self) -> None:
        self.forgotten |= {*self.queue, *self.sent.values()}
        self.queue.clear()
        self.sent.clear()
        self.connect(session_present=False)
        self.says(2)

    @rule()
    def killed(self) -> None:
        self.opened.close()
        self.start()

    @invariant()
    def what_the_broker_let_go_is_on_disk(self) -> None:
        let_go = set(range(1, self.said + 1)) - self.forgotten - {*self.queue, *self.sent.values()}
        assert let_go <= self.kept().keys(), "acknowledged before it was committed"
        assert set(self.kept().values()) <= {1}, "doubled"

    def kept(self) -> Counter[int]:
        return Counter(int(row.value) for row in self.opened.journal.readings(0))

    def teardown(self) -> None:
        self.says(0, due=True)
        while self.queue or self.sent or not self.tasks.idle():
            self.card_does_one()
            self.says(0, due=True)
        kept = self.kept()
        self.opened.close()
        shutil.rmtree(self.directory)
        assert set(range(1, self.said + 1)) - self.forgotten <= kept.keys(), "lost"


Home.TestCase.settings = settings(
    max_examples=times(25, 2000),
    stateful_step_count=30,
    derandomize=times(1, 0) == 1,
    suppress_health_check=list(HealthCheck),
)
TestHome = Home.TestCase
