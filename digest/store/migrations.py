"""The schema, as a list of steps; a released step is never edited, only followed by another.

Written as plain SQL because the file is meant to be opened with any SQLite tool:
plain names, ISO UTC times, foreign keys, two views.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

from .keys import number
from .steps import Steps

if TYPE_CHECKING:
    from sqlite_utils import Database

migrations = Steps("digest")


@migrations()
def m0001_the_whole_pipeline(db: Database) -> None:
    """Feeds, items, stories, threads, editions, deliveries."""
    for statement in _FIRST.split(";\n\n"):
        db.execute(statement)


@migrations()
def m0002_threads_that_are_remembered(db: Database) -> None:
    """How items came to their stories, what people decided, which stories are one matter."""
    for statement in _SECOND.split(";\n\n"):
        db.execute(statement)


@migrations()
def m0003_what_keeps_a_report_out_of_a_story(db: Database) -> None:
    """The one outlet that told a story, and what spoke against a join."""
    for statement in _THIRD.split(";\n\n"):
        db.execute(statement)


@migrations()
def m0004_a_polite_poller(db: Database) -> None:
    """What servers and documents ask for, where feeds moved to, and the history of their troubles."""
    for statement in _FOURTH.split(";\n\n"):
        db.execute(statement)


@migrations()
def m0005_feeds_by_command(db: Database) -> None:
    """Feeds that are paused, taken out and added again, or moved by hand; the first title of an edited item."""
    for statement in _FIFTH.split(";\n\n"):
        db.execute(statement)


@migrations()
def m0006_the_morning_mail(db: Database) -> None:
    """Kinds of editions, where each item stood, mails sent again by hand, who unsubscribed, what the owner is told."""
    for statement in _SIXTH.split(";\n\n"):
        db.execute(statement)


@migrations()
def m0007_the_digest_page(db: Database) -> None:
    """The search index, pictures and enclosures, who is signed in, words and outlets that people decided about."""
    for statement in _SEVENTH.split(";\n\n"):
        db.execute(statement)


@migrations()
def m0008_only_what_is_new(db: Database) -> None:
    """Hashes of the items that a feed listed the last time, so that only others are read."""
    db.execute(_EIGHTH)


@migrations()
def m0009_stories_that_can_still_grow(db: Database) -> None:
    """By which terms stories are found while they can still grow, filled by the first run; linking's names by time."""
    for statement in _NINTH.split(";\n\n"):
        db.execute(statement)


@migrations()
def m0011_a_database_for_years(db: Database) -> None:
    """Short keys, what a story was when its items went, when somebody last cleared up, and counts that need no look
    at every row."""
    db.conn.create_function("key_number", 1, number, deterministic=True)
    db.conn.create_function("short_print", 1, _short_print, deterministic=True)
    for statement in _ELEVENTH.split(";\n\n"):
        db.execute(statement)


@migrations()
def m0012_how_much_a_profile_tells(db: Database) -> None:
    """Of how many items a story's profile was made."""
    db.execute("ALTER TABLE stories ADD COLUMN profiled INTEGER NOT NULL DEFAULT 0")


@migrations()
def m0013_where_grouping_had_put_it(db: Database) -> None:
    """Homes of what decisions moved, in place of what each decision had found where."""
    for statement in _THIRTEENTH.split(";\n\n"):
        db.execute(statement)


def _short_print(fingerprint: str) -> str:
    """What ``feeds.identity`` makes of an item's text since then, of what it made before."""
    try:
        return urlsafe_b64encode(bytes.fromhex(fingerprint[:12])).decode()
    except ValueError:
        return fingerprint


_FIRST = """
CREATE TABLE feeds (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    url TEXT NOT NULL UNIQUE,
    title TEXT,
    site_url TEXT,
    language TEXT,
    etag TEXT,
    last_modified TEXT,
    body_hash TEXT,
    added TEXT NOT NULL,
    last_try TEXT,
    last_success TEXT,
    next_poll TEXT,
    held_until TEXT,
    failures INTEGER NOT NULL DEFAULT 0,
    failing_since TEXT,
    last_status INTEGER,
    last_error TEXT
);

CREATE TABLE threads (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    merged_into INTEGER REFERENCES threads(id)
);

CREATE TABLE stories (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    thread_id INTEGER NOT NULL REFERENCES threads(id),
    language TEXT NOT NULL,
    first TEXT NOT NULL,
    last TEXT NOT NULL,
    size INTEGER NOT NULL,
    terms TEXT NOT NULL,
    merged_into INTEGER REFERENCES stories(id)
);

CREATE INDEX stories_by_last ON stories(last);

CREATE INDEX stories_by_thread ON stories(thread_id);

CREATE TABLE items (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    feed_id INTEGER NOT NULL REFERENCES feeds(id),
    title TEXT NOT NULL,
    url TEXT,
    summary TEXT NOT NULL,
    content_html TEXT NOT NULL,
    words INTEGER,
    author TEXT,
    published TEXT NOT NULL,
    published_text TEXT,
    language TEXT,
    source_title TEXT,
    source_url TEXT,
    enclosure_url TEXT,
    outlet TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    edited TEXT,
    backlog INTEGER NOT NULL DEFAULT 0,
    story_id INTEGER REFERENCES stories(id)
);

CREATE INDEX items_by_first_seen ON items(first_seen);

CREATE INDEX items_by_feed ON items(feed_id, published);

CREATE INDEX items_by_story ON items(story_id);

CREATE INDEX items_without_story ON items(id) WHERE story_id IS NULL;

CREATE TABLE item_keys (
    feed_id INTEGER NOT NULL REFERENCES feeds(id),
    key TEXT NOT NULL,
    item_id INTEGER REFERENCES items(id) ON DELETE SET NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (feed_id, key)
) WITHOUT ROWID;

CREATE INDEX item_keys_by_item ON item_keys(item_id);

CREATE TABLE languages (
    language TEXT PRIMARY KEY,
    items INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE terms (
    language TEXT NOT NULL,
    term TEXT NOT NULL,
    items INTEGER NOT NULL,
    PRIMARY KEY (language, term)
) WITHOUT ROWID;

CREATE TABLE digests (
    name TEXT PRIMARY KEY,
    known_since TEXT NOT NULL,
    last_slot TEXT
);

CREATE TABLE editions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL REFERENCES digests(name),
    slot TEXT NOT NULL,
    day TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    number INTEGER NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    composed TEXT NOT NULL,
    title TEXT NOT NULL,
    items INTEGER NOT NULL,
    page_url TEXT,
    data TEXT NOT NULL,
    subject TEXT NOT NULL,
    html TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (digest, slot),
    UNIQUE (digest, day, ordinal),
    UNIQUE (digest, number)
);

CREATE INDEX editions_by_until ON editions(until);

CREATE TABLE edition_stories (
    edition_id INTEGER NOT NULL REFERENCES editions(id),
    story_id INTEGER NOT NULL REFERENCES stories(id),
    thread_id INTEGER NOT NULL REFERENCES threads(id),
    items INTEGER NOT NULL,
    PRIMARY KEY (edition_id, story_id)
) WITHOUT ROWID;

CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    edition_id INTEGER NOT NULL REFERENCES editions(id),
    transport TEXT NOT NULL,
    recipient TEXT NOT NULL,
    sender TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'failed', 'refused')),
    message_id TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    uncertain INTEGER NOT NULL DEFAULT 0,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    next_try TEXT,
    last_error TEXT,
    UNIQUE (edition_id, transport, recipient)
);

CREATE INDEX deliveries_open ON deliveries(next_try) WHERE state IN ('pending', 'sending');

CREATE VIEW feed_health AS
SELECT feeds.url, feeds.title, feeds.last_success, feeds.failing_since, feeds.failures, feeds.last_status,
       feeds.last_error, feeds.next_poll, COUNT(items.id) AS items, MAX(items.first_seen) AS newest
FROM feeds LEFT JOIN items ON items.feed_id = feeds.id
GROUP BY feeds.id;

CREATE VIEW threads_today AS
SELECT stories.thread_id, stories.id AS story_id, stories.first, stories.last, COUNT(items.id) AS items,
       COUNT(DISTINCT items.outlet) AS outlets, MIN(items.title) AS a_title
FROM stories JOIN items ON items.story_id = stories.id
WHERE stories.last >= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 day')
GROUP BY stories.id
ORDER BY outlets DESC, items DESC
""".strip()

_SECOND = """
ALTER TABLE items ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;

CREATE INDEX items_stale ON items(id) WHERE stale = 1;

CREATE TABLE placements (
    item_id INTEGER PRIMARY KEY REFERENCES items(id) ON DELETE CASCADE,
    story_id INTEGER NOT NULL,
    nearest INTEGER,
    score REAL NOT NULL,
    bar REAL NOT NULL,
    second INTEGER,
    second_score REAL NOT NULL,
    decision_id INTEGER
);

ALTER TABLE stories ADD COLUMN voices INTEGER NOT NULL DEFAULT 1;

ALTER TABLE stories ADD COLUMN profile TEXT;

CREATE TABLE story_names (
    language TEXT NOT NULL,
    term TEXT NOT NULL,
    story_id INTEGER NOT NULL REFERENCES stories(id),
    PRIMARY KEY (language, term, story_id)
) WITHOUT ROWID;

CREATE INDEX story_names_by_story ON story_names(story_id);

CREATE TABLE names (
    language TEXT NOT NULL,
    term TEXT NOT NULL,
    items INTEGER NOT NULL,
    capitals INTEGER NOT NULL,
    PRIMARY KEY (language, term)
) WITHOUT ROWID;

CREATE TABLE links (
    story_id INTEGER PRIMARY KEY REFERENCES stories(id),
    own_thread INTEGER NOT NULL REFERENCES threads(id),
    nearest INTEGER,
    second INTEGER,
    decision_id INTEGER,
    evidence TEXT NOT NULL
);

CREATE INDEX stories_that_ended ON stories(merged_into) WHERE merged_into IS NOT NULL;

CREATE INDEX edition_stories_by_story ON edition_stories(story_id);

CREATE INDEX threads_that_ended ON threads(merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE decisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    made TEXT NOT NULL,
    about TEXT NOT NULL,
    thread_id INTEGER REFERENCES threads(id),
    until TEXT,
    undone TEXT
);

CREATE TABLE decision_items (
    decision_id INTEGER NOT NULL REFERENCES decisions(id),
    item_id INTEGER NOT NULL,
    level TEXT NOT NULL,
    side INTEGER NOT NULL,
    before INTEGER,
    PRIMARY KEY (decision_id, level, item_id, side)
) WITHOUT ROWID;

CREATE TABLE decision_ended (
    decision_id INTEGER NOT NULL REFERENCES decisions(id),
    level TEXT NOT NULL,
    ended INTEGER NOT NULL,
    PRIMARY KEY (decision_id, level, ended)
) WITHOUT ROWID
""".strip()

_THIRD = """
ALTER TABLE stories ADD COLUMN only_outlet TEXT;

UPDATE stories SET only_outlet = (
    SELECT CASE WHEN COUNT(DISTINCT outlet) = 1 THEN MIN(outlet) END FROM items WHERE items.story_id = stories.id
) WHERE merged_into IS NULL;

ALTER TABLE placements ADD COLUMN objection TEXT;

ALTER TABLE placements ADD COLUMN same_page INTEGER NOT NULL DEFAULT 0
""".strip()

_FOURTH = """
ALTER TABLE feeds ADD COLUMN validators_from TEXT;

ALTER TABLE feeds ADD COLUMN asked_whole TEXT;

ALTER TABLE feeds ADD COLUMN least_wait INTEGER NOT NULL DEFAULT 0;

ALTER TABLE feeds ADD COLUMN skip_hours TEXT NOT NULL DEFAULT '[]';

ALTER TABLE feeds ADD COLUMN skip_days TEXT NOT NULL DEFAULT '[]';

ALTER TABLE feeds ADD COLUMN moved_to TEXT;

ALTER TABLE feeds ADD COLUMN moved TEXT;

ALTER TABLE feeds ADD COLUMN merged_into INTEGER REFERENCES feeds(id);

ALTER TABLE feeds ADD COLUMN leads_to TEXT;

ALTER TABLE feeds ADD COLUMN leads_seen INTEGER NOT NULL DEFAULT 0;

ALTER TABLE feeds ADD COLUMN leads_since TEXT;

ALTER TABLE feeds ADD COLUMN stays TEXT;

ALTER TABLE feeds ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;

ALTER TABLE feeds ADD COLUMN stopped TEXT;

CREATE TABLE paused_hosts (
    host TEXT PRIMARY KEY,
    since TEXT NOT NULL,
    until TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE feed_incidents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    feed_id INTEGER NOT NULL REFERENCES feeds(id),
    condition TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT,
    reason TEXT NOT NULL
);

CREATE UNIQUE INDEX feed_incidents_open ON feed_incidents(feed_id) WHERE until IS NULL;

CREATE INDEX feed_incidents_by_feed ON feed_incidents(feed_id, since);

CREATE TABLE feed_decisions (
    decision_id INTEGER PRIMARY KEY REFERENCES decisions(id),
    feed_id INTEGER NOT NULL REFERENCES feeds(id),
    old_url TEXT NOT NULL,
    new_url TEXT
);

DROP VIEW feed_health;

CREATE VIEW feed_health AS
SELECT feeds.url, feeds.title,
       COALESCE(feed_incidents.condition, CASE WHEN feeds.last_try IS NULL THEN 'new' ELSE 'fine' END) AS condition,
       feed_incidents.since, feed_incidents.reason, feeds.last_success, feeds.failing_since, feeds.failures,
       feeds.last_status, feeds.last_error, feeds.next_poll, feeds.held_until, feeds.moved_to,
       COUNT(items.id) AS items, MAX(items.first_seen) AS newest
FROM feeds LEFT JOIN items ON items.feed_id = feeds.id
     LEFT JOIN feed_incidents ON feed_incidents.feed_id = feeds.id AND feed_incidents.until IS NULL
GROUP BY feeds.id
""".strip()

_FIFTH = """
ALTER TABLE decisions ADD COLUMN feed_id INTEGER REFERENCES feeds(id);

CREATE INDEX decisions_by_feed ON decisions(feed_id) WHERE feed_id IS NOT NULL;

ALTER TABLE feeds ADD COLUMN removed TEXT;

ALTER TABLE feeds ADD COLUMN resumed INTEGER NOT NULL DEFAULT 0;

ALTER TABLE items ADD COLUMN first_title TEXT;

CREATE INDEX items_by_url ON items(url) WHERE url IS NOT NULL
""".strip()

_SIXTH = """
ALTER TABLE digests ADD COLUMN schedule TEXT;

ALTER TABLE digests ADD COLUMN schedule_since TEXT;

ALTER TABLE editions ADD COLUMN kind TEXT NOT NULL DEFAULT 'regular';

CREATE TABLE edition_items (
    item_id INTEGER NOT NULL,
    edition_id INTEGER NOT NULL REFERENCES editions(id),
    place TEXT NOT NULL,
    PRIMARY KEY (item_id, edition_id)
) WITHOUT ROWID;

ALTER TABLE deliveries RENAME TO deliveries_before;

CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    edition_id INTEGER NOT NULL REFERENCES editions(id),
    transport TEXT NOT NULL,
    recipient TEXT NOT NULL,
    copy INTEGER NOT NULL DEFAULT 0,
    sender TEXT NOT NULL,
    unsubscribe TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'failed', 'refused', 'dropped')),
    message_id TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    uncertain INTEGER NOT NULL DEFAULT 0,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    next_try TEXT,
    last_error TEXT,
    UNIQUE (edition_id, transport, recipient, copy)
);

INSERT INTO deliveries (id, edition_id, transport, recipient, sender, state, message_id, attempts, uncertain, created,
    updated, next_try, last_error)
SELECT id, edition_id, transport, recipient, sender, state, message_id, attempts, uncertain, created, updated, next_try,
    last_error
FROM deliveries_before ORDER BY id;

DROP TABLE deliveries_before;

CREATE INDEX deliveries_open ON deliveries(next_try) WHERE state IN ('pending', 'sending');

CREATE TABLE recipients (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL,
    address TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE,
    unsubscribed TEXT,
    told TEXT,
    UNIQUE (digest, address)
);

CREATE TABLE alarms (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    since TEXT NOT NULL,
    told TEXT,
    ended TEXT,
    last_try TEXT,
    last_error TEXT
);

CREATE UNIQUE INDEX alarms_open ON alarms(kind, about) WHERE ended IS NULL
""".strip()

_SEVENTH = """
ALTER TABLE items ADD COLUMN image_url TEXT;

ALTER TABLE items ADD COLUMN image_alt TEXT;

ALTER TABLE items ADD COLUMN image_width INTEGER;

ALTER TABLE items ADD COLUMN image_height INTEGER;

ALTER TABLE items ADD COLUMN enclosure_type TEXT;

ALTER TABLE items ADD COLUMN enclosure_seconds INTEGER;

ALTER TABLE items ADD COLUMN enclosure_bytes INTEGER;

CREATE TABLE search_state (
    version INTEGER NOT NULL,
    indexed_to INTEGER NOT NULL
);

INSERT INTO search_state (version, indexed_to) VALUES (0, 0);

CREATE INDEX items_to_sift ON items(published, feed_id, outlet, story_id);

ALTER TABLE editions ADD COLUMN readable INTEGER;

CREATE INDEX editions_listed ON editions(digest, number, day, ordinal, readable, items);

ALTER TABLE decisions ADD COLUMN word TEXT;

ALTER TABLE decisions ADD COLUMN outlet TEXT;

CREATE TABLE sessions (
    hash TEXT PRIMARY KEY,
    made TEXT NOT NULL,
    until TEXT NOT NULL,
    password TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX edition_stories_by_thread ON edition_stories(thread_id, items)
""".strip()

# Beside the table of feeds, whose rows are written at every poll, read or not.
_EIGHTH = """
CREATE TABLE readings (
    feed_id INTEGER PRIMARY KEY REFERENCES feeds(id) ON DELETE CASCADE,
    remembered BLOB NOT NULL
)
""".strip()

_NINTH = """
CREATE TABLE live_stories (
    story_id INTEGER PRIMARY KEY,
    language TEXT NOT NULL,
    first REAL NOT NULL,
    last REAL NOT NULL
);

CREATE INDEX live_stories_by_last ON live_stories(language, last, first);

CREATE TABLE live_terms (
    language TEXT NOT NULL,
    term TEXT NOT NULL,
    holders BLOB NOT NULL,
    PRIMARY KEY (language, term)
) WITHOUT ROWID;

CREATE TABLE live_since (
    since TEXT NOT NULL,
    window_seconds REAL NOT NULL
);

ALTER TABLE story_names RENAME TO story_names_before;

CREATE TABLE story_names (
    language TEXT NOT NULL,
    term TEXT NOT NULL,
    last TEXT NOT NULL,
    story_id INTEGER NOT NULL REFERENCES stories(id),
    PRIMARY KEY (language, term, last, story_id)
) WITHOUT ROWID;

INSERT INTO story_names (language, term, last, story_id)
SELECT story_names_before.language, term, last, story_id FROM story_names_before JOIN stories ON stories.id = story_id
ORDER BY 1, 2, 3, 4;

DROP TABLE story_names_before;

CREATE INDEX story_names_by_story ON story_names(story_id)
""".strip()

_ELEVENTH = """
ALTER TABLE item_keys RENAME TO item_keys_before;

CREATE TABLE item_keys (
    feed_id INTEGER NOT NULL REFERENCES feeds(id),
    key INTEGER NOT NULL,
    item_id INTEGER,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (feed_id, key)
) WITHOUT ROWID;

INSERT OR IGNORE INTO item_keys (feed_id, key, item_id, fingerprint)
SELECT feed_id, key_number(key), item_id, short_print(fingerprint) FROM item_keys_before ORDER BY 1, 2;

DROP TABLE item_keys_before;

ALTER TABLE stories ADD COLUMN gone TEXT;

CREATE INDEX stories_gone ON stories(thread_id) WHERE gone IS NOT NULL AND merged_into IS NULL;

ALTER TABLE edition_items ADD COLUMN feed_id INTEGER;

CREATE INDEX stories_kept ON stories(thread_id) WHERE gone IS NULL AND merged_into IS NULL;

DROP INDEX deliveries_open;

CREATE INDEX deliveries_by_state ON deliveries(state);

CREATE TABLE upkeep (
    done TEXT,
    items INTEGER NOT NULL
);

INSERT INTO upkeep (done, items) VALUES (NULL, 0);

CREATE TABLE counted (
    name TEXT PRIMARY KEY,
    up_to INTEGER NOT NULL,
    total INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO counted (name, up_to, total)
VALUES ('items', 0, 0), ('stories', 0, 0), ('threads', 0, 0)
""".strip()

_THIRTEENTH = """
CREATE TABLE item_homes (
    item_id INTEGER PRIMARY KEY,
    story_id INTEGER NOT NULL REFERENCES stories(id)
);

CREATE TABLE story_homes (
    story_id INTEGER PRIMARY KEY REFERENCES stories(id),
    thread_id INTEGER NOT NULL REFERENCES threads(id)
);

CREATE TABLE emptied (
    number INTEGER PRIMARY KEY,
    level TEXT NOT NULL,
    id INTEGER NOT NULL,
    left_by INTEGER,
    UNIQUE (level, id, left_by)
);

CREATE INDEX emptied_by_whom ON emptied(level, left_by);

CREATE TEMP TABLE standing AS SELECT * FROM decisions WHERE undone IS NULL;

INSERT OR IGNORE INTO item_homes (item_id, story_id)
SELECT item_id, before FROM decision_items JOIN standing ON standing.id = decision_id
WHERE level = 'story' AND before IN (SELECT id FROM stories) ORDER BY decision_id;

INSERT OR IGNORE INTO emptied (level, id)
SELECT level, ended FROM decision_ended JOIN standing ON standing.id = decision_id
WHERE CASE level WHEN 'story' THEN EXISTS (SELECT 1 FROM stories WHERE id = ended AND merged_into IS NOT NULL)
      ELSE EXISTS (SELECT 1 FROM threads WHERE id = ended AND merged_into IS NOT NULL) END;

INSERT OR IGNORE INTO story_homes (story_id, thread_id)
SELECT before, ended FROM decision_items JOIN decision_ended USING (decision_id)
JOIN standing ON standing.id = decision_id
WHERE decision_items.level = 'thread' AND decision_ended.level = 'thread' AND before IN (SELECT id FROM stories)
ORDER BY decision_id;

INSERT OR IGNORE INTO story_homes (story_id, thread_id)
SELECT items.story_id, standing.thread_id FROM decision_items AS told JOIN standing ON standing.id = told.decision_id
JOIN items ON items.id = told.item_id
WHERE standing.kind = 'split' AND told.level = 'thread' AND told.side = 1 AND items.story_id IS NOT NULL
AND standing.thread_id IN (SELECT id FROM threads) AND NOT EXISTS (
    SELECT 1 FROM decision_items AS other WHERE other.decision_id = told.decision_id AND other.level = 'story')
ORDER BY told.decision_id;

INSERT OR IGNORE INTO story_homes (story_id, thread_id)
SELECT stories.id, stories.thread_id FROM emptied JOIN stories ON stories.id = emptied.id WHERE level = 'story';

DROP TABLE temp.standing;

DROP TABLE decision_ended;

ALTER TABLE decision_items RENAME TO decision_items_before;

CREATE TABLE decision_items (
    decision_id INTEGER NOT NULL REFERENCES decisions(id),
    item_id INTEGER NOT NULL,
    level TEXT NOT NULL,
    side INTEGER NOT NULL,
    PRIMARY KEY (decision_id, level, item_id, side)
) WITHOUT ROWID;

INSERT INTO decision_items (decision_id, item_id, level, side)
SELECT decision_id, item_id, level, side FROM decision_items_before;

DROP TABLE decision_items_before
""".strip()
