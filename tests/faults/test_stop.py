"""F24: the whole program, as systemd runs it, ends in time and well though its store trickles."""

import time
from pathlib import Path

from tests.faults.conftest import Note
from tests.faults.hostile import WAYS, hostile
from tests.faults.test_hanging import STOP_S
from tests.integration.home import configuration, running, sensor, wait_for
from tests.servers import Broker


def test_the_program_ends_while_its_store_trickles(tmp_path: Path, mortal_broker: Broker, note: Note) -> None:
    with hostile(WAYS["trickles its body"]) as port:
        sink = (
            '[[sink]]\nname = "store"\ntype = "influx"\n'
            f'options = {{ url = "http://127.0.0.1:{port}", bucket = "b", timeout_s = 60 }}\n'
        )
        config = configuration(tmp_path, mortal_broker.port, [sensor("meter", "kitchen", "zigbee", "meter"), sink])
        with running(config, KINLIGHT_MQTT_PASSWORD=mortal_broker.password) as daemon:
            daemon.up()
            rss_mb = wait_for(lambda: daemon.status().get("rss_mb", 0.0), "the first status")
            note("faults.F24.rss_mb", rss_mb, "MB with a store")
            began_s = time.monotonic()
            assert daemon.stop() == 0
            note("faults.F24.program.stop_s", time.monotonic() - began_s, "s", floor=STOP_S)
