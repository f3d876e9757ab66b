"""The schedule with a moved clock: real database, real pipeline, real maildir; only the time is the test's.

Whatever the clock does, four things hold (``Life.hold``): no slot has two editions, windows join without gap or
overlap, every item lies in exactly one of them, and there is one mail an edition.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes
from email.policy import default
from functools import cache
from pathlib import Path
from typing import Any, Self

import pytest

from digest import pipeline
from digest.config import WEEKDAYS, Config, Digest, Feed, MaildirTransport
from digest.model import FeedUpdate, NewItem, ParsedItem
from digest.store import Store

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def when(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(eq=False)
class Life:
    """A server over some days: it looks at the clock every half hour, and an item comes in every hour."""

    folder: Path
    store: Store
    now: datetime
    at: str = "07:00"
    zone: str = "UTC"
    days: tuple[str, ...] = WEEKDAYS
    items: int = 0
    last_item: datetime | None = None

    @property
    def settings(self) -> Config:
        return self._made(self.at, self.zone, self.days)

    @cache  # noqa: B019  as short-lived as the test
    def _made(self, at: str, zone: str, days: tuple[Any, ...]) -> Config:
        digest = Digest(
            at=time.fromisoformat(at), days=days, timezone=zone, to=("me@example.org",), deliver=("outbox",)
        )
        return Config(
            path=self.folder / "config.toml",
            database=self.folder / "digest.db",
            feeds=(Feed(url="https://coast.example/feed.xml", title="Coast Daily"),),
            digests={"daily": digest},
            transports={"outbox": MaildirTransport(type="maildir", folder=self.folder / "outbox")},
        )

    def tick(self) -> None:
        """One look at the clock, as each minute brings one."""
        pipeline.know_digests(self.store, self.settings, lambda: self.now)
        if self.last_item is None or abs(self.now - self.last_item) >= HOUR:
            self._item()
        pipeline.publish_scheduled(self.store, self.settings, lambda: self.now)
        pipeline.deliver_scheduled(self.store, self.settings, lambda: self.now)

    def until(self, end: str, step: timedelta = 30 * MINUTE) -> Self:
        """Time goes on; the last look is at ``end``."""
        while self.now < when(end):
            self.tick()
            self.now += step
        self.now = when(end)
        self.tick()
        return self

    def jump(self, to: str) -> Self:
        """The clock is set, or the machine slept: nobody looks in between."""
        self.now = when(to)
        return self

    def _item(self) -> None:
        self.items += 1
        self.last_item = self.now
        item = ParsedItem(
            title=f"Report {self.items}", url=f"https://coast.example/{self.items}", language="en", published=self.now
        )
        state = self.store.feeds.states(self.store.feeds.subscribe(self.settings.feeds, self.now))[0]
        new = NewItem(item, (f"g:{self.items}",), item.title, "coast.example")
        self.store.items.write(FeedUpdate(state, (new,)), lambda: self.now)

    # --- what came of it ---

    def _rows(self, sql: str) -> list[Any]:
        return self.store._database.conn.execute(sql).fetchall()

    @property
    def editions(self) -> list[str]:
        """The slots that have editions, in the order in which these came."""
        return [
            f"{when(row[0][:19]):%Y-%m-%d %H:%M}" for row in self._rows("SELECT slot FROM editions ORDER BY number")
        ]

    @property
    def composed(self) -> list[str]:
        return [f"{when(row[0][:19]):%d %H:%M}" for row in self._rows("SELECT composed FROM editions ORDER BY number")]

    def texts(self) -> list[str]:
        """The texts of the mails, with their subjects, in order and without line breaks."""
        mails = [
            message_from_bytes(path.read_bytes(), policy=default) for path in (self.folder / "outbox" / "new").glob("*")
        ]
        mails.sort(key=lambda mail: mail["Date"].datetime)
        return [" ".join(f"{mail['Subject']} | {mail.get_body(('plain',)).get_content()}".split()) for mail in mails]

    def hold(self) -> None:
        """What must be true whatever the clock did."""
        editions = self.editions
        assert len(set(editions)) == len(editions)
        assert len(list((self.folder / "outbox" / "new").glob("*"))) == len(editions)
        windows = [tuple(row) for row in self._rows("SELECT since, until FROM editions ORDER BY number")]
        assert [since for since, _ in windows[1:]] == [until for _, until in windows[:-1]]
        seen = [row[0] for row in self._rows("SELECT first_seen FROM items ORDER BY id")]
        inside = [sum(since <= one < until for since, until in windows) for one in seen]
        # Only what came after the last edition waits for the next one.
        assert inside == [1] * sum(inside) + [0] * (len(seen) - sum(inside))
        assert sum(inside) == self._rows("SELECT SUM(items) FROM editions")[0][0]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    stores: list[Store] = []

    def begin(moment: str, at: str = "07:00", zone: str = "UTC") -> Life:
        stores.append(Store.open(tmp_path / "digest.db"))
        return Life(tmp_path, stores[-1], when(moment), at, zone)

    yield begin
    for store in stores:
        store.close()


# --- the odd days of zones, and two zones without any over the same days ---

SPRING, AUTUMN = ("2025-03-28 12:00", "2025-04-01 12:00"), ("2025-10-24 12:00", "2025-10-28 12:00")
MIDNIGHT, NO_DAY = ("2018-11-02 12:00", "2018-11-06 12:00"), ("2011-12-28 12:00", "2012-01-01 20:00")


@pytest.mark.parametrize(
    ("zone", "at", "span", "editions"),
    [
        # 02:30 does not exist on the 30th: the edition comes at 03:00, right after the gap.
        ("Europe/Berlin", "02:30", SPRING, ["29 01:30", "30 01:00", "31 00:30", "01 00:30"]),
        ("Europe/Berlin", "07:00", SPRING, ["29 06:00", "30 05:00", "31 05:00", "01 05:00"]),
        # 02:30 comes twice on the 26th: the first one counts.
        ("Europe/Berlin", "02:30", AUTUMN, ["25 00:30", "26 00:30", "27 01:30", "28 01:30"]),
        ("Europe/Berlin", "07:00", AUTUMN, ["25 05:00", "26 06:00", "27 06:00", "28 06:00"]),
        # 00:00 does not exist on the 4th.
        ("America/Sao_Paulo", "00:00", MIDNIGHT, ["03 03:00", "04 03:00", "05 02:00", "06 02:00"]),
        # There is no 30th.
        ("Pacific/Apia", "07:00", NO_DAY, ["28 17:00", "29 17:00", "30 17:00", "31 17:00", "01 17:00"]),
        *(
            ("Asia/Kolkata", "07:00", span, [f"{day} 01:30" for day in days.split()])
            for span, days in (
                (SPRING, "29 30 31 01"), (AUTUMN, "25 26 27 28"), (MIDNIGHT, "03 04 05 06"), (NO_DAY, "29 30 31 01"),
            )
        ),
        *(
            ("UTC", "07:00", span, [f"{day} 07:00" for day in days.split()])
            for span, days in (
                (SPRING, "29 30 31 01"), (AUTUMN, "25 26 27 28"), (MIDNIGHT, "03 04 05 06"), (NO_DAY, "29 30 31 01"),
            )
        ),
    ],
)  # fmt: skip
def test_each_local_day_that_exists_has_one_edition_in_time(
    start: Any, zone: str, at: str, span: tuple[str, str], editions: list[str]
) -> None:
    life = start(span[0], at, zone).until(span[1])
    assert life.composed == editions
    assert [slot[8:] for slot in life.editions] == editions
    assert not any("did not come" in text for text in life.texts())
    life.hold()


def test_the_missing_day_of_apia_appears_in_no_edition_and_loses_no_item(start: Any) -> None:
    life = start(NO_DAY[0], "07:00", "Pacific/Apia").until(NO_DAY[1])
    days = [row[0] for row in life._rows("SELECT day FROM editions ORDER BY number")]
    assert days == ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01", "2012-01-02"]
    life.hold()


# --- a machine that slept, or was off ---


def test_three_days_of_sleep_are_made_up_for_by_one_edition_that_says_its_span(start: Any) -> None:
    life = start("2025-03-28 12:00", "07:00", "Europe/Berlin").until("2025-03-29 12:00")
    life.jump("2025-04-01 12:30").until("2025-04-02 12:00")
    assert life.composed == ["29 06:00", "01 12:30", "02 05:00"]
    assert life.editions == ["2025-03-29 06:00", "2025-04-01 05:00", "2025-04-02 05:00"]
    ordinary, late, next_one = life.texts()
    assert "This edition covers 3 days, since 29 Mar: the editions due on 30 and 31 Mar did not come." in late
    assert "30 Mar–1 Apr" in late.partition(" | ")[0]
    assert "did not come" not in ordinary + next_one
    life.hold()


@pytest.mark.parametrize("wakes", ["05:59", "07:00", "07:01", "23:59"])
def test_whenever_it_wakes_there_is_one_edition_for_all_that_was_missed(start: Any, wakes: str) -> None:
    life = start("2025-06-01 12:00").until("2025-06-02 12:00")
    life.jump(f"2025-06-05 {wakes}").tick()
    slot = "04" if wakes == "05:59" else "05"
    assert life.editions == ["2025-06-02 07:00", f"2025-06-{slot} 07:00"]
    life.until("2025-06-06 12:00")
    assert len(life.editions) == (4 if wakes == "05:59" else 3)
    life.hold()


def test_sleep_across_both_changes_of_a_year_is_one_edition(start: Any) -> None:
    life = start("2025-03-28 12:00", "02:30", "Europe/Berlin").until("2025-03-29 12:00")
    life.jump("2025-11-02 12:00").tick()
    assert life.editions == ["2025-03-29 01:30", "2025-11-02 01:30"]
    assert "the 217 editions due since 30 Mar did not come" in life.texts()[-1]
    life.hold()


def test_sleeping_again_and_again_is_one_edition_each_time(start: Any) -> None:
    life = start("2025-06-01 12:00").until("2025-06-02 12:00")
    for morning in ("2025-06-04 09:00", "2025-06-07 09:00", "2025-06-11 09:00"):
        life.jump(morning).tick()
        life.now += MINUTE
        life.tick()
    assert life.editions == [f"2025-06-{day} 07:00" for day in ("02", "04", "07", "11")]
    life.hold()


# --- a clock that is set ---


@pytest.mark.parametrize("moment", ["2025-06-02 06:30", "2025-06-02 07:00", "2025-06-02 07:20", "2025-06-02 12:00"])
def test_a_clock_set_back_an_hour_brings_nothing_twice_and_loses_nothing(start: Any, moment: str) -> None:
    life = start("2025-06-01 12:00").until(moment)
    life.now -= HOUR
    life.until("2025-06-04 12:00")
    assert life.editions == [f"2025-06-{day} 07:00" for day in ("02", "03", "04")]
    life.hold()


@pytest.mark.parametrize(("back", "again"), [(5 * HOUR, []), (26 * HOUR, []), (2 * DAY, ["2025-06-01 07:00"])])
def test_a_clock_set_back_by_more_brings_the_days_again_but_no_slot_and_no_item_twice(
    start: Any, back: timedelta, again: list[str]
) -> None:
    life = start("2025-06-01 12:00").until("2025-06-02 12:00")
    life.now -= back
    life.until("2025-06-04 12:00")
    assert life.editions == ["2025-06-02 07:00", *again, "2025-06-03 07:00", "2025-06-04 07:00"]
    life.hold()


@pytest.mark.parametrize("ahead", [30 * MINUTE, 5 * HOUR, 23 * HOUR, DAY, 2 * DAY, 3 * DAY, 400 * DAY])
def test_a_clock_set_forward_and_back_loses_no_item_and_no_later_edition(start: Any, ahead: timedelta) -> None:
    """Slots that the wrong clock brought early are not brought again; the days between get theirs."""
    life = start("2025-06-01 12:00").until("2025-06-02 12:00")
    wrong = life.now + ahead
    life.now = wrong
    life.tick()
    early = set(life.editions[1:])
    life.jump("2025-06-02 12:30").until("2025-06-08 12:00")
    expected = {f"2025-06-0{day} 07:00" for day in range(2, 9)} | early
    assert set(life.editions) == expected
    life.hold()


# --- a digest whose schedule changes ---


@pytest.mark.parametrize(
    ("zone", "editions"),
    [
        ("Asia/Tokyo", ["02 05:00", "02 22:00", "03 22:00"]),
        ("America/Los_Angeles", ["02 05:00", "02 14:00", "03 14:00"]),
        ("Pacific/Kiritimati", ["02 05:00", "02 17:00", "03 17:00"]),
        ("Europe/London", ["02 05:00", "02 06:00", "03 06:00"]),
    ],
)
def test_another_zone_counts_from_the_next_slot_on(start: Any, zone: str, editions: list[str]) -> None:
    life = start("2025-06-01 12:00", "07:00", "Europe/Berlin").until("2025-06-02 05:30")
    life.zone = zone
    life.until("2025-06-04 12:00")
    assert life.composed[:3] == editions
    assert not any("did not come" in text for text in life.texts())
    life.hold()


@pytest.mark.parametrize(
    ("changed", "at", "editions"),
    [
        ("06:30", "09:00", ["02 09:00", "03 09:00"]),  # put off before it came
        ("08:00", "09:00", ["02 07:00", "02 09:00", "03 09:00"]),  # another slot of the day is still to come
        ("10:00", "09:00", ["02 07:00", "02 10:00", "03 09:00"]),  # a slot that nobody published is caught up
        ("08:00", "06:00", ["02 07:00", "03 06:00"]),  # it came already, an hour later than is now wished
        ("06:30", "06:00", ["02 06:30", "03 06:00"]),  # today's is due at once
        ("04:00", "06:00", ["02 06:00", "03 06:00"]),
    ],
)
def test_another_time_of_the_day_is_at_most_one_edition_a_slot(
    start: Any, changed: str, at: str, editions: list[str]
) -> None:
    life = start("2025-06-01 12:00").until(f"2025-06-02 {changed}")
    life.at = at
    life.tick()
    life.until("2025-06-03 12:00")
    assert life.composed == editions
    life.hold()


def test_days_that_only_the_new_schedule_has_are_not_said_to_be_missed(start: Any) -> None:
    life = start("2025-06-01 12:00")
    life.days = ("mon",)
    life.until("2025-06-04 10:00")
    life.days = WEEKDAYS
    life.until("2025-06-05 12:00")
    assert life.composed == ["02 07:00", "04 10:00", "05 07:00"]
    assert not any("did not come" in text for text in life.texts())
    life.jump("2025-06-08 12:00").tick()
    assert "the editions due on 6 and 7 Jun did not come" in life.texts()[-1]
    life.hold()
