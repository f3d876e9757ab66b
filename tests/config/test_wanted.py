"""The words of follow, mute, only and skip: what they find, what they cost, and what is no word."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import config
from digest.errors import ConfigError
from digest.wanted import BUDGET, GIVE_UP, Words, fold, text_of, word


def finds(written: str, title: str, summary: str = "") -> bool:
    return Words([written]).first(text_of(title, summary)) is not None


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("vaccine", "A new VACCINE arrives"),
        ("Vaccine", "“Vaccine’s effect”"),
        ("Baltic Sea", "Baltic-Sea cable cut"),
        ("baltic sea", "In the Baltic\n  \u00a0 Sea"),
        ("Covid-19", "covid 19 is back"),
        ("Erdogan", "Erdoğan in Ankara"),
        ("Erdoğan", "Erdogan in Ankara"),
        ("Lodz", "Zug nach Łódź"),
        ("straße", "STRASSE gesperrt"),
        ("семен", "Семён победил"),
        ("北京", "首相、北京で会談へ"),
        ("가나", "가나에서 온 소식"),
        ("Tesla", "特斯拉Tesla公司"),
        ("C++", "C++ is fifty"),
        ("€", "100 € for all"),
        (r"/\bU-?21\b/", "The u21 wins"),
        ("/^final/", "Final score"),
        ("/^it rained/", "Weather|It rained."),
    ],
)
def test_a_word_is_found(written: str, title: str) -> None:
    assert finds(written, *title.split("|"))


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("vaccine", "Vaccines arrive"),
        ("art", "Cartoon party"),
        ("Baltic Sea", "Baltic states, North Sea"),
        ("Baltic Sea", "In the Baltic|Sea rises"),
        ("राम", "रामायण"),
        ("가나", "서울"),
        ("и", "й"),
        (r"/\bU-?21\b/", "U-212 boat"),
        (r"/(?-i:WHO)/", "who goes there"),
    ],
)
def test_a_word_is_not_found(written: str, title: str) -> None:
    assert not finds(written, *title.split("|"))


def test_the_first_word_of_the_list_is_told_as_it_is_written() -> None:
    words = Words(["Ferry", "/dam/", "Velmora"])
    assert words.first(text_of("Velmora Dam breaks", "")) == "/dam/"


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="abc 北京-é", min_size=1, max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_any_word_that_passes_the_check_is_found_where_it_stands_alone(written: str, before: str, after: str) -> None:
    try:
        word(written.strip())
    except ValueError:
        return
    assert finds(written, f"{before} . {written} . {after}")


def test_a_pattern_that_takes_too_long_finds_nothing_and_is_given_up() -> None:
    words = Words([r"/(a+)+$/", "dam"])
    slow = text_of("a" * 900 + "!", "")
    assert [words.first(slow) for _ in range(GIVE_UP + 2)] == [None] * (GIVE_UP + 2)
    assert words.first(text_of("Dam", "")) == "dam", "the other words of the list go on"
    assert words.slow == {r"/(a+)+$/": True}


def test_a_pattern_that_is_merely_slow_is_given_up_when_its_time_is_spent() -> None:
    clock = iter(range(1000))
    words = Words(["/dam/"], timer=lambda: next(clock) * BUDGET / 8)
    assert [words.first(text_of("Dam", "")) for _ in range(12)] == ["/dam/"] * 8 + [None] * 4
    assert words.slow == {"/dam/": True}


def test_what_stands_far_down_in_a_text_is_not_looked_for() -> None:
    assert not finds("/dam/", "", "word " * 5000 + "dam")
    assert not finds("dam", "", "word " * 5000 + "dam")


def test_the_package_for_patterns_is_loaded_by_the_first_pattern_alone() -> None:
    code = "import sys; from digest.wanted import Words; Words(['dam']); print('regex' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


FEED = '[[feeds]]\nurl = "https://feeds.example.org/world.xml"\ntitle = "Example World"\n'


@pytest.fixture
def mistakes(tmp_path: Path) -> Callable[[str], list[str]]:
    def told(text: str) -> list[str]:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            config.load(path)
        return list(caught.value.problems)

    return told


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (r"mute = ['x', '/\bbox(/']", r"digests.daily.mute.2: '/\bbox(/' is no pattern: missing ) at character 8; me"),
        ("mute = ['//']", "digests.daily.mute.1: // is an empty pattern; write what it should find"),
        ("mute = ['/x*/']", "digests.daily.mute.1: '/x*/' finds every text, an empty one too; write a pattern that"),
        ("mute = ['/dam']", "digests.daily.mute.1: '/dam' begins like a pattern; a pattern stands between slashes"),
        ("follow = ['dam', ' ']", "digests.daily.follow.2: this is empty; write some text"),
        ("follow = ['--']", "digests.daily.follow.1: '--' has no letter or digit to look for; write a word, or remove"),
        ("follow = ['Dam', 'dam']", "digests.daily.follow.2: 'dam' stands here twice; remove one of them"),
        (
            "follow = ['Erdogan']\nmute = ['x', 'Erdoğan']",
            "digests.daily.mute.2: 'Erdoğan' stands in follow too, which says the opposite; remove one of them",
        ),
        ("feeds = ['Exampel World']", "digests.daily.feeds.1: no feed is 'Exampel World'; did you mean 'Example Wor"),
        ("feeds = ['https://a.example/']", "digests.daily.feeds.1: no feed is 'https://a.example/'; write its title "),
        (
            "feeds = ['example world', 'https://FEEDS.example.org/world.xml']",
            "digests.daily.feeds.2: 'https://FEEDS.example.org/world.xml' is a feed that stands here already; remove",
        ),
        ("feeds = []", "digests.daily.feeds: an empty list; name at least one"),
    ],
)  # fmt: skip
def test_a_wrong_word_of_a_digest_is_told_with_key_position_and_cure(mistakes, lines: str, told: str) -> None:
    (line,) = mistakes(f"{FEED}[digests.daily]\n{lines}\n")
    assert line.startswith(told)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("skip = ['/[/']", "feeds 1 (Example World).skip.1: '/[/' is no pattern: "),
        ("only = []", "feeds 1 (Example World).only: an empty list; name at least one"),
        ("only = ['dam']\nskip = ['Dam']", "feeds 1 (Example World).skip.1: 'Dam' stands in only too, which says the"),
    ],
)
def test_a_wrong_word_of_a_feed_is_told_with_key_position_and_cure(mistakes, lines: str, told: str) -> None:
    (line,) = mistakes(FEED + lines)
    assert line.startswith(told)


def test_all_wrong_words_are_told_at_once(mistakes) -> None:
    told = mistakes(f"{FEED}skip = ['/[/']\n[digests.daily]\nmute = ['/(/', 'x', '/)/']\nfollow = ['x']\nat = '7am'")
    assert len(told) == 4
    assert [line.partition(": ")[0] for line in told] == [
        "feeds 1 (Example World).skip.1", "digests.daily.at", "digests.daily.mute.1", "digests.daily.mute.3",
    ]  # fmt: skip


def test_a_digest_holds_the_feeds_it_names_beside_its_sections_or_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        FEED
        + """section = "World"
        [[feeds]]
        url = "https://b.example/"
        section = "Science"
        [[feeds]]
        url = "https://c.example/"
        title = "C"
        section = "Science"
        [digests.all]
        [digests.both]
        sections = ["World"]
        feeds = ["c"]
        [digests.named]
        feeds = ["https://b.example", "Example World"]
        """
    )
    settings = config.load(path)
    held = {
        name: [feed.title or feed.url for feed in config.feeds_of(settings, digest)]
        for name, digest in settings.digests.items()
    }
    assert held == {
        "all": ["Example World", "https://b.example/", "C"],
        "both": ["Example World", "C"],
        "named": ["Example World", "https://b.example/"],
    }
