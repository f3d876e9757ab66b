"""An edition made fit for one rendition: feed text cleaned, private reports left out, sections cut to a budget.

Rules of this file: Edition in, Edition out; what was frozen never changes, these are copies for the eye.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from ..model import Edition, EditionItem, EditionSection, EditionStory
from .cut import clean, cut, unjoined
from .phrases import plural

HEADLINE = 160
"""Characters of a headline in a mail; pages show it whole."""

LONGEST_LINK = 2000
"""Characters; a mail leaves a longer address out, since clients break it and it eats the budget."""

NAME = 80
SENTENCE = 400
"""Characters of a name, and of a gist, notice or error, in a mail: more is somebody's mistake."""

WORDS = 8_000
"""Bytes of each text of the operator's in a mail."""

TOO_LONG = "(The words that stand here are too long for a mail.)"

RECIPIENT_MARK = "@@RECIPIENT@@"
UNSUBSCRIBE_MARK = "@@UNSUBSCRIBE@@"
"""Where ``editions.message`` puts what belongs to one recipient; no feed text may carry them."""

_MARKS = re.compile("@@(?=RECIPIENT@@|UNSUBSCRIBE@@)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Fit:
    """How text of feeds is made fit; ``limit`` is for headlines."""

    limit: int | None = None
    link_limit: int | None = None
    joiners: bool = True
    folds: bool = False
    """Whether what a cap left out is drawn: pages fold it, mails only count it."""

    def text(self, text: str, limit: int | None = None) -> str:
        """``limit`` holds where headlines have one: in mails."""
        text = clean(text)
        text = _MARKS.sub("@ @", text if self.joiners else unjoined(text))
        return text if limit is None or self.limit is None else cut(text, limit)

    def title(self, text: str) -> str:
        return self.text(text, self.limit)

    def words(self, text: str | None) -> str | None:
        """The operator's, which keep their lines."""
        return text if text is None or self.limit is None else _whole_paragraphs(text, WORDS)

    def link(self, url: str | None) -> str | None:
        if url is None or clean(url) != url or not re.fullmatch(r"https?://[^\s\"<>]+", url, re.IGNORECASE):
            return None
        return None if self.link_limit is not None and len(url) > self.link_limit else _MARKS.sub("%40%40", url)

    def item(self, item: EditionItem) -> EditionItem:
        title = self.title(item.title) or self.text(item.url or "") or "(no title)"
        return replace(
            item, title=title, url=self.link(item.url), outlet=self.text(item.outlet, NAME), feed=self.text(item.feed)
        )

    def story(self, story: EditionStory) -> EditionStory:
        return replace(
            story,
            lead=self.item(story.lead),
            others=tuple(self.item(item) for item in story.others),
            gist=self.text(story.gist, SENTENCE) if story.gist else None,
            gist_outlet=self.text(story.gist_outlet, NAME) if story.gist_outlet else None,
            outlets=tuple(self.text(name, NAME) for name in story.outlets),
            reason=self.text(story.reason, SENTENCE) if story.reason else None,
            wires=tuple(replace(wire, agency=self.text(wire.agency) if wire.agency else None) for wire in story.wires),
            related=tuple(self.story(other) for other in story.related),
        )

    def section(self, section: EditionSection) -> EditionSection:
        return replace(
            section,
            stories=tuple(self.story(story) for story in section.stories),
            more=tuple((self.text(feed, NAME), count) for feed, count in section.more),
            blurb=self.words(section.blurb),
            rest=tuple(self.story(story) for story in section.rest) if self.folds else (),
        )

    def edition(self, edition: Edition) -> Edition:
        return replace(
            edition,
            top=tuple(self.story(story) for story in edition.top),
            sections=tuple(self.section(section) for section in edition.sections),
            troubles=tuple(
                replace(one, title=self.text(one.title, NAME), error=self.text(one.error, SENTENCE))
                for one in edition.troubles
            ),
            notices=tuple(self.text(notice, SENTENCE) for notice in edition.notices),
            intro=self.words(edition.intro),
            footer=self.words(edition.footer),
        )


def _whole_paragraphs(text: str, limit: int) -> str:
    """The first paragraphs of a Markdown text that stay below so many bytes.

    A text with HTML goes as a whole: what a cut leaves open would swallow what follows.
    """
    if len(text.encode()) <= limit:
        return text
    kept: list[str] = []
    room = limit - len("…".encode())
    for paragraph in text.split("\n\n") if "<" not in text else ():
        room -= len(paragraph.encode()) + len("\n\n")
        if room < 0:
            break
        kept.append(paragraph)
    return "\n\n".join([*kept, "…"]) if kept else TOO_LONG


def for_page(edition: Edition, *, private: bool = False) -> Edition:
    """Headlines whole, private reports left out: pages, Markdown and JSON may be read by anyone.

    ``private``: they are kept, for the owner who signed in.
    """
    return _Fit(folds=True).edition(found(edition if private else public(edition), private=private))


def found(edition: Edition, *, private: bool = False) -> Edition:
    """With the items, stories and outlets counted that its reader can find: shown, or folded on its page.

    ``private``: on the owner's page, which folds private reports too.

    An edition of an earlier version does not know them and keeps its numbers.
    """
    if any(section.more and not section.rest for section in edition.sections):
        return edition
    shown = [*edition.top, *(story for section in edition.sections for story in section.stories)]
    folded = [story for section in edition.sections for story in (section.rest if private else _public(section.rest))]
    stories = [one for story in (*shown, *folded) for one in (story, *story.related)]
    items = [item for story in stories for item in (story.lead, *story.others)]
    return replace(
        edition,
        items=len(items),
        stories=len({story.story_id for story in stories}),
        outlets=min(len({item.outlet for item in items}), edition.outlets),
    )


def for_mail(edition: Edition) -> Edition:
    """Headlines cut, private reports kept: a mail goes to a person."""
    return _Fit(HEADLINE, LONGEST_LINK).edition(edition)


def for_text(edition: Edition) -> Edition:
    """As for the mail, and nothing of zero width."""
    return _Fit(HEADLINE, LONGEST_LINK, joiners=False).edition(edition)


# --- Private reports ----------------------------------------------------------------------------


def public(edition: Edition) -> Edition:
    """Without anything of a private feed: its reports, its gist, its name as an outlet or as one that fails, and why.

    The reason may name the feed's host. A section that holds nothing else is not there at all.
    """
    sections = tuple(
        one if one.stories or one.more or one.rest else replace(one, name="", blurb=None)
        for one in map(_public_section, edition.sections)
    )
    troubles = tuple(
        replace(one, title="A private feed", error="`digest status` tells the reason") if one.private else one
        for one in edition.troubles
    )
    own = {story.story_id for story in edition.top}
    top = tuple(one if one.story_id in own else _moved_up(one) for one in _public(edition.top))
    return replace(edition, top=top, sections=sections, troubles=troubles)


def withheld(edition: Edition, item_ids: Collection[int], names: Collection[str]) -> Edition:
    """The edition as if feeds that are private by now had been so when it was frozen.

    ``item_ids`` are those of their items that are still stored, ``names`` what the feeds and their outlets are called;
    by these the reports are known whose items were pruned.
    """

    def item(one: EditionItem) -> EditionItem:
        return replace(one, private=one.private or one.item_id in item_ids or one.feed in names)

    def story(one: EditionStory) -> EditionStory:
        lead, others = item(one.lead), tuple(item(other) for other in one.others)
        changed = (lead, others) != (one.lead, one.others)
        seen = {report.outlet for report in (lead, *others) if not report.private}
        return replace(
            one,
            lead=lead,
            others=others,
            outlets=tuple(name for name in one.outlets if name in seen or name not in names) or one.outlets,
            # What was frozen counts them all.
            public_reason="" if changed else one.public_reason,
            related=tuple(story(other) for other in one.related),
        )

    sections = tuple(
        replace(
            section,
            stories=tuple(story(one) for one in section.stories),
            more=tuple(one for one in section.more if one[0] not in names),
            rest=tuple(story(one) for one in section.rest),
        )
        for section in edition.sections
    )
    return replace(
        edition,
        top=tuple(story(one) for one in edition.top),
        sections=sections,
        troubles=tuple(replace(one, private=one.private or one.title in names) for one in edition.troubles),
        notices=tuple(notice for notice in edition.notices if not any(name in notice for name in names)),
    )


def _moved_up(story: EditionStory) -> EditionStory:
    """One that stands on top for a story of its thread that nobody may read."""
    return replace(story, reason=story.reason or plural(1 + len(story.others), "new report"))


def _public_section(section: EditionSection) -> EditionSection:
    """A story that a private feed leads is told by its public reports, so by another feed."""
    rest = _public(section.rest)
    more = Counter(story.lead.feed for story in rest)
    return replace(
        section,
        stories=_public(section.stories),
        more=tuple(sorted(more.items(), key=lambda one: (-one[1], one[0]))) if section.rest else section.more,
        rest=rest,
    )


def _public(stories: tuple[EditionStory, ...]) -> tuple[EditionStory, ...]:
    return tuple(shown for story in stories if (shown := _public_story(story)) is not None)


def _public_story(story: EditionStory) -> EditionStory | None:
    """The story as its public reports tell it; None when all are private."""
    related = _public(story.related)
    if story.public_reason is not None:
        story = replace(story, reason=story.public_reason or None, public_reason=None)
    reports = (story.lead, *story.others)
    open_reports = [report for report in reports if not report.private]
    if len(open_reports) == len(reports):
        return replace(story, related=related)
    if not open_reports:
        # The next story of the thread then stands for it.
        return replace(related[0], related=related[1:]) if related else None
    lead = next((report for report in open_reports if not report.copy), open_reports[0])
    others = tuple(report for report in open_reports if report is not lead)
    hidden = {report.outlet for report in reports if report.private} - {report.outlet for report in open_reports}
    shown = {report.item_id for report in open_reports}
    unseen = sum(report.private for report in reports)
    by_hidden = story.gist_outlet in hidden or story.gist_outlet is None
    return replace(
        story,
        lead=replace(lead, copy=False),
        others=others,
        gist=None if by_hidden else story.gist,
        gist_outlet=None if by_hidden else story.gist_outlet,
        outlets=tuple(name for name in story.outlets if name not in hidden) or (lead.outlet,),
        copies=sum(report.copy for report in others),
        wires=tuple(
            replace(wire, copies=left, outlets=max(wire.outlets - unseen, len(left)))
            for wire in story.wires
            if (left := tuple(one for one in wire.copies if one in shown and one != lead.item_id))
        ),
        reports=story.reports - (len(reports) - len(open_reports)),
        related=related,
    )


# --- The budget of a mail -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fitted:
    """An edition cut to a budget."""

    edition: Edition
    cut: dict[str, int] = field(default_factory=dict)
    """Section name to the number of stories it lost."""
    cut_sections: int = 0
    """Number of sections lost as a whole, at the end."""
    cut_top: int = 0
    """Number of top stories lost; they go last of all."""


def fit(edition: Edition, fits: Callable[[Fitted], bool]) -> Fitted:
    """The largest part of an edition that ``fits``, each section getting one line in turn; what frames it stays.

    Where no line is left, sections go, then top stories; where the operator's own words leave no room at all, they go
    and the news comes back. ``fits`` must not turn true again as stories are added; it is asked a dozen times. What
    comes back need not fit when not even the frame does.
    """
    whole = Fitted(edition)
    if fits(whole):
        return whole
    top, sections = len(edition.top), len(edition.sections)
    lines = sum(len(section.stories) for section in edition.sections)
    part = (
        _largest(lambda count: _first(edition, top, sections, count), lines, fits)
        or _largest(lambda count: _first(edition, top, count, 0), sections, fits)
        or _largest(lambda count: _first(edition, count, 0, 0), top, fits)
    )
    if part is not None:
        return part
    wordless = _wordless(edition)
    return _first(edition, 0, 0, 0) if wordless == edition else fit(wordless, fits)


def _wordless(edition: Edition) -> Edition:
    return replace(
        edition,
        intro=edition.intro and TOO_LONG,
        footer=edition.footer and TOO_LONG,
        sections=tuple(replace(section, blurb=None) for section in edition.sections),
    )


def _largest(part: Callable[[int], Fitted], limit: int, fits: Callable[[Fitted], bool]) -> Fitted | None:
    """The largest part up to ``limit`` that fits; None when not even that of 0 does."""
    low, high = -1, limit
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(part(middle)) else (low, middle - 1)
    return None if low < 0 else part(low)


def _first(edition: Edition, top: int, sections: int, lines: int) -> Fitted:
    """The first ``top`` top stories and ``lines`` lines, dealt in turn to the first ``sections``."""
    kept = edition.sections[:sections]
    room = _dealt([len(section.stories) for section in kept], lines)
    lost = {
        section.name: len(section.stories) - count
        for section, count in zip(kept, room, strict=True)
        if len(section.stories) > count
    }
    shown = tuple(replace(section, stories=section.stories[:count]) for section, count in zip(kept, room, strict=True))
    return Fitted(
        replace(edition, top=edition.top[:top], sections=shown),
        lost,
        len(edition.sections) - len(kept),
        len(edition.top) - top,
    )


def _dealt(wanted: Sequence[int], lines: int) -> list[int]:
    """``lines`` dealt one by one in turn, nobody getting more than is wanted."""
    room = [0] * len(wanted)
    while lines:
        dealt = lines
        for index, want in enumerate(wanted):
            if lines and room[index] < want:
                room[index] += 1
                lines -= 1
        if dealt == lines:
            break
    return room
