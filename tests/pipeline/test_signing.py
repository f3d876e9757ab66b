"""Sessions, without a server: what a token is worth when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.pipeline import signing
from digest.pipeline.signing import LASTS, STEP, Standing
from digest.store import Store

NOW = datetime(2023, 10, 13, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def store():
    with Store.in_memory() as opened:
        yield opened


def test_a_token_holds_until_its_end_and_ages_after_a_day(store: Store) -> None:
    token = signing.begin(store, "trace", NOW, old=None)
    assert signing.standing(store, token, "trace", NOW + STEP) == Standing(holds=True)
    assert signing.standing(store, token, "trace", NOW + STEP + HOUR) == Standing(holds=True, ageing=True)
    assert signing.standing(store, token, "trace", NOW + LASTS - HOUR) == Standing(holds=True, ageing=True)
    assert signing.standing(store, token, "trace", NOW + LASTS) == Standing(holds=False)
    signing.prolong(store, token, NOW + LASTS - HOUR)
    assert signing.standing(store, token, "trace", NOW + LASTS) == Standing(holds=True)


def test_it_holds_for_its_password_only(store: Store) -> None:
    token = signing.begin(store, "trace", NOW, old=None)
    assert not signing.standing(store, token, "another", NOW).holds
    assert not signing.standing(store, token + "x", "trace", NOW).holds
    assert not signing.standing(store, "", "trace", NOW).holds


def test_a_new_session_takes_the_place_of_the_old_and_of_all_that_ended(store: Store) -> None:
    stale = signing.begin(store, "older password", NOW, old=None)
    assert signing.standing(store, stale, "older password", NOW).holds
    first = signing.begin(store, "trace", NOW, old=None)
    other = signing.begin(store, "trace", NOW, old=None)
    last = signing.begin(store, "trace", NOW, old=first)
    found = [signing.standing(store, one, "trace", NOW).holds for one in (first, other, last)]
    assert found == [False, True, True]
    assert not signing.standing(store, stale, "older password", NOW).holds
    signing.end(store, last)
    assert not signing.standing(store, last, "trace", NOW).holds


def test_the_secret_of_a_database_is_made_once(store: Store) -> None:
    made = signing.secret(store)
    assert len(made) == 43
    assert signing.secret(store) == made
    with Store.in_memory() as another:
        assert signing.secret(another) != made


def test_the_trace_of_a_password_differs_from_database_to_database() -> None:
    assert signing.trace("password", "key") == signing.trace("password", "key")
    assert signing.trace("password", "other key") != signing.trace("password", "key")
    assert signing.trace("Password", "key") != signing.trace("password", "key")


@pytest.mark.parametrize("other", ["", "passwor", "password ", "Password", "pässword", "\udcff"])
def test_only_the_password_is_the_password(other: str) -> None:
    assert signing.same("password", "password", "key")
    assert not signing.same(other, "password", "key")
    assert signing.trace(other, "key") != signing.trace("password", "key")
