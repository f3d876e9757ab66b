"""The whole site as its addresses answer: links, titles, sizes, headers, and nothing that a feed brought in."""

from __future__ import annotations

from pathlib import Path

from support import page_checks, pages_feeds, pages_world
from support.pages_world import Answer, Site, ask, kind_of

TEMPLATES = Path(__file__).parents[2] / "templates"


def test_links_lead_to_every_kind_of_page(answers: dict[str, Answer]) -> None:
    reached = {kind_of(path) for path, answer in answers.items() if answer.status == 200}
    assert {
        "today", "edition", "archive", "threads", "thread", "item", "feeds", "search form", "search", "about",
        "sign in", "feed", "today of a second digest", "edition of a second digest",
    } <= reached  # fmt: skip


def test_no_link_is_broken_and_every_fragment_is_there(site: Site, answers: dict[str, Answer]) -> None:
    assert list(page_checks.broken_links(answers, site.url)) == []


def test_no_two_pages_share_a_title_and_each_has_one_heading(answers: dict[str, Answer]) -> None:
    assert list(page_checks.double_titles(answers)) == []
    assert list(page_checks.not_one_heading(answers)) == []
    assert list(page_checks.double_ids(answers)) == []


def test_every_page_describes_itself(answers: dict[str, Answer]) -> None:
    assert list(page_checks.undescribed(answers)) == []


def test_every_page_is_small(answers: dict[str, Answer]) -> None:
    assert list(page_checks.too_large(answers)) == []
    editions = [one for path, one in answers.items() if kind_of(path) in ("today", "edition")]
    assert max(one.wire for one in editions) <= page_checks.WIRE
    assert max(len(one.body) for one in editions) <= page_checks.RAW


def test_every_answer_carries_the_headers(answers: dict[str, Answer]) -> None:
    assert list(page_checks.without_headers(answers)) == []


def test_every_feed_can_be_parsed(answers: dict[str, Answer]) -> None:
    assert list(page_checks.unreadable_feeds(answers)) == []


def test_a_page_that_a_browser_has_is_not_sent_again(site: Site, answers: dict[str, Answer]) -> None:
    for path, answer in page_checks.pages(answers).items():
        if "etag" in answer.headers:
            assert ask(site.url, path, **{"If-None-Match": answer.headers["etag"]}).status == 304, path


def test_nothing_of_a_hostile_feed_is_more_than_text(answers: dict[str, Answer]) -> None:
    assert any("Script in a title" in answer.text for answer in page_checks.pages(answers).values())
    assert list(page_checks.attacks(answers)) == []


def test_a_hostile_page_would_be_noticed() -> None:
    page = Answer(200, {"content-type": "text/html"}, b'<a href=" java\nscript:1">x</a><p onclick=1><svg></svg>', 1)
    assert len(list(page_checks.attacks({"/": page}))) == 3


def test_private_reports_reach_nobody_who_is_not_the_owner(made: pages_world.Made, answers: dict[str, Answer]) -> None:
    with made.store() as store:
        titles = [item.title for item in store.items.get(range(1, 2000))]
    assert any(pages_feeds.SECRET in title for title in titles)
    assert list(page_checks.secrets(answers, pages_feeds.SECRET)) == []


def test_the_script_is_one_small_file() -> None:
    assert (TEMPLATES / "keys.js").stat().st_size <= 4_096
