"""Credentials: secrets by name.

Secrets by name: what stands for "credential:NAME" in gateway.toml.
"""

import os
from pathlib import Path
from typing import Any

from gateway.config.toml_file import Where

PREFIX = "kinlight_"
"""What systemd puts before the names of the files of `LoadCredential=kinlight:/etc/kinlight`."""


class Credentials:
    """Every "credential:NAME" in a file's values, replaced by its secret; what is missing is a fault, not an end."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: where the secrets lie; else $CREDENTIALS_DIRECTORY, which systemd sets."""
        given = os.environ.get("CREDENTIALS_DIRECTORY", "")
        self._folder = folder or (Path(given) if given else None)
        self.faults: list[tuple[Where, str]] = []

    def resolve(self, value: Any, where: Where = ()) -> Any:
        """`value` with the secrets in it; an empty text for one that is not there."""
        if isinstance(value, dict):
            return {key: self.resolve(item, (*where, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item, (*where, index)) for index, item in enumerate(value)]
        if not (isinstance(value, str) and value.startswith("credential:")):
            return value
        name = value.removeprefix("credential:")
        variable = "KINLIGHT_" + name.upper().replace("-", "_")  # a shell cannot export a name with a hyphen
        try:
            for file in self._files(Path(name).name):
                if file.is_file():
                    return file.read_text(encoding="utf-8").strip()
        except UnicodeDecodeError:
            self.faults.append((where, f"the credential {name!r} is not UTF-8 text; write it anew"))
            return ""
        except OSError as error:
            mend = f"let the group kinlight read it: chgrp kinlight {file} && chmod 0640 {file}"
            self.faults.append((where, f"the credential {name!r} cannot be read: {error.strerror}; {mend}"))
            return ""
        if variable in os.environ:
            return os.environ[variable]
        self.faults.append((where, f"no credential {name!r}; write it into /etc/kinlight/{name}, or set {variable}"))
        return ""

    def _files(self, name: str) -> list[Path]:
        return [self._folder / each for each in (name, PREFIX + name)] if self._folder else []
