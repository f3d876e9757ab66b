from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from pathlib import Path

import pytest
from support.editions import SLOT, a_huge_day, a_normal_day, an_edition, report, told

from digest import units
from digest.editions.message import DECODED, ENCODED, mail, message, message_id, to_bytes
from digest.editions.render import Renderer
from digest.model import Edition, EditionSection, Mail

RENDERER = Renderer()
PAGE = "https://news.example.org/2023/10/13/"


def sent(edition: Edition | None = None, **changes: str | None) -> EmailMessage:
    return as_message(mail(RENDERER, edition or a_normal_day(), page_url=PAGE), **changes)


def as_message(frozen: Mail, **changes: str | None) -> EmailMessage:
    arguments: dict[str, str | None] = {
        "sender": "Morning paper <digest@example.org>",
        "recipient": "me@example.org",
        "message_id": "<20231013.daily.k3y@example.org>",
        "digest": "daily",
        "archived_at": PAGE,
        **changes,
    }
    return message(frozen, date=SLOT, **arguments)  # type: ignore[arg-type]


def body(made: EmailMessage, kind: str) -> str:
    part = made.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def html_size(made: EmailMessage) -> tuple[int, int]:
    """Bytes of the HTML part: decoded, encoded."""
    part = made.get_body(("html",))
    assert part is not None
    return len(part.get_content().encode()), len(str(part.get_payload()))


def test_headers_are_those_of_a_list_and_no_other() -> None:
    made = sent()
    assert [name for name in made if not name.startswith("Content-")] == [
        "From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "Archived-At",
        "Auto-Submitted", "Precedence", "MIME-Version",
    ]  # fmt: skip
    assert made["List-Id"] == "<daily.example.org>"
    assert made["Archived-At"] == f"<{PAGE}>"
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["List-Unsubscribe"] == "<mailto:digest@example.org?subject=unsubscribe%20daily>"


def test_text_comes_first_and_html_last() -> None:
    made = sent()
    assert made.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in made.iter_parts()] == ["text/plain", "text/html"]


def test_a_long_unsubscribe_address_is_written_whole_and_never_encoded() -> None:
    address = "https://news.example.org/unsubscribe/" + "t0ken" * 30
    raw = to_bytes(sent(unsubscribe=address))
    assert (
        f"List-Unsubscribe: <{address}>,\r\n <mailto:digest@example.org?subject=unsubscribe%20daily>\r\n".encode()
        in raw
    )
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_long_addresses_in_other_headers_are_written_whole_too() -> None:
    page = "https://news.example.org/" + "folder/" * 20 + "ü"
    raw = to_bytes(sent(archived_at=page))
    assert f"Archived-At: <{page[:-1]}%C3%BC>\r\n".encode() in raw


def test_a_sender_that_cannot_get_mail_offers_no_way_to_unsubscribe() -> None:
    made = sent(sender="digest@localhost")
    assert made["List-Unsubscribe"] is None
    assert made["List-Unsubscribe-Post"] is None
    for kind in ("html", "plain"):
        assert "nsubscribe" not in body(made, kind)
        assert "@@" not in body(made, kind)
    assert "</html>" in body(made, "html")
    assert "42 of 43 feeds answered" in body(made, "html")


def test_the_recipient_is_filled_in_and_escaped_and_nobody_else_is_named() -> None:
    made = sent(recipient="Ann & Bob <a&b@example.org>", unsubscribe="https://news.example.org/u?a=1&b=2")
    assert "a&amp;b@example.org" in body(made, "html")
    assert 'href="https://news.example.org/u?a=1&amp;b=2"' in body(made, "html")
    assert "a&b@example.org" in body(made, "plain")
    assert "\nUnsubscribe:\nhttps://news.example.org/u?a=1&b=2\n" in body(made, "plain")
    assert "Ann" not in body(made, "html") + body(made, "plain")
    assert "@@" not in body(made, "html") + body(made, "plain")


def test_the_frozen_mail_knows_no_recipient() -> None:
    frozen = mail(RENDERER, a_normal_day(), page_url=PAGE)
    assert frozen.html.count("@@RECIPIENT@@") == 1
    assert frozen.text.count("@@UNSUBSCRIBE@@") == 1
    assert frozen.subject == "White House: 1,000 containers of arms went to Russia (+40 stories, 13 Oct)"


def test_the_same_delivery_is_the_same_bytes_each_time() -> None:
    assert to_bytes(sent()) == to_bytes(sent())


@pytest.mark.parametrize(
    "edition", [a_normal_day(), a_huge_day(60, title="首相、北京で会談へ" * 4)], ids=["latin", "cjk"]
)
def test_parse_write_parse_gives_the_same_message(edition: Edition) -> None:
    made = sent(edition)
    raw = to_bytes(made)
    parsed = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert not parsed.defects
    assert parsed["Subject"] == made["Subject"]
    for kind in ("plain", "html"):
        assert body(parsed, kind).replace("\r\n", "\n") == body(made, kind).replace("\r\n", "\n")
    again = email.message_from_bytes(parsed.as_bytes(), policy=email.policy.SMTP)
    assert body(again, "html") == body(parsed, "html")


@pytest.mark.parametrize(
    "edition", [a_normal_day(), a_huge_day(60, title="首相、北京で会談へ" * 4)], ids=["latin", "cjk"]
)
def test_lines_end_in_crlf_and_are_short(edition: Edition) -> None:
    raw = to_bytes(sent(edition))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert raw.isascii()


def test_cjk_is_sent_as_base64_and_latin_as_quoted_printable() -> None:
    cjk = sent(a_huge_day(40, title="首相、北京で会談へ" * 6)).get_body(("html",))
    latin = sent().get_body(("html",))
    assert cjk is not None
    assert latin is not None
    assert cjk["Content-Transfer-Encoding"] == "base64"
    assert latin["Content-Transfer-Encoding"] == "quoted-printable"


def test_a_feed_title_with_line_breaks_makes_no_header() -> None:
    made = sent(an_edition(told("Quiet\r\nBcc: all@example.org\r\n\r\nbody")))
    raw = to_bytes(made)
    assert b"\r\nBcc:" not in raw
    assert made["Subject"].startswith("Quiet Bcc: all@example.org body")


@pytest.mark.parametrize(
    "title",
    [
        "=?utf-8?q?=0d=0aBcc:_v@e.example?= enc",
        "=?utf-8?b?eA0KQmNjOiB2QGUuZXhhbXBsZQ==?= caf\u00e9",
        "caf\u00e9 =?us-ascii?q?=0ABcc:x?=",
        "=?utf-8?b?eA0KDQpib2R5?= caf\u00e9 " + "long " * 30,
        "=?utf-8?q?=E2=80=AEevil?= =?utf-8?q?=1B[31m?=",
        "=?=?utf-8?q?=0ABcc:x?=?=",
    ],
)
def test_an_encoded_word_in_a_feeds_title_is_text_and_writes_no_header(title: str) -> None:
    """Python's ``email`` decodes RFC 2047 in what it is given: this headline once wrote a Bcc of its own."""
    made = sent(an_edition(told(title)))
    assert made.keys() == sent(an_edition(told("Plain"))).keys()
    assert not re.search("[\r\n\x1b\u202e]", str(made["Subject"]))
    assert "?" in made["Subject"]


def test_an_encoded_word_in_a_name_writes_no_header() -> None:
    made = sent(an_edition(told("Plain")), sender="=?utf-8?q?=0d=0aBcc:_v@e.example?= <d@example.org>")
    assert made.keys() == sent(an_edition(told("Plain"))).keys()


def test_non_latin_subjects_and_senders_survive() -> None:
    made = sent(an_edition(told("首相、北京で会談へ 半導体輸出の規制緩和が焦点")), sender="朝刊 <digest@example.org>")
    raw = to_bytes(made)
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert parsed["Subject"] == "首相、北京で会談へ 半導体輸出の規制緩和が焦点 (1 story, 13 Oct)"
    assert parsed["From"] == "朝刊 <digest@example.org>"
    assert max(map(len, raw.split(b"\r\n"))) <= 78


# --- The HTML body ------------------------------------------------------------------------------


def test_styles_are_inline_and_only_the_dark_block_is_kept() -> None:
    html = mail(RENDERER, a_normal_day(), page_url=PAGE).html
    blocks = re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL)
    assert len(blocks) == 1
    assert blocks[0].strip().startswith("@media (prefers-color-scheme: dark)")
    assert blocks[0].count("!important") >= 6
    assert re.search(r'<h3 [^>]*style="[^"]*font-size: 20px', html)
    assert re.match(r'<!DOCTYPE html>\s*<html lang="en" dir="ltr">', html.strip(), re.IGNORECASE)


def test_opening_the_mail_fetches_nothing() -> None:
    html = mail(RENDERER, a_normal_day(), page_url=PAGE).html
    assert not re.search(r"<img|<link|<script|<iframe|url\(|@import|@font-face|srcset|background=", html)
    assert "display:none" not in html.replace(" ", "")
    assert len(re.findall("<table", html)) == len(re.findall('<table [^>]*role="presentation"', html)) == 2


def test_the_preview_is_the_first_visible_line() -> None:
    html = mail(RENDERER, a_normal_day(), page_url=PAGE).html
    visible = re.sub(r"<[^>]+>", " ", html.partition("<body")[2].partition(">")[2]).split("\n")
    first = next(line.strip() for line in visible if line.strip())
    assert first == "Also: Ferry strike enters second week. 86 new items, 41 stories, 1&nbsp;min."


def test_text_and_html_carry_the_same_links_and_words() -> None:
    made = sent()
    html, text = body(made, "html"), body(made, "plain")
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(http[^"]+)"', html)} - {f"{PAGE}#s101"}
    assert {link for link in links if link not in text} <= {"https://example.org/"}
    words = set(
        re.findall(r"\w{3,}", re.sub(r"<style.*?</style>|<[^>]+>", " ", html.partition("<body")[2], flags=re.S))
    )
    known = set(re.findall(r"\w{3,}", text))
    assert len({word for word in words if word.lower() in {k.lower() for k in known}}) >= 0.9 * len(words)


# --- The budget ---------------------------------------------------------------------------------


@pytest.mark.parametrize("title", ["A headline of a usual length with names in it", "首相、北京で会談へ" * 5])
def test_a_huge_day_is_cut_by_sections_and_keeps_its_footer(title: str) -> None:
    made = sent(a_huge_day(400, title=title))
    decoded, encoded = html_size(made)
    assert decoded <= DECODED + 500
    assert encoded <= ENCODED + 500
    assert max(decoded / DECODED, encoded / ENCODED) > 0.95
    html, text = body(made, "html"), body(made, "plain")
    cuts = [int(number) for number in re.findall(rf'<a href="{PAGE}#section-\d"[^>]*>and (\d+) more</a>', html)]
    assert len(cuts) == 4
    assert max(cuts) - min(cuts) <= 1
    assert 400 - sum(cuts) == html.count("a-long-address-" * 6) == text.count("a-long-address-" * 6)
    assert "43 of 43 feeds answered" in html
    assert "The lead of a huge day" in html


def test_a_hundred_items_stay_under_80_kb() -> None:
    assert html_size(sent(a_huge_day(100)))[0] <= 80_000


def test_a_mail_that_fits_is_not_cut() -> None:
    assert "and 1 more<" not in mail(RENDERER, a_huge_day(40)).html
    assert mail(RENDERER, a_huge_day(40)).html.count("a-long-address-" * 6) == 40


def test_even_top_stories_give_way_before_the_footer_does() -> None:
    tops = tuple(told(report(f"Story {n}", url="https://news.example.org/" + "x" * 1900)) for n in range(60))
    section = EditionSection("World", (told("A line"),))
    made = sent(an_edition(*tops, sections=(section,)))
    assert html_size(made)[0] <= DECODED + 500
    assert re.search(r">and \d+ more</a>", body(made, "html"))
    assert "43 of 43 feeds answered" in body(made, "html")


def test_a_message_id_is_stable_and_safe() -> None:
    assert message_id(SLOT, "daily", "k3y", "example.org") == "<20231013.daily.k3y@example.org>"
    assert message_id(SLOT, "abend ☾", "a/b", "bücher.example") == "<20231013.abend.a-b@xn--bcher-kva.example>"
    assert message_id(SLOT, "daily", "k3y", "") == "<20231013.daily.k3y@localhost>"


def test_a_readers_template_on_one_line_loses_only_the_unsubscribe_paragraph(tmp_path: Path) -> None:
    (tmp_path / "email.html.j2").write_text(
        '<html><body><p>News</p><p><a href="{{ unsubscribe }}">Leave</a></p><p>{{ recipient }}</p></body></html>'
    )
    made = as_message(mail(Renderer(tmp_path), a_normal_day()), sender="digest@localhost")
    assert "<p>News</p><p>me@example.org</p>" in body(made, "html")


@pytest.mark.parametrize(
    ("written", "header"),
    [
        ("Zeitung, Morgen <d@example.org>", '"Zeitung, Morgen" <d@example.org>'),
        ("d@müller.example", "d@xn--mller-kva.example"),
        ("x@y <d@example.org>", '"x@y" <d@example.org>'),
        ("Käse am Morgen <d@example.org>", "Käse am Morgen <d@example.org>"),
    ],
)
def test_every_sender_that_the_configuration_takes_makes_a_sound_header(written: str, header: str) -> None:
    assert units.mail_address(written) == written
    raw = to_bytes(sent(sender=written, recipient=written))
    assert raw.partition(b"\r\n\r\n")[0].isascii()
    back = email.message_from_bytes(raw, policy=email.policy.default)
    assert (str(back["From"]), str(back["To"]), back.defects) == (header, header, [])
