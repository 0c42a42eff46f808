"""Between the fields of one message: a field that its driver fails at costs itself and no other.

A driver reads whatever a wire can say without raising. Where it does raise all the same, the press that stands beside
the field in the same message must still be told.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from drivers.base import Decoded, DecodeError, ErrorKind, Frame
from drivers.strict import is_name


@contextmanager
def one_field(found: Decoded, frame: Frame, name: str) -> Iterator[None]:
    """Reads one field: what goes wrong in it is noted in `found`, as the driver's own fault."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever the driver's fault is
        where = name if is_name(name) else "a field without a usable name"
        reason = f"{type(error).__name__} at {where}"
        found.append(DecodeError(frame.time_ns, frame.device, ErrorKind.DRIVER, reason))
