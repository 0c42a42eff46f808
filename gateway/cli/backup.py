"""backup, restore: a home in one file, and back."""

import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.common import DEFAULT_CONFIG, USAGE, ConfigPath, Directory, Json, fail, plain_errors, say, say_json

Made = Annotated[Path, typer.Argument(help="The backup to write, e.g. kinlight-backup.tar.gz.")]
Archive = Annotated[Path, typer.Argument(help="A backup made by kinlight backup.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file of that name.")]


def backup(
    file: Made,
    config: ConfigPath = DEFAULT_CONFIG,
    directory: Directory = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Keep the whole home in one file: configuration, secrets, readings, alerts. The box may go on running."""
    from gateway.service.backup import BackupError, make

    if file.exists() and not force:
        raise fail(f"{file} is there already; give another name, or --force to replace it", USAGE)
    with plain_errors(BackupError):
        kept = make(config, directory, file)
        if os.geteuid() == 0 and "SUDO_UID" in os.environ:  # whoever typed it may carry it away
            os.chown(file, int(os.environ["SUDO_UID"]), int(os.environ["SUDO_GID"]))
    size_mb = file.stat().st_size / 1e6
    if as_json:
        say_json({"file": str(file), "home": kept.home, "bytes": file.stat().st_size, "files": kept.files})
        return
    say(f"{kept.home}: {len(kept.files)} files in {file}, {size_mb:.1f} MB, read back and found whole.")
    say("It holds somebody's life and all secrets: keep it like a key, away from this box.")


def restore(
    file: Archive, config: ConfigPath = DEFAULT_CONFIG, directory: Directory = None, as_json: Json = False
) -> None:
    """Put a home back from a backup; the service must be stopped. What was there stays beside it as NAME.replaced."""
    from gateway.service.backup import BackupError
    from gateway.service.backup import restore as put_back

    with plain_errors(BackupError):
        kept, state = put_back(file, config, directory)
    if as_json:
        say_json({"home": kept.home, "version": kept.version, "directory": str(state), "files": kept.files})
        return
    say(f"{kept.home}: {len(kept.files)} files put back; the journals are in {state}.")
    say("What was there before stands beside them as NAME.replaced. Next: kinlight check")
