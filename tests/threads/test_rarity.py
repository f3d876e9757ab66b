from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import TermCounts
from digest.threads.rarity import rarities, rarity

COUNTS = st.dictionaries(st.sampled_from(["dam", "says", "year", "год", "плотин"]), st.integers(0, 500))


@given(COUNTS, st.integers(0, 1000), st.sampled_from(["en", "ru", "fi", "und"]))
def test_many_rarities_at_once_are_each_ones_own(counts, documents, language):
    terms = ["dam", "says", "year", "год", "плотин", "hestrand"]
    found = rarities(TermCounts(documents, counts), terms, language)
    assert found == {term: rarity(TermCounts(documents, counts), term, language) for term in terms}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_new_installation_knows_its_everyday_words(language):
    """Before the first item a word of every day is worth less than one that nobody has listed."""
    everyday, telling = {"en": ("year", "hestrand"), "ru": ("год", "хестранд")}[language]
    nothing = TermCounts(1, {everyday: 1, telling: 1})
    assert 2 * rarity(nothing, everyday, language) < rarity(nothing, telling, language)


def test_a_storys_own_uses_do_not_make_its_name_common():
    counts = TermCounts(1000, {"hestrand": 100})
    assert rarity(counts, "hestrand", "en", own=75) > rarity(counts, "hestrand", "en")
