"""Documents of feeds that nobody publishes: as large, as worded and as marked up as real ones, always the same.

Every feed of three is Atom, the others are RSS. A feed lists 20 to 50 items, 35 on the average; a quarter gives each
item's whole text, the others a teaser. Words are drawn as words are (rank times frequency constant), from a vocabulary
made of syllables with English's commonest words on top; a third of the items report one of the day's events by its
names, so that there is something to group. Each day after the first adds one item on top and drops the last one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from itertools import accumulate

FIRST_DAY = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
_COMMON = """the of and to in a is that for it as was with be by on not he his but at are this have from or had an they
which one you were all her she there would their we him been has when who will no more if out so up said what its about
than into them can only other time new some could these two may first then do any like my now over such our man"""
_ONSETS = ["b", "c", "ch", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "v", "w"]
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ou"]
_ENDS = ["", "", "", "n", "r", "l", "s", "t"]
_VOCABULARY, _EVENTFUL, _WHOLE = 30_000, 1 / 3, 1 / 4


class Prose:
    """Words, sentences and names by chance; the same chance gives the same ones."""

    def __init__(self, chance: random.Random) -> None:
        made: dict[str, None] = dict.fromkeys(_COMMON.split())
        while len(made) < _VOCABULARY:
            syllables = chance.choices((1, 2, 3), (2, 5, 2))[0]
            made["".join(map(chance.choice, (_ONSETS, _VOWELS, _ENDS) * syllables))] = None
        self._words = list(made)
        self._heights = list(accumulate(1 / (rank + 3) for rank in range(len(self._words))))
        self.events = [self._event(chance) for _ in range(60)]

    def _event(self, chance: random.Random) -> list[str]:
        return [word.title() if place < 3 else word for place, word in enumerate(chance.sample(self._words[800:], 9))]

    def words(self, chance: random.Random, count: int, event: list[str] | None = None) -> list[str]:
        drawn = chance.choices(self._words, cum_weights=self._heights, k=count)
        if event:
            for told in chance.sample(event, min(len(event), max(3, count // 5))):
                drawn[chance.randrange(count)] = told
        return drawn

    def text(self, chance: random.Random, count: int, event: list[str] | None = None) -> str:
        """Sentences of so many words in all."""
        left, said = self.words(chance, count, event), []
        while left:
            length = min(len(left), chance.randint(8, 24))
            sentence, left = " ".join(left[:length]), left[length:]
            said.append(f"{sentence[0].upper()}{sentence[1:]}.")
        return " ".join(said)


@dataclass(frozen=True)
class Entry:
    """One item, however its feed writes it."""

    path: str
    title: str
    teaser: str
    text: str
    author: str
    when: datetime


@dataclass(frozen=True)
class Feed:
    """One feed: its name, its form, and its items of all days so far, the newest first."""

    number: int
    host: str
    is_atom: bool
    shown: int
    entries: tuple[Entry, ...]
    updated: datetime

    @property
    def path(self) -> str:
        return f"/feeds/{self.number}.xml"

    def document(self) -> bytes:
        lines = _atom(self) if self.is_atom else _rss(self)
        return "\n".join(lines).encode()


class Publisher:
    """All feeds of the farm, as they are on a day."""

    def __init__(self, feeds: int, hosts: int, seed: int = 7) -> None:
        self._seed = seed
        self._prose = Prose(random.Random(seed))
        self._hosts = hosts
        self.day = 1
        self.feeds = [self._first(number) for number in range(feeds)]

    def next_day(self) -> None:
        """Gives every feed one new item."""
        self.day += 1
        self.feeds = [self._with_one_more(feed) for feed in self.feeds]

    def _first(self, number: int) -> Feed:
        chance = random.Random(f"{self._seed} {number}")
        shown, full = chance.randint(20, 50), chance.random() < _WHOLE
        when = FIRST_DAY
        entries = []
        for place in range(shown):
            when -= timedelta(minutes=chance.randint(5, 180))
            entries.append(self._entry(chance, f"{number}/{shown - place}", when, full))
        host = f"outlet{number % self._hosts}.example"
        return Feed(number, host, number % 3 == 2, shown, tuple(entries), FIRST_DAY)

    def _with_one_more(self, feed: Feed) -> Feed:
        chance = random.Random(f"{self._seed} {feed.number} day {self.day}")
        when = FIRST_DAY + timedelta(days=self.day - 1, minutes=-chance.randint(5, 300))
        full = len(feed.entries[0].text) > len(feed.entries[0].teaser)
        new = self._entry(chance, f"{feed.number}/{feed.shown + self.day}", when, full)
        entries = (new, *feed.entries[: feed.shown - 1])
        return Feed(feed.number, feed.host, feed.is_atom, feed.shown, entries, FIRST_DAY + timedelta(days=self.day - 1))

    def _entry(self, chance: random.Random, path: str, when: datetime, full: bool) -> Entry:
        prose = self._prose
        event = chance.choice(prose.events) if chance.random() < _EVENTFUL else None
        title = " ".join(prose.words(chance, chance.randint(6, 12), event))
        teaser = prose.text(chance, min(200, max(20, round(chance.lognormvariate(3.8, 0.5)))), event)
        text = prose.text(chance, min(1500, max(120, round(chance.lognormvariate(5.4, 0.5)))), event) if full else ""
        author = " ".join(prose.words(chance, 2)).title()
        return Entry(path, title[0].upper() + title[1:], teaser, text, author, when)


def _markup(text: str, path: str, host: str) -> str:
    """Paragraphs with a link and a picture, as publishing systems write them."""
    half = text.find(". ", len(text) // 2) + 1 or len(text)
    return (
        f'<p><img src="https://{host}/pictures/{path}.jpg" alt="" width="800" height="450"/>{text[:half]}</p>\n'
        f'<p>{text[half:].strip()} <a href="https://{host}/{path}#more" class="more" rel="nofollow">Read on</a></p>'
    )


def _rss(feed: Feed) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">'
    )
    yield f"<channel><title>Outlet {feed.number}</title><link>https://{feed.host}/</link>"
    yield f'<atom:link href="https://{feed.host}{feed.path}" rel="self" type="application/rss+xml"/>'
    yield f"<description>All of outlet {feed.number}</description><language>en</language>"
    yield f"<lastBuildDate>{format_datetime(feed.updated)}</lastBuildDate>"
    for one in feed.entries:
        link = f"https://{feed.host}/{one.path}"
        yield f"<item>\n  <title>{escape(one.title)}</title>\n  <link>{link}</link>"
        yield f'  <guid isPermaLink="true">{link}</guid>\n  <pubDate>{format_datetime(one.when)}</pubDate>'
        yield f"  <dc:creator><![CDATA[{one.author}]]></dc:creator>\n  <category>news</category>"
        yield f"  <description><![CDATA[{_markup(one.teaser, one.path, feed.host)}]]></description>"
        if one.text:
            yield f"  <content:encoded><![CDATA[{_markup(one.text, one.path, feed.host)}]]></content:encoded>"
        yield "</item>"
    yield "</channel></rss>"


def _atom(feed: Feed) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
    yield f"<title>Outlet {feed.number}</title><id>tag:{feed.host},2026:{feed.number}</id>"
    yield f'<link href="https://{feed.host}/"/><link rel="self" href="https://{feed.host}{feed.path}"/>'
    yield f"<updated>{feed.updated.isoformat()}</updated>"
    for one in feed.entries:
        link = f"https://{feed.host}/{one.path}"
        yield f"<entry>\n  <title>{escape(one.title)}</title>\n  <link href={_quoted(link)}/>\n  <id>{link}</id>"
        yield f"  <published>{one.when.isoformat()}</published><updated>{one.when.isoformat()}</updated>"
        yield f"  <author><name>{one.author}</name></author>"
        yield f'  <summary type="html">{escape(_markup(one.teaser, one.path, feed.host))}</summary>'
        if one.text:
            yield f'  <content type="html">{escape(_markup(one.text, one.path, feed.host))}</content>'
        yield "</entry>"
    yield "</feed>"


def _quoted(text: str) -> str:
    return f'"{text}"'
