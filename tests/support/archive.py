"""A database that items are said into, as polls would bring them, and grouped by the real code.

archive = Archive(tmp_path)
dam = archive.say("Coast Daily", "Dam breaks above Vellmoor, valley flooded", "The northern wall ...")
archive.group()
archive.story(dam)
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest import config
from digest.model import EditedItem, FeedUpdate, NewItem, ParsedItem
from digest.pipeline.grouping import thread_items
from digest.store import Store

MONDAY = datetime(2024, 3, 4, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)

EVERYDAY = (
    ("Library opens late on Thursdays", "Readers asked for evening hours, the council found the money for a year."),
    ("Bus line 12 gets electric buses", "Six vehicles come in May, the depot builds chargers along the wall."),
    ("Bakers' guild names apprentice of the year", "Her rye loaf won over a jury of nine masters in the market hall."),
    ("Why moss grows on the north side", "Shade keeps stones damp, says a botanist, though wind matters as much."),
    (
        "Chess club beats visitors from the capital",
        "The last board took five hours and ended with a rook sacrifice.",
    ),
    ("New roof for the old grain store", "Oak beams from the estate forest replace timbers eaten by beetles."),
    ("Telescope finds ring around small planet", "Ice grains reflect blue light, astronomers write in their journal."),
    ("Phone maker delays folding model", "Hinges failed in the dust test, a supplier said to investors."),
    ("Violinist cancels spring tour", "Doctors advise rest for her shoulder; tickets can be returned until June."),
    ("Wheat harvest smaller than last summer", "Dry weeks in June cost farmers a tenth, their union estimates."),
    ("School kitchens cook with lentils", "Pupils voted for the stew, the dietician reports fewer leftovers."),
    ("Museum shows maps drawn by sailors", "Coastlines were guessed at, and monsters filled the gaps."),
)
"""Headlines and summaries of an ordinary morning, none about another's matter."""


class Archive:
    """One store; each outlet is a feed, items come an hour after each other where no time is given."""

    def __init__(self, folder: Path, threads: config.Threads | None = None) -> None:
        self.store = Store.open(folder / "digest.db")
        self.threads = threads or config.Threads()
        self.feeds: dict[str, config.Feed] = {}
        self.now = MONDAY
        for number, (title, summary) in enumerate(EVERYDAY):
            self.say(f"Outlet {number % 4}", title, summary, at=MONDAY - (12 - number) * HOUR)

    def say(self, outlet: str, title: str, summary: str = "", at: datetime | None = None) -> int:
        """One item of an outlet; returns its id."""
        self.now = max(self.now, at or self.now + HOUR / 4)
        key = f"{outlet}/{title}/{at or self.now:%d%H%M}"
        host = "".join(sign for sign in outlet.lower() if sign.isalnum())
        feed = self.feeds.setdefault(outlet, config.Feed(url=f"https://{host}.example/feed.xml", title=outlet))
        item = ParsedItem(
            title=title, url=f"https://{host}.example/{key}", summary=summary, language="en", published=at or self.now
        )
        state = self.store.feeds.states(self.store.feeds.subscribe([feed], self.now))[0]
        self.store.items.write(
            FeedUpdate(state, (NewItem(item, (key,), title, f"{host}.example"),)), lambda: at or self.now
        )
        known = self.store.items.known(state.id, [key])
        return int(known[key].item_id or 0)

    def edit(self, item_id: int, title: str, summary: str, url: str | None = None) -> None:
        """The publisher rewrites an item, and with ``url`` puts it on another page."""
        [item] = self.store.items.get([item_id])
        state = next(
            state
            for state in self.store.feeds.states(self.store.feeds.subscribed(self.feeds.values()))
            if state.id == item.feed_id
        )
        parsed = ParsedItem(title=title, url=url or item.url, summary=summary, language="en", published=item.published)
        self.store.items.write(FeedUpdate(state, (), (EditedItem(item_id, parsed, (), title),)), lambda: self.now)

    def group(self) -> None:
        """Everything that came in gets its story and thread."""
        thread_items(self.store, self.threads)

    def story(self, item_id: int) -> int:
        """Id of an item's story."""
        return self.store.threads.assignments()[item_id][0]

    def thread(self, item_id: int) -> int:
        """Id of an item's thread."""
        return self.store.threads.assignments()[item_id][1]

    def together(self, item_id: int) -> set[int]:
        """Ids of the items in one story with it, itself included."""
        return {item.id for item in self.store.items.of_story(self.story(item_id))}

    def groups(self) -> set[frozenset[int]]:
        """Ids of the items of each story."""
        found: dict[int, set[int]] = {}
        for item_id, (story, _) in self.store.threads.assignments().items():
            found.setdefault(story, set()).add(item_id)
        return {frozenset(one) for one in found.values()}

    def flood(self) -> list[int]:
        """Three reports of one event."""
        return [
            self.say("Coast Daily", "Dam breaks above Vellmoor, valley flooded",
                     "The northern wall of the Vellmoor dam gave way at dawn; three hundred houses stand under water."),
            self.say("Valley Wire", "Vellmoor dam gives way: hundreds of houses flooded",
                     "Water from the broken Vellmoor dam reached the lower villages before noon, rescuers said."),
            self.say("Quiet Review", "Hundreds flee as Vellmoor dam breaks",
                     "Families left the flooded valley below Vellmoor on foot after the dam wall burst."),
        ]  # fmt: skip

    def dam(self) -> list[int]:
        """Two reports whose names come back in ``inquiry``."""
        return [
            self.say("Coast Daily", "Dam breaks above Vellmoor near Harrowmere, valley flooded",
                     "The northern wall of the Vellmoor dam gave way near Harrowmere; engineer Ostrick was missing. "
                     "Water from Vellmoor reached Harrowmere, said Ostrick."),
            self.say("Valley Wire", "Vellmoor dam gives way: Harrowmere flooded, Ostrick missing",
                     "Water from the broken Vellmoor dam reached Harrowmere, and engineer Ostrick is missing, said "
                     "Harrowmere police."),
        ]  # fmt: skip

    def inquiry(self) -> list[int]:
        """Two reports of a later event of the same matter as ``dam``."""
        return [
            self.say("Coast Daily", "Vellmoor dam inquiry opens, engineer Ostrick heard in Harrowmere court",
                     "The inquiry into the broken Vellmoor dam heard engineer Ostrick in Harrowmere on Monday."),
            self.say("Valley Wire", "Engineer Ostrick tells Harrowmere inquiry of cracks in Vellmoor dam",
                     "Cracks in the Vellmoor dam were known, Ostrick told the inquiry at Harrowmere."),
        ]  # fmt: skip

    def feed_ids(self) -> list[int]:
        """Ids of all feeds that said anything."""
        return list(self.store.feeds.subscribed(self.feeds.values()))

    def ferry(self) -> list[int]:
        """Three reports of another."""
        return [
            self.say("Coast Daily", "Ferry runs aground off Sablewake with 200 aboard",
                     "Passengers of the Ostrelle ferry were taken off by lifeboats; the captain blames fog."),
            self.say("Valley Wire", "200 rescued from stranded ferry near Sablewake",
                     "Lifeboats brought the passengers of the Ostrelle ferry to Sablewake harbour by evening."),
            self.say("Quiet Review", "Fog and a sandbank: Sablewake ferry stuck, passengers safe",
                     "The ferry to Ostrelle hit a sandbank off Sablewake; all passengers are ashore."),
        ]  # fmt: skip
