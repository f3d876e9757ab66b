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
TYPE = "application/xml"


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
    from digest.feeds import clean, unseen
    from digest.feeds.parse import parse
    from digest.model import ParsedFeed
    from digest.threads import words

    runner = Runner(metadata={"description": "parts of the digest"})
    runner.argparser.set_defaults(warmups=1)
    publisher = Publisher(FEEDS, FEEDS)
    first = [(feed.document(), f"https://{feed.host}{feed.path}") for feed in publisher.feeds]
    publisher.next_day()
    second = [feed.document() for feed in publisher.feeds]
    chance = random.Random(2)
    prose = Prose(chance)
    said = [(prose.text(chance, 9), prose.text(chance, 45)) for _ in range(50)]
    pages = [
        f'<p><img src="/a.jpg" onerror="x()"/>{prose.text(chance, 40)}</p><script>1</script>\n'
        f"<p>{prose.text(chance, 40)}"
        f'<a href="/more?utm_source=rss">more</a></p>'
        for _ in range(50)
    ]

    def whole(one: tuple[bytes, str]) -> ParsedFeed:
        found = parse(*one, TYPE, NOW, b"")
        assert isinstance(found, ParsedFeed)
        return found

    def partly(one: tuple[bytes, str, bytes]) -> object:
        body, url, remembered = one
        return parse(body, url, TYPE, NOW, remembered)

    known = [reading.remembered for one in first if (reading := whole(one).reading)]
    again = [(body, url, hashes) for body, (_, url), hashes in zip(second, first, known, strict=True)]
    runner.bench_time_func("read a feed of 35 items", spent(whole, first))
    runner.bench_time_func("read it the next day, one item new", spent(partly, again))
    runner.bench_time_func("find its items and their hashes", spent(lambda one: unseen.cut(one[0], TYPE), first))
    runner.bench_time_func(
        "clean 500 characters of HTML", spent(lambda one: clean.rich(one, "https://a.example/"), pages)
    )
    runner.bench_time_func("terms of one item", spent(lambda one: words.terms(*one, "en"), said))


if __name__ == "__main__":
    main()
