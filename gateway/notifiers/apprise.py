"""Alerts through Apprise: text messages, mail, Signal, Telegram, ntfy and some 100 more, each behind one URL.

Each message is sent by a process of its own (`gateway.system.apprise_process`). Apprise and the libraries below it can
be held for ever by a service that trickles, read whatever a service sends, and write into one log what concerns two
people: a process can be ended, has a memory of its own and a log of its own. It costs under a second, two or three on a
Pi.

The URL is a secret (it holds tokens), so it is in no log line, error text or command line, and every part of it is
struck out of what Apprise says. Time limits stand in the URL: 4 s to connect and 4 s for each answer unless it says
otherwise (`cto`, `rto`); all of it has `LIMIT_S`.
"""

import json
import logging
import re
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

from gateway.model.contracts import Message, Notifier, NotifyError
from gateway.system.apprise_process import OVERDUE, PROGRAM
from rules.terms.finding import Priority

TITLE = "Apprise (text message, mail, Signal, Telegram, ntfy and many more)"

CONNECT_S = 5.0
LIMIT_S = 20.0  # for one message, from the start of its process to the service's answer
LIMIT_MB = 150.0  # for its process, which takes 50; the whole service has 400 on a Pi
_KIND = {Priority.HIGH: "failure", Priority.MEDIUM: "warning", Priority.LOW: "info"}


@dataclass(frozen=True, slots=True)
class Options:
    """One person's way to be told."""

    url: str = field(default="", repr=False)  # a secret: "credential:NAME" in gateway.toml


def create(options: Options) -> Notifier:
    """A notifier for one URL. Raises ValueError where Apprise is missing or the URL is not one of its own."""
    try:
        import apprise  # noqa: PLC0415 - an extra that a box may do without
    except ModuleNotFoundError:
        raise ValueError("Apprise is not installed; install it with: pip install 'kinlight[notify]'") from None
    return _Apprise(apprise, options.url)


class _Apprise:
    def __init__(self, apprise: ModuleType, url: str) -> None:
        self._url = url
        for name in ("apprise", "urllib3"):  # both write parts of the URL
            logger = logging.getLogger(name)
            logger.propagate = False
            logger.addHandler(logging.NullHandler())
        self._services = apprise.Apprise()
        if not (url and self._services.add(url)):
            raise ValueError("url: not an Apprise URL; its forms are listed at https://appriseit.com/services/")

    def check(self) -> str:
        """Whether the service's machine answers. What it thinks of the token, only a message shows."""
        for service in self._services:
            address = _address(service)
            try:
                if address:
                    socket.create_connection(address, timeout=CONNECT_S).close()
            except (OSError, UnicodeError) as error:
                why = getattr(error, "strerror", None) or error
                mend = "is the box online, and is the URL right?"
                return f"{self._url.partition(':')[0]}: the service cannot be reached: {why}; {mend}"
        return ""

    def send(self, message: Message) -> None:
        """Hand the message to the service."""
        order = {
            "url": self._url,
            "title": message.title,
            "body": message.body,
            "notify_type": _KIND[message.priority],
            "limit_s": LIMIT_S,
            "limit_mb": LIMIT_MB,
        }
        try:
            sending = subprocess.run(  # noqa: S603 - our own program
                [sys.executable, "-P", "-m", PROGRAM],
                input=json.dumps(order).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=LIMIT_S + CONNECT_S,  # what hangs below Python: a name that is looked up for ever
                check=False,
            )
            taken, words = json.loads(sending.stdout)
        except subprocess.TimeoutExpired:
            taken, words = False, OVERDUE
        except (OSError, ValueError) as error:
            taken, words = False, f"the sending process failed: {error}"
        if not taken:
            reason = _without_secrets(words, self._url) or "the service did not take the message"
            raise NotifyError(f"{self._url.partition(':')[0]}: {reason}")

    def close(self) -> None:
        """Nothing is held between two messages."""
        self._services.clear()


def _address(service: Any) -> tuple[str, int] | None:
    """Host and port of the machine that takes the messages; None where Apprise does not say."""
    if host := getattr(service, "smtp_host", ""):
        return host, service.port
    if "host" in service.template_tokens and getattr(service, "mode", "") != "cloud":
        return (service.host, service.port or (443 if service.secure else 80)) if service.host else None
    for name in ("notify_url", "cloud_notify_url"):  # a service of one company: its address stands in the plug-in
        found = urlsplit(str(getattr(service, name, "")))
        if found.hostname:
            return found.hostname, found.port or 443
    return None


def _without_secrets(said: str, url: str) -> str:
    """The last line Apprise said, with everything struck out that stands in the URL."""
    line = said.strip().splitlines()[-1][:300] if said.strip() else ""
    parts = set(re.split(r"[:/?&=@,+#]+", url.partition("://")[2]))
    for part in sorted(parts | {unquote(part) for part in parts}, key=len, reverse=True):
        if len(part) > 2:
            line = line.replace(part, "***")
    return line
