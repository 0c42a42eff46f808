"""The bulkhead between leaves and trunk.

What a leaf returned, looked at before the trunk uses it: types, finite numbers, times within reason.

Each function says in a few words why something cannot be used, "" where it can. The text goes into a technical alert.
"""

import logging
from typing import Any

import numpy as np

from drivers.kit.contract import DecodeError, ErrorKind, Reading
from drivers.kit.strict import number, spelled_out
from rules.kit.contract import Rule, Window
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_S

log = logging.getLogger(__name__)

MAX_NAME_CHARS = 512  # as long as a topic may be
MAX_TEXT_CHARS = 2000
MAX_ITEMS = 1000
DAY_NS = 86_400 * NS_PER_S
AHEAD_NS = DAY_NS  # a finding may be of today; a time further on would hide all that comes before it
LONGEST_HOLD_S = 31 * 86_400.0
_LAST_NS = 2**63
_WHOLE = (int, np.integer)


def item_fault(item: object) -> str:
    """Why something that a decoder gave is neither a reading nor an error the trunk can use, or ""."""
    if isinstance(item, DecodeError):
        error: Any = item
        texts = isinstance(error.device, str) and isinstance(error.reason, str)
        sound = texts and len(error.device) <= MAX_NAME_CHARS and isinstance(error.kind, ErrorKind)
        return "" if sound else "an error without a device, a kind and a reason"
    if not isinstance(item, Reading):
        return f"{type(item).__name__} instead of a reading"
    fields: Any = item
    time_ns, device, quantity, value, *marks = fields
    if not (_is_name(device) and _is_name(quantity)):
        return "a reading without a usable name"
    if isinstance(value, str) or number(value) is None:
        fault = "is not a finite number"
    elif not _is_time(time_ns, _LAST_NS):
        fault = "has no usable time"
    elif not {bool}.issuperset(map(type, marks)):
        fault = "is marked with something else than yes or no"
    else:
        return ""
    return f"{spelled_out(quantity[:64])} {fault}"


def finding_fault(found: object, rule: str, now_ns: int) -> str:
    """Why something that `rule` gave at `now_ns` is no finding the trunk can use, or ""."""
    if not isinstance(found, Finding):
        return f"it gave {type(found).__name__} instead of a finding"
    it: Any = found
    if it.rule != rule:
        return "it gave a finding in another rule's name"
    if not isinstance(it.kind, AlertKind) or not isinstance(it.priority, Priority):
        return "it gave a finding without kind and priority"
    texts = [it.subject, it.what, it.next_step, it.since, it.usual, it.now, it.missing, it.chance, it.clears]
    for several in (it.changes, it.sensors):
        if not isinstance(several, tuple) or len(several) > MAX_ITEMS:
            return "it gave a finding whose lists are none"
        texts += several
    if not all(isinstance(text, str) and len(text) <= MAX_TEXT_CHARS for text in texts) or not it.subject:
        return "it gave a finding whose texts are none"
    if not all(_is_time(at_ns, now_ns + AHEAD_NS) for at_ns in (it.since_ns, it.again_ns)):
        return "it gave a finding of a time that cannot be"
    if not isinstance(it.hold_s, float | int) or not 0 <= it.hold_s <= LONGEST_HOLD_S:  # NaN is neither
        return "it gave a finding that is to wait for a time that cannot be"
    if not isinstance(it.latching, bool) or not _is_time(it.times, _LAST_NS):
        return "it gave a finding that counts with something else than numbers"
    return ""


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_NAME_CHARS


def _is_time(value: Any, end: int) -> bool:
    return isinstance(value, _WHOLE) and not isinstance(value, bool) and 0 <= int(value) < end


def findings_of(name: str, rule: Rule, window: Window, *, logged: bool) -> tuple[list[Finding], str]:
    """What a rule finds, as far as it can be used, and what is wrong with the rule, "" for nothing.

    `logged`: the log has its error already.
    """
    try:
        given: object = rule.check(window)
    except Exception:  # the bulkhead between the trunk and a rule
        if not logged:
            log.exception("rule %s failed", name)
        return [], "it stopped with an error"
    if not isinstance(given, list):
        return [], f"it gave {type(given).__name__} instead of a list of findings"
    faults = [finding_fault(found, name, window.time_ns) for found in given]
    sound = [found for found, fault in zip(given, faults, strict=True) if not fault]
    return sound, next(filter(None, faults), "")
