"""A few hundred of the broken documents that ``tests/fuzz/bodies.py`` makes by the hundred thousand."""

from __future__ import annotations

import asyncio

from fuzz import bodies


def test_any_bytes_become_items_or_a_problem() -> None:
    tally = asyncio.run(bodies.fuzz(seed=20231013, bodies=300))
    assert tally.findings == []
    assert tally.bodies == 300
    assert tally.outcomes["items"] > 30
    assert tally.outcomes["no feed"] > 10


def test_what_breaks_a_promise_is_a_finding() -> None:
    """The net is not so wide that everything falls through."""
    from digest.model import ParsedFeed, ParsedItem, Unreadable

    assert bodies.wrong(Unreadable("the parser failed on it (ValueError); please report this feed"))
    for item in (
        ParsedItem("a\x1b[31m"),
        ParsedItem("a", "javascript:alert(1)"),
        ParsedItem("a", content_html="<script>x</script>"),
    ):
        assert bodies.wrong(ParsedFeed((item,)))
    assert bodies.wrong(ParsedFeed((ParsedItem("a", "https://a.example/"),))) is None
