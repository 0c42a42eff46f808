"""How tests run a command as an installer does, and a recording of one line."""

from pathlib import Path

from typer.testing import CliRunner

from gateway.cli.main import app

CAPTURE = (
    '{"time":"2026-11-17T08:00:00Z","device":"zigbee","topic":"zigbee2mqtt/hall","text":"{\\"occupancy\\":true}"}\n'
)


def ran(*words: str | Path) -> tuple[int, list[str], list[str]]:
    """Exit code, lines on standard output, lines on standard error."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout.splitlines(), done.stderr.splitlines()
