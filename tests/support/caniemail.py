"""Which tags, attributes and inline styles of a mail some mailbox does not know.

``caniemail.json`` beside this file is an extract of caniemail.com's data, as the npm package of that name carries it
(MIT). Names are matched exactly: that package's own search takes ``line-height`` for ``height``. To take newer data:

    npm pack caniemail && tar xf caniemail-*.tgz
    PYTHONPATH=tests .venv/bin/python -m support.caniemail package/data/caniemail.json
"""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

EXTRACT = Path(__file__).with_name("caniemail.json")

CLIENTS = {
    "Gmail web": ("gmail", "desktop-webmail"),
    "Gmail iOS": ("gmail", "ios"),
    "Gmail Android": ("gmail", "android"),
    "Apple Mail macOS": ("apple-mail", "macos"),
    "Apple Mail iOS": ("apple-mail", "ios"),
    "Outlook.com": ("outlook", "outlook-com"),
    "Outlook Windows": ("outlook", "windows"),
    "Outlook macOS": ("outlook", "macos"),
    "Yahoo web": ("yahoo", "desktop-webmail"),
    "Samsung Android": ("samsung-email", "android"),
    "Thunderbird": ("thunderbird", "macos"),
    "Proton web": ("protonmail", "desktop-webmail"),
}

HARMLESS = {"body", "lang", "dir", "role", "style", "bdi"}
"""Their loss takes nothing away: a dropped ``body`` or ``bdi`` leaves its text, and our ``bdi`` the ``dir`` in it."""

_TITLES = {
    "<h1> to <h6> elements": ("h1", "h2", "h3", "h4", "h5", "h6"),
    "<ul>, <ol> and <dl>": ("ul", "ol", "li", "dl", "dt", "dd"),
    "<table> element": ("table", "tbody", "thead", "tr", "td", "th"),
    "font shorthand": ("font",),
    "width property": ("width",),
    "height property": ("height",),
    "address": ("address",),
    "Local anchors": (),
    "mailto: links": (),
}
"""Titles that do not name their tag or property as ``<x> element``, ``x attribute`` or ``x``."""


def extract(data: dict) -> dict:
    """By kind (``tag``, ``attribute``, ``property``, ``value``, ``unit``) and name: the clients that do not know it."""
    made: dict = {"data_of": data["last_update_date"][:10], "clients": list(CLIENTS), "unknown_to": {}}
    for feature in data["data"]:
        for kind, name in _names(feature["category"], feature["slug"], feature["title"].strip()):
            stats = (feature["stats"].get(family, {}).get(platform) for family, platform in CLIENTS.values())
            latest = dict(zip(CLIENTS, ([*one.values()][-1] if one else "u" for one in stats), strict=True))
            lacking = [client for client, answer in latest.items() if answer.startswith("n")]
            made["unknown_to"].setdefault(kind, {})[name] = lacking
    return made


def _names(category: str, slug: str, title: str) -> list[tuple[str, str]]:
    if title in _TITLES:
        return [("tag" if category == "html" else "property", name) for name in _TITLES[title]]
    if category == "html":
        if found := re.fullmatch(r"<(\w+)>(?: element)?", title):
            return [("tag", found[1])]
        found = re.fullmatch(r"([\w-]+) attribute", title)
        return [("attribute", found[1])] if found else []
    if category == "css":
        if found := re.fullmatch(r"(\S+) unit", title):
            return [("unit", found[1])]
        if re.fullmatch(r"[a-z-]+: ?[a-z]+", title):
            return [("value", title.replace(" ", ""))]
        if "selector" not in slug and "pseudo" not in slug:
            return [("property", name) for name in title.split(", ") if re.fullmatch(r"[a-z-]+", name)]
    return []


class _Used(HTMLParser):
    """What stands in the body: the head's extras may be lost."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = self._inside or tag == "body"
        if not self._inside:
            return
        self.found.add(("tag", tag))
        for name, value in attrs:
            self.found.add(("attribute", name))
            if name == "style":
                for declaration in (value or "").split(";"):
                    self._declare(*(part.strip() for part in declaration.partition(":")[::2]))

    def _declare(self, name: str, value: str) -> None:
        if name:
            self.found |= {("property", name), ("value", f"{name}:{value}")}
            self.found |= {("unit", unit) for unit in re.findall(r"(?<![\w#-])-?[\d.]+([a-z]+|%)", value)}


def used(html: str) -> set[tuple[str, str]]:
    """Every (kind, name) in the body of a mail."""
    parser = _Used()
    parser.feed(html)
    return parser.found


def unknown(html: str) -> dict[str, list[str]]:
    """What is used and not known to one of the clients, ``tag bdi`` to the clients; without what is harmless."""
    known = json.loads(EXTRACT.read_text())["unknown_to"]
    return {
        f"{kind} {name}": lacking
        for kind, name in sorted(used(html))
        if name not in HARMLESS and (lacking := known.get(kind, {}).get(name))
    }


if __name__ == "__main__":
    fresh = extract(json.loads(Path(sys.argv[1]).read_text()))
    EXTRACT.write_text(json.dumps(fresh, indent=1, ensure_ascii=False) + "\n")
