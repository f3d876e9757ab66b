"""Recall: what grouping and linking learned, fetched term by term as they ask for it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from ..model import NameCounts, TermCounts
from ..store import Store
from ..threads.recall import Recalled


def terms(store: Store) -> dict[str, TermCounts]:
    """By language in how many items each term occurred, as it is stored now."""
    return {
        language: TermCounts(items, Recalled(partial(store.stories.counts, language)))
        for language, items in store.stories.documents().items()
    }


def names(store: Store, languages: Iterable[str] = ()) -> dict[str, NameCounts]:
    """By language how its items write each term, as it is stored now; of every language with counts, and of these."""
    return {
        language: NameCounts(Recalled(partial(store.links.counts, language)))
        for language in {*store.stories.documents(), *languages}
    }
