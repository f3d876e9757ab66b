"""People's decisions as grouping obeys them: which items carry which marks.

Rules of this file: a later decision wins; what it contradicts is taken off the items it moved, so that the
marks that are left never ask for two things at once. Items that are held together count as one in that.
What shares a story shares a thread, and what may never share a thread may never share a story.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..model import Decision, Level, Mark

Marks = dict[int, frozenset[Mark]]
"""Items, or stories, with what decisions say of them."""
Together = dict[Mark, set[int]]
"""Marks of side 0 to those that hold them."""
Told = list[tuple[int, int]]
"""Items with their sides of one decision."""


def marks(decisions: Iterable[Decision], level: Level) -> Marks:
    """Item id to its marks at one level; undone decisions leave none."""
    standing = sorted((one for one in decisions if one.undone is None), key=lambda one: one.id)
    threads = _shared(_standing((one.id, _told(one, Level.THREAD) + _stays(one), []) for one in standing))
    if level is Level.THREAD:
        return threads
    found = _standing((one.id, _told(one, Level.STORY), _told(one, Level.THREAD)) for one in standing)
    for item_id, held in threads.items():
        if sides := {mark for mark in held if mark.side}:
            found.setdefault(item_id, set()).update(sides)
    return _shared(found)


def groups(found: Mapping[int, Iterable[Mark]]) -> list[set[int]]:
    """Those that marks of side 0 hold together, directly or through others; each of ``found`` is in one."""
    together = _together(found)
    told: list[set[int]] = []
    done: set[int] = set()
    for start in found:
        if start not in done:
            group = _reached(found, together, {start})
            done |= group
            told.append(group)
    return told


def related(found: Mapping[int, Iterable[Mark]], start: Iterable[int]) -> set[int]:
    """All that decisions tie to one of ``start``, to be with it or apart from it, directly or through others."""
    tied: dict[int, set[int]] = {}
    for one, held in found.items():
        for mark in held:
            tied.setdefault(mark.decision, set()).add(one)
    reached, open_ones = set(start), list(start)
    while open_ones:
        for mark in found.get(open_ones.pop(), ()):
            fresh = tied.pop(mark.decision, set()) - reached
            reached |= fresh
            open_ones += fresh
    return reached


def _told(decision: Decision, level: Level) -> Told:
    return [(one.item_id, one.side) for one in decision.items if one.level is level]


def _stays(decision: Decision) -> Told:
    """Items that are in one story by the decision, and so in one thread."""
    return [(item_id, side) for item_id, side in _told(decision, Level.STORY) if side == 0]


def _standing(told: Iterable[tuple[int, Told, Told]]) -> dict[int, set[Mark]]:
    """The marks that later decisions left; ``told`` are decisions by id, earliest first.

    Each comes with what it marks, and with what it parts beyond that.
    """
    found: dict[int, set[Mark]] = {}
    together: Together = {}
    for decision, items, beyond in told:
        off = {one for one, side in (*items, *beyond) if side == 1}
        joined = {one for one, side in items if side == 0}
        rest = {one for one, side in (*items, *beyond) if side == -1}
        _part(found, together, off | joined if off & joined else off, rest)
        for item_id, side in items:
            found.setdefault(item_id, set()).add(Mark(decision, side))
        if joined:
            together[Mark(decision, 0)] = set(joined)
            _join(found, together, joined)
    return {item_id: held for item_id, held in found.items() if held}


def _part(found: Mapping[int, set[Mark]], together: Together, off: set[int], rest: set[int]) -> None:
    """What is split off, with what it is held to in the same breath, leaves every group it shares with the rest."""
    seen = {one for one in rest - off if one in found}
    open_items, left = list(seen), set[Mark]()
    while open_items:  # never through what is split off
        for mark in found[open_items.pop()]:
            if mark.side == 0 and mark not in left:
                left.add(mark)
                fresh = together[mark] - seen - off
                seen |= fresh
                open_items += fresh
    for item_id in off & found.keys():
        for mark in found[item_id] & left:
            together[mark].discard(item_id)
        found[item_id] -= left


def _join(found: Mapping[int, set[Mark]], together: Together, joined: set[int]) -> None:
    """Of two that are together now, on opposite sides of an earlier decision, the one split off loses its mark."""
    group = _reached(found, together, joined)
    staying = {mark.decision for item_id in group for mark in found[item_id] if mark.side == -1}
    for item_id in group:
        found[item_id] -= {Mark(decision, 1) for decision in staying}


def _shared(found: Mapping[int, set[Mark]]) -> Marks:
    """The same marks, items that are held together carrying each other's sides.

    Else a replay could put one of them where another may not follow. A side that nothing is left opposite of keeps
    nothing apart, and is no mark.
    """
    shared: Marks = {}
    facing = {Mark(mark.decision, -mark.side) for held in found.values() for mark in held if mark.side}
    for group in groups(found):
        sides = {mark for item_id in group for mark in found[item_id] if mark.side}
        for item_id in group:
            if held := frozenset(mark for mark in found[item_id] | sides if not mark.side or mark in facing):
                shared[item_id] = held
    return shared


def _together(found: Mapping[int, Iterable[Mark]]) -> Together:
    together: Together = {}
    for item_id, held in found.items():
        for mark in held:
            if mark.side == 0:
                together.setdefault(mark, set()).add(item_id)
    return together


def _reached(found: Mapping[int, Iterable[Mark]], together: Mapping[Mark, set[int]], start: set[int]) -> set[int]:
    """All that are held together with one of ``start``, these included."""
    group, open_items = set(start), list(start)
    passed: set[Mark] = set()
    while open_items:
        for mark in found[open_items.pop()]:
            if mark.side == 0 and mark not in passed:
                passed.add(mark)
                fresh = together[mark] - group
                group |= fresh
                open_items += fresh
    return group
