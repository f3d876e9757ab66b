"""A mail is never so long that mailboxes clip it, whatever the edition holds, and its last lines always stand."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.editions import SLOT, a_huge_day, a_normal_day, an_edition, report, told
from support.mails import PAGE, RENDERER, a_full_day, body, html_sizes, sent

from digest.editions.message import DECODED, ENCODED, mail
from digest.editions.reading import minutes_of
from digest.editions.render import Renderer
from digest.errors import TemplateError
from digest.model import Edition, EditionSection, EditionStory, FeedTrouble

LONGEST_READER = "r" * 64 + "@" + ".".join(["d" * 60] * 3) + ".example"
LONGEST_LINK = "https://news.example.org/unsubscribe/" + "t" * 400
CJK = "首相、北京で会談へ半導体輸出の規制緩和が焦点となる見通し"


def assert_within_the_limits(raw: bytes) -> None:
    decoded, as_sent = html_sizes(raw)
    assert decoded <= DECODED
    assert as_sent <= ENCODED
    html = body(raw, "html")
    assert "43 of 43 feeds answered" in html
    assert re.search(r"<a href=\"[^\"]+\"[^>]*>Unsubscribe</a>", html)
    assert html.rstrip().endswith("</html>")


def to_the_longest_address(edition: Edition) -> bytes:
    return sent(edition, recipient=LONGEST_READER, unsubscribe=LONGEST_LINK)


# --- The figures of the specification -----------------------------------------------------------


@pytest.mark.parametrize("address", [60, 150, 400])
def test_a_hundred_items_stay_within_80_kb(address: int) -> None:
    raw = to_the_longest_address(a_full_day(100, address=address))
    assert max(html_sizes(raw)) <= 80_000
    assert "and 1 more" not in body(raw, "html")


@pytest.mark.parametrize(
    "edition",
    [
        a_full_day(400, address=150),
        a_full_day(400, address=1_900),
        a_full_day(2_000, address=150),
        a_huge_day(400, title=CJK),
        a_huge_day(2_000, title=CJK),
        a_huge_day(400, title="&" * 160),
        a_huge_day(400, title="x" * 2_000),
        replace(a_huge_day(400, title="افتتاح مكتبة جديدة"), language="ar"),
    ],
    ids=["400", "400 with long addresses", "2,000", "400 in CJK", "2,000 in CJK", "entities", "long titles", "Arabic"],
)
def test_a_huge_day_is_within_90_kb_and_95_kb_as_sent_filled_in_for_the_longest_address(edition: Edition) -> None:
    raw = to_the_longest_address(edition)
    assert_within_the_limits(raw)
    assert max(html_sizes(raw)[0] / DECODED, html_sizes(raw)[1] / ENCODED) > 0.9


def test_sections_give_way_in_turn_and_each_that_lost_lines_says_how_many_and_leads_to_the_page() -> None:
    small = EditionSection("Small", (told("One line"), told("And another")))
    edition = a_full_day(400, address=150)
    raw = to_the_longest_address(replace(edition, sections=(*edition.sections, small)))
    html, text = body(raw, "html"), body(raw, "plain")
    cuts = [
        (int(section), int(lost))
        for section, lost in re.findall(rf'<a href="{re.escape(PAGE)}#section-(\d)"[^>]*>and (\d+) more</a>', html)
    ]
    assert [section for section, _ in cuts] == [1, 2, 3, 4]
    kept = [len(one.stories) - lost for one, (_, lost) in zip(edition.sections, cuts, strict=True)]
    assert max(kept) - min(kept) <= 1
    assert "And another" in html
    for section, lost in cuts:
        assert f"\nand {lost} more\n{PAGE}#section-{section}\n" in text
    first = edition.sections[0].stories
    assert first[0].lead.title in html
    assert first[-1].lead.title not in html
    assert all(story.lead.title in html for story in edition.top)


def test_without_a_page_a_cut_is_told_and_leads_nowhere() -> None:
    raw = sent(a_full_day(400, address=150), page=None)
    assert re.search(r">and \d+ more</p>", body(raw, "html"))
    assert "#section" not in body(raw, "html") + body(raw, "plain")
    assert_within_the_limits(raw)


# --- Minutes ------------------------------------------------------------------------------------


def test_the_minutes_are_those_of_the_mail_as_it_was_cut() -> None:
    edition = replace(a_full_day(2_000, address=150), minutes=400)
    raw = sent(edition)
    text = body(raw, "plain")
    said = int(re.search(r"stories,\s(\d+)\smin\.", text)[1])  # type: ignore[index]
    assert said == minutes_of([re.sub(r"\S+://\S+", "", text.partition("\n-- \n")[0])])
    assert said < 40
    assert f"{said}&nbsp;min." in body(raw, "html")


def test_the_operators_words_count_for_the_minutes() -> None:
    edition = an_edition(told("Short"), intro="word " * 1_000)
    assert "1 story, 5 min." in body(sent(edition), "plain")


# --- When what frames the news is long ----------------------------------------------------------


@pytest.mark.parametrize("words", ["A paragraph.\n\n" * 20_000, "word " * 40_000, "<b>bold</b> " * 20_000, CJK * 5_000])
def test_an_intro_without_end_leaves_room_for_the_news(words: str) -> None:
    raw = to_the_longest_address(replace(a_full_day(100), intro=words, footer=words))
    assert_within_the_limits(raw)
    assert body(raw, "html").count("A headline of a usual length") > 70


def test_of_a_long_intro_the_first_paragraphs_stand() -> None:
    raw = sent(an_edition(told("News"), intro="Good morning.\n\n" + "A paragraph.\n\n" * 20_000))
    assert "Good morning." in body(raw, "plain")
    assert "A paragraph." in body(raw, "plain")
    assert "\n…\n" in body(raw, "plain")


def test_words_that_swell_when_they_are_drawn_go_before_the_news_does() -> None:
    raw = to_the_longest_address(replace(a_full_day(100), intro="# x\n\n" * 500, footer="# x\n\n" * 500))
    assert_within_the_limits(raw)
    assert body(raw, "html").count("too long for a mail") == 2
    assert "A headline of a usual length" in body(raw, "html")


def test_hundreds_of_sections_failing_feeds_and_notices_are_counted_not_listed() -> None:
    sections = tuple(
        EditionSection(f"Section {number}", (told(f"Story {number}"),), more=tuple((f"Feed {n}", 3) for n in range(20)))
        for number in range(500)
    )
    edition = an_edition(
        told("The lead"),
        sections=sections,
        troubles=tuple(FeedTrouble(f"Feed {number} " * 40, "answered 404 " * 60, SLOT) for number in range(400)),
        notices=tuple(f"Feed {number} has moved for good." * 30 for number in range(400)),
    )
    raw = to_the_longest_address(edition)
    assert_within_the_limits(raw)
    html, text = body(raw, "html"), " ".join(body(raw, "plain").split())
    for said in (
        r"and 36 more from 12 other feeds",
        r"and \d+ more sections",
        r"and 388 more",
        r"and 390 more notices",
    ):
        assert re.search(said, html), said
        assert re.search(said, text), said
    assert "The lead" in html


def test_a_readers_template_that_adds_weight_leaves_less_room_for_news(tmp_path: Path) -> None:
    (tmp_path / "email.html.j2").write_text(
        '{% extends "shipped/email.html.j2" %}{% block intro %}<p>' + "heavy " * 8_000 + "</p>{% endblock %}"
    )
    made = mail(Renderer(tmp_path), a_full_day(400, address=150), PAGE)
    shipped = mail(RENDERER, a_full_day(400, address=150), PAGE)
    assert 0 < made.html.count("<br>") < shipped.html.count("<br>")
    assert DECODED * 0.9 < len(made.html.encode()) <= DECODED
    assert "43 of 43 feeds answered" in made.html


def test_a_template_that_leaves_no_room_at_all_is_told(tmp_path: Path) -> None:
    (tmp_path / "email.html.j2").write_text("<html><body>" + "heavy " * 20_000 + "</body></html>")
    with pytest.raises(TemplateError, match=r"email\.html\.j2: without any news the mail has 120,\d+ bytes.*shorten"):
        mail(Renderer(tmp_path), a_normal_day())


# --- Whatever the edition -----------------------------------------------------------------------

TEXTS = {
    "plain": "A bridge closes",
    "cjk": CJK,
    "entities": "&<>\"'",
    "long": "x" * 2_000,
    "emoji": "🏳️‍🌈" * 40,
    "arabic": "افتتاح مكتبة",
    "equals": "=" * 200,
}
URLS = {
    "none": None,
    "short": "https://e.example/1",
    "entities": "https://e.example/" + "a=&" * 300,
    "too long": "https://e.example/" + "x" * 5_000,
}
WORDS = {"none": None, "long": "words " * 3_000, "swelling": "# x\n\n" * 500}
STORIES = st.tuples(
    st.sampled_from(sorted(TEXTS)), st.sampled_from(sorted(TEXTS)), st.sampled_from(sorted(URLS)),
    st.sampled_from([0, 1, 5, 40, 200]),
)  # fmt: skip


def stories(title: str, words: str, url: str, count: int) -> tuple[EditionStory, ...]:
    return tuple(
        told(
            report(f"{TEXTS[title]} {number}", TEXTS[words], url=URLS[url]),
            gist=TEXTS[words],
            gist_outlet=TEXTS[words],
            reason=TEXTS[words],
            outlets=(TEXTS[words],) * 9,
        )
        for number in range(count)
    )


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.explicit, Phase.generate])
@given(STORIES, st.lists(STORIES, max_size=4), st.sampled_from(sorted(WORDS)), st.sampled_from(["en", "ja", "ar"]))
def test_whatever_the_edition_the_limits_hold_and_the_last_lines_stand(
    top: tuple[str, str, str, int], others: list[tuple[str, str, str, int]], words: str, language: str
) -> None:
    sections = tuple(EditionSection(f"Section {n}", stories(*one), blurb="*b*") for n, one in enumerate(others))
    edition = an_edition(*stories(*top), sections=sections, intro=WORDS[words], footer=WORDS[words], language=language)
    assert_within_the_limits(to_the_longest_address(edition))
