"""What people decided about stories, as grouping asks for it while items come in.

Rules of this file: marks and ids only; which story is near is no question here.
Of two decisions that contradict each other the later one holds.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Bounds, Mark

_NOTHING: frozenset[Mark] = frozenset()


class Held:
    """Which story in memory holds which marks."""

    def __init__(self, bounds: Bounds) -> None:
        self._items = bounds.items
        self._before = bounds.stories
        self._stories: dict[int, frozenset[Mark]] = {}
        self._holders: dict[Mark, set[int]] = {}

    def __bool__(self) -> bool:
        """Whether anything was decided of any story in memory."""
        return bool(self._stories)

    def of_item(self, item_id: int) -> frozenset[Mark]:
        return self._items.get(item_id, _NOTHING)

    def of_story(self, story_id: int) -> frozenset[Mark]:
        return self._stories.get(story_id, _NOTHING)

    def remember(self, story_id: int) -> None:
        """A story from before, which brings its marks."""
        self.take(story_id, self._before.get(story_id, _NOTHING))

    def take(self, story_id: int, marks: frozenset[Mark]) -> None:
        """The story holds these as well from now on."""
        if marks:
            self._stories[story_id] = self.of_story(story_id) | marks
            for mark in marks:
                self._holders.setdefault(mark, set()).add(story_id)

    def forget(self, story_id: int) -> None:
        for mark in self._stories.pop(story_id, _NOTHING):
            self._holders[mark].discard(story_id)

    def merge(self, ended: int, into: int) -> None:
        marks = self.of_story(ended)
        self.forget(ended)
        self.take(into, marks)

    def holders(self, mark: Mark) -> list[int]:
        return sorted(self._holders.get(mark, ()))

    def torn(self) -> list[Mark]:
        """Marks that keep items together and are held by several stories, latest decision first."""
        return sorted((mark for mark, held in self._holders.items() if mark.side == 0 and len(held) > 1), reverse=True)

    def opposite(self, story_id: int) -> list[tuple[int, int]]:
        """Decisions of which the story holds one side, each with a story that holds the other."""
        return [
            (mark.decision, other)
            for mark in sorted(self.of_story(story_id))
            if mark.side
            for other in self.holders(Mark(mark.decision, -mark.side))
            if other != story_id
        ]


def together(one: frozenset[Mark], other: frozenset[Mark]) -> int | None:
    """The latest decision that both are in one story."""
    return max((mark.decision for mark in one & other if mark.side == 0), default=None)


def apart(one: frozenset[Mark], other: frozenset[Mark]) -> int | None:
    """The latest decision that they are in two stories, unless a later one says otherwise."""
    found = max((mark.decision for mark in one if mark.side and Mark(mark.decision, -mark.side) in other), default=None)
    joins = together(one, other)
    return None if found is None or (joins is not None and joins > found) else found


def decisions(marks: Iterable[Mark]) -> set[int]:
    return {mark.decision for mark in marks}
