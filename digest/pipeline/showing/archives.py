"""archive/index.html: the newest months of a digest as calendars; archive/2024/index.html a year of older ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ...config import Digest
from ...pages.archive import archive, of_year, recent, years
from ...pages.months import Month, issue_of, months
from ...pages.page import Page

if TYPE_CHECKING:
    from . import Site

_PLACE = re.compile(r"archive/(?:([1-9]\d{3})/)?index\.html", re.ASCII)


def find(site: Site, path: str, query: Mapping[str, str]) -> Page | None:
    digest, rest = site.digest_of(path)
    place = _PLACE.fullmatch(rest)
    if digest is None or place is None:
        return None
    known = _months(site, digest)
    year = int(place[1]) if place[1] else None
    return None if year is not None and year not in years(known) else _page(site, digest, known, year)


def every(site: Site) -> Iterator[Page]:
    for digest in site.digests:
        known = _months(site, digest)
        for year in (*years(known), None):
            yield _page(site, digest, known, year)


def _months(site: Site, digest: Digest) -> tuple[Month, ...]:
    return months(issue_of(*one) for one in site.store.leaves.issues(digest.name))


def _page(site: Site, digest: Digest, known: Sequence[Month], year: int | None) -> Page:
    folder = "archive/" if year is None else f"archive/{year}/"
    path = f"{site.prefix(digest.name)}{folder}index.html"
    shown = recent(known) if year is None else of_year(known, year)

    def draw() -> bytes:
        made = archive(
            site.renderers.of(digest),
            site.frame(path, digest),
            shown,
            title=digest.title,
            root="../" * folder.count("/"),
            year=year,
            years=years(known),
            others=[(one.title, f"{site.prefix(one.name)}archive/") for one in site.digests if one is not digest],
        )
        return made.encode()

    issues = [issue for month in shown for week in month.weeks for day in week if day for issue in day.issues]
    return Page(path, draw, f"{len(issues)} {issues[-1:]} {years(known)}", digest.name)
