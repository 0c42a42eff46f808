"""State as bytes and back, exactly. The trunk stores them; nothing here touches a file.

State is a cache of history, so anything doubtful is refused with StateError and rebuilt: another kind or version, a
broken checksum, arrays of another size. Layout: magic, header length, JSON header, the arrays as little-endian bytes in
the header's order, SHA-256 of all that.
"""

import hashlib
import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"KINLIGHT-STATE-1"
_LENGTH = struct.Struct("<I")
_DIGEST_BYTES = 32

Array = NDArray[Any]


class StateError(ValueError):
    """These bytes are not the state that was asked for; the text says why. Rebuild it from history."""


def pack(kind: str, version: int, numbers: Mapping[str, int], arrays: Mapping[str, Array]) -> bytes:
    """One named state as bytes; the same state always gives the same bytes."""
    held = {name: np.ascontiguousarray(a, a.dtype.newbyteorder("<")) for name, a in sorted(arrays.items())}
    header = json.dumps(
        {
            "kind": kind,
            "version": version,
            "numbers": dict(sorted(numbers.items())),
            "arrays": [[name, a.dtype.str, list(a.shape)] for name, a in held.items()],
        }
    ).encode()
    body = b"".join((MAGIC, _LENGTH.pack(len(header)), header, *(a.tobytes() for a in held.values())))
    return body + hashlib.sha256(body).digest()


def unpack(raw: bytes, kind: str, version: int) -> tuple[dict[str, int], dict[str, Array]]:
    """What `pack` was given. Raises StateError for anything else."""
    body, digest = raw[:-_DIGEST_BYTES], raw[-_DIGEST_BYTES:]
    if not raw.startswith(MAGIC) or hashlib.sha256(body).digest() != digest:
        raise StateError(f"not a saved state of the {kind}, or damaged: its checksum does not match")
    try:
        return _read(body, kind, version)
    except StateError:
        raise
    except (struct.error, LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise StateError(f"a saved state of the {kind} with a header that makes no sense: {error}") from None


def _read(body: bytes, kind: str, version: int) -> tuple[dict[str, int], dict[str, Array]]:
    at = len(MAGIC) + _LENGTH.size
    end = at + _LENGTH.unpack_from(body, len(MAGIC))[0]
    header = json.loads(body[at:end])
    if (header["kind"], header["version"]) != (kind, version):
        raise StateError(f"state of {header['kind']} {header['version']}, wanted {kind} {version}")
    arrays: dict[str, Array] = {}
    for name, dtype, shape in header["arrays"]:
        count = math.prod(shape)
        arrays[name] = np.frombuffer(body, dtype, count, end).reshape(shape).astype(np.dtype(dtype).newbyteorder("="))
        end += arrays[name].nbytes
    numbers = {str(name): int(value) for name, value in header["numbers"].items()}
    return numbers, arrays


def fill(target: Mapping[str, Array], arrays: Mapping[str, Array]) -> None:
    """Copy saved `arrays` into the arrays of a fresh object, which must have the same names, shapes and types."""
    if target.keys() != arrays.keys():
        raise StateError(f"arrays differ: {sorted(target.keys() ^ arrays.keys())}")
    for name, into in target.items():
        saved = arrays[name]
        if saved.shape != into.shape or saved.dtype != into.dtype:
            raise StateError(f"{name} is {saved.dtype}{saved.shape}, wanted {into.dtype}{into.shape}")
        np.copyto(into, saved)
