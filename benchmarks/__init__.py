"""Speed and detection, each a command that prints its figures: `python -m benchmarks.speed`, `.no_movement`, ..."""
