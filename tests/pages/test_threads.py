"""The pages of topic threads, drawn from a real database by the way the program takes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest
from support.editions import an_edition, report, told
from support.pressroom import DAY, FRIDAY, HOUR, Pressroom
from support.showing import OWNER, READER

from digest.editions import frozen
from digest.editions.places import places
from digest.editions.prepare import for_page
from digest.model import Edition, Mail, Viewer
from digest.pages.page import Page
from digest.pipeline.deciding import mute
from digest.pipeline.showing import Site
from digest.pipeline.showing import threads as family
from digest.store.traces import MOVING, TOLD, TRACES

HOSTILE = '<img src=x onerror="alert(1)"> \u202egnp.exe </title><script>alert(2)</script>'


@pytest.fixture
def room(tmp_path: Path) -> Pressroom:
    return Pressroom(tmp_path, private=("Inner Circle",))


def text_of(page: str) -> str:
    """What a reader reads of it, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition(">")[2]).split())


def rows(page: str) -> list[list[str]]:
    """The cells of the first table."""
    table = page.partition("<table")[2].partition("</table>")[0]
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr.*?>(.*?)</tr>", table, re.DOTALL)
    ]


# --- the list ---


def test_threads_are_listed_by_last_movement_and_lone_items_are_not(room: Pressroom) -> None:
    flood = room.flood()
    room.story(room.say("Long Table", "Why moss grows on the north side"))
    ferry = room.thread(room.story(room.say("Coast Daily", "Ferry aground"), room.say("Valley Wire", "Ferry stuck")))
    page = room.page("threads/index.html")
    assert re.findall(r'href="\.\./threads/(\d+)/"', page) == [str(ferry), str(flood)]
    assert "3 reports from 3 outlets on one day · last report 13 Oct, 09:30" in text_of(page)
    assert "moss" not in page
    assert page.count("<h1") == 1


def test_the_list_remembers_what_did_not_change_and_reads_what_did(room: Pressroom) -> None:
    room.flood()
    site = room.site()

    def drawn() -> str:
        page = site.find("threads/index.html")
        assert page is not None
        return page.draw().decode()

    before = drawn()
    assert drawn() == before
    assert "Vellmoor dam gives way" in before
    room.edit(2, "What now?")
    assert "Vellmoor dam gives way" not in drawn()


def test_a_list_without_threads_says_so(room: Pressroom) -> None:
    assert "There are none yet" in room.page("threads/index.html")


def test_the_list_goes_on_on_further_pages(room: Pressroom) -> None:
    for number in range(family.PER_PAGE + 3):
        room.story(room.say("Coast Daily", f"Matter {number}"), room.say("Valley Wire", f"On matter {number}"))
    first, second = room.page("threads/index.html"), room.page("threads/page/2/index.html")
    assert first.count("<li>\n<h2") == family.PER_PAGE
    assert second.count("<li>\n<h2") == 3
    assert '<a href="../threads/page/2/" rel="next">Older threads</a>' in first
    assert '<a href="../../../threads/" rel="prev">Newer threads</a>' in second
    assert room.find("threads/page/3/index.html") is None
    assert {path for path in room.pages() if re.match(r"threads/(page/\d+/)?index", path)} == {
        "threads/index.html",
        "threads/page/2/index.html",
    }


def test_what_can_no_longer_go_on_is_not_listed(room: Pressroom) -> None:
    old = FRIDAY - 200 * DAY
    room.story(room.say("Coast Daily", "An old matter", at=old), room.say("Valley Wire", "Old matter", at=old + HOUR))
    flood = room.flood()
    assert re.findall(r'href="\.\./threads/(\d+)/"', room.page("threads/index.html")) == [str(flood)]


# --- a thread ---


def test_a_thread_tells_its_size_its_first_outlet_and_its_table(room: Pressroom) -> None:
    flood = room.flood()
    later = [
        room.say("Harbour Times", "Inquiry into Vellmoor dam opens", at=FRIDAY + 3 * DAY),
        room.say("Coast Daily", "Vellmoor inquiry hears engineer", at=FRIDAY + 3 * DAY + HOUR),
    ]
    room.story(*later, thread=flood)
    page = room.page(f"threads/{flood}/index.html")
    assert "5 reports from 4 outlets over 4 days, first: Coast Daily" in text_of(page)
    assert rows(page) == [
        ["Outlet", "All", "13 Oct", "16 Oct"],
        ["Coast Daily", "2", "1", "1"],
        ["Valley Wire", "1", "1", ""],
        ["Quiet Review", "1", "1", ""],
        ["Harbour Times", "1", "", "1"],
    ]
    assert '<th scope="col">13 Oct</th>' in page
    assert '<th scope="row"><bdi>Coast Daily</bdi></th>' in page
    assert re.search(r'role="group" aria-labelledby="tally" tabindex="0"', page)


def test_the_timeline_is_a_list_of_stories_newest_first_with_the_headlines_of_all_outlets(room: Pressroom) -> None:
    flood = room.flood()
    inquiry = room.story(room.say("Harbour Times", "Inquiry into Vellmoor dam opens"), thread=flood)
    page = room.page(f"threads/{flood}/index.html")
    order = ["Inquiry into Vellmoor dam opens", "Hundreds flee as Vellmoor dam breaks", "Vellmoor dam gives way",
             "Dam breaks above Vellmoor"]  # fmt: skip
    timeline = page.partition('id="timeline"')[2]
    places_of = [timeline.rindex(title) for title in order]
    assert places_of == sorted(places_of)
    assert timeline.index(f'id="s{inquiry}"') < timeline.index("Hundreds flee")
    assert '<time datetime="2023-10-13T06:30Z">13 Oct, 08:30</time>' in timeline
    assert timeline.count('<ol class="timeline">') == 2
    assert "2 min" in timeline


def test_copies_of_one_text_are_folded_and_count_once(room: Pressroom) -> None:
    wire = (
        "GENEVA (AP) — Negotiators from eleven countries signed a treaty on river water on Friday after nine days of "
        "talks, and said that the first payments would begin in the spring of next year at the latest."
    )
    ids = [
        room.say("Coast Daily", "Eleven countries sign treaty on river water", wire),
        room.say("Valley Wire", "River water treaty signed in Geneva", wire),
        room.say("Quiet Review", "Treaty on rivers is signed", wire),
        room.say("Harbour Times", "What the river treaty means for the delta", "Farmers downstream will be paid."),
    ]
    page = room.page(f"threads/{room.thread(room.story(*ids))}/index.html")
    assert "4 reports from 2 outlets" in text_of(page)
    assert "<summary>AP copy in 3 outlets</summary>" in page
    assert page.count('<li id="i') == 2
    folded = page.partition("<summary>AP copy")[2].partition("</details>")[0]
    assert ["Valley Wire" in folded, "Quiet Review" in folded] == [True, True]
    assert ["Copies of one text", "2", "2"] in rows(page)


def test_an_edited_headline_says_what_it_was(room: Pressroom) -> None:
    flood = room.flood()
    room.edit(1, "Dam holds after all above Vellmoor")
    page = room.page(f"threads/{flood}/index.html")
    assert "was: <q>Dam breaks above Vellmoor, valley flooded</q>" in page
    assert ">Dam holds after all above Vellmoor</a>" in page


def test_why_reports_stand_together_is_told_in_words_as_headlines_write_them(room: Pressroom) -> None:
    page = room.page(f"threads/{room.flood()}/index.html")
    reasons = page.partition("Why these are together")[2].partition("</details>")[0]
    assert "These reports share the words" in reasons
    assert "“Vellmoor”" in reasons


def test_a_thread_of_one_report_has_a_page_without_a_table(room: Pressroom) -> None:
    thread = room.thread(room.story(room.say("Long Table", "Why moss grows on the north side")))
    page = room.page(f"threads/{thread}/index.html")
    assert "1 report from 1 outlet on one day" in text_of(page)
    assert "<table" not in page
    assert f"threads/{thread}/index.html" not in room.pages()


def test_headlines_in_other_languages_say_so_and_names_are_kept_apart(room: Pressroom) -> None:
    thread = room.thread(
        room.story(
            room.say("صحيفة المرفأ", "افتتاح مكتبة جديدة في وسط المدينة", language="ar"),
            room.say("صحيفة المرفأ", "المكتبة الجديدة تفتح أبوابها", language="ar"),
        )
    )
    page = room.page(f"threads/{thread}/index.html")
    assert re.search(r'<h1 lang="ar" dir="rtl">', page)
    assert "<bdi>صحيفة المرفأ</bdi>" in page
    japanese = room.thread(
        room.story(room.say("東都新報", "首相、北京で会談へ 半導体輸出の規制緩和が焦点", language="ja"))
    )
    assert '<h1 lang="ja">首相、北京で会談へ 半導体輸出の規制緩和が焦点</h1>' in room.page(
        f"threads/{japanese}/index.html"
    )


def test_nothing_that_a_feed_writes_is_markup(room: Pressroom) -> None:
    one = room.say("Coast Daily", HOSTILE, HOSTILE)
    thread = room.thread(room.story(one, room.say("Valley Wire", HOSTILE, f"{HOSTILE} again")))
    room.edit(one, f"{HOSTILE} edited")
    for path in (f"threads/{thread}/index.html", "threads/index.html", f"items/{one}/index.html"):
        for viewer in (Viewer(served=True), OWNER):
            page = room.page(path, viewer)
            assert "<script>" not in page
            assert "<img" not in page
            assert "\u202e" not in page
    assert b"<script>" not in room.page(f"threads/{thread}/feed.atom").encode()


# --- long threads ---


def long_thread(room: Pressroom, days: int = 60, reports: int = 400) -> int:
    thread = None
    outlets = list(room.hosts)[:5]
    for day in range(days):
        at = FRIDAY + day * DAY
        made = [
            room.say(
                outlets[number % 5],
                f"Day {day} of the talks in Vellmoor: a headline of the usual length, number {number}",
                f"The talks in Vellmoor went on, said delegate {number}, and nobody left the hall before the evening.",
                at=at + number * HOUR,
            )
            for number in range(reports // days + (day < reports % days))
        ]
        story = room.story(*made, thread=thread)
        thread = thread or room.thread(story)
    assert thread is not None
    return thread


def test_a_thread_of_two_months_stays_small_and_goes_on_on_further_pages(room: Pressroom) -> None:
    thread = long_thread(room)
    pages = [page for page in family.every(room.site(Viewer(), index="index.html")) if page.path.endswith(".html")]
    made = {page.path: page.draw().decode() for page in pages if page.path.startswith(f"threads/{thread}/")}
    assert sum(page.count('<li id="i') for page in made.values()) == 400
    assert max(len(page.encode()) for page in made.values()) < 50_000
    first = made[f"threads/{thread}/index.html"]
    assert len(rows(first)[0]) <= 16
    assert "Reports by outlet and week" in first
    assert "400 reports from 5 outlets over 60 days" in text_of(first)
    assert f'href="../../threads/{thread}/page/2/index.html" rel="next"' in first
    last = made[f"threads/{thread}/page/{len(made)}/index.html"]
    assert "Day 0 of the talks" in last
    assert 'rel="next"' not in last
    assert room.find(f"threads/{thread}/page/{len(made) + 1}/index.html") is None


def test_a_long_thread_is_known_without_reading_its_reports(room: Pressroom) -> None:
    thread = long_thread(room, days=2, reports=130)
    site = room.site()
    first, last = f"threads/{thread}/index.html", f"threads/{thread}/page/3/index.html"
    assert site.find(first)
    assert site.find(last)
    asked: list[str] = []
    room.store._database.conn.set_trace_callback(asked.append)
    found = site.find(first)
    again = site.find(last)
    room.store._database.conn.set_trace_callback(None)
    assert found
    assert again
    assert found.stamp == again.stamp
    assert asked
    assert [sql for sql in asked if "summary" in sql] == []
    assert "130 reports" in text_of(found.draw().decode())


def test_one_story_of_many_reports_is_parted_and_told_as_continued(room: Pressroom) -> None:
    thread = long_thread(room, days=1, reports=130)
    first, second = (room.page(f"threads/{thread}/{part}index.html") for part in ("", "page/2/"))
    assert "continued" not in first
    assert "continued" in second
    assert sum(page.count('<li id="i') for page in (first, second)) == 120


# --- ids, and what is gone ---


def test_an_id_that_became_part_of_another_leads_there(room: Pressroom) -> None:
    flood = room.flood()
    ferry = room.story(room.say("Coast Daily", "Ferry aground"), room.say("Valley Wire", "Ferry stuck"))
    ended = room.thread(ferry)
    with room.store.writing():
        room.store.threads.move([ferry], flood)
    page = room.find(f"threads/{ended}/index.html")
    assert page is not None
    assert page.moved == f"threads/{flood}/"
    assert f'content="0; url=../../threads/{flood}/"' in page.draw().decode()
    feed = room.find(f"threads/{ended}/feed.atom")
    assert feed is not None
    assert feed.moved == f"threads/{flood}/feed.atom"


@pytest.mark.parametrize("path", ["9", "0", "01", "9" * 30, "-1", "1/page/1", "1/page/2", "1/page/0", "x"])
def test_what_is_not_there_is_not_found(room: Pressroom, path: str) -> None:
    room.flood()
    assert room.find(f"threads/{path}/index.html") is None


def an_issue(room: Pressroom, thread: int, story: int, *ids: int, private: bool = False, number: int = 1) -> Edition:
    """An edition that told of the story with these reports, frozen as the program does it."""
    reports = [report(f"Report {one}", item_id=one, private=private) for one in ids]
    entry = told(reports[0], *reports[1:], story_id=story, thread_id=thread)
    day = FRIDAY.date() + timedelta(days=number)
    edition = an_edition(entry, number=number, day=day, slot=FRIDAY + number * DAY)
    room.store.editions.know("daily", room.now)
    with room.store.freezing():
        room.store.editions.freeze(
            edition, frozen.dumps(edition), Mail("", "", ""), (), room.now, None, places(edition),
            for_page(edition).items,
        )  # fmt: skip
    return edition


def test_a_thread_names_the_editions_that_told_of_it_and_they_lead_to_it(room: Pressroom) -> None:
    flood = room.flood()
    [story] = room.store.threads.story_ids(flood)
    an_issue(room, flood, story, 1, 2, 3)
    page = room.page(f"threads/{flood}/index.html")
    assert '<a href="../../2023/10/14/">Saturday 14 October 2023</a>' in page
    edition = room.page("2023/10/14/index.html")
    assert f'<a href="../../../threads/{flood}/">the whole thread</a>' in edition


def test_a_thread_whose_reports_are_gone_still_tells_its_editions(room: Pressroom) -> None:
    flood = room.flood()
    [story] = room.store.threads.story_ids(flood)
    an_issue(room, flood, story, 1, 2, 3)
    room.prune(1, 2, 3)
    page = room.page(f"threads/{flood}/index.html")
    assert "no longer kept" in page
    assert "Saturday 14 October 2023" in page
    assert f"threads/{flood}/index.html" in room.pages()
    assert room.find(f"threads/{flood}/feed.atom") is None


def test_every_thread_that_an_edition_links_to_is_exported_also_by_an_id_it_had(room: Pressroom) -> None:
    old = FRIDAY - 300 * DAY
    first = room.story(room.say("Coast Daily", "Ferry aground", at=old), room.say("Valley Wire", "Ferry off", at=old))
    named = room.thread(first)
    an_issue(room, named, first, 1, 2)
    flood = room.flood()
    with room.store.writing():
        room.store.threads.move([first], flood)
    made = room.pages()
    links = re.findall(r"threads/(\d+)/index\.html", made["2023/10/14/index.html"])
    assert links == [str(named)]
    assert f'url=../../threads/{flood}/index.html"' in made[f"threads/{named}/index.html"]
    assert f"threads/{flood}/index.html" in made


def test_a_line_of_one_report_leads_to_no_thread(room: Pressroom) -> None:
    thread = room.thread(room.story(room.say("Coast Daily", "Ferry aground")))
    an_issue(room, thread, room.store.threads.story_ids(thread)[0], 1)
    assert f"threads/{thread}/" not in room.page("2023/10/14/index.html")


# --- private reports ---


def test_private_reports_are_the_owners_alone(room: Pressroom) -> None:
    ids = [
        room.say(
            "Coast Daily", "Dam breaks above Vellmoor", "The northern wall of the dam gave way at dawn on Friday."
        ),
        room.say("Valley Wire", "Vellmoor dam gives way", "Water reached the lower villages before noon on Friday."),
        room.say("Inner Circle", "Secret: Vellmoor dam was sabotaged", "An engineer named Ostrick did it, we hear."),
    ]
    thread = room.thread(room.story(*ids))
    for path in (f"threads/{thread}/index.html", "threads/index.html", f"items/{ids[0]}/index.html"):
        page = room.page(path)
        assert "Secret" not in page
        assert "Inner Circle" not in page
        assert "Ostrick" not in page
        assert "Secret" in room.page(path, OWNER) or path == "threads/index.html"
    assert "2 reports from 2 outlets" in text_of(room.page(f"threads/{thread}/index.html"))
    assert "3 reports from 3 outlets" in text_of(room.page(f"threads/{thread}/index.html", OWNER))
    assert "Secret" not in room.page(f"threads/{thread}/feed.atom")
    assert room.find(f"items/{ids[2]}/index.html") is None
    assert room.find(f"items/{ids[2]}/index.html", OWNER) is not None
    assert not [path for path, text in room.files().items() if "Secret" in text or "Ostrick" in text]


def test_a_thread_that_is_wholly_private_is_there_for_its_owner_only(room: Pressroom) -> None:
    ids = [room.say("Inner Circle", "Secret plans"), room.say("Inner Circle", "More secret plans")]
    story = room.story(*ids)
    thread = room.thread(story)
    an_issue(room, thread, story, *ids, private=True)
    assert room.find(f"threads/{thread}/index.html") is None
    assert room.find(f"threads/{thread}/feed.atom") is None
    assert f'href="../threads/{thread}/"' not in room.page("threads/index.html")
    assert f"threads/{thread}/index.html" not in room.pages()
    assert "Secret plans" in room.page(f"threads/{thread}/index.html", OWNER)
    assert f"threads/{thread}/" not in room.page("2023/10/14/index.html")
    assert f"threads/{thread}/" in room.page("2023/10/14/index.html", OWNER)


def test_an_edition_that_told_only_a_private_report_is_not_named(room: Pressroom) -> None:
    flood = room.flood()
    [story] = room.store.threads.story_ids(flood)
    secret = room.say("Inner Circle", "Secret: Vellmoor dam was sabotaged")
    with room.store.writing():
        room.store.stories.assign({secret: story})
    an_issue(room, flood, story, 1, 2, number=1)
    an_issue(room, flood, story, secret, private=True, number=2)
    page = room.page(f"threads/{flood}/index.html")
    assert ["14 October 2023" in page, "15 October 2023" in page] == [True, False]
    assert "15 October 2023" in room.page(f"threads/{flood}/index.html", OWNER)


# --- the owner ---


def test_the_owner_finds_the_forms_and_nobody_else_does(room: Pressroom) -> None:
    flood = room.flood()
    inquiry = room.story(room.say("Harbour Times", "Inquiry into Vellmoor dam opens"), thread=flood)
    page = room.page(f"threads/{flood}/index.html", OWNER)
    actions = re.findall(r'action="\.\./\.\./do/(\w[\w-]*)"', page)
    assert {"split", "merge", "mute", "follow", "star"} == set(actions)
    assert actions.count("split") == 4 + 2
    assert '<input type="hidden" name="story" value="1">' in page
    assert '<option value="outlet0.example">Coast Daily</option>' in page
    assert page.count('name="csrf" value="the-mark-of-the-form"') == len(actions) + 1, (
        "each form, and the one to sign out"
    )
    assert inquiry
    assert "<form" not in room.page(f"threads/{flood}/index.html")


def test_the_owner_sees_that_a_thread_is_muted(room: Pressroom) -> None:
    flood = room.flood()
    mute(room.store, flood, DAY, room.now - HOUR)
    assert "This thread is muted" in room.page(f"threads/{flood}/index.html", OWNER)
    assert "This thread is muted" not in room.page(f"threads/{flood}/index.html")


# --- the feed ---


def test_a_thread_can_be_followed_in_a_reader(room: Pressroom) -> None:
    flood = room.flood()
    page = room.page(f"threads/{flood}/index.html")
    title, address = re.findall(r'type="application/atom\+xml" title="([^"]+)" href="([^"]+)"', page)[0]
    assert (title, address) == (
        "Vellmoor dam gives way: hundreds of houses flooded",
        f"../../threads/{flood}/feed.atom",
    )
    read = feedparser.parse(room.page(f"threads/{flood}/feed.atom").encode())
    assert not read.bozo
    assert [entry.title for entry in read.entries] == [
        "Hundreds flee as Vellmoor dam breaks",
        "Vellmoor dam gives way: hundreds of houses flooded",
        "Dam breaks above Vellmoor, valley flooded",
    ]
    assert read.entries[0].author == "Quiet Review"
    assert read.entries[0].id == "tag:localhost,2023:items/3/"
    assert read.entries[0].link.startswith("https://outlet2.example/")


def test_the_feed_of_a_public_site_has_absolute_addresses(tmp_path: Path) -> None:
    room = Pressroom(tmp_path, web='base_url = "https://news.example.org/paper"')
    flood = room.flood()
    room.edit(1, "Dam holds after all above Vellmoor")
    read = feedparser.parse(room.page(f"threads/{flood}/feed.atom").encode())
    assert read.feed.id == f"https://news.example.org/paper/threads/{flood}/"
    assert {link.rel: link.href for link in read.feed.links} == {
        "self": f"https://news.example.org/paper/threads/{flood}/feed.atom",
        "alternate": f"https://news.example.org/paper/threads/{flood}/",
    }
    assert read.feed.updated == max(entry.updated for entry in read.entries)
    assert read.entries[2].updated > read.entries[2].published


# --- stamps ---


def test_a_stamp_changes_with_whatever_the_page_shows_and_with_nothing_else(room: Pressroom) -> None:
    flood = room.flood()
    path = f"threads/{flood}/index.html"

    def stamp() -> str:
        page = room.find(path)
        assert page is not None
        return page.stamp

    seen = [stamp()]
    room.story(room.say("Coast Daily", "Ferry aground"), room.say("Valley Wire", "Ferry stuck"))
    assert stamp() == seen[-1]
    [story] = room.store.threads.story_ids(flood)
    changes = [
        lambda: room.edit(1, "Dam holds after all above Vellmoor"),
        lambda: room.story(room.say("Harbour Times", "Inquiry into Vellmoor dam opens"), thread=flood),
        lambda: an_issue(room, flood, story, 1, 2),
        lambda: room.story(3, thread=flood),
        lambda: room.prune(2),
    ]
    for change in changes:
        change()
        seen.append(stamp())
    assert len(set(seen)) == len(seen)
    assert stamp() == seen[-1]


def test_a_feed_that_calls_itself_otherwise_is_called_so_on_every_page(room: Pressroom) -> None:
    flood = room.flood()
    untitled = tuple(replace(one, title=None) for one in room.settings.feeds)
    room.settings = replace(room.settings, feeds=untitled)
    site, paths = room.site(), ("threads/index.html", f"threads/{flood}/index.html", "items/1/index.html")

    def pages(name: str) -> list[Page]:
        with room.store.writing():
            room.store._database.conn.execute("UPDATE feeds SET title = ?", (name,))
        found = [Site(site.store, site.settings, site.renderers, READER, room.now).find(path) for path in paths]
        return [page for page in found if page is not None]

    before, after = pages("Evening Wire"), pages("Morning Wire")
    # The list itself names no outlet but in what it remembers of each thread.
    for one, other in zip(before, after, strict=True):
        assert one.stamp != other.stamp
    assert ["Morning Wire" in page.draw().decode() for page in after[1:]] == [True, True]


def test_what_is_served_is_what_is_exported_and_links_lead_somewhere(room: Pressroom) -> None:
    flood = room.flood()
    [story] = room.store.threads.story_ids(flood)
    an_issue(room, flood, story, 1, 2, 3)
    made = room.files()
    for path, text in made.items():
        if not path.startswith(("threads/", "items/")) or not path.endswith(".html"):
            continue
        for link in re.findall(r'href="([^"#:]+)"', text):
            target = Path("/", path).parent.joinpath(link).resolve().relative_to("/").as_posix()
            assert target in made or target == "about/index.html", (path, link)
    served = {page.path: page.draw() for page in room.site().every()}
    for path, body in served.items():
        found = room.find(path)
        assert found is not None, path
        assert found.draw() == body


def test_the_docs_name_every_address_of_the_site(room: Pressroom) -> None:
    room.flood()
    docs = (Path(__file__).parents[2] / "docs" / "pages.md").read_text(encoding="utf-8")
    made = {path.partition("/")[0] for path in room.files()}
    helpers = {"style.css", "keys.js", "favicon.svg", "robots.txt", "index.html"}
    served = {"new", "search", "feeds", "feeds.opml", "decisions"}
    assert not [one for one in made - helpers | served if f"`/{one}" not in docs]


# --- speed ---


def test_the_list_is_found_by_index(room: Pressroom) -> None:
    given = {"since": "", "feeds": "[]", "limit": 1, "offset": 0, "threads": "[]", "digests": "[]"}
    for sql in (MOVING, TRACES, TOLD):
        plan = [row[3] for row in room.store._database.conn.execute(f"EXPLAIN QUERY PLAN {sql}", given)]
        assert not [step for step in plan if re.match(r"SCAN (stories|items|edition_stories|editions|threads)\b", step)]


def test_no_two_pages_share_a_title(room: Pressroom) -> None:
    for _ in range(2):
        room.story(room.say("Coast Daily", "Ferry aground"), room.say("Valley Wire", "Ferry aground"))
    titles = [re.findall("<title>(.*?)</title>", page)[0] for path, page in room.pages().items() if "/" in path]
    assert len(titles) == 9
    assert len(set(titles)) == len(titles)
