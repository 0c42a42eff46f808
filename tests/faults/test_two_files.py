"""F2, two files: a press and its alert are committed apart. Wherever the power goes between them, somebody is told."""

import random
from collections import Counter
from pathlib import Path

from gateway.service.startup import open_home, rebuild
from rules.sos import Rule
from rules.terms.time import NS_PER_MINUTE
from tests.faults.conftest import Note, times
from tests.faults.power_cut import Disk, cuts, recorded, recorder
from tests.faults.presses import pressed_ns
from tests.thinking import START_NS, setup

SEED = 20261127
AWAY_NS = 31 * NS_PER_MINUTE  # longer than the rule looks back


def after(disk: Disk, left: Path) -> Counter[str]:
    """What becomes of the presses on a box that comes back half an hour after the cut."""
    acknowledged = int(disk.said[-1]) if disk.said else 0
    opened = open_home(setup(left, rules={"sos": Rule()}), left)
    pressed = [row.time_ns for row in opened.journal.readings(0)]
    told_ns = opened.alerts.called_ns(0).get("help/sos", 0)
    last_ns = max([START_NS, *pressed])
    late = rebuild(opened, last_ns + AWAY_NS)
    late_ns = [change.alert.finding.again_ns for change in late if change.tell and change.late]
    opened.close()
    return Counter(
        lost=bool(acknowledged and pressed_ns(acknowledged) > max([*pressed, told_ns, 0])),
        between=bool(pressed and pressed[-1] > told_ns),
        missed=bool(pressed and pressed[-1] > max([told_ns, *late_ns])),
        twice=sum(at_ns <= told_ns for at_ns in late_ns),
    )


def test_a_press_whose_alert_was_cut_off_is_told_late(tmp_path: Path, note: Note) -> None:
    count = times(60, 3000)
    chance, found = random.Random(SEED), Counter[str]()
    (state := tmp_path / "state").mkdir()
    records = recorded(state, "tests.faults.presses", 120, recorder(tmp_path))
    for number, (disk, _) in enumerate(cuts(records, count, chance, 0.0)):
        (left := tmp_path / f"cut-{number}").mkdir()
        disk.cut(left, chance, hostile=False)
        found += after(disk, left)
    assert found["between"] > count / 20, "the cuts missed the moment between the two files"
    note("faults.F2.two_files.cuts", count, "power cuts", floor=count, better="higher")
    note("faults.F2.two_files.between", found["between"], "cuts between the files")
    note("faults.F2.two_files.lost", found["lost"], "acknowledged presses", floor=0)
    note("faults.F2.two_files.missed", found["missed"], "presses nobody is told of", floor=0)
    note("faults.F2.two_files.twice", found["twice"], "presses told again", floor=0)
