"""`kinlight`, and `python -m gateway`: whatever happens before a command runs, nobody reads a traceback."""

import sys


def main() -> None:
    """Run the command; loading it takes a second on a Pi, in which Ctrl-C and a full disk are possible, too."""
    try:
        from gateway.cli.main import main as command  # noqa: PLC0415 - what takes the second

        try:
            command()
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:
        _silence()
        raise SystemExit(0) from None
    except OSError as error:
        _silence()
        sys.stderr.write(f"kinlight: the output cannot be written: {error.strerror}\n")
        raise SystemExit(4) from None


def _silence() -> None:
    """The interpreter would try once more to write what could not be written."""
    sys.stdout = None


if __name__ == "__main__":
    main()
