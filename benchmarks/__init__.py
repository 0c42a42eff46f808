"""Speed and detection, each a command that prints its figures: `python -m benchmarks.speed`, `.no_movement`, ...

One thread for everybody: linear algebra libraries read these when numpy is first imported, which is after this.
"""

import os

for _library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"
