from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.editions import SLOT, a_normal_day, an_edition, report, told

from digest import model
from digest.editions import phrases
from digest.editions.cut import clean, cut
from digest.editions.render import FILTERS, Renderer
from digest.editions.wrap import width, wrap
from digest.errors import TemplateError
from digest.model import Edition, EditionSection

RENDERER = Renderer()
DOCS = Path(__file__).parents[2] / "docs" / "templates.md"

HOSTILE = {
    "markup": "<img src=x onerror=alert(1)>\"'><script>alert(1)</script>",
    "bidi override": "Safe \u202etxt.exe\u202c \u2066isolated\u2069 end",
    "2,000 characters": "word " * 400,
    "no spaces": "x" * 2000,
    "braces": "{{ edition }} {% raw %} {# c #}",
    "markdown": "**bold** [link](https://evil.example) `code` # 1. | <b> www.evil.example",
    "line breaks": "one\r\nBcc: all@example.org\u2028two\x00\x1b[31m",
    "marks of the recipient": "@@REC\u202eIPIENT@@ @@UNSUBSCRIBE@@",
    "lone surrogate": "broken \ud800 text",
    "emoji": "👩‍👩‍👧‍👦🇩🇪🏳️‍🌈",
    "only spaces": " \t ",
}


def all_renditions(edition: Edition) -> dict[str, str]:
    return {
        "page": RENDERER.page(edition),
        "email_html": RENDERER.email_html(edition, page_url="https://news.example.org/2023/10/13/"),
        "email_text": RENDERER.email_text(edition, page_url="https://news.example.org/2023/10/13/"),
        "markdown": RENDERER.markdown(edition),
        "json": RENDERER.json(edition),
    }


def hostile(text: str) -> Edition:
    lead = report(text, text, feed=text)
    story = told(lead, report(text, text + "2"), gist=text, gist_outlet=text + "2", reason=text)
    section = EditionSection("World", (told(report(text, text)),), more=((text, 3),))
    return an_edition(
        story,
        sections=(section,),
        troubles=(model.FeedTrouble(text, text, SLOT),),
        notices=(text,),
    )


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_feed_text_stays_text_in_every_rendition(text: str) -> None:
    for name, rendition in all_renditions(hostile(text)).items():
        rendition.encode()
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\x1b\u2028]", rendition), name
        if name in ("page", "email_html"):
            assert not re.search(r"<script|<img|<b>|<[^>]+\sonerror=", rendition), name
        if name == "markdown":
            assert "<img" not in rendition.replace("\\<", "")
            assert "](https://evil.example)" not in rendition


@settings(max_examples=40, deadline=None)
@given(st.text())
def test_any_text_at_all_is_rendered(text: str) -> None:
    all_renditions(hostile(text))


def test_a_title_can_neither_carry_nor_make_up_a_mark_of_the_recipient() -> None:
    for name, rendition in all_renditions(hostile(HOSTILE["marks of the recipient"])).items():
        expected = 1 if name.startswith("email") else 0
        assert rendition.count("@@UNSUBSCRIBE@@") == expected, name
        assert rendition.count("@@RECIPIENT@@") == expected, name


def test_an_address_can_not_carry_a_mark_of_the_recipient() -> None:
    edition = an_edition(told(report(url="https://evil.example/?t=@@UNSUBSCRIBE@@")))
    assert "t=%40%40UNSUBSCRIBE@@" in RENDERER.email_html(edition)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "https://a.example/\nx", "ftp://a.example/"]
)
def test_an_address_that_is_no_web_address_is_not_linked(url: str) -> None:
    for name, rendition in all_renditions(an_edition(told(report("Careful", url=url)))).items():
        assert url not in rendition, name
        assert "Careful" in rendition, name


def test_titles_in_other_languages_say_so() -> None:
    edition = an_edition(
        told(report("首相、北京で会談へ", language="ja")),
        told(report("افتتاح مكتبة", language="ar")),
        told(report("In plain English", language="en-gb")),
        told(report("Nobody knows", language="und")),
    )
    for rendition in (RENDERER.page(edition), RENDERER.email_html(edition)):
        assert re.search(r'<a href="[^"]+" lang="ja">首相', rendition)
        assert re.search(r'<h3[^>]* dir="rtl"[^>]*><a href="[^"]+" lang="ar" dir="rtl">افتتاح', rendition)
        assert re.search(r'<h3[^>]*><a href="[^"]+">In plain English', rendition)
        assert re.search(r'<h3[^>]*><a href="[^"]+">Nobody knows', rendition)
    assert 'dir="rtl" style="text-align:right"' in RENDERER.email_html(edition)


def test_a_digest_in_arabic_runs_from_right_to_left() -> None:
    edition = an_edition(told(report("افتتاح مكتبة", language="ar")), told(report("In English")), language="ar")
    assert '<html lang="ar" dir="rtl">' in RENDERER.page(edition)
    assert 'dir="ltr">In English' in RENDERER.page(edition)
    assert 'align="right"' in RENDERER.email_html(edition)


def test_pages_and_exports_leave_private_reports_out_and_mails_keep_them() -> None:
    secret = report("Secret minutes", "Intranet", private=True)
    edition = an_edition(
        told(secret, report("What all may know", "Coast Daily"), gist="From inside.", gist_outlet="Intranet"),
        told(report("Secret only", "Intranet", private=True)),
    )
    for name in ("page", "markdown", "json"):
        rendition = all_renditions(edition)[name]
        assert "What all may know" in rendition
        assert not re.search("Secret|Intranet|From inside", rendition), name
    for name in ("email_html", "email_text"):
        assert "Secret minutes" in all_renditions(edition)[name]


def test_a_section_of_private_reports_alone_is_named_to_nobody_else() -> None:
    secret = told(report("Secret minutes", "Intranet", private=True))
    edition = replace(
        an_edition(), top=(), sections=(model.EditionSection("Takeover", (secret,), blurb="Before the *bell*."),)
    )
    for name in ("page", "markdown", "json"):
        assert not re.search("Takeover|bell", all_renditions(edition)[name]), name
    assert "Takeover" in all_renditions(edition)["email_html"]


def test_copies_whose_source_nobody_names_are_one_line_on_the_page() -> None:
    names = ("Valley Wire", "Coast Daily", "Quiet Review")
    copies = [report("A bridge closes", name, copy=True) for name in names]
    wires = tuple(model.Wire(agency, 2, (one.item_id,)) for agency, one in zip((None, None, "AP"), copies, strict=True))
    page = RENDERER.page(an_edition(told(report("A bridge is shut"), *copies, wires=wires)))
    lines = [re.sub("<[^>]+>", "", one) for one in re.findall(r'<p class="by">(.*?)</p>', page)]
    assert "Copies: Valley Wire, Coast Daily" in lines
    assert "AP copy in 2 outlets: Quiet Review" in lines


def test_an_edition_without_stories_renders() -> None:
    for name, rendition in all_renditions(an_edition(items=0, notices=("No feed answered.",))).items():
        assert "No feed answered." in rendition.replace("\\.", "."), name


def test_the_page_folds_copies_and_shows_every_report() -> None:
    page = RENDERER.page(a_normal_day())
    assert re.search(r"Copies: <a [^>]+><bdi>Valley Wire</bdi></a>, <a [^>]+><bdi>Coast Daily</bdi></a>", page)
    assert "Kirby shows images" in page
    assert "9 reports from 5 outlets so far" in page
    assert page.count("<h1") == 1
    assert "<script" not in page
    assert "style=" not in page


def test_copies_of_an_agency_text_are_told_with_the_agency_and_the_number_of_outlets() -> None:
    """ "AP copy in 3 outlets" stands in every rendition, its copies in one line of the page."""
    told_once = replace(a_normal_day().top[0], wires=(model.Wire("AP", 3, (103, 104)),))
    renditions = all_renditions(replace(a_normal_day(), top=(told_once,)))
    assert re.search(
        r"AP copy in 3 outlets: <a [^>]+><bdi>Valley Wire</bdi></a>, <a [^>]+><bdi>Coast", renditions["page"]
    )
    for name in ("email_html", "email_text", "markdown"):
        assert "AP copy in 3 outlets" in " ".join(renditions[name].split()), name
    assert '"agency": "AP"' in renditions["json"]
    assert phrases.wire_label(model.Wire(None, 2)) == "one text in 2 outlets"


def test_a_story_of_an_older_thread_links_the_edition_that_told_of_it_last() -> None:
    """The path starts at the root of the digest's pages, wherever they lie."""
    story = replace(
        a_normal_day().top[0], thread_since=date(2023, 7, 26), earlier="2023/09/14/", earlier_day=date(2023, 9, 14)
    )
    page = RENDERER.page(replace(a_normal_day(), top=(story,)), root="../../../")
    assert '<a href="../../../2023/09/14/">last told 14 Sep</a>' in page


def test_a_line_never_says_1_more() -> None:
    assert phrases.names(["A", "B", "C", "D"]) == "A, B, C, D"
    assert phrases.names(["A", "B", "C", "D", "E"]) == "A, B, C and 2 more"


def test_plain_text_is_72_columns_wide_but_for_addresses_that_stand_alone() -> None:
    text = RENDERER.email_text(a_normal_day(), page_url="https://news.example.org/" + "x" * 90)
    for line in text.splitlines():
        if "://" in line and "Made at" not in line:
            assert re.fullmatch(r" *https?://\S+", line), line
        else:
            assert width(line) <= 72, line
    assert "\n-- \n" in text
    assert "WORLD (2)" in text


def test_wide_characters_count_twice_and_no_line_opens_with_a_full_stop() -> None:
    lines = wrap("北" * 35 + "。" + "京" * 40).splitlines()
    assert max(width(line) for line in lines) <= 72
    assert not any(line.startswith("。") for line in lines)


@given(st.text(), st.integers(4, 200))
def test_cutting_keeps_the_limit_and_whole_characters(text: str, limit: int) -> None:
    short = cut(clean(text), limit)
    assert len(short) <= limit


def test_cutting_stops_after_words_and_never_inside_a_character() -> None:
    assert cut("Ferry strike enters second week", 20) == "Ferry strike enters…"
    assert cut("x" * 20 + "e\u0301" * 5, 22) == "x" * 20 + "…"
    assert cut("🇩🇪🇫🇷🇯🇵", 4) == "🇩🇪…"
    assert cut("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 10) == "…" or cut("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 10).endswith("👦…")


@pytest.mark.parametrize(
    ("title", "stories", "expected"),
    [
        ("Ferry strike enters second week", 41, "Ferry strike enters second week (+40 stories, 13 Oct)"),
        ("Go", 1, "Go (1 story, 13 Oct)"),
        ("A\r\nBcc: x", 2, "A Bcc: x (+1 story, 13 Oct)"),
    ],
)
def test_the_subject_leads_with_the_lead(title: str, stories: int, expected: str) -> None:
    assert phrases.subject(an_edition(told(title), stories=stories)) == expected


@given(st.text(min_size=1), st.integers(1, 99_999), st.integers(1, 12))
def test_a_subject_has_10_to_78_characters(title: str, stories: int, ordinal: int) -> None:
    edition = an_edition(told(title or "x"), stories=stories, ordinal=ordinal)
    assert 10 <= len(phrases.subject(edition)) <= 78


def test_an_edition_that_catches_up_says_its_span_and_a_second_one_its_number() -> None:
    assert phrases.day_label(an_edition(covers_from=date(2023, 10, 10))) == "10–13 Oct"
    assert phrases.day_label(an_edition(covers_from=date(2023, 9, 23))) == "23 Sep–13 Oct"
    week = model.Window(SLOT - timedelta(days=7), SLOT)
    assert phrases.day_label(an_edition(window=week)) == "13 Oct"
    assert phrases.day_label(an_edition(ordinal=2)) == "13 Oct, no. 2"


def test_json_has_the_documented_keys() -> None:
    edition = replace(a_normal_day(), omitted=(model.Omitted(1, model.Place.REPEATED),))
    data = json.loads(RENDERER.json(edition))
    documented = set(
        re.findall(r"^\| `(\w+)` \|", DOCS.read_text().partition("## The JSON rendition")[2], re.MULTILINE)
    )

    def keys(value: object) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {key for one in value.values() for key in keys(one)}
        return {key for one in value for key in keys(one)} if isinstance(value, list) else set()

    assert keys(data) == documented


# --- Templates of one's own ---------------------------------------------------------------------


def test_a_readers_template_may_extend_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "email.txt.j2").write_text(
        '{% extends "shipped/email.txt.j2" %}{% block about %}Written for you.{% endblock %}'
    )
    text = Renderer(tmp_path).email_text(a_normal_day())
    assert "TOP STORIES" in text
    assert "Written for you." in text
    assert "answered" not in text


def test_a_readers_partial_and_style_sheet_stand_in_for_ours(tmp_path: Path) -> None:
    (tmp_path / "partials").mkdir()
    (tmp_path / "partials" / "frame.html.j2").write_text("mine: {% block main %}{% endblock %}")
    (tmp_path / "style.css").write_text("body{color:{{red}}}")
    renderer = Renderer(tmp_path)
    assert renderer.page(a_normal_day()).startswith("mine: ")
    assert renderer.file("style.css") == "body{color:{{red}}}"


def test_an_unknown_variable_is_named_with_file_line_and_cure(tmp_path: Path) -> None:
    (tmp_path / "digest.md.j2").write_text("# {{ edition.title }}\n\n{{ edition.storys }}\n")
    with pytest.raises(TemplateError) as caught:
        Renderer(tmp_path).markdown(a_normal_day())
    said = str(caught.value)
    assert f"{tmp_path / 'digest.md.j2'}, line 3" in said
    assert "storys" in said
    assert "did you mean 'stories'" in said
    assert caught.value.exit_code == 2


def test_a_broken_template_is_told_before_anything_is_rendered(tmp_path: Path) -> None:
    (tmp_path / "page.html.j2").write_text("fine\n{% if %}\n")
    with pytest.raises(TemplateError, match=r"page\.html\.j2, line 2"):
        Renderer(tmp_path)


def test_a_template_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="no such folder"):
        Renderer(tmp_path / "nowhere")


def test_a_template_that_extends_nothing_known_is_told(tmp_path: Path) -> None:
    (tmp_path / "digest.md.j2").write_text('{% extends "shiped/digest.md.j2" %}')
    with pytest.raises(TemplateError, match=r"shiped/digest\.md\.j2"):
        Renderer(tmp_path).markdown(a_normal_day())


def test_the_documentation_lists_every_variable_and_filter_and_no_other() -> None:
    text = DOCS.read_text().partition("## The JSON rendition")[0]
    for noun in (model.Edition, model.EditionSection, model.EditionStory, model.EditionItem, model.Wire,
                 model.FeedTrouble):  # fmt: skip
        table = text.partition(f"### {noun.__name__}\n")[2].partition("\n#")[0]
        names = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
        properties = {name for name, value in vars(noun).items() if isinstance(value, property)}
        assert sorted(names) == sorted({field.name for field in fields(noun)} | properties), noun.__name__
    filters = re.findall(r"^\| `(\w+)[`(]", text.partition("## Filters")[2], re.MULTILINE)
    assert sorted(filters) == sorted(FILTERS)


def test_renditions_of_one_edition_never_differ() -> None:
    assert all_renditions(a_normal_day()) == all_renditions(replace(a_normal_day()))


def test_a_private_feed_that_fails_is_named_in_the_mail_and_not_on_the_page() -> None:
    failing = model.FeedTrouble("Payroll of Harbour Ltd", "404 Not Found", None, private=True)
    edition = an_edition(told(), troubles=(failing,), feeds_answered=42)
    assert "Payroll" in RENDERER.email_text(edition)
    for text in (RENDERER.page(edition), RENDERER.markdown(edition), RENDERER.json(edition)):
        assert "Payroll" not in text
        assert "private feed" in text
