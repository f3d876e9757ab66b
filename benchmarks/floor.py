"""The least that a poll can cost: plain aiohttp, expat and one ``executemany``, in one process, for comparison only.

    python benchmarks/floor.py DATABASE FEEDS        FEEDS: a file of addresses, one a line

It asks 32 feeds at once with the validators of the last time, takes title, link, id, date and HTML of every item that
it does not know, and writes them in one transaction. It cleans nothing, mends nothing and trusts everybody.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path
from xml.parsers import expat

import aiohttp

AT_ONCE = 32
SCHEMA = """
CREATE TABLE IF NOT EXISTS feeds (url TEXT PRIMARY KEY, etag TEXT, modified TEXT);
CREATE TABLE IF NOT EXISTS items (id INTEGER PRIMARY KEY, feed TEXT, guid TEXT, title TEXT, link TEXT, date TEXT,
                                  summary TEXT, html TEXT, UNIQUE (feed, guid));
"""
FIELDS = {
    "title": "title",
    "link": "link",
    "guid": "guid",
    "id": "guid",
    "pubDate": "date",
    "published": "date",
    "description": "summary",
    "summary": "summary",
    "content:encoded": "html",
    "content": "html",
}
Item = dict[str, str]


def parse(body: bytes) -> list[Item]:
    """The items of an RSS or Atom document that is well-formed."""
    items: list[Item] = []
    field, text = "", list[str]()

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal field, text
        if name in ("item", "entry"):
            items.append({})
        elif items and name in FIELDS:
            field, text = FIELDS[name], []
            if "href" in attributes:
                items[-1].setdefault("link", attributes["href"])

    def end(name: str) -> None:
        nonlocal field
        if field and FIELDS.get(name) == field:
            items[-1].setdefault(field, "".join(text).strip())
            field = ""

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = lambda said: text.append(said) if field else None
    parser.Parse(body, True)
    return items


async def poll(database: sqlite3.Connection, urls: list[str]) -> None:
    known = {url: (etag, modified) for url, etag, modified in database.execute("SELECT url, etag, modified FROM feeds")}
    room = asyncio.Semaphore(AT_ONCE)

    async def ask(session: aiohttp.ClientSession, url: str) -> None:
        etag, modified = known.get(url, (None, None))
        headers = {"If-None-Match": etag, "If-Modified-Since": modified}
        async with room, session.get(url, headers={name: told for name, told in headers.items() if told}) as answer:
            body = await answer.read()
        if answer.status != 200:
            return
        rows = [
            (url, *(item.get(name) for name in ("guid", "title", "link", "date", "summary", "html")))
            for item in parse(body)
        ]
        database.executemany(
            "INSERT OR IGNORE INTO items (feed, guid, title, link, date, summary, html) VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        validators = (url, answer.headers.get("ETag"), answer.headers.get("Last-Modified"))
        database.execute("INSERT OR REPLACE INTO feeds VALUES (?, ?, ?)", validators)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
        await asyncio.gather(*(ask(session, url) for url in urls))


def main() -> None:
    path, listed = sys.argv[1:]
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.executescript(SCHEMA)
    database.execute("BEGIN")
    asyncio.run(poll(database, Path(listed).read_text().split()))
    database.execute("COMMIT")
    database.close()


if __name__ == "__main__":
    main()
