"""What editions tell is decided once for every digest, for a time or until it is undone, and changes no grouping."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.archive import Archive
from support.prepared import TITLES, Prepared

from digest import pipeline
from digest.config import Config
from digest.errors import DigestError
from digest.model import Edition, Item, Place
from digest.pipeline import correcting, deciding
from digest.pipeline.publishing import draft
from digest.pipeline.whereabouts import whereabouts
from digest.store import Store

DAY = timedelta(days=1)
DAM, LIBRARY, BEIJING, RYE = TITLES


@pytest.fixture
def archive(tmp_path: Path):
    made = Archive(tmp_path)
    yield made
    made.store.close()


def settings(archive: Archive, **more: object) -> Config:
    database = archive.store.path
    return Config(
        path=database.with_name("config.toml"), database=database, feeds=tuple(archive.feeds.values()), **more
    )


def test_a_muted_word_counts_for_a_week_and_no_longer(archive: Archive) -> None:
    made = deciding.mute_word(archive.store, "football", deciding.WEEK, archive.now)
    assert made.until == archive.now + 7 * DAY
    wishes = archive.store.decisions.wishes
    assert wishes(archive.now).muted_words == ("football",)
    assert wishes(archive.now + 7 * DAY - timedelta(seconds=1)).muted_words == ("football",)
    assert wishes(archive.now + 7 * DAY).muted_words == ()


def test_a_decision_counts_for_no_edition_before_it(archive: Archive) -> None:
    """So a slot of yesterday that is caught up looks as it would have looked."""
    deciding.follow_word(archive.store, "ferry", archive.now)
    assert archive.store.decisions.wishes(archive.now - DAY).followed_words == ()
    assert archive.store.decisions.wishes(archive.now).followed_words == ("ferry",)


def test_a_followed_thread_is_followed_wherever_its_id_leads(archive: Archive) -> None:
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    one, other = archive.thread(flood[0]), archive.thread(ferry[0])
    deciding.follow(archive.store, other, archive.now)
    correcting.merge(archive.store, one, other, archive.now)
    assert archive.store.decisions.wishes(archive.now).followed == {one}
    with pytest.raises(DigestError, match=f"you follow thread {one} already"):
        deciding.follow(archive.store, one, archive.now)


def test_an_outlet_is_starred_by_its_domain_its_name_or_its_family(archive: Archive) -> None:
    archive.flood()
    store = archive.store
    for told in ("coastdaily.example", "Coast Daily", "COAST DAILY"):
        made = deciding.star(store, settings(archive), told, archive.now)
        assert (made.outlet, made.about) == ("coastdaily.example", "Coast Daily")
        correcting.undo(store, made.id, archive.now)
    with pytest.raises(DigestError, match=r"no report of an outlet 'nowhere\.example'"):
        deciding.star(store, settings(archive), "nowhere.example", archive.now)


def test_no_feed_gets_the_star_of_another_outlet_by_calling_itself_so(archive: Archive) -> None:
    archive.flood()
    archive.say("coastdaily.example", "Buy this")
    made = deciding.star(archive.store, settings(archive), "coastdaily.example", archive.now)
    assert (made.outlet, made.about) == ("coastdaily.example", "Coast Daily")


def test_a_family_is_starred_by_its_name(tmp_path: Path) -> None:
    """Pages show its name as that of the outlet."""
    ready = Prepared(tmp_path)
    families = {"Alpha House": ("alpha.example", "beta.example")}
    with Store.open(tmp_path / "digest.db", families) as store:
        house = replace(ready.settings, families=families)
        assert deciding.star(store, house, "Alpha House", ready.now).outlet == "alpha.example"
        with pytest.raises(DigestError, match="is starred already"):
            deciding.star(store, house, "alpha.example", ready.now)


@pytest.mark.parametrize("kind", ["mute", "follow", "mute-word", "follow-word", "star"])
def test_each_is_listed_and_undone_like_any_other_decision(archive: Archive, kind: str) -> None:
    flood = archive.flood()
    archive.group()
    store, now, thread = archive.store, archive.now, archive.thread(flood[0])
    before = archive.groups()
    nothing = store.decisions.wishes(now)
    made = {
        "mute": lambda: deciding.mute(store, thread, DAY, now),
        "follow": lambda: deciding.follow(store, thread, now),
        "mute-word": lambda: deciding.mute_word(store, "rain", DAY, now),
        "follow-word": lambda: deciding.follow_word(store, "rain", now),
        "star": lambda: deciding.star(store, settings(archive), "coastdaily.example", now),
    }[kind]()
    assert store.decisions.all() == [made]
    assert made.kind == kind
    assert store.decisions.wishes(now) != nothing
    archive.group()
    assert archive.groups() == before, "no grouping changes"
    undone = correcting.undo(store, None, now)
    assert undone.undone == now
    assert store.decisions.wishes(now) == nothing


@pytest.mark.parametrize(
    ("word", "cure"),
    [
        ("", "no letter or digit"),
        (" \u200b ", "no letter or digit"),
        ("x" * 501, "longer than 500"),
        ("/(a+/", "is no pattern"),
        ("/.*/", "finds every text"),
        ("/half", "stands between slashes"),
    ],
)
def test_a_word_that_means_nothing_is_refused_with_the_cure(archive: Archive, word: str, cure: str) -> None:
    for decide in (
        lambda: deciding.mute_word(archive.store, word, DAY, archive.now),
        lambda: deciding.follow_word(archive.store, word, archive.now),
    ):
        with pytest.raises(DigestError, match=cure):
            decide()
    assert archive.store.decisions.all() == []


def test_what_is_muted_for_that_long_already_is_not_muted_twice_so_that_one_undo_ends_it(archive: Archive) -> None:
    flood = archive.flood()
    archive.group()
    store, now, thread = archive.store, archive.now, archive.thread(flood[0])
    soon = now + timedelta(seconds=2)
    deciding.mute(store, thread, DAY, now)
    deciding.mute_word(store, "North Korea", DAY, now)
    for mute in (
        lambda span: deciding.mute(store, thread, span, soon),
        lambda span: deciding.mute_word(store, "north-korea", span, soon),
    ):
        for span in (DAY, timedelta(seconds=1)):
            with pytest.raises(DigestError, match="muted for that long already"):
                mute(span)
        mute(2 * DAY)
        mute(3 * DAY)
    assert len(store.decisions.all()) == 6


def test_a_word_is_followed_once_however_it_is_written(archive: Archive) -> None:
    deciding.follow_word(archive.store, "North  Korea", archive.now)
    with pytest.raises(DigestError, match="already"):
        deciding.follow_word(archive.store, "north-korea", archive.now)


# --- In an edition ------------------------------------------------------------------------------


def coming(ready: Prepared) -> Edition:
    settings = ready.settings
    with Store.open(settings.database, settings.families) as store:
        pipeline.thread_items(store, settings)
        [digest] = settings.digests.values()
        return draft(store, settings, digest, lambda: ready.now, ready.now)


def item(ready: Prepared, title: str) -> Item:
    with ready.store() as store:
        number = ready.rows(f"SELECT id FROM items WHERE title = '{title}'")[0][0]
        return store.items.get([number])[0]


def test_a_muted_word_keeps_a_report_out_and_why_names_it(tmp_path: Path) -> None:
    ready = Prepared(tmp_path)
    rye = item(ready, RYE)
    with ready.store() as store:
        deciding.mute_word(store, "rye", deciding.WEEK, ready.now)
        pipeline.thread_items(store, ready.settings)
        [told] = whereabouts(store, ready.settings, rye.id, ready.now).digests
        assert (told.expected, told.word) == (Place.MUTED_WORD, "rye")
    edition = coming(ready)
    assert [(one.item_id, one.place) for one in edition.omitted] == [(rye.id, Place.MUTED_WORD)]
    assert edition.left_out == 1
    ready.later(days=7)
    assert coming(ready).omitted == (), "after a week it is told again"


def test_why_names_the_word_of_then_after_the_mute_is_over(tmp_path: Path) -> None:
    ready = Prepared(tmp_path, deliver=("outbox",))
    rye = item(ready, RYE)
    with ready.store() as store:
        deciding.mute_word(store, "rye", DAY, ready.now)
    ready.later(minutes=1).send()
    ready.later(days=3)
    with ready.store() as store:
        [told] = whereabouts(store, ready.settings, rye.id, ready.now).digests
    assert [one.place for one in told.editions] == [Place.MUTED_WORD]
    assert told.word == "rye"


def test_a_star_of_an_outlet_lifts_what_any_feed_brings_of_it(tmp_path: Path) -> None:
    ready = Prepared(tmp_path)
    with ready.store() as store:
        ready.items(store, "Ferry aground", "Owl in the tower")
    assert coming(ready).top == ()
    with ready.store() as store:
        deciding.star(store, ready.settings, "alpha.example", ready.now)
    edition = coming(ready)
    assert edition.top
    assert {story.reason for story in edition.top} == {"first report from a starred outlet"}


def test_a_star_holds_for_the_family_that_the_outlet_joins_later(tmp_path: Path) -> None:
    ready = Prepared(tmp_path)
    with ready.store() as store:
        ready.items(store, "Ferry aground", "Owl in the tower")
        deciding.star(store, ready.settings, "alpha.example", ready.now)
        text = (tmp_path / "config.toml").read_text()
        (tmp_path / "config.toml").write_text(
            f'{text}\n[families]\n"Alpha House" = ["alpha.example", "beta.example"]\n'
        )
    assert coming(ready).top
