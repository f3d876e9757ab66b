"""What has to move so that every decision holds: items between stories, or stories between threads.

Rules of this file: marks and ids only; what no decision speaks of stays where it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Set

from ..model import Mark
from .decisions import groups

_NOWHERE: Mapping[int, int] = {}


def displaced(places: Mapping[int, int], marks: Mapping[int, frozenset[Mark]]) -> dict[int, int]:
    """Those that are not where decisions want them, each with its place.

    What belongs together goes where most of it is. What was split off leaves the place it shares with the other
    side for a new one; new places are told as negative numbers.
    """
    held = {one: marks[one] for one in places if one in marks}
    now = dict(places)
    for group in groups(held):
        now.update(dict.fromkeys(group, _most(group, now)))
    _part(now, held)
    return {one: place for one, place in now.items() if place != places[one]}


def returned(
    places: Mapping[int, int],
    homes: Mapping[int, int],
    marks: Mapping[int, frozenset[Mark]],
    off: Set[int],
    living_in: Callable[[int], set[int]],
    left_by: Callable[[set[int]], int | None],
) -> dict[int, int]:
    """Those that go home, or elsewhere, now that a decision no longer holds them, each with its place.

    ``places`` are those that the decision may have moved; one without a home in ``homes`` is at home where it is.
    ``off`` are those that it had split off. What no mark moves goes home. What stands together stays together, and
    like what was split off it stays where it is, or most of it, if that is the home of one of it, or it came to nobody
    else there; else it goes where it was, or where most of it is at home. What would come to the other side of a split
    stays where it was, or goes home, or to a new place, told as in ``displaced``. ``living_in`` gives all that is in a
    place, ``left_by`` a place that nobody is in since one of a group left it.
    """
    home = {one: homes.get(one, place) for one, place in places.items()}
    held = {one: marks.get(one, frozenset()) for one in places}
    guests: set[int] = set()
    now: dict[int, int] = {}
    for group in groups(held):
        at_home = {one for one in group if any(home[other] == places[one] for other in group)}
        place = _most(at_home - off or at_home or group, places)
        if not any(mark.side >= 0 for one in group for mark in held[one]):
            place = _most(group, home)
        elif not at_home and (others := living_in(place) - group):
            left = left_by(group)
            if left is not None or any(home.get(one, place) == place for one in others):
                guests |= group
                place = left if left is not None and len(group) > 1 else _most(group, home)
        now.update(dict.fromkeys(group, place))
    _part(now, held, {one: place for one, place in places.items() if one not in guests}, home)
    return {one: place for one, place in now.items() if place != places[one]}


def _most(group: set[int], places: Mapping[int, int]) -> int:
    counts = Counter(places[one] for one in group)
    return max(counts, key=lambda place: (counts[place], -place))


def _part(
    now: dict[int, int],
    held: Mapping[int, frozenset[Mark]],
    before: Mapping[int, int] = _NOWHERE,
    home: Mapping[int, int] = _NOWHERE,
) -> None:
    """What was split off leaves the other side: for where it was before, else for a home, else for a new place."""
    fresh = 0
    for decision in sorted({mark.decision for found in held.values() for mark in found if mark.side == 1}):
        kept = {now[one] for one, found in held.items() if Mark(decision, -1) in found}
        off: dict[int, list[int]] = {}
        for one, found in held.items():
            if Mark(decision, 1) in found and now[one] in kept:
                off.setdefault(now[one], []).append(one)
        for leaving in off.values():
            stay = {before.get(one) for one in leaving} - kept
            free = {one for one in leaving if home.get(one, now[one]) not in kept}
            if len(stay) == 1 and None not in stay:
                into = before[leaving[0]]
            elif free:
                into = _most(free, home)
            else:
                fresh -= 1
                into = fresh
            now.update(dict.fromkeys(leaving, into))
