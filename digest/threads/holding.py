"""What has to move so that every decision holds: items between stories, or stories between threads.

Rules of this file: marks and ids only; what no decision speaks of stays where it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ..model import Mark
from .decisions import groups


def displaced(places: Mapping[int, int], marks: Mapping[int, frozenset[Mark]]) -> dict[int, int]:
    """Those that are not where decisions want them, each with its place.

    What belongs together goes where most of it is. What was split off leaves the place it shares with the other
    side for a new one; new places are told as negative numbers.
    """
    held = {one: marks[one] for one in places if one in marks}
    now = dict(places)
    for group in groups(held):
        counts = Counter(now[one] for one in group)
        most = max(counts, key=lambda place: (counts[place], -place))
        now.update(dict.fromkeys(group, most))
    fresh = 0
    for decision in sorted({mark.decision for found in held.values() for mark in found if mark.side == 1}):
        kept = {now[one] for one, found in held.items() if Mark(decision, -1) in found}
        off: dict[int, list[int]] = {}
        for one, found in held.items():
            if Mark(decision, 1) in found and now[one] in kept:
                off.setdefault(now[one], []).append(one)
        for leaving in off.values():
            fresh -= 1
            now.update(dict.fromkeys(leaving, fresh))
    return {one: place for one, place in now.items() if place != places[one]}
