"""Golden folders: ``feed.xml`` in, ``expected.json`` out.

``pytest --update-golden tests/feeds/test_golden_feeds.py`` writes the expected files anew; read the difference.
"""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.feeds.parse import parse

FOLDER = Path(__file__).parent.parent / "golden" / "feeds"
NOW = datetime(2023, 10, 14, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("case", sorted(path.name for path in FOLDER.iterdir()))
def test_feed_reads_as_its_golden_folder_says(case: str, update_golden: bool) -> None:
    parsed = parse((FOLDER / case / "feed.xml").read_bytes(), f"https://{case}.example/feed.xml", None, NOW)
    got = readable(dataclasses.asdict(parsed))
    expected = FOLDER / case / "expected.json"
    if update_golden:
        expected.write_text(json.dumps(got, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert got == json.loads(expected.read_text(encoding="utf-8"))


def readable(value: object) -> object:
    """Plain JSON: times as ISO text, and nothing where there is nothing."""
    if isinstance(value, dict):
        told = {key: readable(one) for key, one in value.items() if one not in (None, "", timedelta(0), frozenset())}
        return {key: one for key, one in told.items() if one != {}}
    if isinstance(value, (list, tuple, frozenset)):
        return [readable(one) for one in value]
    if isinstance(value, timedelta):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value
