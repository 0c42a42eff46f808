"""What a day of readings writes to the card: bytes that reach the block device, the file system's own included.

    sudo python -m benchmarks.card [--json FILE]

The journal of a home with one reading a second and twenty summary lines each five minutes, on a fresh ext4 in a loop
device; four simulated hours for each interval between commits, the first of them not counted. Counts of bytes carry
over to a real card, times do not; what the card writes beyond that inside itself comes on top. Needs root.
"""

import argparse
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.report import Figure, write
from gateway.config.settings import StoreConfig
from gateway.storage.journal import Batch, Journal
from rules.terms.channel import Channel
from rules.terms.time import NS_PER_S

INTERVALS_S = (10, 30, 60)
DELIVERED_S = StoreConfig.model_fields["commit_interval_s"].default
MOST_MB = 38.0  # of the 50 that a card should bear: the broker writes 12 (tests/faults/test_broker_writes.py)
SENSORS = 20
LINES = [b"room,home=home-1,room=kitchen movements=3,minutes=5,temperature_c=20.5"] * SENSORS
HOUR_S, DAY_HOURS = 3600, 24
HOURS = 3


@contextmanager
def card() -> Iterator[tuple[Path, Path]]:
    """A fresh ext4 of its own: its folder, and the file in which the kernel counts what is written to its device."""
    with tempfile.TemporaryDirectory() as folder:
        image, mounted = Path(folder, "image"), Path(folder, "card")
        mounted.mkdir()
        with image.open("wb") as file:
            file.truncate(200_000_000)
        subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
        done = subprocess.run(["losetup", "-f", "--show", image], check=True, capture_output=True, text=True)
        device = Path(done.stdout.strip())
        try:
            subprocess.run(["mount", device, mounted], check=True)
            try:
                yield mounted, Path("/sys/block", device.name, "stat")
            finally:
                subprocess.run(["umount", mounted], check=True)
        finally:
            subprocess.run(["losetup", "-d", device], check=True)


def live(journal: Journal, begin_s: int, interval_s: int, hours: int) -> int:
    """Commit `hours` of readings. Returns the second at which they end."""
    for commit_s in range(begin_s, begin_s + hours * HOUR_S, interval_s):
        seconds = range(commit_s, commit_s + interval_s)
        readings = [(s * NS_PER_S, s % SENSORS, 1.0, 0) for s in seconds]
        points = [(s, line) for s in seconds if s % 300 == 0 for line in LINES]
        journal.commit(Batch(readings, points))
    return begin_s + hours * HOUR_S


def mb_a_day(interval_s: int) -> float:
    """What one day writes, from three hours of it."""
    with card() as (folder, counter):
        journal = Journal.open(folder / "state")
        for number in range(SENSORS):
            journal.add_channel(number, Channel(f"sensor{number}", "kitchen", "motion", "event"))
        counts = []
        at_s = live(journal, 1_795_000_000 // HOUR_S * HOUR_S, interval_s, 1)
        for hours in (0, HOURS):
            at_s = live(journal, at_s, interval_s, hours)
            os.sync()
            counts.append(int(counter.read_text().split()[6]) * 512)
        journal.close()
    return (counts[1] - counts[0]) / 1e6 * DAY_HOURS / HOURS


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    rows = [
        Figure(
            f"card.mb_a_day.commit_{interval_s}_s",
            mb_a_day(interval_s),
            "MB",
            MOST_MB if interval_s == DELIVERED_S else None,
            note="as delivered" if interval_s == DELIVERED_S else "",
        )
        for interval_s in INTERVALS_S
    ]
    write(rows, "Written to the card in a day, 1 reading a second", parser.parse_args().json)


if __name__ == "__main__":
    main()
