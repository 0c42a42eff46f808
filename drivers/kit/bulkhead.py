"""Fault isolation within one message.

Between the fields of one message: a field that its driver fails at costs itself and no other.

A driver reads whatever a wire can say without raising. Where it does raise all the same, the press that stands beside
the field in the same message must still be told.
"""

from types import TracebackType

from drivers.kit.contract import Decoded, DecodeError, ErrorKind, Frame
from drivers.kit.strict import is_name


class OneField:
    """Reads one field: what goes wrong in it is noted in `found`, as the driver's own fault."""

    __slots__ = ("_found", "_frame", "_name")

    def __init__(self, found: Decoded, frame: Frame, name: str) -> None:
        self._found, self._frame, self._name = found, frame, name

    def __enter__(self) -> None:
        """Nothing is needed before."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):  # none, or the program is being ended
            return False
        where = self._name if is_name(self._name) else "a field without a usable name"
        reason = f"{type(error).__name__} at {where}"
        self._found.append(DecodeError(self._frame.time_ns, self._frame.device, ErrorKind.DRIVER, reason))
        return True
