"""The checker of the fault suite finds what it is there to find."""

from tests.faults.ledger import Ledger, Verdict


def test_what_was_lost_doubled_or_invented_is_found() -> None:
    ledger = Ledger()
    numbers = [ledger.invoke() for _ in range(5)]
    ledger.acknowledge(*numbers[:3])
    ledger.fail(4)
    assert ledger.unknown == {5}
    assert ledger.check([1, 2, 3]).holds
    assert ledger.check([1, 2, 3, 5]).holds, "nobody knows of 5"
    assert ledger.check([1, 1, 3, 4, 9]) == Verdict(lost=(2,), doubled=(1,), invented=(4, 9))
