"""The HTML part holds to what mail programs can show: trap by trap of what others fell into."""

from __future__ import annotations

import re

import pytest
from support import caniemail
from support.editions import SLOT, a_normal_day, an_edition, report, told
from support.mails import PAGE, RENDERER, a_full_day, body, fetched, golden, hidden_text, sent, tracking

from digest.editions.message import mail
from digest.model import EditionSection, FeedTrouble

EDITIONS = {**golden(), "a full day": a_full_day(100)}
HTML = {name: body(sent(edition), "html") for name, edition in EDITIONS.items()}

HOSTILE = ["<img src=x onerror=alert(1)>", "javascript:alert(1)", "Safe \u202etxt.exe", "x" * 2_000]


@pytest.mark.parametrize("name", EDITIONS)
def test_twelve_mail_programs_know_every_tag_and_inline_style(name: str) -> None:
    assert caniemail.unknown(HTML[name]) == {}


def test_trap_3_names_are_matched_exactly() -> None:
    def unknown(style: str) -> dict[str, list[str]]:
        return caniemail.unknown(f'<body><p style="{style}">x</p></body>')

    assert unknown("line-height: 24px; background-color: #fff") == {}
    assert unknown("height: 24px") == {"property height": ["Yahoo web"]}
    assert "Gmail web" in unknown("overflow-wrap: anywhere")["property overflow-wrap"]
    assert unknown("width: 10vw")["unit vw"] == ["Outlook Windows"]


def test_trap_2_the_dark_block_is_kept_outweighs_inline_styles_and_lands_in_no_tag() -> None:
    html = HTML["normal-day"]
    block = re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL)
    assert len(block) == 1
    dark = block[0].partition("@media (prefers-color-scheme: dark) {")[2].partition("\n}\n")[0]
    colours = re.findall(r"color: #\w+[^;]*;", dark)
    assert len(colours) >= 6
    assert all("!important" in colour for colour in colours)
    assert re.search(r"<html lang=\"en\" dir=\"ltr\">", html)
    assert "color-scheme:" not in html.replace(block[0], "")


def test_trap_2_what_may_be_lost_is_put_inline_nowhere() -> None:
    for name, html in HTML.items():
        outside = re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
        assert not re.search(r"overflow-wrap|unicode-bidi|text-underline-offset", outside), name


@pytest.mark.parametrize("title", HOSTILE)
def test_trap_11_titles_of_feeds_are_text(title: str) -> None:
    edition = an_edition(
        told(report(title, title, url=title), gist=title, gist_outlet="x", reason=title),
        sections=(EditionSection("World", (told(report(title, title, url=title)),), more=((title, 2),)),),
        notices=(title,),
        troubles=(FeedTrouble(title, title, SLOT),),
    )
    for part in ("html", "plain"):
        made = body(sent(edition), part)
        assert "\u202e" not in made
        assert "x" * 401 not in made
    html = body(sent(edition), "html")
    assert "<img" not in html
    links = re.findall(r'<a href="([^"]*)"', html)
    assert len(links) == html.count("<a ") == html.count("</a>")
    assert all(link.startswith((PAGE, "https://news.example.org/unsubscribe/")) for link in links)


@pytest.mark.parametrize("name", EDITIONS)
def test_nothing_is_fetched_hidden_or_tracked(name: str) -> None:
    raw = sent(EDITIONS[name])
    assert fetched(raw) == []
    assert tracking(raw) == []
    assert hidden_text(raw) == 0


def test_the_skeleton_is_two_tables_and_the_rest_headings_and_paragraphs() -> None:
    html = HTML["normal-day"]
    assert re.findall(r"<table[^>]*width=\"([^\"]+)\"", html) == ["100%", "600"]
    assert html.count("<table") == html.count('role="presentation"') == 2
    assert len(re.findall("<h1", html)) == 1
    for tag, style in re.findall(r"<(\w+)[^>]* style=\"([^\"]*)\"", html):
        assert "margin: -" not in style
        assert "padding" not in style or tag in ("td", "body"), (tag, style)


def test_the_order_is_preview_name_day_top_sections_about() -> None:
    html = re.sub(r"<style.*?</style>|<title.*?</title>", "", HTML["normal-day"], flags=re.DOTALL)
    order = ["Also: Ferry strike", "<h1", "Friday 13 October 2023", "Read it on the web", "Top stories", "World",
             "Technology", ">About<", "You get Morning paper", "42 of 43 feeds answered", "Unsubscribe"]  # fmt: skip
    places = [html.index(words) for words in order]
    assert places == sorted(places)


def test_more_outlets_lead_to_the_story_on_the_page_and_nowhere_without_one() -> None:
    assert f'and <a href="{PAGE}#s101"' in HTML["normal-day"]
    alone = mail(RENDERER, a_normal_day()).html
    assert "and 2 more · 4&nbsp;min" in alone
    assert "Read it on the web" not in alone


def test_only_links_with_a_target_are_printed() -> None:
    for html in HTML.values():
        assert not re.search(r"Feed health|Change time|href=\"\"|href=\"#|href=\"None", html)


def test_a_name_that_runs_the_other_way_is_kept_apart_also_where_bdi_is_dropped() -> None:
    assert '<bdi><span dir="rtl">صحيفة المرفأ</span></bdi>' in HTML["normal-day"]
    assert "<bdi>" not in HTML["few-items"]
    arabic = HTML["right-to-left"]
    assert '<bdi><span dir="ltr">Northern Courier</span></bdi>' in arabic
    assert re.search(r'<h3 dir="ltr" style="[^"]*text-align: left', arabic)
    assert '<html lang="ar" dir="rtl">' in arabic


def test_blocks_from_right_to_left_carry_their_alignment_and_titles_their_language() -> None:
    html = HTML["normal-day"]
    assert re.search(r'<h3 dir="rtl" style="[^"]*text-align: right"><a href="[^"]+" lang="ar" dir="rtl"', html)
    assert re.search(r'<a href="[^"]+" lang="ja"', html)
