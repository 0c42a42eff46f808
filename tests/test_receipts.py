"""A redelivered message is told from a new one, in fixed memory."""

from gateway.ingest.packet_ids import RECEIPTS, PacketIds

A, B = b"message1", b"message2"


def test_a_message_is_known_after_it_came_and_another_under_its_id_is_not() -> None:
    receipts = PacketIds()
    assert not receipts.known(7, A)
    receipts.note(7, A)
    assert receipts.known(7, A)
    assert not receipts.known(7, B)
    assert not receipts.known(8, A)


def test_a_packet_id_that_comes_round_means_a_new_message() -> None:
    receipts = PacketIds()
    receipts.note(1, A)
    for n in range(RECEIPTS - 1):
        receipts.note(2 + n, B)
    assert receipts.known(1, A), "the oldest that still counts"
    receipts.note(60_000, B)
    assert not receipts.known(1, A)


def test_nothing_is_known_in_a_new_session_not_even_an_empty_digest() -> None:
    receipts = PacketIds()
    receipts.note(1, A)
    receipts.clear()
    assert not receipts.known(1, A)
    assert not receipts.known(0, bytes(8))
    receipts.note(1, A)
    assert receipts.known(1, A)
