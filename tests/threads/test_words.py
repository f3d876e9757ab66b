from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.threads.words import fold, language, terms, tokens, without_outlet


def test_a_word_of_the_title_weighs_more_than_one_of_the_summary():
    found = terms("Dam breaks", "Water floods valley", "en")
    assert found["dam"] > found["water"]


def test_uses_of_one_word_add_up_slowly():
    found = terms("", "dam dam dam valley", "en")
    assert 1.0 == found["valley"] < found["dam"] < 3.0


@pytest.mark.parametrize(
    ("language", "text", "kept"),
    [
        ("en", "The ships of the fleet were at sea", {"ship", "fleet", "sea"}),
        ("de", "Die Schiffe der Flotte sind auf See", {"schiffe", "flotte", "see"}),
        ("fr", "Les navires de l'armée étaient à quai", {"navire", "armee", "quai"}),
        ("es", "Los barcos de la flota están en el mar", {"barco", "flota", "mar"}),
        ("ru", "Корабли флота были в море", {"корабл", "флот", "мор"}),
        ("xx", "The ships", {"the", "ship"}),
    ],
)
def test_function_words_go_in_the_languages_that_are_known(language, text, kept):
    assert set(terms(text, "", language)) == kept


def test_a_russian_word_is_one_term_in_all_its_forms():
    forms = ("российский", "российского", "российскому", "Российские", "РОССИЙСКИХ")
    assert {term for form in forms for term in terms(form, "", "ru")} == {"российск"}
    assert set(terms("российский", "", "en")) == {"российский"}


def test_the_short_i_is_a_letter_and_no_accent():
    assert fold("Чайка, Ёлка, край, Київ") == "чайка, елка, край, киів"


def test_case_accents_and_width_make_no_difference():
    assert fold("ÉLYSÉE Straße Ｔｏｋｙｏ Łódź") == "elysee strasse tokyo lodz"


def test_kana_keep_their_voicing_and_indic_words_their_vowels():
    assert fold("がん") != fold("かん")
    assert tokens("हिन्दी समाचार") == ["हिन्दी", "समाचार"]


def test_numbers_and_initials_stay_whole():
    assert {"1000", "us", "20", "3"} <= set(terms("U.S.: 1,000 containers on 20 ships, day 3", "", "en"))


@pytest.mark.parametrize("text", ["北朝鮮 兵器", "兵器を送る"])
def test_scripts_without_spaces_give_pairs_of_characters(text):
    assert "兵器" in terms(text, "", "ja")


def test_mixed_scripts_are_cut_where_the_script_changes():
    assert {"ai", "規制"} <= set(terms("AI規制", "", "ja"))


def test_plurals_of_ascii_words_meet_their_singular():
    found = terms("cities containers crisis pass bus", "", "en")
    assert set(found) == {"city", "container", "crisis", "pass", "bus"}


@pytest.mark.parametrize(
    ("title", "left"),
    [
        ("Dam breaks in the north - Harrowmere Dispatch", "Dam breaks in the north"),
        ("Dam breaks in the north | World news", "Dam breaks in the north"),
        ("Dam breaks in the north - example.org", "Dam breaks in the north"),
        ("Dam breaks in the north - thousands flee", "Dam breaks in the north - thousands flee"),
        ("Harrowmere 2 - Veldrin 1", "Harrowmere 2 - Veldrin 1"),
        ("Talks - Harrowmere", "Talks - Harrowmere"),
        ("Anti-dam protest goes on", "Anti-dam protest goes on"),
        ("-", "-"),
        ("", ""),
    ],
)
def test_a_name_behind_the_title_goes_and_news_stays(title, left):
    assert without_outlet(title) == left


def test_the_known_name_of_the_outlet_always_goes():
    assert without_outlet("Talks – the Élan", "The Elan") == "Talks"


@pytest.mark.parametrize(
    ("declared", "text", "expected"),
    [
        ("en-GB", "Dam breaks", "en"),
        ("EN_us", "Dam breaks", "en"),
        (None, "The dam broke and the valley is under water", "en"),
        (None, "Der Damm ist gebrochen und das Tal steht unter Wasser", "de"),
        (None, "La presa se rompió y el valle está bajo el agua", "es"),
        (None, "Дамба прорвана", "ru"),
        (None, "Греблю прорвано, її рятують", "uk"),
        (None, "水坝决堤", "zh"),
        (None, "ダムが決壊", "ja"),
        (None, "댐이 무너졌다", "ko"),
        (None, "انهار السد", "ar"),
        ("en", "ダムが決壊、住民が避難", "ja"),
        ("en", "Дамба прорвана, жители спасаются", "ru"),
        ("ja", "兵器輸送", "ja"),
        ("zh-TW", "水壩決堤", "zh"),
        ("ko", "韓美 訓練", "ko"),
        ("bg", "Язовирна стена се скъса", "bg"),
        ("ru", "The dam broke and the valley is under water", "en"),
        ("ru", "iPhone 15 Pro", "ru"),
        ("en", "iPhone 15を発表", "ja"),
        ("de", "OK", "de"),
        ("jp", "新聞", "ja"),
        ("english", "12345", "und"),
        (None, "", "und"),
        ("und", "🎉🎉", "und"),
    ],
)
def test_the_script_overrules_a_wrong_declaration(declared, text, expected):
    assert language(declared, text) == expected


@given(st.text(max_size=400), st.text(max_size=400), st.sampled_from(["en", "ja", "ru", "und"]))
def test_any_text_gives_terms_of_some_weight(title, summary, language):
    assert all(term and weight >= 1.0 for term, weight in terms(title, summary, language).items())


@given(st.text(max_size=60), st.text(max_size=200))
def test_a_language_is_always_one_subtag(declared, text):
    assert language(declared, text).isalpha()


def test_a_book_in_one_title_gives_no_more_terms_than_a_long_title():
    book = " ".join(f"word{n}" for n in range(5000))
    assert len(terms(book, book, "en")) <= 200


def test_hostile_repetition_takes_no_time():
    for text in ("a." * 50_000, "- " * 50_000, "1," * 50_000, "字" * 50_000, " - A" * 50_000):
        terms(text, text, "en")
