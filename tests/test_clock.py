"""Time on a box that does not know it: forward only, one step when it is told, trusted only when there is reason."""

import ctypes
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.system import clock as clock_module
from gateway.system.clock import BUILT_NS, STEP_NS, SYNC_GRACE_S, Clock, SimulatedClock

S = 1_000_000_000
KERNEL = clock_module.kernel_synchronised
TRUE_NS = BUILT_NS + 100 * 86_400 * S


class Machine:
    """Both clocks of the machine by hand."""

    def __init__(self, wall_ns: int) -> None:
        self.wall_ns, self.mono_ns = wall_ns, 50 * S
        self.synchronised = False

    def passes(self, seconds: float) -> None:
        self.wall_ns += int(seconds * S)
        self.mono_ns += int(seconds * S)

    def time_ns(self) -> int:
        return self.wall_ns

    def monotonic_ns(self) -> int:
        return self.mono_ns

    def monotonic(self) -> float:
        return self.mono_ns / S


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    made = Machine(TRUE_NS)
    monkeypatch.setattr(clock_module, "time", made)
    monkeypatch.setattr(clock_module, "TIMESYNC", tmp_path / "timesync")
    monkeypatch.setattr(clock_module, "kernel_synchronised", lambda: made.synchronised)
    return made


def test_it_starts_no_earlier_than_it_was_written(machine: Machine) -> None:
    machine.wall_ns = 0
    clock = Clock()
    assert BUILT_NS <= clock.now_ns() < BUILT_NS + S
    assert not clock.trusted()
    machine.passes(SYNC_GRACE_S + 60)
    assert not clock.trusted(), "1970 is never believed"
    assert clock.step_ns() == 0
    machine.wall_ns = TRUE_NS
    assert clock.trusted(), "nobody confirms it, and nobody has for long"
    assert clock.step_ns() == TRUE_NS - BUILT_NS - int((SYNC_GRACE_S + 60) * S)
    assert TRUE_NS <= clock.now_ns() < TRUE_NS + S
    assert clock.step_ns() == 0


def test_it_starts_no_earlier_than_its_own_rows(machine: Machine) -> None:
    machine.wall_ns = TRUE_NS - 3600 * S  # fake-hwclock
    clock = Clock()
    clock.at_least(TRUE_NS)
    assert TRUE_NS <= clock.now_ns() < TRUE_NS + S
    assert not clock.trusted()
    assert clock.step_ns() == 0
    machine.wall_ns, machine.synchronised = TRUE_NS + 7200 * S, True
    assert clock.trusted()
    assert clock.step_ns() == 7200 * S


def test_rows_from_the_future_do_not_hold_the_clock_for_ever(machine: Machine) -> None:
    """A box whose clock was wrong once has rows of next year."""
    clock = Clock()
    clock.at_least(TRUE_NS + 365 * 86_400 * S)
    assert not clock.trusted()
    machine.passes(SYNC_GRACE_S + 1)
    assert clock.trusted()
    assert clock.step_ns() == -365 * 86_400 * S
    assert abs(clock.now_ns() - machine.wall_ns) < S


@pytest.mark.parametrize("service", ["systemd-timesyncd", "another, or the host of a container"])
def test_a_time_server_is_believed_at_once_even_against_the_rows(machine: Machine, service: str) -> None:
    clock_module.TIMESYNC.mkdir()
    clock = Clock()
    clock.at_least(TRUE_NS + 86_400 * S)
    assert not clock.trusted()
    assert not clock.confirmed()
    if service == "systemd-timesyncd":
        (clock_module.TIMESYNC / "synchronized").touch()
    else:
        machine.synchronised = True
    assert clock.trusted()
    assert clock.confirmed()
    assert clock.step_ns() == -86_400 * S
    (clock_module.TIMESYNC / "synchronized").unlink(missing_ok=True)
    machine.synchronised = False
    assert clock.confirmed(), "an internet that goes away later does not make it wrong"


@pytest.mark.parametrize("timesyncd", [True, False], ids=["with timesyncd", "without"])
def test_a_saved_time_is_not_taken_for_right_but_not_doubted_for_ever(machine: Machine, timesyncd: bool) -> None:
    """A Pi that was off for six hours starts six hours ago; chrony and containers have no folder of timesyncd."""
    if timesyncd:
        clock_module.TIMESYNC.mkdir()
    machine.mono_ns = 0
    clock = Clock()
    machine.passes(SYNC_GRACE_S - 1)
    assert not clock.trusted()
    machine.passes(2)
    assert clock.trusted(), "a home without internet"
    assert not clock.confirmed()
    assert Clock().trusted(), "the machine has been up for as long, whenever we started"


def test_the_kernel_answers_whether_its_clock_is_kept_right() -> None:
    """adjtimex(2) itself: on a machine with a time service True, without one False, and never an exception."""
    assert KERNEL() in {True, False}
    timex = clock_module._Timex(modes=0)
    assert ctypes.CDLL(None).adjtimex(ctypes.byref(timex)) >= 0
    assert 9_000 <= timex.tick <= 11_000, "the fields lie where the kernel puts them: a tick is 10 ms"
    assert KERNEL() is not bool(timex.status & clock_module.STA_UNSYNC)


def test_drift_is_followed_and_is_no_step(machine: Machine) -> None:
    clock = Clock()
    last_ns = clock.now_ns()
    for n in range(1000):
        machine.passes(1)
        machine.wall_ns += (STEP_NS // 2) * (-1) ** n
        assert clock.step_ns() == 0
        now_ns = clock.now_ns()
        assert now_ns > last_ns
        last_ns = now_ns
    assert abs(last_ns - machine.wall_ns) <= STEP_NS


@given(st.lists(st.tuples(st.floats(0, 1e5), st.integers(-(10**14), 10**14)), max_size=30))
def test_it_is_strictly_increasing_between_steps_and_lands_on_wall_clock_time(moves: list[tuple[float, int]]) -> None:
    machine = Machine(TRUE_NS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock_module, "time", machine)
        clock = Clock()
        last_ns = clock.now_ns()
        for seconds, jump_ns in moves:
            machine.passes(seconds)
            assert (now_ns := clock.now_ns()) > last_ns
            machine.wall_ns = max(BUILT_NS, machine.wall_ns + jump_ns)
            step_ns = clock.step_ns()
            last_ns = clock.now_ns()
            assert abs(last_ns - machine.wall_ns) < STEP_NS + 100
            assert step_ns == 0 or abs(last_ns - now_ns - step_ns) < STEP_NS + 100


def test_a_value_read_before_a_step_back_does_not_freeze_it(machine: Machine) -> None:
    """Another thread was between reading the clock and noting what it read."""
    clock = Clock()
    before_ns = clock.now_ns()
    machine.wall_ns -= 5 * 3600 * S
    assert clock.step_ns() == -5 * 3600 * S
    clock._last_ns = before_ns
    first_ns = clock.now_ns()
    machine.passes(10)
    assert clock.now_ns() - first_ns == 10 * S


def test_a_played_home_has_its_own_time(machine: Machine) -> None:
    clock = SimulatedClock(1000 * S, speed=60.0)
    assert clock.now_ns() < 1001 * S
    machine.passes(5)
    assert clock.now_ns() < 1001 * S
    clock.begin(2000 * S)
    machine.passes(2)
    assert abs(clock.now_ns() - 2120 * S) < S
    assert abs(clock.of_wall(machine.wall_ns - S) - 2060 * S) < S
    clock.at_least(TRUE_NS * 2)
    assert clock.now_ns() < 2130 * S
    assert (clock.step_ns(), clock.trusted()) == (0, True)
