from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest import sample
from digest.feeds.outlets import outlet
from digest.feeds.parse import parse
from digest.model import Bounds, Item, Link, Mark, NameCounts, ParsedFeed, Profile, TermCounts
from digest.threads import names
from digest.threads.linking import LOOKUP_SHARED, PROFILE_TERMS, VOICES, WINDOW, link, lookup_terms, profile
from digest.threads.rarity import Learned
from digest.threads.stories import Grouper
from digest.threads.voices import voices
from digest.threads.words import language
from digest.threads.words import terms as weights

NOON = datetime(2023, 7, 1, 12, tzinfo=UTC)
LABELLED = Path(__file__).parents[3] / "shared" / "threading"

DAM = (
    (
        "Hestrand dam breaks and floods the Ulvenmark valley",
        "The dam at Hestrand broke in the night, and Ulvenmark and Norrask were flooded. Premier Ilka Orlan sent help.",
    ),
    (
        "Thousands flee as water pours from broken Hestrand dam",
        "Families left Ulvenmark in boats after the dam above it gave way. Near Norrask, Orlan met those who fled.",
    ),
)
DAM_INQUIRY = (
    (
        "Inquiry into the Hestrand dam hears Orlan",
        "Engineers had warned of cracks in the dam, the inquiry at Norrask heard. Ilka Orlan saw no letter before "
        "the night when Ulvenmark was flooded.",
    ),
    (
        "Orlan tells inquiry she never read the warnings",
        "Asked why nobody emptied the lake at Hestrand, Orlan said in Norrask that cracks in a dam are no rare thing. "
        "Families who fled from Ulvenmark left the hall.",
    ),
)
DAM_TRIAL = (
    (
        "Builders of the Hestrand dam go on trial",
        "A court at Norrask tries three builders over the dam whose cracks the inquiry found, and whose water flooded "
        "Ulvenmark in the night.",
    ),
    (
        "Three deny guilt over broken dam",
        "They had built what the plans of Hestrand said, the three told judges at Norrask. Families from Ulvenmark "
        "and Premier Orlan will be heard.",
    ),
)
BREAD = (
    (
        "Orlan opens a bread fair in Norrask",
        "Bakers from forty places came to Norrask, where Ilka Orlan cut the first loaf of the autumn.",
    ),
    (
        "Rye wins at the autumn fair of bakers",
        "A dark loaf took the prize which Orlan handed over in Norrask, to the joy of a baker aged ninety.",
    ),
)
CHOIR = (
    (
        "Choir of Quillhaven wins a singing prize in Tessaly",
        "The jury in Tessaly praised young voices from Quillhaven, and a solo by Petra Lindqvale.",
    ),
    (
        "Lindqvale's solo carries Quillhaven singers to first place",
        "Never before did singers from Quillhaven come first in Tessaly, whose own choir came second.",
    ),
)


class Memory:
    """What a store keeps for linking, through JSON as a store would, with its lookup."""

    def __init__(self, window: timedelta = WINDOW) -> None:
        self.window = window
        self.learned: dict[str, Learned] = {}
        self.names: dict[str, NameCounts] = {}
        self.items: dict[int, list[Item]] = {}
        self.profiles: dict[int, Profile] = {}
        self.threads: dict[int, int] = {}
        self.bounds = Bounds()

    @property
    def terms(self) -> dict[str, TermCounts]:
        return {spoken: learned.now for spoken, learned in self.learned.items()}

    def learn(self, items: Sequence[Item]) -> None:
        for one in items:
            uses = weights(one.title, one.summary, one.language, outlet=one.outlet_name)
            self.learned.setdefault(one.language, Learned(TermCounts(0, {}))).count([uses])
        for spoken, changed in names.counted(self.names, items).items():
            before = self.names.get(spoken, NameCounts({})).counts
            self.names[spoken] = NameCounts({**before, **changed.counts})

    def put(self, joined: Mapping[int, Sequence[Item]]) -> tuple[Link, ...]:
        """Items by story, counted before."""
        changed = []
        for story_id, items in joined.items():
            self.items.setdefault(story_id, []).extend(items)
            thread_id = self.threads.setdefault(story_id, story_id)
            heard = len(voices(self.items[story_id]))
            if heard >= VOICES:
                made = profile(self.items[story_id], self.terms, story_id=story_id, thread_id=thread_id, voices=heard)
                self.profiles[story_id] = replace(made, terms=json.loads(json.dumps(made.terms)))
                changed.append(self.profiles[story_id])
        return self.link(changed)

    def link(self, changed: Sequence[Profile]) -> tuple[Link, ...]:
        found = link(changed, self._known(changed), self.names, self.terms, window=self.window, bounds=self.bounds)
        for one in found:
            thread_id = one.story_id if one.thread_id is None else one.thread_id
            self.threads[one.story_id] = thread_id
            self.profiles[one.story_id] = replace(self.profiles[one.story_id], thread_id=thread_id)
        return found

    def tell(self, story_id: int, days: float, *reports: tuple[str, str], language: str = "en") -> Link | None:
        """Two outlets or more report a story; its link where it was judged."""
        number = 100 * sum(map(len, self.items.values()))
        found = [
            item(number + n, title, days + n / 24, summary, language) for n, (title, summary) in enumerate(reports)
        ]
        self.learn(found)
        return next(iter(self.put({story_id: found})), None)

    def _known(self, changed: Sequence[Profile]) -> list[Profile]:
        wanted = {one.thread_id for one in changed} | {self.threads[story] for story in self.bounds.stories}
        lookups = {one.story_id: set(lookup_terms(one, self.names, self.terms)) for one in self.profiles.values()}
        for one in changed:
            near = (other for other, found in lookups.items() if len(found & lookups[one.story_id]) >= LOOKUP_SHARED)
            wanted |= {self.threads[other] for other in near}
        return [one for one in self.profiles.values() if one.thread_id in wanted]


def item(number: int, title: str, days: float, summary: str = "", language: str = "en") -> Item:
    at = NOON + timedelta(days=days)
    return Item(number, 1, "Feed", title, None, summary, f"o{number}.example", f"Outlet {number}", language, at, at)


@pytest.fixture
def memory() -> Memory:
    found = Memory()
    found.tell(1, 0, *DAM)
    return found


def test_developments_of_one_matter_are_one_thread_over_months(memory):
    assert memory.tell(2, 70, *DAM_INQUIRY).thread_id == 1
    assert memory.tell(3, 150, *DAM_TRIAL).thread_id == 1
    assert memory.threads == {1: 1, 2: 1, 3: 1}


def test_another_matter_stays_alone_even_with_a_person_and_a_place_in_common(memory):
    found = memory.tell(2, 3, *BREAD)
    assert not found.moved
    assert memory.tell(3, 4, *CHOIR).nearest is None


def test_a_story_of_one_voice_is_not_linked(memory):
    assert memory.tell(2, 70, DAM_INQUIRY[0]) is None
    assert memory.threads[2] == 2


def test_a_story_is_linked_once_it_has_a_second_voice(memory):
    memory.tell(2, 70, DAM_INQUIRY[0])
    assert memory.tell(2, 70.5, DAM_INQUIRY[1]).thread_id == 1


def test_a_thread_silent_for_longer_than_the_window_takes_nothing(memory):
    assert not memory.tell(2, 182, *DAM_INQUIRY).moved
    memory.window = timedelta(days=1000)
    assert memory.link([memory.profiles[2]])[0].thread_id == 1


def test_a_late_story_from_before_the_thread_links_as_well(memory):
    assert memory.tell(2, -20, *DAM_INQUIRY).thread_id == 1


def test_a_linked_story_stays_whatever_it_grows_into(memory):
    memory.tell(2, 70, *DAM_INQUIRY)
    found = memory.tell(2, 70.5, *CHOIR, *BREAD)
    assert not found.moved
    assert found.thread_id == 1


def test_threads_of_several_stories_never_become_one(memory):
    memory.tell(2, 70, *DAM_INQUIRY)
    for story_id, days in ((3, 300), (4, 310)):
        memory.tell(story_id, days, *(DAM_TRIAL if story_id == 3 else DAM_INQUIRY))
    assert memory.threads == {1: 1, 2: 1, 3: 3, 4: 3}
    memory.window = timedelta(days=1000)
    assert not any(found.moved for found in memory.link(list(memory.profiles.values())))


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_arrivals_of_any_size_give_the_same_threads(size):
    memory = Memory()
    told = (DAM, CHOIR, DAM_INQUIRY, BREAD, DAM_TRIAL)
    stream = [
        (story, item(10 * story + n, title, 20 * story + n, summary))
        for story, reports in enumerate(told, 1)
        for n, (title, summary) in enumerate(reports)
    ]
    for start in range(0, len(stream), size):
        batch = stream[start : start + size]
        memory.learn([one for _, one in batch])
        memory.put({story: [one for its, one in batch if its == story] for story, _ in batch})
    assert memory.threads == {1: 1, 2: 2, 3: 1, 4: 4, 5: 1}


def test_the_link_tells_its_evidence(memory):
    found = memory.tell(2, 70, *DAM_INQUIRY)
    assert found.before == 2
    assert found.nearest == 1
    assert found.likeness.all >= found.bars.all
    assert {"hestrand", "ulvenmark"} <= {term for term, _ in found.shared}
    assert sum(part for _, part in found.shared) == pytest.approx(1, abs=0.01)
    assert found.decision is None


def test_a_story_that_stays_alone_tells_what_it_nearly_joined(memory):
    found = memory.tell(2, 3, *BREAD)
    if found.nearest is not None:
        assert found.nearest == 1
        assert found.likeness.others < found.bars.others


def test_stories_put_together_by_hand_are_one_thread_whatever_they_say(memory):
    memory.bounds = Bounds(stories={1: frozenset({Mark(7, 0)}), 2: frozenset({Mark(7, 0)})})
    found = memory.tell(2, 3, *CHOIR)
    assert (found.thread_id, found.decision) == (1, 7)


def test_a_story_put_into_a_thread_by_hand_joins_it_over_the_likelier_one(memory):
    memory.tell(2, 1, *CHOIR)
    memory.bounds = Bounds(stories={2: frozenset({Mark(7, 0)}), 3: frozenset({Mark(7, 0)})})
    assert memory.tell(3, 70, *DAM_INQUIRY).thread_id == 2


def test_stories_parted_by_hand_do_not_meet_again(memory):
    memory.bounds = Bounds(stories={1: frozenset({Mark(7, -1)}), 2: frozenset({Mark(7, 1)})})
    found = memory.tell(2, 70, *DAM_INQUIRY)
    assert not found.moved
    assert (found.nearest, found.decision) == (1, 7)


def test_a_story_split_off_leaves_the_thread_and_the_other_keeps_it(memory):
    memory.tell(2, 70, *DAM_INQUIRY)
    memory.bounds = Bounds(stories={1: frozenset({Mark(7, -1)}), 2: frozenset({Mark(7, 1)})})
    first, second = memory.link([memory.profiles[1], memory.profiles[2]])
    assert (first.thread_id, first.moved) == (1, False)
    assert (second.thread_id, second.decision, second.moved) == (None, 7, True)


def test_the_later_of_two_decisions_wins(memory):
    parted, put = Mark(7, -1), Mark(8, 0)
    memory.bounds = Bounds(stories={1: frozenset({parted, put}), 2: frozenset({Mark(7, 1), put})})
    assert memory.tell(2, 3, *CHOIR).thread_id == 1
    memory.bounds = Bounds(stories={1: frozenset({Mark(9, -1), put}), 2: frozenset({Mark(9, 1), put})})
    assert memory.link([memory.profiles[2]])[0].thread_id is None


def test_stories_of_two_languages_are_not_linked(memory):
    assert not memory.tell(2, 1, *DAM, language="sv").moved


def test_a_profile_holds_shares_of_items_and_a_bounded_number_of_terms():
    items = [item(1, "Hestrand dam breaks", 0), item(2, "Hestrand lake rises", 1)]
    made = profile(items, {}, story_id=1, thread_id=1, voices=2)
    assert made.terms["hestrand"] == 1.0
    assert made.terms["lake"] == 0.5
    assert (made.first, made.last) == (items[0].published, items[1].published)
    long = [item(n, "", 0, " ".join(f"w{chr(97 + n)}{chr(97 + k % 26)}{k}" for k in range(120))) for n in range(5)]
    assert len(profile(long, {}, story_id=1, thread_id=1, voices=2).terms) == PROFILE_TERMS
    with pytest.raises(ValueError, match="no item"):
        profile([], {}, story_id=1, thread_id=1, voices=0)


def test_a_story_is_found_by_its_names_only(memory):
    found = lookup_terms(memory.profiles[1], memory.names, memory.terms)
    assert {"hestrand", "ulvenmark", "norrask"} <= set(found)
    assert not {"dam", "valley", "night"} & set(found)


SHIPMENT = (
    ("平壤向莫斯科运送集装箱", "白宫表示，平壤通过罗津港向莫斯科运送了一千个集装箱的弹药，绍伊古曾在七月访问平壤。"),
    ("白宫公布罗津港卫星图像", "图像显示一艘俄罗斯货船在罗津港装载集装箱，白宫称弹药由平壤运往莫斯科前线。"),
)
SECOND_SHIPMENT = (
    ("罗津港再次向莫斯科运送弹药", "白宫称，又有集装箱从罗津港运往莫斯科，绍伊古访问平壤后平壤的弹药运输增加。"),
    ("卫星图像显示罗津港集装箱增加", "平壤否认向莫斯科运送弹药，白宫公布的图像显示俄罗斯货船在罗津港装载集装箱。"),
)
CHINESE_BREAD = (
    ("北京面包节开幕", "来自四十个村庄的面包师在北京展出秋天的第一批面包，市民排队品尝。"),
    ("黑麦面包获奖", "九十岁的面包师凭借黑麦面包在节日上获得一等奖，评委称赞其味道。"),
)


def test_scripts_without_capitals_are_linked_by_their_rare_terms():
    memory = Memory()
    memory.tell(1, 0, *SHIPMENT, language="zh")
    assert memory.tell(2, 9, *SECOND_SHIPMENT, language="zh").thread_id == 1
    assert not memory.tell(3, 10, *CHINESE_BREAD, language="zh").moved


def sample_days() -> list[list[tuple[str, Item]]]:
    """The sample's new items day by day, as polls of its feeds would store them."""
    seen: set[tuple[str, str | None]] = set()
    days = []
    for day in sample.DAYS:
        found = []
        for number, publisher in enumerate(sample.OUTLETS, 1):
            url = f"https://www.{publisher.name}.example/feed.xml"
            feed = parse(sample.feed_bytes(day, publisher.name) or b"", url, None, day)
            assert isinstance(feed, ParsedFeed)
            for told in feed.items:
                if (publisher.name, told.guid) in seen:
                    continue
                seen.add((publisher.name, told.guid))
                one = Item(
                    id=len(seen),
                    feed_id=number,
                    feed=publisher.title,
                    title=told.title,
                    url=told.url,
                    summary=told.summary,
                    outlet=outlet(
                        told.url, feed_id=number, feed_url=url, site_url=feed.site_url, source_url=told.source_url
                    ),
                    outlet_name=told.source_title or publisher.title,
                    language=language(told.language or feed.language, f"{told.title} {told.summary}"),
                    published=told.published or day,
                    first_seen=day,
                )
                found.append((f"{publisher.name} {told.guid}", one))
        days.append(found)
    return days


@pytest.mark.parametrize("eagerness", ["careful", "normal", "eager"])
def test_the_sample_links_its_three_stories_of_one_matter_and_nothing_else(eagerness):
    memory = Memory()
    grouper = Grouper((), {}, next_id=1, eagerness=eagerness)
    for day in sample_days():
        items = [one for _, one in day]
        grouping = grouper.add(items)
        assert not grouping.merged
        memory.learn(items)
        memory.put(
            {
                story: [one for one in items if grouping.joined[one.id] == story]
                for story in set(grouping.joined.values())
            }
        )
    sizes = Counter(memory.threads.values())
    (thread,) = [thread for thread, size in sizes.items() if size > 1]
    inside = [story for story, its in memory.threads.items() if its == thread]
    told = {story: " ".join(f"{one.title} {one.summary}" for one in memory.items[story]) for story in inside}
    (july,) = [story for story in inside if memory.items[story][0].published.month == 7]
    (september,) = [story for story in inside if memory.items[story][0].published.month == 9]
    (october,) = [story for story in inside if memory.items[story][0].published.month == 10]
    assert "Shoigu" in told[july]
    assert "Putin" in told[september]
    assert "containers" in told[october]
    assert len(memory.items[october]) == 22


@pytest.mark.skipif(not LABELLED.exists(), reason="the labelled files are not beside the checkout")
@pytest.mark.parametrize(("days", "linked"), [(180, 3), (1000, 4)])
def test_the_labelled_case_links_what_the_window_holds_and_no_lone_item(days, linked):
    memory = Memory(timedelta(days=days))
    ids: dict[str, int] = {}
    for batch in by_day(LABELLED / "case_north_korea.dev.jsonl.gz"):
        memory.learn([one for _, one in batch])
        stories = {ids.setdefault(label, len(ids) + 1) for label, _ in batch}
        memory.put({story: [one for label, one in batch if ids[label] == story] for story in stories})
    sizes = Counter(memory.threads.values())
    assert sorted(sizes.values())[-2:] == [1, linked]
    assert len(ids) == 49


def by_day(path: Path) -> list[list[tuple[str, Item]]]:
    days: dict[str, list[tuple[str, Item]]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            row = json.loads(line)
            when, publisher = datetime.fromisoformat(row["published"]), row["source"]
            one = Item(
                number, 1, publisher, row["title"], None, row["summary"], publisher, publisher, row["lang"], when, when
            )
            days.setdefault(row["published"][:10], []).append((row["story"], one))
    return [batch for _, batch in sorted(days.items())]
