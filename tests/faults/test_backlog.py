"""F14: a press that waits at the broker behind 20,000 messages of hours without the box.

A session keeps its order, so a press comes when what was said before it has been thought through: that is as fast as a
core is, and no promise of two seconds. Behind what comes in while the box runs it is told within two (test_burst.py).
"""

import time
from pathlib import Path

from tests.faults.conftest import Note
from tests.integration.home import Sensors, configuration, running, sensor, wait_for
from tests.servers import Broker

WAITING = 20_000
COMMIT_S = 10.0
AT_MOST_S = 15.0


def test_a_press_behind_a_backlog_at_the_broker(tmp_path: Path, documented: Broker, note: Note) -> None:
    blocks = [sensor("meter", "kitchen", "zigbee", "meter"), sensor("help_button", "hallway", "zigbee", "button")]
    config = configuration(tmp_path, documented.port, blocks, commit_s=COMMIT_S)
    with running(config, KINLIGHT_MQTT_PASSWORD=documented.password) as daemon:
        daemon.up()
        assert daemon.stop() == 0
        sensors = Sensors(documented.port, documented.password, "zigbee2mqtt")
        sent = [sensors.start("meter", {"energy": number / 10}) for number in range(WAITING)]
        for message in [*sent, sensors.start("button", {"action": "emergency"})]:
            message.wait_for_publish(60)
        sensors.close()
        (daemon.state.parent / "daemon.log").unlink()
        daemon.restart()
        daemon.up()
        began_s = time.monotonic()
        wait_for(
            lambda: any(each.finding.rule == "sos" and each.tried_ns for each in daemon.alerts().open_alerts()),
            "the press",
            120,
        )
        note(
            "faults.F14.backlog.sos_s",
            time.monotonic() - began_s,
            "s behind 20,000 messages at the broker",
            floor=AT_MOST_S,
        )
        wait_for(lambda: daemon.count("energy_kwh") >= WAITING, "everything that waited")
        assert daemon.stop() == 0
        note("faults.F14.backlog.lost", WAITING - len(set(daemon.values("energy_kwh"))), "readings", floor=0)
