"""How good a grouping is, against labels that people gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quality:
    """BCubed (Bagga and Baldwin 1998), averaged over items; all from 0 to 1."""

    precision: float
    recall: float
    wrongly_joined: float
    """Share of the items that stand alone in truth and were put with others."""

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def evaluate(gold: Mapping[int, Hashable], predicted: Mapping[int, Hashable]) -> Quality:
    """Compares two labellings of the same items; labels need not be of one kind.

    Raises KeyError where an item of ``gold`` has no prediction.
    """
    if not gold:
        return Quality(0.0, 0.0, 0.0)
    truth = Counter(gold.values())
    found = Counter(predicted[item] for item in gold)
    joint = Counter((label, predicted[item]) for item, label in gold.items())
    alone = [there for (label, there) in joint if truth[label] == 1]
    return Quality(
        precision=sum(count * count / found[there] for (_, there), count in joint.items()) / len(gold),
        recall=sum(count * count / truth[label] for (label, _), count in joint.items()) / len(gold),
        wrongly_joined=sum(found[there] > 1 for there in alone) / len(alone) if alone else 0.0,
    )
