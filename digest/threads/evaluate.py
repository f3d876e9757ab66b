"""How good a grouping is, against labels that people gave.

Rules of this file: labels in, numbers out; a label may be anything that can be compared, and labels of the two sides
need not be of one kind. An item without a label in truth (None) takes no part in any number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quality:
    """All shares from 0 to 1; over nothing, what asks nothing is fulfilled and the rest is 0."""

    precision: float
    recall: float
    """BCubed (Bagga and Baldwin 1998), averaged over items."""
    wrongly_joined: float
    """Share of the items that stand alone in truth and were put with others."""
    pair_precision: float = 0.0
    pair_recall: float = 0.0
    """Over pairs of items; big stories rule it."""
    items: int = 0
    stories: int = 0
    """In truth."""
    lone: int = 0
    """Items that stand alone in truth."""

    @property
    def f1(self) -> float:
        return f1(self.precision, self.recall)

    @property
    def pair_f1(self) -> float:
        return f1(self.pair_precision, self.pair_recall)


@dataclass(frozen=True, slots=True)
class Linked:
    """One thread, or any other group, that holds items of several stories of the truth."""

    group: Hashable
    stories: Mapping[Hashable, int]
    """Stories of two items or more in truth, with how many of them are here."""
    lone: tuple[int, ...]
    """Items that stand alone in truth."""


def evaluate(gold: Mapping[int, Hashable], predicted: Mapping[int, Hashable]) -> Quality:
    """Compares two labellings of the same items.

    Raises KeyError where a labelled item of ``gold`` has no prediction.
    """
    labelled = {item: label for item, label in gold.items() if label is not None}
    if not labelled:
        return Quality(0.0, 0.0, 0.0)
    truth = Counter(labelled.values())
    found = Counter(predicted[item] for item in labelled)
    joint = Counter((label, predicted[item]) for item, label in labelled.items())
    alone = [there for (label, there) in joint if truth[label] == 1]
    together = _pairs(joint.values())
    found_pairs, true_pairs = _pairs(found.values()), _pairs(truth.values())
    return Quality(
        precision=sum(count * count / found[there] for (_, there), count in joint.items()) / len(labelled),
        recall=sum(count * count / truth[label] for (label, _), count in joint.items()) / len(labelled),
        wrongly_joined=sum(found[there] > 1 for there in alone) / len(alone) if alone else 0.0,
        pair_precision=together / found_pairs if found_pairs else float(not true_pairs),
        pair_recall=together / true_pairs if true_pairs else 1.0,
        items=len(labelled),
        stories=len(truth),
        lone=len(alone),
    )


def linked(gold: Mapping[int, Hashable], predicted: Mapping[int, Hashable]) -> list[Linked]:
    """The predicted groups that hold items of two stories of the truth or more, in the order of their first item."""
    labelled = {item: label for item, label in gold.items() if label is not None}
    truth = Counter(labelled.values())
    groups: dict[Hashable, list[int]] = {}
    for item in sorted(labelled):
        groups.setdefault(predicted[item], []).append(item)
    found = []
    for group, items in groups.items():
        here = Counter(labelled[item] for item in items)
        if len(here) > 1:
            stories = {label: count for label, count in here.items() if truth[label] > 1}
            found.append(Linked(group, stories, tuple(item for item in items if truth[labelled[item]] == 1)))
    return found


def f1(precision: float, recall: float) -> float:
    """The harmonic mean; 0 where both are."""
    both = precision + recall
    return 2 * precision * recall / both if both else 0.0


def _pairs(counts: Iterable[int]) -> int:
    return sum(count * (count - 1) // 2 for count in counts)
