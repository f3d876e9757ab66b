"""Why reports stand together, in a reader's words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..editions.cut import clean
from ..editions.phrases import plural
from ..model import Item, Link, Objection, Placement
from ..threads.explain import shared_terms
from ..threads.words import terms
from ..units import same_page

WORDS = 8
"""That are named."""
_READ = 12
"""Reports that are looked at for shared words; those of more say no other."""

_OBJECTIONS = {
    Objection.WORDS: "it had hardly a word in common with the story that came nearest",
    Objection.NAMES: "the story that came nearest tells of other people or places",
    Objection.SUBJECT: "it shared hardly more than names with the story that came nearest",
    Objection.OUTLET: "the story that came nearest was told by its own outlet alone",
}


def story_reasons(items: Sequence[Item], link: Link | None) -> tuple[str, ...]:
    """Why the reports of a story are one story, and why that is in its thread; a sentence each.

    Names only what these items say themselves: others may be private.
    """
    found = []
    words = [term for term, _ in shared_terms(items[-_READ:])]
    if words:
        found.append(f"These reports share the words {_listed(_spelt(words[:WORDS], items[-_READ:]))}.")
    pages = [same_page(item.url) for item in items if item.url]
    linked = len(pages) - len(set(pages))
    if linked:
        found.append(f"{plural(linked + 1, 'report')} link to one page.")
    if link is not None:
        found += _link_reasons(items, link)
    return tuple(found)


def _link_reasons(items: Sequence[Item], link: Link) -> list[str]:
    said = _said(items)
    names = [term for term, _ in link.shared if term in said]
    if link.decision is not None:
        return ["The story is in this thread because its reader decided so."]
    if not names:
        return ["The story is in this thread because both name the same people or places."]
    return [f"The story is in this thread because both name {_listed(_spelt(names[:WORDS], items))}."]


def item_reasons(
    item: Item, others: Sequence[Item], placement: Placement | None, nearest: str | None
) -> tuple[str, ...]:
    """Why one report stands where it stands; ``nearest`` is the headline of the story it was compared with."""
    found = []
    if others:
        own = _said([item])
        read = [item, *others[-_READ:]]
        words = [term for term, _ in shared_terms(read) if term in own][:WORDS]
        if words:
            found.append(f"It shares the words {_listed(_spelt(words, read))} with the other reports.")
    if placement is None:
        return tuple(found)
    if placement.decision is not None:
        found.append("A reader decided where it belongs, whatever its words say.")
    elif placement.same_page:
        found.append("When it came, another feed’s report of this story linked to the same page.")
    elif placement.objection is not None:
        found.append(
            f"When it came, {_OBJECTIONS[placement.objection]}{_called(nearest)}, so it did not join that one."
        )
    elif placement.nearest is None:
        found.append("When it came, no story shared a telling word with it, so it opened one.")
    elif placement.score < placement.bar:
        found.append(f"When it came, no story was near enough, so it opened one{_nearest(nearest)}.")
    elif others:
        found.append("When it came, its words were near enough to those of this story.")
    return tuple(found)


def _called(headline: str | None) -> str:
    return f" (“{headline}”)" if headline else ""


def _nearest(headline: str | None) -> str:
    return f"; the nearest was “{headline}”" if headline else ""


def _said(items: Iterable[Item]) -> frozenset[str]:
    """The terms of these items."""
    return frozenset(
        term for item in items for term in terms(item.title, item.summary, item.language, outlet=item.outlet_name)
    )


def _spelt(words: Sequence[str], items: Sequence[Item]) -> list[str]:
    """The terms as headlines write them: grouping compares their stems."""
    wanted, found = set(words), dict[str, str]()
    for item in items:
        for word in clean(item.title).split():
            bare = word.strip("“”\"'‘’«»„.,:;!?()[]–—…")
            said = list(terms(bare, "", item.language))
            # A script without spaces gives pairs of characters, which are as readable as they are.
            if len(said) == 1 and said[0] in wanted:
                found.setdefault(said[0], bare)
        if len(found) == len(wanted):
            break
    return list(dict.fromkeys(found.get(word, word) for word in words))


def _listed(words: Sequence[str]) -> str:
    quoted = [f"“{word}”" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
