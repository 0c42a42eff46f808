"""Redundant storage of channel names.

The names of the journal's channels, kept twice: without the one page they fit on, no reading would say anything.

Besides the table `channel` each stands in `meta`, as `channel:<number>`.
"""

import json

from gateway.storage.sqlite import Connection
from rules.terms.channel import Channel

COPY = "channel:"


def insert_channel(connection: Connection, number: int, channel: Channel) -> None:
    """Give a channel its number. Raises ValueError where another has it."""
    connection.execute(
        "INSERT INTO channel VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT(id) DO UPDATE SET room = excluded.room, kind = excluded.kind"
        " WHERE sensor = excluded.sensor AND quantity = excluded.quantity",
        (number, *channel),
    )
    copy_channels(connection)
    kept = connection.execute("SELECT sensor, quantity FROM channel WHERE id = ?", (number,)).fetchone()
    if kept != (channel.sensor, channel.quantity):
        raise ValueError(f"channel {number} is {kept[0]}/{kept[1]} and cannot become {channel.id}")


def copy_channels(connection: Connection) -> None:
    """Bring the second copy up to date."""
    kept = dict(_copies(connection))
    channels = connection.execute("SELECT id, sensor, room, quantity, kind FROM channel").fetchall()
    wanted = {f"{COPY}{number}": json.dumps(names) for number, *names in channels}
    lacking = [(key, text) for key, text in wanted.items() if kept.get(key) != text]
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", lacking)


def restore_channels(connection: Connection) -> None:
    """After damage: what was lost of the table comes from the copies; readings that nothing names any more go."""
    for key, text in _copies(connection):
        row = (int(key.removeprefix(COPY)), *json.loads(text))
        connection.execute("INSERT OR IGNORE INTO channel VALUES (?, ?, ?, ?, ?)", row)
    _drop_nameless(connection)


def _drop_nameless(connection: Connection) -> None:
    """Readings whose channel was lost say nothing; under another channel's name they would say something false."""
    count, last = connection.execute("SELECT count(*), coalesce(max(id), -1) FROM channel").fetchone()
    if count != last + 1:
        connection.execute("DELETE FROM channel")
    connection.execute("DELETE FROM reading WHERE channel NOT IN (SELECT id FROM channel)")


def _copies(connection: Connection) -> list[tuple[str, str]]:
    return connection.execute("SELECT key, value FROM meta WHERE key LIKE 'channel:%'").fetchall()
