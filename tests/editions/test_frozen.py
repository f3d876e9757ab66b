"""Freezing: what is read back is what was composed, today and from an archive of another version."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.nouns import make_edition

from digest.editions import frozen
from digest.model import Edition, EditionItem, EditionSection, EditionStory, FeedTrouble, Window

words = st.text(max_size=12)
counts = st.integers(0, 10_000)
times = st.datetimes(datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2100-01-01"), timezones=st.just(UTC))
days = st.dates(date(1990, 1, 1), date(2100, 1, 1))
maybe = st.none() | words
known = {
    "published": times,
    "minutes": st.none() | counts,
    "url": maybe,
    "title": words,
    "outlet": words,
    "feed": words,
}
items = st.builds(EditionItem, item_id=counts, language=words, copy=st.booleans(), private=st.booleans(), **known)
stories = st.builds(
    EditionStory,
    story_id=counts, thread_id=counts, lead=items, others=st.lists(items, max_size=2).map(tuple), gist=maybe,
    gist_outlet=maybe, outlets=st.lists(words, max_size=3).map(tuple), voices=counts, copies=counts, reports=counts,
    day=counts, since=days, reason=maybe,
)  # fmt: skip
sections = st.builds(
    EditionSection,
    name=words,
    stories=st.lists(stories, max_size=2).map(tuple),
    more=st.lists(st.tuples(words, counts), max_size=2).map(tuple),
    blurb=maybe,
)
editions = st.builds(
    Edition,
    digest=words, title=words, slot=times, day=days, ordinal=counts, number=counts, timezone=words, language=words,
    window=st.builds(Window, times, times), top=st.lists(stories, max_size=2).map(tuple),
    sections=st.lists(sections, max_size=2).map(tuple), items=counts, stories=counts, outlets=counts, left_out=counts,
    minutes=counts, feeds=counts, feeds_answered=counts,
    troubles=st.lists(st.builds(FeedTrouble, words, words, st.none() | times), max_size=2).map(tuple),
    notices=st.lists(words, max_size=2).map(tuple), next_slot=st.none() | times, intro=maybe, footer=maybe,
    covers_from=st.none() | days,
)  # fmt: skip


@settings(max_examples=50)
@given(editions)
def test_a_frozen_edition_thaws_to_itself(edition: Edition):
    assert frozen.loads(frozen.dumps(edition)) == edition


def test_equal_editions_freeze_to_equal_text_with_sorted_keys():
    text = frozen.dumps(make_edition())
    assert text == frozen.dumps(make_edition())
    assert list(json.loads(text)) == sorted(json.loads(text))


def test_feed_text_stays_readable_in_the_file():
    assert "月白浜新報" in frozen.dumps(make_edition(title="月白浜新報"))


def test_an_older_document_takes_defaults_for_fields_that_came_later():
    document = json.loads(frozen.dumps(make_edition()))
    del document["intro"], document["footer"], document["covers_from"]
    del document["omitted"], document["kind"], document["top"][0]["related"]
    del document["top"][0]["lead"]["private"], document["top"][0]["lead"]["copy"]
    assert frozen.loads(json.dumps(document)) == make_edition()


def test_fields_that_are_no_more_are_passed_over():
    document = json.loads(frozen.dumps(make_edition()))
    document["weather"] = "rain"
    document["top"][0]["colour"] = {"of": "the day"}
    assert frozen.loads(json.dumps(document)) == make_edition()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"top": 3}', "[" * 100_000])
def test_what_is_no_edition_is_a_value_error(text: str):
    with pytest.raises(ValueError, match=r".+"):
        frozen.loads(text)
