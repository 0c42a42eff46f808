"""Sanitising of foreign text.

What machines, services and libraries say, made fit for a log, a row and a screen: short, printable, no secrets.
"""

import re

CHARS = 300
_LOOKED_AT = 4096  # characters: a server may say megabytes
_PASSWORD = re.compile(r"(?<=://)[^\s'\"]*@")  # https://user:PASS@host, whatever the password holds
_VALUE = re.compile(r"(?<=[?&])([\w.%-]{1,60})=[^\s&#'\"]+")  # ?token=...: any of them may be a key


def redacted(text: str) -> str:
    """The text without the passwords and keys that stand in addresses. Lines stay lines."""
    return _VALUE.sub(r"\1=***", _PASSWORD.sub("***@", text))


def printable(text: str, chars: int = CHARS) -> str:
    """One short line. Control characters, marks that turn writing around and halves of characters become blanks."""
    shown = "".join(c if c.isprintable() else " " for c in redacted(text[:_LOOKED_AT]))
    return " ".join(shown.split())[:chars]
