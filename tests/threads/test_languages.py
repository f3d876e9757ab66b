"""Grouping in eight languages, and in two without stop words; the items lie in ``cases/languages.toml``."""

from __future__ import annotations

from dataclasses import replace

import pytest
from threads.cases import background, cases, complaints, make_item, one_stream, stories_of, together

from digest.threads.evaluate import evaluate
from digest.threads.stopwords import STOP_WORDS
from digest.threads.words import fold, language, tokens

TONGUES = cases("languages")

every_language = pytest.mark.parametrize(
    "case", TONGUES, ids=[case.name.removeprefix("languages-") for case in TONGUES]
)
each_of_the_eight = pytest.mark.parametrize(
    "case", [case for case in TONGUES if case.items[0].language not in {"fi", "tr"}], ids=lambda case: case.name[10:]
)


@pytest.mark.parametrize("hourly", [False, True])
@every_language
def test_two_stories_come_together_and_the_others_stay_alone(case, hourly):
    """In each language, in the first poll of a new installation and hour by hour."""
    found = stories_of(case.items, hourly=hourly)
    assert not complaints(case, found)


@pytest.mark.parametrize("hourly", [False, True])
def test_many_languages_in_one_stream_never_mix(hourly):
    """One reader with feeds in ten languages gets the same stories as ten readers, and no story of two languages."""
    items, gold = one_stream(TONGUES)
    found = stories_of([*items, *background()], hourly=hourly)
    tongues: dict[int, set[str]] = {}
    for item in items:
        tongues.setdefault(found[item.id], set()).add(item.language)
    assert all(len(told) == 1 for told in tongues.values())
    quality = evaluate(gold, {item.id: found[item.id] for item in items})
    assert quality.precision >= 0.98
    assert quality.f1 >= 0.97


@every_language
def test_items_of_an_undeclared_language_find_each_other(case):
    """Where no feed declares a language, guessing from the text still brings the stories together."""
    items = [replace(item, language=language(None, f"{item.title} {item.summary}")) for item in case.items]
    assert not complaints(case, stories_of(items))


@each_of_the_eight
def test_the_language_of_each_text_is_guessed_right(case):
    """Headline with summary tells the language without any declaration."""
    guessed = {item.title: language(None, f"{item.title} {item.summary}") for item in case.items}
    wrong = {title: told for title, told in guessed.items() if told != case.items[0].language}
    assert not wrong


@each_of_the_eight
def test_a_wrong_declaration_in_another_script_is_overruled(case):
    """A feed that calls everything English is believed only where the letters are Latin."""
    latin = case.items[0].language in {"en", "de", "es", "fr"}
    told = {language("en", f"{item.title} {item.summary}") for item in case.items}
    assert told == ({"en"} if latin else {case.items[0].language})


SMALL_WORDS = {
    "en": (
        ("It was the one that they had been with", "A baker retires and closes his shop in the old town."),
        ("This is what it was and how they did it", "Astronomers count the rings of a far planet anew."),
    ),
    "de": (
        ("Das ist es, was sie mit ihm noch haben", "Ein Bäcker gibt seinen Laden in der Altstadt auf."),
        ("Wie es war und was sie mit ihm haben", "Astronomen zählen die Ringe eines fernen Planeten neu."),
    ),
    "es": (
        ("Esto es lo que hay y lo que fue", "Un panadero cierra su tienda en el casco viejo."),
        ("Lo que fue y lo que hay con ellos", "Los astrónomos cuentan otra vez los anillos de un planeta lejano."),
    ),
    "fr": (
        ("Ce qui est et ce qui sera pour eux", "Un boulanger ferme sa boutique dans la vieille ville."),
        ("Ce que nous avons et ce qui est pour eux", "Des astronomes recomptent les anneaux d'une planète lointaine."),
    ),
    "ru": (
        ("Что это было и что у них есть", "Пекарь закрывает свою лавку в старом городе."),
        ("Что у них было и как это было", "Астрономы заново пересчитали кольца далёкой планеты."),
    ),
    "ar": (
        ("ما هو الذي كان من قبل وما هو الآن", "خباز يغلق دكانه في المدينة القديمة."),
        ("هذا هو ما كان من قبل وهذا ما هو الآن", "علماء الفلك يحصون حلقات كوكب بعيد."),
    ),
    "zh": (
        ("这是我们的,那也是他们的", "面包师傅关闭老城的店铺。"),
        ("那是他们的,这也是我们的", "天文学家重新统计遥远行星的光环。"),
    ),
    "ja": (
        ("これはそれであり、あれはこれである", "パン職人が旧市街の店を閉じる。"),
        ("それはこれであり、これはあれである", "天文学者が遠い惑星の環を数え直した。"),
    ),
}


@pytest.mark.parametrize("tongue", SMALL_WORDS)
def test_small_words_join_nothing(tongue):
    """Two titles of the same function words over two matters are two stories, in every tested language."""
    others = [item for case in TONGUES for item in case.items if item.language == tongue]
    items = [
        make_item(900 + number, f"mon 0{number + 7}:00", f"Outlet {number}", title, summary, tongue)
        for number, (title, summary) in enumerate(SMALL_WORDS[tongue])
    ]
    found = stories_of([*items, *others])
    assert found[900] != found[901]


@pytest.mark.parametrize(
    ("tongue", "text"),
    [
        ("en", "The ships that were at sea have not come back and their owners say they will wait for them"),
        ("de", "Die Schiffe, die auf See waren, sind nicht zurück, und ihre Eigner werden noch auf sie warten"),
        ("es", "Los barcos que estaban en el mar no han vuelto y sus dueños los esperan desde entonces"),
        ("fr", "Les navires qui étaient en mer ne sont pas revenus et leurs armateurs les attendent encore"),
        ("ru", "Корабли, которые были в море, не вернулись, и их хозяева всё ещё ждут, когда они придут"),
        ("it", "Le navi che erano in mare non sono tornate e i loro armatori le aspettano ancora"),
        ("pt", "Os navios que estavam no mar não voltaram e os seus donos esperam por eles até agora"),
        ("nl", "De schepen die op zee waren zijn niet terug en hun eigenaren wachten nog op ze"),
    ],
)
def test_half_of_a_plain_sentence_is_stop_words(tongue, text):
    """The lists cover the small words of everyday prose: with too few, unrelated items share them."""
    words = tokens(text)
    assert sum(word in STOP_WORDS[tongue] for word in words) >= len(words) * 0.45


def test_stop_words_are_written_as_words_are_compared():
    """Folded, or they would never be found in a text."""
    for words in STOP_WORDS.values():
        assert all(fold(word) == word for word in words)


def test_accents_and_case_do_not_part_reports_of_one_event():
    """One outlet writes capitals without accents, the other does not."""
    items = [
        make_item(1, "mon 08:00", "A", "INCENDIE A L'HOTEL DE VILLE DE MEZIERES", "", "fr"),
        make_item(2, "mon 09:00", "B", "Incendie à l'hôtel de ville de Mézières", "", "fr"),
    ]
    others = [item for item in one_stream(TONGUES)[0] if item.language == "fr"]
    assert together(stories_of([*items, *[replace(item, id=item.id + 10) for item in others]]), items)
