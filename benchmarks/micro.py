"""The small parts that everything else is made of, with pyperf: processor time of one call.

    pip install 'morning-digest[bench]'
    python benchmarks/micro.py [--fast] [-o FILE]           any option of pyperf

Processor time rather than time on the wall, as all figures here, so that a busy machine says much the same.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle
from typing import Any

from documents import Prose, Publisher
from pyperf import Runner

NOW = datetime(2026, 3, 3, tzinfo=UTC)
FEEDS = 12


def spent(call: Callable[[Any], object], inputs: list[Any]) -> Callable[[int], float]:
    """Seconds of processor time for so many calls, the inputs in turn."""

    def loops(count: int) -> float:
        given = cycle(inputs)
        begun = time.process_time()
        for _ in range(count):
            call(next(given))
        return time.process_time() - begun

    return loops


def main() -> None:
    from digest.feeds import clean
    from digest.feeds.parse import parse
    from digest.threads import words

    runner = Runner(metadata={"description": "parts of the digest"})
    runner.argparser.set_defaults(warmups=1)
    publisher = Publisher(FEEDS, FEEDS)
    documents = [(feed.document(), f"https://{feed.host}{feed.path}") for feed in publisher.feeds]
    chance = random.Random(2)
    prose = Prose(chance)
    said = [(prose.text(chance, 9), prose.text(chance, 45)) for _ in range(50)]
    pages = [
        f'<p><img src="/a.jpg" onerror="x()"/>{prose.text(chance, 40)}</p><script>1</script>\n'
        f"<p>{prose.text(chance, 40)}"
        f'<a href="/more?utm_source=rss">more</a></p>'
        for _ in range(50)
    ]

    def read(one: tuple[bytes, str]) -> object:
        return parse(one[0], one[1], "application/xml", NOW)

    runner.bench_time_func("parse a feed of 35 items", spent(read, documents))
    runner.bench_time_func(
        "clean 500 characters of HTML", spent(lambda one: clean.rich(one, "https://a.example/"), pages)
    )
    runner.bench_time_func("terms of one item", spent(lambda one: words.terms(*one, "en"), said))


if __name__ == "__main__":
    main()
