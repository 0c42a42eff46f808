"""What devices say: bytes or payload in, readings out. Pure, no I/O, nothing of ours outside this package."""
