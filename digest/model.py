"""The nouns that flow through the pipeline, in the order in which they come into being.

Rules of this file: frozen dataclasses without behaviour beyond themselves, one type per moment
(what a feed said, what is remembered, what is to be written), nothing imported of ours, no I/O.
Every time is an aware datetime in UTC. Text is plain text unless the name ends in ``_html``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

# --- Polling: what is remembered of a feed, what is asked, what came back ------------------------


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a feed's document asks to be read; hints, which may only lengthen our own interval."""

    wait: timedelta = timedelta(0)
    """Between two polls: the longer of ``ttl`` and ``sy:update*``."""
    hours: frozenset[int] = frozenset()
    """Hours of the day, UTC, in which nothing comes (``skipHours``)."""
    days: frozenset[int] = frozenset()
    """Days of the week, UTC, Monday being 0, on which nothing comes (``skipDays``)."""


@dataclass(frozen=True, slots=True)
class Lead:
    """Where a feed's permanent redirect leads, until it is believed."""

    url: str
    seen: int
    """Polls in a row at which the feed was read there."""
    since: datetime


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is remembered about one feed between two polls."""

    id: int
    url: str
    """As configured; ``moved_to`` may be asked instead."""
    title: str
    """The reader's title, else the feed's own, else its host."""
    site_url: str | None = None
    language: str | None = None
    """As the feed declares it, lower case: ``en``, ``en-gb``, ``ja``."""
    etag: str | None = None
    """Verbatim, quotes and ``W/`` included; kept only with a body that was complete and parsed."""
    last_modified: str | None = None
    body_hash: str | None = None
    last_try: datetime | None = None
    last_success: datetime | None = None
    next_poll: datetime | None = None
    """None: never asked, so due at once."""
    held_until: datetime | None = None
    """The server asked not to be asked before (Retry-After, 429, 503); holds for forced polls too."""
    failures: int = 0
    """In a row; a success sets it to 0."""
    failing_since: datetime | None = None
    last_status: int | None = None
    last_error: str | None = None
    newest_item: datetime | None = None
    """The latest publisher's date among the items stored of this feed."""
    private: bool = False
    """As configured: nothing of it on public pages."""
    paused: bool = False
    """A person decided that it is not asked for now."""
    resumed: bool = False
    """It was paused or taken out, so what its next document lists counts like that of a first poll."""
    recent: tuple[datetime, ...] = ()
    """Publisher's dates of its newest stored items, at most twenty."""
    rhythm: Rhythm = Rhythm()
    validators_from: str | None = None
    """The address that gave the validators, and the only one that gets them; None: the one that is asked."""
    asked_whole: datetime | None = None
    """When it last brought a whole body, or was asked for one without validators."""
    moved_to: str | None = None
    """Its new address, once it moved for good."""
    moved: datetime | None = None
    merged_into: int | None = None
    """Id of the subscription that is asked at ``moved_to`` already, so that this one is asked no more."""
    lead: Lead | None = None
    stays: str | None = None
    """An address it is not moved to, since its reader took that move back."""
    gone: int = 0
    """How often it said 410 since it last said anything else."""
    stopped: datetime | None = None
    """It is asked no more: it said 410 twice."""


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One conditional GET."""

    feed_id: int
    url: str
    etag: str | None = None
    last_modified: str | None = None
    validators_from: str | None = None
    """The only address that gets the validators, wherever redirects lead; None: ``url``."""
    home: str | None = None
    """The configured address, None for ``url``: its origin alone gets the login, its host decides what is excepted."""
    login: tuple[str, str] | None = field(default=None, repr=False)
    """User name and password."""


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What one GET brought; a failure is a value like any other."""

    feed_id: int
    url: str
    """The address that answered, after redirects; relative links resolve against it."""
    status: int | None = None
    """None: no answer at all."""
    body: bytes | None = None
    """The whole inflated body of a 200; None otherwise."""
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Lower-case names: ``date``, ``cache-control``, ``expires``, ``retry-after``."""
    error: str | None = None
    """For people: what went wrong and what to do; None when ``body`` is there or on a 304."""
    elapsed: timedelta = timedelta(0)
    hops: tuple[tuple[int, str], ...] = ()
    """(status, address it led to) of each redirect on the way, in order."""
    conditional: bool = False
    """Validators were sent to the address that answered."""

    @property
    def not_modified(self) -> bool:
        return self.status == 304 and self.error is None


# --- Parsing: what a feed said ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ParsedItem:
    """One item as its feed told it, already clean: nothing here can run, break a header or hide."""

    title: str
    """One line of plain text; may be empty."""
    url: str | None = None
    """http or https only, without tracking parameters."""
    guid: str | None = None
    """Trimmed, otherwise verbatim."""
    summary: str = ""
    """Plain text, paragraphs joined by a space."""
    content_html: str = ""
    """Safe HTML, the longest the feed gives."""
    words: int | None = None
    """Of the full text, where the feed carries one; None where it has but a teaser."""
    author: str | None = None
    published: datetime | None = None
    """None where missing, unreadable or absurd (before 1990)."""
    published_text: str | None = None
    language: str | None = None
    source_title: str | None = None
    """An aggregator's ``<source>``: who really published it."""
    source_url: str | None = None
    enclosure_url: str | None = None
    enclosure_type: str | None = None
    enclosure_seconds: int | None = None
    enclosure_bytes: int | None = None
    """As in ``Enclosure``."""
    image: Picture | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How much of a document was read."""

    remembered: bytes
    """Hashes of its items and of what stands around them, so that the next reading can leave out what it knows."""
    left_out: int = 0
    """Items that were not read, as they stand there byte for byte as they did the last time."""


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """One feed document."""

    items: tuple[ParsedItem, ...]
    """In the document's order; items without title, link and text are dropped, and what ``reading`` left out."""
    title: str | None = None
    site_url: str | None = None
    language: str | None = None
    complaints: tuple[str, ...] = ()
    """For people: what is wrong with the document as such, though it could be read."""
    rhythm: Rhythm = Rhythm()
    reading: Reading | None = None
    """None: the whole was read, and the next reading cannot leave anything out."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A body that is no feed, with the reason for people."""

    reason: str
    discreet: str | None = None
    """The reason without the addresses it repeats, for a feed whose own address is a secret; None: it repeats none."""


# --- Identity: what is to be written ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KnownItem:
    """What is remembered under an item key; ``item_id`` is None once the item itself was pruned."""

    key: str
    item_id: int | None
    fingerprint: str
    """Of the text last stored, so that an edit shows."""


@dataclass(frozen=True, slots=True)
class Resembling:
    """A stored item with a link or title that an item of a document has, of the same feed or of a former one."""

    feed_id: int
    item_id: int
    title: str
    url: str | None
    published: datetime
    stored: int
    """Items stored of its feed."""


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item never seen before."""

    item: ParsedItem
    keys: tuple[str, ...]
    """The primary key first, then aliases that survive a changed guid."""
    fingerprint: str
    outlet: str
    """Registrable domain of the publisher, or ``feed:ID`` on a platform."""
    backlog: bool = False
    """Stored, but counted as already shown: first polls and floods."""


@dataclass(frozen=True, slots=True)
class EditedItem:
    """A known item whose text changed: updated in place, never new again; its first title is remembered."""

    item_id: int
    item: ParsedItem
    keys: tuple[str, ...]
    fingerprint: str
    changed: bool = True
    """False: only the keys are new (a rewritten guid); the text stays as stored."""


class Condition(StrEnum):
    """How a feed is."""

    PAUSED = "paused"
    """A person decided that it is not asked for now."""
    NEW = "new"
    """Not asked yet."""
    FINE = "fine"
    QUIET = "quiet"
    """It answers, but is silent for longer than usual."""
    WAITING = "waiting"
    """Its server wants to be left alone (429, 503)."""
    FAILING = "failing"
    GONE = "gone"
    """It said 410 twice and is asked no more."""
    MERGED = "merged"
    """It moved to the address of another subscription."""


class FeedDecision(StrEnum):
    """What the program decides of a feed for good, and people can take back."""

    MOVED = "moved"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """How a feed is at one time, for people."""

    condition: Condition
    since: datetime | None = None
    reason: str = ""
    """One line, with the cure where there is one; empty for a feed that is new or fine."""
    until: datetime | None = None
    """When the server may be asked again, where it said so."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One trouble of one feed, from its beginning to its end."""

    feed_id: int
    condition: Condition
    since: datetime
    reason: str
    """As last told."""
    until: datetime | None = None
    """None: not over."""


@dataclass(frozen=True, slots=True)
class FeedUpdate:
    """All that one poll of one feed changes; written in one transaction."""

    state: FeedState
    new: tuple[NewItem, ...] = ()
    edited: tuple[EditedItem, ...] = ()
    own_title: str | None = None
    """What the feed calls itself; None: as before."""
    address_of: int | None = None
    """Id of the feed whose address this one takes over, giving its own for it: its operator changed the address."""
    health: FeedHealth | None = None
    """How it is now, for its history; None: as before."""
    decided: tuple[FeedDecision, ...] = ()
    """What follows for good from this poll."""
    asked_at: str | None = None
    """Where it was asked."""
    remembered: bytes | None = None
    """What to remember of a document that was read, as in ``Reading``; empty: nothing, None: as before."""


class PollOutcome(StrEnum):
    READ = "read"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FeedReport:
    """One line of a poll's report."""

    feed_id: int
    title: str
    host: str
    outcome: PollOutcome
    status: int | None = None
    new: int = 0
    backlog: int = 0
    edited: int = 0
    error: str | None = None
    note: str | None = None
    """Something worth a word that is no failure: a first poll, a flood."""
    complaints: tuple[str, ...] = ()
    """What is wrong with a document that could be read."""
    elapsed: timedelta = timedelta(0)
    read: int | None = None
    """Items that the parser was given; None where it was given none, since nothing came or nothing had changed."""
    listed: int = 0
    """Items of the document, whether read or known already."""


# --- Threading: items, stories, threads ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """A stored item, as grouping and composing see it."""

    id: int
    feed_id: int
    feed: str
    """Title of the feed."""
    title: str
    url: str | None
    summary: str
    outlet: str
    """Registrable domain, or ``feed:ID``: the key outlets are counted by."""
    outlet_name: str
    """What people read: the ``<source>`` or the feed's title."""
    language: str
    """Primary subtag (``en``, ``ja``), ``und`` when unknown."""
    published: datetime
    """The publisher's date where it is sane, else first-seen; orders and labels, decides nothing."""
    first_seen: datetime
    words: int | None = None
    section: str = ""
    backlog: bool = False
    private: bool = False
    starred: bool = False
    """Of a feed or an outlet that the reader starred."""
    by_outlet: bool = False
    """It is starred for its outlet's sake; its feed alone is not."""
    story_id: int | None = None
    first_title: str | None = None
    """Its title when it was first seen, where an edit has changed that since."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that an item shows of itself."""

    url: str
    """http or https only."""
    alt: str = ""
    """What it shows, in words; empty where nobody says."""
    width: int | None = None
    height: int | None = None
    """Pixels as declared, both or neither."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that comes with an item: an episode, a video."""

    url: str
    """http or https only."""
    type: str | None = None
    """``audio/mpeg``, lower case."""
    seconds: int | None = None
    """It lasts, as declared."""
    bytes: int | None = None
    """Its size, as declared."""


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """All that is stored of one item, for its own page."""

    item: Item
    content_html: str
    """The longest text its feed gives, cleaned when it was stored; may be empty."""
    author: str | None = None
    published_text: str | None = None
    """The date as its feed wrote it."""
    edited: datetime | None = None
    """When its text last changed."""
    image: Picture | None = None
    enclosure: Enclosure | None = None


FOUND_BY = 12
"""Heaviest terms of a story by which it is found while it can grow."""


@dataclass(frozen=True, slots=True)
class StoryState:
    """What grouping must remember of a story that can still grow."""

    id: int
    language: str
    first: datetime
    last: datetime
    """Times of its oldest and newest item."""
    size: int
    vector: Mapping[str, float]
    """Sum of the items' term vectors, each of length 1."""
    outlet: str | None = None
    """The one outlet that told all of it; None where several did."""
    shares: Mapping[str, float] = field(default_factory=dict, compare=False)
    """Its heaviest terms, by which it is found, each with its share of the vector's direction; only as grouping
    returns it, since they follow from the vector."""


@dataclass(frozen=True, slots=True)
class TermCounts:
    """In how many of ``documents`` items of one language each term occurred."""

    documents: int
    counts: Mapping[str, int]


class Mark(NamedTuple):
    """What one decision of a person says of one item."""

    decision: int
    side: int
    """0: in one story with every other item marked so; 1 and -1: the two sides that never share a story."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What people decided, as grouping obeys it."""

    items: Mapping[int, frozenset[Mark]] = field(default_factory=dict)
    """By item id; only items of which something was decided."""
    stories: Mapping[int, frozenset[Mark]] = field(default_factory=dict)
    """By id of a story that holds such items: the marks of all of them."""


class Level(StrEnum):
    """What a decision keeps together or apart."""

    STORY = "story"
    THREAD = "thread"


@dataclass(frozen=True, slots=True)
class Decided:
    """One item in a decision."""

    item_id: int
    level: Level
    side: int
    """As in ``Mark``."""
    before: int | None = None
    """Id of the story it was in, where the decision moved it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about the grouping, what editions tell, or a feed; never deleted, only undone."""

    id: int
    kind: str
    """``split``, ``merge``, ``pin``; ``mute`` and ``follow`` of a thread, ``mute-word``, ``follow-word``;
    ``star`` of an outlet, ``pause`` of a feed; a ``FeedDecision`` is the program's own."""
    made: datetime
    about: str
    """The headlines, the feed, the word or the outlet it was about, for people."""
    thread_id: int | None = None
    """The thread that was muted, followed or merged into."""
    until: datetime | None = None
    """The end of a mute."""
    undone: datetime | None = None
    items: tuple[Decided, ...] = ()
    ended_stories: tuple[int, ...] = ()
    ended_threads: tuple[int, ...] = ()
    """Ids that lead elsewhere by this decision alone, and mean themselves again when it is undone."""
    feed_id: int | None = None
    """The feed that is paused."""
    word: str | None = None
    """The word or pattern that is muted or followed."""
    outlet: str | None = None
    """The key of the outlet that is starred."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What people decided that editions tell or leave out, at one time; the same for every digest."""

    muted: frozenset[int] = frozenset()
    """Ids of threads."""
    followed: frozenset[int] = frozenset()
    """Ids of threads."""
    muted_words: tuple[str, ...] = ()
    followed_words: tuple[str, ...] = ()
    stars: frozenset[str] = frozenset()
    """Keys of outlets."""


class Objection(StrEnum):
    """What keeps an item out of a story whose score is high enough."""

    WORDS = "words"
    """They share too few of them for a likeness to mean anything."""
    NAMES = "names"
    """Both name people or places, and none in common."""
    SUBJECT = "subject"
    """They share hardly more than names."""
    OUTLET = "outlet"
    """The story is told by the item's own outlet alone, whose texts are alike by habit."""


@dataclass(frozen=True, slots=True)
class Placement:
    """How one item came to its story, as it was judged then."""

    item_id: int
    story_id: int
    """The story that took it then; it may have become part of another since."""
    nearest: int | None
    """The likeliest story there was, joined or not; None where no story shared a telling word."""
    score: float
    """Of the nearest; 0 without one."""
    bar: float
    """What the score had to reach."""
    second: int | None = None
    """The runner-up."""
    second_score: float = 0.0
    decision: int | None = None
    """The decision that put it there or kept it out of the nearest, whatever the score."""
    objection: Objection | None = None
    """What kept it out of the nearest, whatever the score."""
    same_page: bool = False
    """It joined because another feed's item in the story links to the same page, whatever the score."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """What one run of grouping decided."""

    joined: Mapping[int, int]
    """Item id to story id, for the items of this run."""
    merged: Mapping[int, int]
    """Story id that ended to the story id that took it in."""
    stories: tuple[StoryState, ...]
    """Every story that is new or changed, after all merges."""
    terms: Mapping[str, TermCounts]
    """By language, only what changed: the new count of each term used in this run, and of all documents."""
    aged: frozenset[str] = frozenset()
    """Languages whose counts were halved: all of them, those in ``terms`` already."""
    placements: tuple[Placement, ...] = ()
    """One an item of this run, in the order they were placed."""


# --- Linking: stories of one developing matter ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class NameCounts:
    """How the items of one language write each term in the middle of a sentence."""

    counts: Mapping[str, tuple[int, int]]
    """Term to the items that use it there, and those of them that write it with a capital."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What linking remembers of a story, also long after it closed: what it was about."""

    story_id: int
    thread_id: int
    """The thread it is in."""
    language: str
    first: datetime
    last: datetime
    """Times of its oldest and newest item."""
    voices: int
    """Independent ones; stories of a single voice are not linked."""
    terms: Mapping[str, float]
    """Share of its items that use each term, the most telling terms first."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How near a story is to the stories of a thread taken together; cosines from 0 to 1, or what they must reach."""

    all: float
    """Over all terms."""
    names: float
    """Over those that stand for names."""
    others: float
    """Over the rest: one name in common makes no common matter."""
    variety: float
    """How many rare names the cosine over names rests on: 4 where four unheard-of ones give a quarter each."""
    core: float
    """Over the names that the thread's stories have in common; 1 for a thread of one story."""


@dataclass(frozen=True, slots=True)
class Link:
    """Which thread a story belongs to, as it was judged then."""

    story_id: int
    before: int
    """The thread it was in."""
    thread_id: int | None
    """The thread it is in now; None: out of ``before``, into one of its own again."""
    nearest: int | None = None
    """The likeliest other thread, joined or not; None where there was none to compare with."""
    likeness: Likeness | None = None
    """To the nearest."""
    bars: Likeness | None = None
    """What each cosine had to reach."""
    shared: tuple[tuple[str, float], ...] = ()
    """Names that both use, each with its part of the cosine over names, heaviest first."""
    second: int | None = None
    """The runner-up among the threads."""
    second_likeness: Likeness | None = None
    decision: int | None = None
    """The decision that put it there or kept it out of the nearest, whatever the cosines."""

    @property
    def moved(self) -> bool:
        return self.thread_id != self.before


@dataclass(frozen=True, slots=True)
class Story:
    """The items that report one event, oldest first."""

    id: int
    thread_id: int
    items: tuple[Item, ...]
    thread_since: datetime | None = None
    """First time of the thread's oldest story."""
    shown: Shown | None = None
    """What a digest's last edition that told of the thread showed of it; None where none did, or none was asked for."""
    told: bool = False
    """Whether an edition of that digest showed this very story."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What a thread had before, of which the items are no longer kept."""

    stories: int
    reports: int
    first: datetime
    last: datetime
    """Of those stories."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one edition showed of a thread."""

    day: date
    """Local day of the edition."""
    ordinal: int
    stories: int
    """Of the thread, told of in that edition."""
    reports: int
    """That those stories had by then."""


@dataclass(frozen=True, slots=True)
class ThreadSummary:
    """A topic thread as listed: its stories' counts and days."""

    id: int
    title: str
    first: datetime
    last: datetime
    stories: int
    items: int
    outlets: int


# --- Composing: one dated number of a digest ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open over first-seen: ``since <= first_seen < until``."""

    since: datetime
    until: datetime


class Place(StrEnum):
    """Where a new item of a window went; each has exactly one."""

    LEAD = "lead"
    """It stands for its story."""
    REPORT = "report"
    """Another report of a story that is shown."""
    COPY = "copy"
    """Repeats a text of a story that is shown."""
    RELATED = "related"
    """In another story of a thread that is told in one entry."""
    REST = "rest"
    """Behind a cap: the page shows it, the mail counts it."""
    REPEATED = "repeated"
    """Its story was told before, and it brought only texts that were there already."""
    MUTED_THREAD = "muted thread"
    """A person wants to hear no more of the thread for a while."""
    MUTED_WORD = "muted word"
    """It has a word that the digest leaves out, or that a person muted for a while."""
    SKIPPED = "skipped"
    """Its feed is read through ``only`` or ``skip``, and it did not pass."""


@dataclass(frozen=True, slots=True)
class Omitted:
    """A new item that an edition shows nowhere."""

    item_id: int
    place: Place
    """Why: one of the last four."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What the words of a digest and of its feeds say of items, by id."""

    skipped: frozenset[int] = frozenset()
    muted: frozenset[int] = frozenset()
    followed: Mapping[int, str] = field(default_factory=dict)
    """Item to the first followed word that it has, as it was written."""
    slow: tuple[str, ...] = ()
    """For the operator: patterns that took too long, with the cure."""


@dataclass(frozen=True, slots=True)
class EditionItem:
    """One report as an edition shows it."""

    item_id: int
    title: str
    """Never empty: the text's first words, or the address, stand in for a missing title."""
    url: str | None
    outlet: str
    """Name for people."""
    feed: str
    published: datetime
    language: str
    minutes: int | None = None
    """Reading minutes, where the words are known."""
    copy: bool = False
    """Prints the same wire text as a report before it."""
    private: bool = False


@dataclass(frozen=True, slots=True)
class Wire:
    """One text that several outlets print."""

    agency: str | None
    """Short name of the agency credited most, ``AP``; None where nobody names one."""
    outlets: int
    """That print it, the agency's own not counted."""
    copies: tuple[int, ...] = ()
    """Ids of the items that repeat it, where an edition shows them as new."""


@dataclass(frozen=True, slots=True)
class EditionStory:
    """One story as an edition shows it: what is new of it, led by one report."""

    story_id: int
    thread_id: int
    lead: EditionItem
    others: tuple[EditionItem, ...]
    """The other new reports, newest first."""
    gist: str | None
    gist_outlet: str | None
    outlets: tuple[str, ...]
    """Names of the outlets with an own report among all items so far, the lead's first; a copy adds none."""
    voices: int
    """Independent voices among all items so far: outlets that print one wire text are one."""
    copies: int
    """New reports that only repeat a wire text."""
    reports: int
    """All items so far; ``1 + len(others)`` of them are new."""
    day: int
    """Local days since the story's first item, the first being 1."""
    since: date
    reason: str | None
    """Why it stands here, true of stored data; None for a plain line."""
    wires: tuple[Wire, ...] = ()
    """Texts that several outlets print, those with new copies."""
    thread_since: date | None = None
    """Local day its thread began, where that was before the story did."""
    earlier: str | None = None
    """Path below the digest's folder of the last edition that told of its thread: ``2023/09/14/``."""
    earlier_day: date | None = None
    public_reason: str | None = None
    """What stands for ``reason`` where private reports are left out, empty for none; None where it is the same."""
    related: tuple[EditionStory, ...] = ()
    """The other stories of its thread with something new, the highest first: a thread is told in one entry."""


@dataclass(frozen=True, slots=True)
class EditionSection:
    name: str
    stories: tuple[EditionStory, ...]
    more: tuple[tuple[str, int], ...] = ()
    """(feed title, number of stories it leads) of what a cap left out, most first."""
    blurb: str | None = None
    """The operator's own words, Markdown."""
    rest: tuple[EditionStory, ...] = ()
    """What a cap left out, the highest first: pages show it folded, by feed."""


@dataclass(frozen=True, slots=True)
class FeedTrouble:
    title: str
    error: str
    since: datetime | None
    private: bool = False


class Kind(StrEnum):
    """What an edition is for; all but the first have no page and hold no stories."""

    REGULAR = "regular"
    QUIET = "quiet"
    """Says that nothing is new."""
    ALIVE = "alive"
    """After a week of silence: it still works, and how the feeds are."""
    ALERT = "alert"
    """No feed answers."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Since when a digest brought nothing."""

    known_since: datetime
    """When it was first seen."""
    regular: datetime | None
    """Slot of its last regular edition."""
    last: datetime | None
    """Slot of its last edition of any kind."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One number of a digest, as data; frozen once composed."""

    digest: str
    """Name in the configuration."""
    title: str
    slot: datetime
    """The scheduled time, or the time of a one-off run."""
    day: date
    """Local day of the slot."""
    ordinal: int
    """1, or 2 for the second regular edition of one day; 0 for one of another kind, of which a day has one at most."""
    number: int
    """Counts the regular editions of this digest from 1, those of another kind from -1 downwards."""
    timezone: str
    language: str
    window: Window
    top: tuple[EditionStory, ...]
    sections: tuple[EditionSection, ...]
    """One section with an empty name when there are few items."""
    items: int
    """New items in the window, shown or not; those that a feed's ``only`` and ``skip`` take out are not counted."""
    stories: int
    """Stories with something new, shown or not."""
    outlets: int
    left_out: int
    """Of ``items`` those that no mail shows: behind a cap, muted, repeated; reports of a shown story not counted."""
    minutes: int
    """To read the edition itself."""
    feeds: int
    feeds_answered: int
    troubles: tuple[FeedTrouble, ...]
    """Feeds to name, each once in a trouble: gone, or failing for two weeks by now."""
    notices: tuple[str, ...]
    """What is not normal, in a sentence each: all feeds down, a late run; of another kind all it says."""
    next_slot: datetime | None
    intro: str | None = None
    footer: str | None = None
    """The operator's own words, Markdown."""
    covers_from: date | None = None
    """Local day of the oldest scheduled slot that was missed and is caught up here; None when none was."""
    kind: Kind = Kind.REGULAR
    omitted: tuple[Omitted, ...] = ()
    """New items that are shown nowhere, and why each; by item id."""

    @property
    def path(self) -> str:
        """Its place on the site below the digest's folder: ``2023/10/13/`` or ``2023/10/13/2/``."""
        return edition_path(self.day, self.ordinal)


def edition_path(day: date, ordinal: int) -> str:
    """Where an edition lives below its digest's folder."""
    base = f"{day:%Y/%m/%d}/"
    return base if ordinal == 1 else f"{base}{ordinal}/"


@dataclass(frozen=True, slots=True)
class Mail:
    """The frozen mail of an edition, free of any recipient."""

    subject: str
    html: str
    text: str
    """Both bodies carry ``@@RECIPIENT@@`` and ``@@UNSUBSCRIBE@@``, which ``editions.message`` fills for each delivery.

    Where there is no address to unsubscribe at, the paragraph or line with the second mark goes. No feed text can carry
    a mark: ``editions.prepare`` breaks it.
    """


# --- Delivering ---------------------------------------------------------------------------------


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    """Tried for a day without success."""
    REFUSED = "refused"
    """The other side said no for good."""
    DROPPED = "dropped"
    """Never to be tried again: its recipient unsubscribed, or the operator let it go."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One edition to one recipient over one transport."""

    id: int
    edition_id: int
    transport: str
    """Name in the configuration."""
    recipient: str
    """Empty for transports without recipients (files)."""
    state: DeliveryState
    message_id: str
    attempts: int
    uncertain: int
    """How often an outcome stayed unknown: a connection cut after DATA, a process that died while sending."""
    created: datetime
    next_try: datetime | None
    last_error: str | None = None
    unsubscribe: str | None = None
    """Address that ends the subscription, as it was when the edition was frozen."""
    copy: int = 0
    """0, or 1 and more for what was sent again by hand."""


class Verdict(StrEnum):
    TAKEN = "taken"
    LATER = "later"
    """Failed for now: try again."""
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """The message may have been taken: nobody answered after DATA."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a transport says about one attempt."""

    verdict: Verdict
    detail: str | None = None
    """The other side's words, for people; for ``TAKEN`` where it went."""


# --- Telling: what one run did ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EditionReport:
    """An edition that a run issued."""

    digest: str
    title: str
    number: int
    day: date
    path: str
    items: int
    stories: int
    outlets: int
    lead: str
    """Headline of its first story, or of what it says instead."""
    kind: Kind = Kind.REGULAR


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of one delivery that a run tried."""

    id: int
    digest: str
    number: int
    transport: str
    recipient: str
    state: DeliveryState
    detail: str | None
    """Where it went, or what went wrong and what happens next."""


@dataclass(frozen=True, slots=True)
class TrialMail:
    """A mail that was sent to try the way, outside the ledger."""

    digest: str
    about: str
    """What it shows: what would come now, an edition of before, a specimen."""
    subject: str
    transport: str
    recipient: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class RunReport:
    """All that one command did, in order."""

    feeds: tuple[FeedReport, ...] = ()
    """Only feeds that were asked."""
    not_due: int = 0
    """Subscriptions that were not asked, since they are not due."""
    held: int = 0
    """Those of them that a server holds: it wants more time, its host is paused, or the feed is gone."""
    notices: tuple[str, ...] = ()
    """What is wrong with the subscriptions as a whole: more than a quarter of them fail."""
    editions: tuple[EditionReport, ...] = ()
    nothing_new: tuple[str, ...] = ()
    """Names of digests without anything new since their last edition."""
    made: tuple[str, ...] = ()
    """Names of digests whose edition could be made, or had nothing new."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Names of digests whose edition could not be made, with the reason."""
    deliveries: tuple[DeliveryReport, ...] = ()
    errors: tuple[str, ...] = ()
    """What the operator must mend: a digest whose template is broken keeps no other from coming out."""
    owner: tuple[str, ...] = ()
    """What else the owner should know: who unsubscribed, an alarm that went out."""
    unreadable: bool = False
    """No feed at all can be read, counting also those that were not asked this time."""


# --- Showing: the site --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a page, and what stands behind it."""

    served: bool = False
    """A server answers: it can search, sign in and act. Otherwise the page is a file."""
    owner: bool = False
    """Sees private reports, and the forms by which things are changed."""
    insider: bool = False
    """Sees how feeds are: the owner, or anybody where only this machine reaches the page."""
    csrf: str = field(default="", repr=False)
    """Goes into each form of the owner's, so that no other site can send it for them."""
    can_sign_in: bool = False
    """There is a password: a visitor may sign in, an owner who did may sign out."""
    flash: str = ""
    """What came of the last thing that the owner did, told once."""
    token: str = field(default="", repr=False)
    """Behind the address of a feed it lets a feed reader in, where the pages are protected; only the owner has it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page of a site shares, as one viewer sees it on one page."""

    title: str
    """Of the digest at the root."""
    language: str = "en"
    timezone: str = "UTC"
    root: str = ""
    """The way from the page to the root of the site: ``../../``."""
    path: str = ""
    """Of the page's address below the root: ``threads/7/``."""
    prefix: str = ""
    """Folder of the digest that the page belongs to, below the root: ``evening/``."""
    index: str = ""
    """What ends a link to a page: ``index.html`` where no server adds it."""
    base_url: str | None = None
    """Public address of the root, without a slash at its end."""
    viewer: Viewer = Viewer()
    alone: bool = False
    """There is no site around the page: a preview."""
    noindex: bool = True
    images: bool = False
    """Items may show their own picture."""
    feeds: tuple[tuple[str, str], ...] = ()
    """(title, path below the root) of the feeds of this page, for readers that look for them."""
