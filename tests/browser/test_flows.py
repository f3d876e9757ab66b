"""A thread over four days, search in two scripts, and what the owner does: split, mute, bring a list, leave."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from support import looking, pages_feeds, pages_world
from support.looking import Eye
from support.pages_world import Made, Site

SPLIT = "Kirby images renew questions on Kim and Putin's September talks"


@pytest.fixture(scope="module")
def own(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of the module's own, since its owner changes it."""
    folder = tmp_path_factory.mktemp("own")
    for name in ("config.toml", *(path.name for path in made.folder.glob("digest.db*"))):
        shutil.copy(made.folder / name, folder)
    with pages_world.serving(Made(folder, made.now)) as served:
        yield served


@pytest.fixture
def owner(chromium: Browser, own: Site) -> Iterator[Eye]:
    made = Eye(chromium, own.url)
    sign_in(made, own.password)
    yield made
    made.close()


def sign_in(eye: Eye, password: str) -> Page:
    page = eye.look("/sign-in")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out").or_(page.get_by_role("alert"))).to_be_visible()
    return page


def to_the_thread(page: Page) -> None:
    """From the front page to the thread of its first story."""
    page.locator("main article").first.locator("a[href*='threads/']").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("North Korea")


# --- reading further ---


def test_a_thread_over_four_days_tells_who_reported_when(eye: Eye) -> None:
    page = eye.look("/2023/10/14/")
    to_the_thread(page)
    table = page.locator("main table").first
    assert [one.strip() for one in table.locator("thead th").all_inner_texts()][2:6] == [
        "26 Jul",
        "14 Sep",
        "13 Oct",
        "14 Oct",
    ]
    expect(page.locator("main")).to_contain_text("AP copy in 5 outlets")
    expect(page.get_by_text("Shoigu shown arsenal on display at Pyongyang hall")).to_be_visible()
    page.locator("main").get_by_role("link", name="Thursday 14 September 2023").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thursday 14 September 2023")
    expect(page.locator("main")).to_contain_text("Putin")


@pytest.mark.parametrize(("words", "found"), [("containers Najin", "Najin"), ("兵器", "兵器"), ("北京", "北京")])
def test_search_finds_and_marks_words(eye: Eye, words: str, found: str) -> None:
    page = eye.look("/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.insert_text(words)
    page.keyboard.press("Enter")
    expect(page.locator("main mark").first).to_contain_text(re.compile(found, re.IGNORECASE))
    assert page.get_by_role("searchbox").input_value() == words


def test_keys_are_letters_while_somebody_types(eye: Eye) -> None:
    page = eye.look("/search")
    page.get_by_role("searchbox").press_sequentially("jok f?/")
    assert page.get_by_role("searchbox").input_value() == "jok f?/"
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_search_without_a_match_helps(eye: Eye) -> None:
    page = eye.look("/search?q=nowheretobefound")
    expect(page.locator("main mark")).to_have_count(0)
    assert len(page.locator("main").inner_text()) > 80


def test_the_keys_can_be_turned_off_and_stay_off(eye: Eye) -> None:
    page = eye.look("/about/")
    page.get_by_role("button", name="Turn the keys off").click()
    assert looking.shift(page) == 0
    eye.look("/").keyboard.press("j")
    assert page.evaluate("document.activeElement === document.body")
    eye.look("/about/").get_by_role("button", name="Turn the keys on").click()
    eye.look("/").keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('article') !== null")


# --- the owner ---


def test_a_wrong_password_opens_nothing(chromium: Browser, own: Site) -> None:
    eye = Eye(chromium, own.url)
    page = sign_in(eye, "not the password")
    expect(page.get_by_label("Password")).to_be_visible()
    expect(eye.look("/").get_by_role("button", name="Sign out")).to_have_count(0)
    eye.close()


def test_what_the_owner_splits_off_stays_off_after_the_next_poll(owner: Eye, own: Site) -> None:
    page = owner.look("/2023/10/14/")
    to_the_thread(page)
    thread = page.url
    page.get_by_role("button", name=f"Split off: {SPLIT[:40]}").click()
    expect(page.get_by_role("status")).to_be_visible()
    page.goto(thread)
    expect(page.get_by_role("link", name=SPLIT)).to_have_count(0)
    for command in (["poll"], ["threads", "rebuild"]):
        subprocess.run(
            [sys.executable, "-m", "digest", *command, "--config", str(own.made.folder / "config.toml"),
             "--now", f"{own.made.now:%Y-%m-%dT%H:%M:%SZ}"],
            check=False, capture_output=True,
        )  # fmt: skip
        page.goto(thread)
        expect(page.get_by_role("link", name=SPLIT)).to_have_count(0)
    page.goto(f"{own.url}/decisions/")
    expect(page.locator("main")).to_contain_text("Kirby images")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_role("status")).to_be_visible()
    page.goto(thread)
    expect(page.get_by_role("link", name=SPLIT)).to_have_count(1)


def test_a_muted_thread_is_among_the_decisions(owner: Eye, own: Site) -> None:
    page = owner.look("/2023/10/13/")
    to_the_thread(page)
    page.get_by_role("button", name="Mute for a week").click()
    expect(page.get_by_role("status")).to_be_visible()
    page.goto(f"{own.url}/decisions/")
    listed = page.locator("main li").filter(has_text=re.compile("mute", re.IGNORECASE))
    expect(listed).to_have_count(1)
    listed.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_be_visible()


def test_a_list_of_feeds_goes_out_and_comes_back(owner: Eye, own: Site, tmp_path: Path) -> None:
    page = owner.look("/feeds/")
    link = page.get_by_role("link", name=re.compile("OPML")).first.get_attribute("href")
    text = page.request.get(f"{own.url}/feeds/{link}").text()
    assert "harrowmere" in text.lower()
    assert pages_feeds.SECRET not in text
    added = '<outline type="rss" text="Ferry News" xmlUrl="http://127.0.0.1:1/ferry.xml"/></body>'
    (tmp_path / "list.opml").write_text(text.replace("</body>", added))
    page.goto(f"{own.url}/feeds/")
    page.locator("input[type=file]").set_input_files(tmp_path / "list.opml")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("status")).to_contain_text("1 ")
    assert (own.made.folder / "config.toml").read_text().count("ferry.xml") == 1


def test_the_owners_pages_hold_to_what_all_pages_hold_to(owner: Eye) -> None:
    thread = next(
        link for link in looking.links(owner.look("/2023/10/14/")) if "/threads/" in link and link[-2].isdigit()
    )
    for path in ("/", thread.removeprefix(owner.url), "/feeds/", "/decisions/"):
        for width, dark, forced in ((320, False, False), (768, True, False), (1280, False, True)):
            page = owner.look(path, width=width, dark=dark, forced=forced)
            assert (path, looking.violations(page)) == (path, [])
            assert (path, looking.overflow(page)) == (path, 0)
        assert looking.contrast(owner.look(path, dark=True))[0] >= 7, path


def test_signed_out_the_forms_are_gone(owner: Eye) -> None:
    page = owner.look("/feeds/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    expect(owner.look("/feeds/").locator("main form")).to_have_count(0)


# --- leaving ---


def test_a_link_in_the_mail_shows_a_form_and_only_its_button_unsubscribes(eye: Eye, own: Site) -> None:
    with own.made.store() as store:
        token = store._database.conn.execute("SELECT token FROM recipients WHERE digest = 'evening'").fetchone()[0]
    eye.page.goto(f"{own.url}/unsubscribe/{token}")
    page = eye.page
    assert looking.violations(page) == []
    with own.made.store() as store:
        assert store.recipients.unsubscribed("evening", "me@example.org") is None
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("button")).to_have_count(0)
    with own.made.store() as store:
        assert store.recipients.unsubscribed("evening", "me@example.org") is not None
