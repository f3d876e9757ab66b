"""The archive of one digest, and what stands in place of its front page before its first edition."""

from __future__ import annotations

from collections.abc import Sequence

from ..editions.render import Renderer
from ..model import Frame
from .months import Month

RECENT = 12
"""Months with editions that the first page of the archive shows; older ones have a page a year."""


def archive(
    renderer: Renderer,
    site: Frame,
    months: Sequence[Month],
    *,
    title: str,
    root: str,
    year: int | None = None,
    years: Sequence[int] = (),
    others: Sequence[tuple[str, str]] = (),
) -> str:
    """Editions of a digest as month calendars, newest first; without any the word that none came yet.

    ``root`` leads from the page to the digest's own folder. ``years`` have pages of their own, ``year`` is the one that
    this page shows; ``others`` are (title, path below the site's root) of other digests' archives.
    """
    return renderer.draw(
        "archive.html.j2",
        site=site,
        months=months,
        title=title,
        language=site.language,
        root=root,
        index=site.index,
        year=year,
        years=years,
        others=others,
    )


def recent(months: Sequence[Month]) -> Sequence[Month]:
    """Those that the first page shows."""
    return months[:RECENT]


def years(months: Sequence[Month]) -> tuple[int, ...]:
    """Years with months that the first page does not show, newest first."""
    return tuple(dict.fromkeys(month.first.year for month in months[RECENT:]))


def of_year(months: Sequence[Month], year: int) -> Sequence[Month]:
    """All months of a year that had editions, those too that the first page shows."""
    return [month for month in months if month.first.year == year]
