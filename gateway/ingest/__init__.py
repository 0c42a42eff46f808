"""From wire to sample: the inbox, decoding and checking, redelivery, and the format of recordings."""
