"""People's decisions as grouping obeys them: which items carry which marks.

Rules of this file: a later decision wins; what it contradicts is taken off the items it moved, so that the
marks that are left never ask for two things at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..model import Decided, Decision, Level, Mark


def marks(decisions: Iterable[Decision], level: Level) -> dict[int, frozenset[Mark]]:
    """Item id to its marks at one level; undone decisions leave none."""
    found: dict[int, set[Mark]] = {}
    for decision in sorted(decisions, key=lambda one: one.id):
        told = [one for one in decision.items if one.level is level]
        if decision.undone is not None:
            continue
        _overrule(found, told)
        for one in told:
            found.setdefault(one.item_id, set()).add(Mark(decision.id, one.side))
    return _shared({item_id: frozenset(held) for item_id, held in found.items() if held})


def _shared(found: Mapping[int, frozenset[Mark]]) -> dict[int, frozenset[Mark]]:
    """The same marks, items that are held together carrying each other's sides.

    Else a replay could put one of them where another may not follow.
    """
    together: dict[Mark, set[int]] = {}
    for item_id, held in found.items():
        for mark in held:
            if mark.side == 0:
                together.setdefault(mark, set()).add(item_id)
    shared: dict[int, frozenset[Mark]] = {}
    for start in found:
        if start in shared:
            continue
        group, open_items = {start}, [start]
        while open_items:
            for mark in found[open_items.pop()]:
                fresh = together.get(mark, set()) - group
                group |= fresh
                open_items += fresh
        sides = {mark for item_id in group for mark in found[item_id] if mark.side}
        # One that holds for both sides at once says nothing of the group.
        sides -= {Mark(mark.decision, -mark.side) for mark in sides}
        for item_id in group:
            shared[item_id] = found[item_id] | sides
    return shared


def _overrule(found: Mapping[int, set[Mark]], told: Sequence[Decided]) -> None:
    """Takes earlier marks off where the new decision says the contrary.

    Together now: of two items on opposite sides of an earlier decision, the one that was split off loses its mark.
    Apart now: what is split off leaves every group it shared with the other side.
    """
    together = [found[one.item_id] for one in told if one.side == 0 and one.item_id in found]
    staying = {mark.decision for held in together for mark in held if mark.side == -1}
    for held in together:
        held -= {Mark(decision, 1) for decision in staying}
    rest = {mark for one in told if one.side == -1 for mark in found.get(one.item_id, ()) if mark.side == 0}
    for one in told:
        if one.side == 1 and one.item_id in found:
            found[one.item_id].difference_update(rest)
