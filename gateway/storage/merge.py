"""Merging of two database files.

Two files of one home into one: `main` takes what `other` holds and it does not. Each within one transaction.

Doing it again changes nothing but repeats points, which overwrite themselves in the store.
"""

from collections.abc import Mapping

from gateway.storage.sqlite import Connection

BORROWED = "borrowed"  # key in `meta`: the other file began with what this one knew
LAST_ALERT = "last_alert"  # key in `meta`: the highest number an alert ever had, kept apart from the alerts' own file


def merge_journals(connection: Connection, next_seq: int) -> None:
    """Channels go by their names, since each file numbers its own; saved state is taken from what began with ours."""
    connection.execute(
        "INSERT INTO main.channel SELECT (SELECT coalesce(max(id), -1) FROM main.channel) + row_number() OVER (ORDER BY"
        " id), sensor, room, quantity, kind FROM other.channel AS o WHERE NOT EXISTS"
        " (SELECT 1 FROM main.channel AS c WHERE c.sensor = o.sensor AND c.quantity = o.quantity)"
    )
    connection.execute(
        "INSERT OR IGNORE INTO main.reading SELECT r.time_ns, c.id, r.value, r.flags FROM other.reading AS r"
        " JOIN other.channel AS o ON o.id = r.channel"
        " JOIN main.channel AS c ON c.sensor = o.sensor AND c.quantity = o.quantity"
    )
    connection.execute(
        "INSERT INTO main.point SELECT ? + row_number() OVER (ORDER BY seq), time_s, line FROM other.point",
        (next_seq - 1,),
    )
    connection.execute(
        "INSERT INTO main.receipt(device, receipt, digest)"
        " SELECT device, receipt, digest FROM other.receipt AS o WHERE NOT EXISTS (SELECT 1 FROM main.receipt AS r"
        " WHERE r.device = o.device AND r.receipt = o.receipt AND r.digest = o.digest) ORDER BY n"
    )
    borrowed = connection.execute("SELECT 1 FROM other.meta WHERE key = ?", (BORROWED,)).fetchone()
    known = "UPDATE SET value = excluded.value" if borrowed else "NOTHING"
    wanted = "key != ? AND key NOT LIKE 'channel:%'"  # numbers of its own
    query = f"INSERT INTO main.meta SELECT * FROM other.meta WHERE {wanted} ON CONFLICT(key) DO {known}"  # noqa: S608
    connection.execute(query, (BORROWED,))
    connection.execute(
        "UPDATE main.meta SET value = max(CAST(value AS INTEGER), (SELECT CAST(value AS INTEGER) FROM other.meta"
        " WHERE key = main.meta.key)) WHERE key = ? AND EXISTS (SELECT 1 FROM other.meta WHERE key = ?)",
        (LAST_ALERT, LAST_ALERT),
    )


def merge_alerts(connection: Connection, keys: Mapping[str, str]) -> None:
    """The other file, which began as a copy of this file, or apart from it is numbered behind it."""
    copied = connection.execute(
        "SELECT NOT EXISTS (SELECT 1 FROM main.alert_change) OR EXISTS (SELECT 1 FROM main.alert_change AS c"
        " JOIN other.alert_change AS o ON o.seq = c.seq AND o.time_ns = c.time_ns AND o.body = c.body)"
    ).fetchone()[0]
    changes = 0
    for table, key in keys.items():
        behind = 0 if copied else connection.execute(f"SELECT coalesce(max({key}), 0) FROM main.{table}").fetchone()[0]  # noqa: S608 - our own names
        changes = behind if table == "alert_change" else changes
        columns = [name for (_, name, *_) in connection.execute(f"PRAGMA main.table_info({table})")]
        wanted = ", ".join(
            f"{name} + {behind}" if name == key else f"{name} + {changes}" if name == "change" else name
            for name in columns
        )
        connection.execute(f"INSERT OR IGNORE INTO main.{table} SELECT {wanted} FROM other.{table}")  # noqa: S608
