"""F15: a broker that comes back from an older saved state gives old packet ids again: a press is no repeat."""

import shutil
import signal
from pathlib import Path

from tests.faults.conftest import Note, times
from tests.faults.ledger import Ledger
from tests.integration.home import Sensors, configuration, running, sensor, wait_for
from tests.servers import Broker

PRESS = {"action": "single"}  # every press says the same: only its packet id could tell one from another


def test_a_press_after_the_broker_came_back_older_is_a_press(tmp_path: Path, mortal_broker: Broker, note: Note) -> None:
    database, saved, ledger = tmp_path / "mosquitto.db", tmp_path / "older.db", Ledger()
    config = configuration(
        tmp_path, mortal_broker.port, [sensor("pendant", "lounge", "zigbee", "pendant")], commit_s=0.1
    )

    with running(config, KINLIGHT_MQTT_PASSWORD=mortal_broker.password) as daemon:
        daemon.up()

        def press() -> None:
            """One press that the broker has taken, and that the daemon has committed before the next."""
            number = ledger.invoke()
            sensors.say("pendant", PRESS)
            ledger.acknowledge(number)
            wait_for(lambda: daemon.count("button_press") >= number, f"press {number}")

        sensors = Sensors(mortal_broker.port, mortal_broker.password)
        wait_for(database.exists, "the first saved state")
        assert mortal_broker.process
        mortal_broker.process.send_signal(signal.SIGUSR1)  # save now
        press()
        for life in range(1, times(2, 20) + 1):
            mortal_broker.process.send_signal(signal.SIGSTOP)
            shutil.copy(database, saved)
            mortal_broker.process.send_signal(signal.SIGCONT)
            press()
            press()
            mortal_broker.kill()
            sensors.close()
            shutil.copy(saved, database)
            mortal_broker.start()
            wait_for(lambda lives=life: listening(daemon.log) > lives, "the daemon's return")
            sensors = Sensors(mortal_broker.port, mortal_broker.password)
            press()  # under the packet id that the first press after the copy had
        sensors.close()
        assert daemon.stop() == 0
        verdict = ledger.check(range(1, daemon.count("button_press") + 1))
    note("faults.F15.lost", len(verdict.lost), "presses after the broker came back older", floor=0)
    note("faults.F15.invented", len(verdict.invented), "presses", floor=0)


def listening(log: Path) -> int:
    """How often the daemon was let in by the broker."""
    return log.read_bytes().count(b"listening to the broker")
