"""Fakes of stores that cannot be installed here. They answer as the documentation and the source of each say.

InfluxDB 1.8, 2 and 3 are in no Debian release, so what is shown with these is that the sink keeps to what is written
down, not that the store does. docs/stores.md says the same.
"""

import json
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.sinks.answering import Answer

Said = dict[str, str]


def _json(status: int, **said: object) -> Answer:
    return Answer(status, json.dumps(said).encode(), {"Content-Type": "application/json"})


def _lines(body: bytes) -> list[str]:
    return [line for line in body.decode().splitlines() if line and not line.startswith("#")]


@dataclass
class Documented:
    """A store: what it was given, and how it answers a write."""

    lets_in: str  # the whole Authorization header
    bucket: str
    kept: list[str] = field(default_factory=list)
    bad: re.Pattern[str] = re.compile(r"(?!)")  # lines it will not take

    def answers(self, path: str, headers: Said, body: bytes) -> Answer:
        """The answer to one write."""
        url = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path != "/api/v2/write" or query.get("precision") != "s":
            return Answer(404, b"404 page not found\n")
        return self.written(query, headers.get("Authorization", ""), _lines(body))

    def written(self, query: Said, authorization: str, lines: list[str]) -> Answer:
        """The answer to what was sent to the right place."""
        raise NotImplementedError


class Influx18(Documented):
    """1.8: the token is user:password, the bucket database/retention-policy; good lines of a bad batch are kept."""

    def written(self, query: Said, authorization: str, lines: list[str]) -> Answer:
        if not re.fullmatch(r"Token [^ :]+:[^ ]+", authorization):
            return _json(401, error="unable to parse authentication credentials")
        if authorization != self.lets_in:
            return _json(401, error="authorization failed")
        database, _, policy = query["bucket"].partition("/")
        mine, _, my_policy = self.bucket.partition("/")
        if database != mine:
            return _json(404, error=f'database not found: "{database}"')
        if policy not in ("", my_policy):
            return _json(500, error=f"retention policy not found: {policy}")
        bad = [line for line in lines if self.bad.search(line)]
        self.kept += [line for line in lines if line not in bad]
        return _json(400, error=f"partial write: field type conflict dropped={len(bad)}") if bad else Answer(204)


class Influx2(Documented):
    """2: organisation, bucket and token are checked; one bad line refuses the whole batch."""

    def written(self, query: Said, authorization: str, lines: list[str]) -> Answer:
        if authorization != self.lets_in:
            return _json(401, code="unauthorized", message="unauthorized access")
        if query["org"] != "family":
            return _json(404, code="not found", message=f'organization name "{query["org"]}" not found')
        if query["bucket"] != self.bucket:
            return _json(404, code="not found", message=f'bucket "{query["bucket"]}" not found')
        if any(self.bad.search(line) for line in lines):
            return _json(422, code="unprocessable entity", message="failure writing points to database: type conflict")
        self.kept += lines
        return Answer(204)


class Influx3(Documented):
    """3: any database is made on the first write; nothing but comments is "empty"; good lines of a batch are kept."""

    def written(self, query: Said, authorization: str, lines: list[str]) -> Answer:
        if authorization != self.lets_in:
            return _json(401, error="the request was not authenticated")
        if not lines:
            return Answer(400, b"incoming write was empty")
        wrong = [
            {"original_line": line, "line_number": number, "error_message": "invalid column type for column 'v'"}
            for number, line in enumerate(lines, start=1)
            if self.bad.search(line)
        ]
        self.kept += [line for line in lines if not self.bad.search(line)]
        return _json(400, error="partial write of line protocol occurred", data=wrong) if wrong else Answer(204)
