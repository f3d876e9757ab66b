"""A site whose items, stories and threads are said on the page of the test.

room = Pressroom(tmp_path, private=("Inner Circle",))
one, two = room.say("Coast Daily", "Dam breaks"), room.say("Valley Wire", "Dam gives way")
story = room.story(one, two)
room.page(f"threads/{room.thread(story)}/index.html")
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from digest.model import EditedItem, FeedUpdate, NewItem, ParsedItem
from digest.threads import stories as grouping
from support.showing import Showing

FRIDAY = datetime(2023, 10, 13, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OUTLETS = ("Coast Daily", "Valley Wire", "Quiet Review", "Harbour Times", "Long Table", "東都新報", "صحيفة المرفأ")


class Pressroom(Showing):
    """Each outlet is a feed; items come half an hour after each other where no time is given."""

    def __init__(
        self,
        folder: Path,
        *,
        outlets: tuple[str, ...] = OUTLETS,
        private: tuple[str, ...] = (),
        web: str = "",
        digests: tuple[str, ...] = ("daily",),
    ) -> None:
        self.hosts = {name: f"outlet{number}.example" for number, name in enumerate((*outlets, *private))}
        feeds = "".join(
            f'[[feeds]]\nurl = "https://{host}/feed.xml"\ntitle = "{name}"\nsection = "World"\n'
            + ("private = true\n" if name in private else "")
            for name, host in self.hosts.items()
        )
        super().__init__(folder, feeds, digests, web)
        self.clock = FRIDAY

    def say(self, outlet: str, title: str, summary: str = "", at: datetime | None = None, **parsed: Any) -> int:
        """One item of an outlet; returns its id."""
        self.clock = max(self.clock, at or self.clock + HOUR / 2)
        key = f"{title}/{at or self.clock:%d%H%M%S}"
        item = ParsedItem(
            **{
                "title": title,
                "url": f"https://{self.hosts[outlet]}/{len(key)}/{(at or self.clock):%Y%m%d%H%M%S}",
                "summary": summary,
                "language": "en",
                "published": at or self.clock,
                **parsed,
            }
        )
        state = self._state(outlet)
        new = NewItem(item, (key,), title, self.hosts[outlet])
        self.store.items.write(FeedUpdate(state, (new,)), lambda: at or self.clock)
        return int(self.store.items.known(state.id, [key])[key].item_id or 0)

    def edit(self, item_id: int, title: str) -> None:
        """Its outlet writes another headline."""
        [item] = self.store.items.get([item_id])
        outlet = next(name for name in self.hosts if self._state(name).id == item.feed_id)
        parsed = ParsedItem(title=title, url=item.url, summary=item.summary, language="en", published=item.published)
        edited = EditedItem(item_id, parsed, (), title)
        self.store.items.write(FeedUpdate(self._state(outlet), (), (edited,)), lambda: self.clock + HOUR)

    def story(self, *item_ids: int, thread: int | None = None) -> int:
        """Makes one story of the items, in a thread of its own or in that one; returns its id."""
        with self.store.writing():
            number = self.store.stories.next_id()
            state = grouping.state(self.store.items.get(item_ids), self.store.stories.terms(), story_id=number)
            self.store.stories.write([state])
            self.store.stories.assign(dict.fromkeys(item_ids, number))
            if thread is not None:
                self.store.threads.move([number], thread)
        return number

    def thread(self, story_id: int) -> int:
        return self.store.threads.of_story(story_id)

    def prune(self, *item_ids: int) -> None:
        """These items are no longer kept."""
        with self.store.writing():
            for one in item_ids:
                self.store._database.conn.execute("DELETE FROM items WHERE id = ?", (one,))

    def flood(self) -> int:
        """Three reports of three outlets; returns the id of their thread."""
        return self.thread(
            self.story(
                self.say("Coast Daily", "Dam breaks above Vellmoor, valley flooded",
                         "The northern wall of the Vellmoor dam gave way at dawn; three hundred houses stand under "
                         "water.", words=440),
                self.say("Valley Wire", "Vellmoor dam gives way: hundreds of houses flooded",
                         "Water from the broken Vellmoor dam reached the lower villages before noon, rescuers said."),
                self.say("Quiet Review", "Hundreds flee as Vellmoor dam breaks",
                         "Families left the flooded valley below Vellmoor on foot after the dam wall burst."),
            )
        )  # fmt: skip

    def _state(self, outlet: str) -> Any:
        feed = next(one for one in self.settings.feeds if one.title == outlet)
        return self.store.feeds.states(self.store.feeds.subscribe([feed], self.clock))[0]
