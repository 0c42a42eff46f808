"""`kinlight check` and `kinlight run`: what is in the way of a box, and how to mend it."""

import json
from pathlib import Path

from gateway.service.startup import open_home
from tests.cli.running import ran
from tests.integration.home import configuration, sensor
from tests.servers import Broker


def test_check_tries_everything_and_says_what_to_mend(home: Path) -> None:
    text = home.read_text() + '[[device]]\nname = "bed"\ndriver = "serial_lines"\nport = "/dev/kinlight/nothing"\n'
    home.write_text(text)
    code, out, err = ran("check", "--config", home)
    problems = [line for line in out if line.startswith("PROBLEM")]
    assert code == 4
    assert len(problems) == 4
    assert "device bed on /dev/kinlight/nothing: there is no such port; there is: " in problems[0]
    assert "Connection refused; is it running, and are [mqtt] host and port right?" in problems[1]
    assert "device bed: no [[sensor]] uses it; nothing it says will be kept" in problems[2]
    assert "notifiers: there is none: nobody would be told; add a [[notifier]]" in problems[3]
    assert err == [f"kinlight: 4 of {len(out)} things need mending"]
    code, out, _ = ran("check", "--config", home, "--json")
    assert code == 4
    assert sum(bool(row["fault"]) for row in json.loads(out[0])) == 4


def test_check_knows_a_wrong_password(home: Path, broker: Broker) -> None:
    blocks = [sensor("hall-motion", "hallway", "zigbee", "hall"), '[[notifier]]\nname = "log"\ntype = "log"']
    configuration(home.parent, broker.port, blocks)
    code, out, _ = ran("check", "--config", home)
    problems = [line for line in out if line.startswith("PROBLEM")]
    assert (code, len(problems)) == (4, 1)
    assert "the broker refuses the user name or password; set [mqtt] username and password" in problems[0]
    home.write_text(home.read_text().replace("credential:mqtt_password", broker.password))
    code, out, err = ran("check", "--config", home)
    assert (code, err) == (0, []), out


def test_a_second_box_on_the_same_journal_is_refused(home: Path) -> None:
    from gateway.service.build import build

    opened = open_home(build(home), home.parent / "state")
    code, _, err = ran("run", "--config", home)
    opened.close()
    assert (code, len(err)) == (4, 1)
    assert "is in use by another Kinlight; stop that one first" in err[0]


def test_a_journal_of_a_newer_kinlight_is_not_touched(home: Path) -> None:
    import sqlite3

    state = home.parent / "state"
    from gateway.storage.journal import FILE, Journal

    Journal.open(state).close()
    connection = sqlite3.connect(state / FILE)
    connection.execute("PRAGMA user_version=9")
    connection.close()
    code, _, err = ran("run", "--config", home)
    assert (code, len(err)) == (3, 1)
    assert "was written by a newer Kinlight" in err[0]
