"""F5: a card that is read-only at start. The box watches, tells and forwards from memory, and goes back to the card."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.alerts.journal import FILE as ALERTS
from gateway.alerts.journal import AlertReader
from gateway.service.memory_fallback import current, memory_of
from gateway.storage.journal import FILE as READINGS
from gateway.storage.journal_reader import JournalReader
from gateway.storage.sqlite import JournalCorrupt
from tests.faults.conftest import Note
from tests.faults.power_cut import recorder
from tests.faults.test_disk_full import Phone, blocks
from tests.integration.home import Sensors, configuration, running, wait_for
from tests.living import Wire, living, wired
from tests.servers import Broker, Store, get


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of its own for the state, and a folder in memory. Needs root."""
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "run"))
    directory = tmp_path / "state"
    directory.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "kinlight-test", str(directory)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no disk that can be made read-only: {mounted.stderr.decode().strip()}")
    yield directory
    subprocess.run(["umount", "-l", str(directory)], check=True)


def remount(card: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(card)], check=True)


def test_a_card_that_is_read_only_at_start(
    tmp_path: Path, card: Path, mortal_broker: Broker, victoria: Store, note: Note
) -> None:
    (tmp_path / "run").mkdir()
    sink = (
        '[[sink]]\nname = "store"\ntype = "influx"\n'
        f'options = {{ url = "{victoria.url}", token = "t", org = "o", bucket = "b" }}\n'
    )
    config = configuration(tmp_path, mortal_broker.port, [*blocks(mortal_broker), sink], commit_s=0.1)
    phone, sensors = Phone(mortal_broker), Sensors(mortal_broker.port, mortal_broker.password)
    with running(config, KINLIGHT_MQTT_PASSWORD=mortal_broker.password) as home:

        def up(times: int) -> None:
            wait_for(lambda: home.log.read_bytes().count(b"listening to the broker") >= times, "the start")

        up(1)
        sensors.say("sos", {"action": "emergency"})
        wait_for(lambda: phone.heard, "the first press")
        home.kill()
        remount(card, "ro")
        began_s = time.monotonic()
        home.restart()
        wait_for(lambda: [t for t in phone.titles() if "card" in t], "the technical alert")
        note("faults.F5.told_s", time.monotonic() - began_s, "s to the technical alert", floor=60)
        up(2)
        sensors.say("hall_motion", {"occupancy": True})
        sensors.say("sos", {"action": "emergency"})
        place = current(card)
        assert place == memory_of(card)
        wait_for(lambda: JournalReader(place / READINGS).last_seq(), "points in memory")
        wait_for(lambda: "alert_id" in get(f"{victoria.url}/api/v1/label/__name__/values"), "points in the store")
        assert AlertReader(place / ALERTS).open_alerts()[0].id == 1, "the alert of before is known"

        remount(card, "rw")
        assert home.process.wait(60) == 5, "the card works again: a new start takes what is in memory to it"
        home.restart()
        up(3)
        assert not memory_of(card).exists()
        found = home.alerts().all_alerts()
        lost = int(home.count("sos") != 2 or home.count("motion") != 1)
        note("faults.F5.lost", lost, "readings", floor=0)
        assert {alert.finding.rule for alert in found} == {"sos", "kinlight"}
        assert len({alert.id for alert in found}) == len(found)
        assert home.stop() == 0
    phone.close()
    sensors.close()


def test_a_card_that_fails_while_it_runs(tmp_path: Path, mortal_broker: Broker, note: Note) -> None:
    (tmp_path / "state").mkdir()
    record = tmp_path / "record"
    broken = record.with_name("record.broken")
    config = configuration(tmp_path, mortal_broker.port, blocks(mortal_broker), commit_s=0.1)
    phone, sensors = Phone(mortal_broker), Sensors(mortal_broker.port, mortal_broker.password)
    variables = {"LD_PRELOAD": str(recorder(tmp_path)), "RECORD_FILE": str(record)}
    variables |= {"RECORD_DIRECTORY": str(tmp_path / "state"), "KINLIGHT_MQTT_PASSWORD": mortal_broker.password}
    with running(config, **variables) as home:
        home.up()
        sensors.say("hall_motion", {"occupancy": True})
        wait_for(lambda: home.count("motion") == 1, "life")
        broken.touch()
        began_s = time.monotonic()
        sensors.say("hall_motion", {"occupancy": False})
        sensors.say("sos", {"action": "emergency"})
        wait_for(lambda: [t for t in phone.titles() if "Help button" in t], "the press")
        note("faults.F5.sos_s", time.monotonic() - began_s, "s to the help button while the card fails", floor=10)
        wait_for(lambda: [t for t in phone.titles() if "Kinlight box" in t], "the technical alert")
        note("faults.F5.running.told_s", time.monotonic() - began_s, "s to the technical alert", floor=60)
        assert home.process.poll() is None
        broken.unlink()
        wait_for(lambda: home.count("sos") == 1 and home.count("motion") == 2, "what waited to be kept")
        assert len([t for t in phone.titles() if "Help button" in t]) == 1
        assert home.stop() == 0
    phone.close()
    sensors.close()


def test_alerts_damaged_while_it_runs_are_mended_and_numbered_on(
    tmp_path: Path, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = Wire()
    setup = wired(tmp_path, wire)

    def damaged(*_: object) -> None:
        raise JournalCorrupt("alerts.sqlite: database disk image is malformed")

    def press_and_end() -> None:
        with living(setup) as daemon:
            monkeypatch.setattr(daemon.opened.alerts, "record", damaged)
            wire.say("sos=1")
            wait_for(lambda: setup.notifiers["told"].messages, "the alert all the same")  # type: ignore[attr-defined]
            wait_for(lambda: daemon.dispatcher.broken, "the damage to be noticed")
            wait_for(lambda: "last_alert" in daemon.opened.journal.meta(), "its number in the journal")

    with pytest.raises(JournalCorrupt):
        press_and_end()
    path = tmp_path / "state" / ALERTS
    path.write_bytes(b"\xa5" * path.stat().st_size)
    with living(setup) as daemon:
        wait_for(daemon.opened.alerts.all_alerts, "the press, told late")
        numbers = [alert.id for alert in daemon.opened.alerts.all_alerts() if alert.finding.rule == "sos"]
        assert daemon.opened.alerts.repaired
    wire.close()
    note("faults.F6.numbers", sum(number == 1 for number in numbers), "numbers given again", floor=0)
    assert len(numbers) == 1
