"""``digest poll --force`` without grouping and the index of the search, which no other reader makes.

    python benchmarks/reading.py    in the folder of a config.toml

What it costs is told beside the cost of the whole command.
"""

from __future__ import annotations

import sys
from typing import Any

from digest import __main__ as command


def nothing(*_given: Any) -> int:
    """In place of a stage."""
    return 0


def main() -> None:
    from digest import pipeline

    pipeline.thread_items = pipeline.index_items = nothing
    sys.argv = ["digest", "poll", "--force"]
    command.main()


if __name__ == "__main__":
    main()
