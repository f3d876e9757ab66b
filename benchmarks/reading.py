"""A poll as ``digest poll --force``, but without grouping and the index of the search, which no other reader makes.

    python benchmarks/reading.py    in the folder of a config.toml

What it costs beside them is told next to what the whole command costs.
"""

from __future__ import annotations

import gc
from datetime import UTC, datetime
from pathlib import Path

from digest.__main__ import YOUNG


def main() -> None:
    gc.set_threshold(YOUNG)  # as the command does
    from digest import config
    from digest.pipeline.polling import poll_feeds
    from digest.store import Store

    settings = config.load(Path("config.toml"))
    with Store.open(settings.database) as store, store.lock("work"):
        poll_feeds(store, settings, lambda: datetime.now(UTC), force=True)
    gc.freeze()


if __name__ == "__main__":
    main()
