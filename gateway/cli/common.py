"""What all commands share: exit codes, where the configuration is, and how errors are said."""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.config.toml_file import ConfigError
from gateway.system.printable import redacted

USAGE, CONFIGURATION, IO, DATABASE = 2, 3, 4, 5

ConfigPath = Annotated[Path, typer.Option("--config", "-c", help="The installer's file.", envvar="KINLIGHT_CONFIG")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Directory = Annotated[Path | None, typer.Option("--directory", "-d", help="Where the journals are; over the file's.")]
DEFAULT_CONFIG = Path("/etc/kinlight/gateway.toml")


def say(text: str = "") -> None:
    """Print a line."""
    typer.echo(text)


def say_json(value: Any) -> None:
    """Print one JSON value on one line."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def fail(reason: object, code: int) -> typer.Exit:
    """Say why on standard error; raise what this returns."""
    for line in str(reason).splitlines():
        typer.echo(f"kinlight: {line}", err=True)
    return typer.Exit(code)


@contextmanager
def plain_errors(*own: type[Exception]) -> Iterator[None]:
    """Turn every expected failure into a sentence and its exit code; nobody in a hallway reads a traceback.

    `own`: what only this command fails with.
    """
    from gateway.storage.sqlite import JournalError, JournalNewer

    try:
        yield
    except own as error:
        raise fail(error, IO) from None
    except ConfigError as error:
        raise fail(error, CONFIGURATION) from None
    except JournalNewer as error:
        raise fail(error, CONFIGURATION) from None
    except JournalError as error:
        raise fail(error, DATABASE) from None
    except BrokenPipeError:
        # `kinlight decode … | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        raise fail(f"{name}{error.strerror or error}", IO) from None


def set_up_logging(level: str) -> None:
    """To standard error, with the priority prefixes of systemd when it listens, without payloads or names."""
    under_systemd = bool(os.environ.get("JOURNAL_STREAM"))
    form = "%(levelname)s %(name)s: %(message)s" if under_systemd else "%(asctime)s %(levelname)s %(message)s"
    handler = logging.StreamHandler()
    handler.setFormatter(_Prefixed(form) if under_systemd else _Struck(form))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


_SYSLOG = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class _Struck(logging.Formatter):
    """Without the passwords and keys in addresses: a library's error, or the lines below a fault, may repeat them."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


class _Prefixed(_Struck):
    def format(self, record: logging.LogRecord) -> str:
        return f"<{_SYSLOG.get(record.levelno, 6)}>{super().format(record)}"
