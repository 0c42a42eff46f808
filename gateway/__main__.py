"""`python -m gateway` is `kinlight`."""

from gateway.cli import main

main()
