"""Which items of a document are new, which are known, which changed. Pure.

Every item has one primary key and a few aliases, all within its feed:

    g:  guid                              d:  a guid that serves several items, with the link
    l:  link, where there is no guid      t:  link and title        c:  title and text, where there is no link
    a:  path of the guid or link, and title: survives another scheme or host
    e:  enclosure and title
    x:  title and a text long enough to be no accident: survives a guid and a link that change at every poll

Keys are short: what is long is hashed. Addresses count without their scheme, so a move to https changes nothing.
Every alias holds the title: two items of one feed may share a link, a path or an enclosure, and losing one of them
is worse than showing one twice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from ..model import EditedItem, KnownItem, NewItem, ParsedFeed, ParsedItem
from . import floods
from .links import without_scheme

TEXT = 120
"""Characters from which the same text under the same title is the same item."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """What one document changes."""

    new: tuple[NewItem, ...]
    """In the document's order."""
    edited: tuple[EditedItem, ...]
    note: str | None = None
    """For people: a first poll or a flood, and how many items of it count as new; or that all ids were rewritten."""
    sure: bool = field(default=True, compare=False)
    """Every item is new or known by its own key, and no two are one; else the others in the document have a say."""


@dataclass(frozen=True, slots=True)
class _Keyed:
    item: ParsedItem
    primary: str
    aliases: tuple[str, ...]
    fingerprint: str

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.primary, *self.aliases)


def fingerprint(item: ParsedItem) -> str:
    """Hash of what readers see: title, summary, text and address. A date alone is no change."""
    return _hash(item.title, item.summary, item.content_html, item.url or "")


def lookups(parsed: ParsedFeed) -> frozenset[str]:
    """Every key worth asking the store for, before ``sift``."""
    found: set[str] = set()
    for item in parsed.items:
        found.update(_aliases(item))
        found.add(_last(item))
        found.update(filter(None, (_guid_key(item), _shared_guid_key(item), _titled_guid_key(item), _link_key(item))))
    return frozenset(found)


def relations(item: ParsedItem) -> tuple[str, ...]:
    """What two items of one document share if one has any bearing on how the other is known; one or two.

    Its guid, else its link, else its text; and its title, which is in every alias.
    """
    own = _guid_key(item) or _link_key(item) or _last(item)
    return (own, _key("n:", item.title)) if item.title else (own,)


def sift(
    parsed: ParsedFeed,
    known: Mapping[str, KnownItem],
    *,
    outlet_of: Callable[[ParsedItem], str],
    first_poll: bool,
    newest: datetime | None,
    now: datetime,
    resumed: bool = False,
    moved: bool = False,
    twins: Mapping[ParsedItem, int] = {},
) -> Sifted:
    """The new and the edited items of a document.

    ``known`` holds what the store remembers of ``lookups(parsed)``,
    ``newest`` is the latest publisher's date among the feed's stored items.
    An item whose memory outlived it (``item_id`` None) is not new and nothing is written for it.
    ``resumed``: the feed was not asked on purpose for a while. ``moved``: this is its first document from another
    address, whose items ``twins`` tells apart where no key does: to the id of the stored item it is.
    """
    keyed = _keyed(parsed.items, known)
    ahead, renamed, sure = len(keyed), 0, True
    ids = [found.item_id for one in keyed if (found := known.get(one.primary)) and found.item_id is not None]
    claimed = set(ids)
    edited: list[EditedItem] = []
    fresh: list[_Keyed] = []
    for place, one in enumerate(keyed):
        match = known.get(one.primary)
        if match is None:
            sure = sure and not twins and known.keys().isdisjoint(one.aliases)
            match = _by_alias(one, known, claimed, newest) or _twin(one, twins, claimed)
            if match is None:
                fresh.append(one)
                continue
            renamed += 1
            if match.item_id is not None:
                claimed.add(match.item_id)
        edit = _edit(one, match, known)
        if edit:
            edited.append(edit)
        ahead = min(ahead, place)
    if moved:
        above = frozenset(one.primary for one in keyed[:ahead])
        backlog, note = floods.older([(one.item, one.primary in above) for one in fresh], newest)
    else:
        why = "first poll" if first_poll else "asked again" if resumed else None
        backlog, note = floods.backlog([one.item for one in fresh], why, newest=newest, now=now)
        if note is None and renamed >= floods.OLD_FLOOD and renamed * 2 > len(keyed):
            note = f"{renamed} of its {len(keyed)} items have another id than before; they are known all the same"
    new = tuple(
        NewItem(
            item=one.item,
            keys=(one.primary, *(key for key in one.aliases if key not in known)),
            fingerprint=one.fingerprint,
            outlet=outlet_of(one.item),
            backlog=index in backlog,
        )
        for index, one in enumerate(fresh)
    )
    return Sifted(new, tuple(edited), note, sure and len(ids) == len(claimed))


def _by_alias(
    one: _Keyed, known: Mapping[str, KnownItem], claimed: Collection[int], newest: datetime | None
) -> KnownItem | None:
    """What is known under an alias, unless that item itself stands elsewhere in the document.

    Another text with a date after all that is known is no rewritten guid:
    forecasts and market reports keep their headline and link from day to day.
    """
    later = newest is not None and one.item.published is not None and one.item.published > newest
    for key in one.aliases:
        found = known.get(key)
        if found and found.item_id not in claimed and not (later and found.fingerprint != one.fingerprint):
            return found
    return None


def _twin(one: _Keyed, twins: Mapping[ParsedItem, int], claimed: Collection[int]) -> KnownItem | None:
    """The stored item that an item of a moved feed is; its text is as good as changed, since its address is."""
    item_id = twins.get(one.item)
    return KnownItem(one.primary, item_id, "") if item_id is not None and item_id not in claimed else None


def _edit(one: _Keyed, match: KnownItem, known: Mapping[str, KnownItem]) -> EditedItem | None:
    """None where nothing is to be written: text and primary key are as remembered, or the item was pruned."""
    changed = one.fingerprint != match.fingerprint
    if match.item_id is None or (not changed and one.primary in known):
        return None
    # a key of another item stays with that item
    keys = tuple(key for key in one.keys if key not in known or known[key].item_id == match.item_id)
    return EditedItem(match.item_id, one.item, keys, one.fingerprint, changed)


# --- Keys ---------------------------------------------------------------------------------------


def _keyed(items: Iterable[ParsedItem], known: Mapping[str, KnownItem]) -> list[_Keyed]:
    """Items with their keys; of items that have the same primary key only the first is kept.

    An alias that two of them share tells neither from the other, so it is dropped.
    """
    listed = list(items)
    guids = Counter(filter(None, map(_guid_key, listed)))
    links = Counter(key for item in listed if not item.guid and (key := _link_key(item)))
    holders = {guid: _holder(guid, listed, known) for guid, count in guids.items() if count > 1}
    by_primary: dict[str, _Keyed] = {}
    for item in listed:
        primary = _primary(item, links, holders)
        if primary in by_primary and item.guid and by_primary[primary].item.title != item.title:
            primary = _titled_guid_key(item) or primary
        if primary not in by_primary:
            by_primary[primary] = _Keyed(item, primary, _aliases(item), fingerprint(item))
    shared = Counter(key for one in by_primary.values() for key in one.keys)
    return [
        _Keyed(one.item, one.primary, tuple(key for key in one.aliases if shared[key] == 1), one.fingerprint)
        for one in by_primary.values()
    ]


def _primary(item: ParsedItem, links: Mapping[str, int], holders: Mapping[str, ParsedItem]) -> str:
    guid, link = _guid_key(item), _link_key(item)
    if guid:
        holder = holders.get(guid, item)
        same = item is holder or (item.url, item.title) == (holder.url, holder.title)
        return guid if same else _shared_guid_key(item) or guid
    if link:
        return link if links[link] == 1 else _last(item)
    return _last(item)


def _holder(guid: str, items: Iterable[ParsedItem], known: Mapping[str, KnownItem]) -> ParsedItem:
    """Which of the items that share a guid goes by the guid alone: the one that did so before, else the first."""
    sharing = [item for item in items if _guid_key(item) == guid]
    before = known.get(guid)
    if before is not None:
        for item in sharing:
            own = [known.get(key) for key in _aliases(item)]
            if fingerprint(item) == before.fingerprint or any(
                found and found.item_id is not None and found.item_id == before.item_id for found in own
            ):
                return item
        strangers = [item for item in sharing if _shared_guid_key(item) not in known]
        return (strangers or sharing)[0]
    return sharing[0]


def _guid_key(item: ParsedItem) -> str | None:
    return _key("g:", without_scheme(item.guid)) if item.guid else None


def _shared_guid_key(item: ParsedItem) -> str | None:
    return _key("d:", item.guid, without_scheme(item.url or item.title)) if item.guid else None


def _titled_guid_key(item: ParsedItem) -> str | None:
    return _key("d:", item.guid, without_scheme(item.url or ""), item.title) if item.guid else None


def _link_key(item: ParsedItem) -> str | None:
    return _key("l:", without_scheme(item.url)) if item.url and not item.guid else None


def _last(item: ParsedItem) -> str:
    """Link and title, or title and text: what is left when neither guid nor link alone will do."""
    if item.url:
        return _key("t:", without_scheme(item.url), item.title)
    return _key("c:", item.title, item.content_html or item.summary)


def _aliases(item: ParsedItem) -> tuple[str, ...]:
    """Keys that survive a changed guid; none for an item without title."""
    if not item.title:
        return ()
    keys = []
    if item.url:
        keys.append(_last(item))
    path = _path(item.guid) or _path(item.url)
    if path:
        keys.append(_key("a:", path, item.title))
    if item.enclosure_url:
        keys.append(_key("e:", without_scheme(item.enclosure_url), item.title))
    if len(item.summary) >= TEXT:
        keys.append(_key("x:", item.title, item.summary))
    return tuple(keys)


def _path(address: str | None) -> str | None:
    """An address without scheme and host, where what is left can tell items apart."""
    found = re.fullmatch(r"https?://[^/?#]+(.*)", address or "", re.IGNORECASE | re.DOTALL)
    return found[1] if found and len(found[1]) >= 6 else None


def _key(kind: str, *parts: str) -> str:
    """``g:`` and the part itself where it is short, else its hash."""
    if len(parts) == 1 and len(parts[0]) <= 40:
        return kind + parts[0]
    return f"{kind}#{_hash(*parts)}"


def _hash(*parts: str) -> str:
    """24 hexadecimal digits."""
    digest = blake2b(digest_size=12)
    for part in parts:
        data = part.encode("utf-8", "replace")
        digest.update(len(data).to_bytes(4, "big") + data)
    return digest.hexdigest()
