"""``python -m digest`` and the ``digest`` command."""

from __future__ import annotations

import gc
import io
import sys

YOUNG = 20_000
"""Objects made since the last look for cycles at which Python looks again.

Its own 700 are reached dozens of times while modules are imported, of which nothing is ever garbage: 40 ms.
"""


def main() -> None:
    """Runs the command line and exits with its code."""
    gc.set_threshold(YOUNG)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal of fewer letters shows the rest all the same
    from .cli import run_command

    code = run_command(sys.argv[1:])
    # All that is left goes with the process; at its end Python would look through everything for cycles: 50 ms.
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    main()
