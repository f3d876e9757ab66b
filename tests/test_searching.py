"""How text is cut into words, how a question is read, and where a text is marked."""

from __future__ import annotations

import sqlite3

import pytest

from digest.searching import Phrase, expression, fold, has, indexed, marked, plain, read, text_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Łódź, Straße & ÉCOLE", "lodz strasse ecole"),
        ("Ｆｕｌｌ　ｗｉｄｔｈ ２０２３", "full width 2023"),
        ("don't stop—now", "don t stop now"),
        ("北京市", "北京 京市 市"),
        ("北京5月", "北京 京 5 月"),
        ("兵器と弾薬", "兵器 器と と弾 弾薬 薬"),
        ("ガラス が", "ガラ ラス ス が"),
        ("평양에서", "평양 양에 에서 서"),
        ("कीव में", "कीव में"),
        ("قَالَ الكـــتاب", "قال الكتاب"),
        ("Київ, ёлка", "киів елка"),
        ("😀 \x00 \ud800 …", ""),
        ("", ""),
    ],
)
def test_text_is_cut_into_words_of_folded_letters(text: str, words: str) -> None:
    assert indexed(text) == fold(words) if words else indexed(text) == ""


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("drone strike", '("drone") AND ("strike")'),
        ('"drone strike" Kyiv', '("drone strike") AND ("kyiv")'),
        ("“drone strike”", '("drone strike")'),
        ("covid-19", '("covid 19")'),
        ("drone -film", '(("drone")) NOT ("film")'),
        ("drone OR missile war", '("drone" OR "missile") AND ("war")'),
        ("electr*", '("electr"*)'),
        ("a*", '("a")'),
        ("北京", '("北京")'),
        ("北京市", '("北京 京市")'),
        ("北", '("北"*)'),
        ('"北京5月"', '("北京 京 5 月"*)'),
        ("NEAR(a b, 3)", '("near a") AND ("b") AND ("3")'),
        ("title:drone {text}: ^x + y", '("title drone") AND ("text") AND ("x") AND ("y")'),
        ('""" " drone', '("drone")'),
        ("OR drone OR", '("drone")'),
        ("or and not", '("or") AND ("and") AND ("not")'),
    ],
)
def test_a_question_becomes_quoted_words_and_nothing_else(question: str, told: str) -> None:
    assert expression(read(question)) == told


@pytest.mark.parametrize("question", ["", "   ", '"', "-", "*", "…", "\x00", "\ud800", "-film", "OR", "()'\";--"])
def test_without_a_word_there_is_nothing_to_look_for(question: str) -> None:
    assert not read(question)


def test_a_long_question_is_cut_and_says_so() -> None:
    many = read(" ".join(f"word{n}" for n in range(40)))
    assert many.cut
    assert len(many.groups) == 16
    assert read("x" * 10_000).cut
    assert not read("drone strike").cut


@pytest.mark.parametrize(
    "question",
    ['"', "a NEAR b", "title:x", "a AND (b", "^a", "a + b", "a*b*", "-a -b c", "NOT", "{a b}:c", "'; DROP TABLE x",
     "\x00a", "a\ud800b", '"a" OR "b', "-" * 500, "(" * 500, '"' * 499, "北*京*", "x OR " * 90, "é" * 10_000],
)  # fmt: skip
def test_no_question_is_an_error_of_the_index(question: str) -> None:
    index = sqlite3.connect(":memory:")
    index.execute("CREATE VIRTUAL TABLE search USING fts5(title, text, content='', tokenize='ascii')")
    sought = read(question)
    if sought:
        assert index.execute("SELECT rowid FROM search WHERE search MATCH ?", (expression(sought),)).fetchall() == []


def marks(text: str, question: str) -> list[str]:
    return [words for words, hit in marked(text, read(question)) if hit]


@pytest.mark.parametrize(
    ("text", "question", "found"),
    [
        ("Drones over Kyiv; a drone fell", "drone", ["drone"]),
        ("Drones over Kyiv; a drone fell", "drone*", ["Drones", "drone"]),
        ("In Łódź and LODZ", "lodz", ["Łódź", "LODZ"]),
        ("Die Straße", "strasse", ["Straße"]),
        ("北朝鮮が兵器を北京へ", "兵器 北京", ["兵器", "北京"]),
        ("北朝鮮が北京へ", "北", ["北", "北"]),
        ("drone, strike", '"drone strike"', ["drone, strike"]),
        ("strike drone", '"drone strike"', []),
        ("the strike of a drone", '"drone strike"', []),
        ("the strike of a drone", '"a dr*"', ["a drone"]),
        ("drones on a drone", "dron*", ["drones", "drone"]),
        ("drone film", "drone -film", ["drone"]),
        ("Cafe\u0301 noir", "cafe", ["Café"]),
    ],
)
def test_what_was_looked_for_is_marked_where_it_stands(text: str, question: str, found: list[str]) -> None:
    assert marks(text, question) == found
    assert has(text, read(question)) == bool(found)


def test_marks_change_no_letter_of_the_text() -> None:
    text = "ﬁnal ½ İstanbul Ⅷ — ΣΊΣΥΦΟΣ <b> drone & 北京"
    assert "".join(words for words, _ in marked(text, read("drone 北京 istanbul final"))) == text


def test_an_extract_stands_around_the_first_place() -> None:
    text = f"{'before ' * 100}the drone fell{' after' * 100}"
    pieces = marked(text, read("drone"), 120)
    told = "".join(words for words, _ in pieces)
    assert told.startswith("… before")
    assert told.endswith("after…")
    assert len(told) <= 124
    assert ("drone", True) in pieces


def test_a_short_text_is_shown_whole() -> None:
    assert marked("A drone fell", read("moss"), 120) == (("A drone fell", False),)


def test_html_that_was_cleaned_becomes_its_words() -> None:
    assert plain("<p>One &amp; two</p><ul><li>three</li></ul>") == "One & two three"


def test_the_longer_text_is_indexed_and_a_summary_of_its_own_too() -> None:
    assert text_of("Short.", "<p>Short. And much longer.</p>") == "Short. And much longer."
    assert text_of("An own teaser.", "<p>Something that is much longer.</p>") == (
        "An own teaser. Something that is much longer."
    )
    assert text_of("The summary.", "") == "The summary."


def test_words_that_are_marked_are_those_that_are_indexed() -> None:
    for text in ("Łódź 北京5月 don't कीव ガラス Ⅷ ﬁn", "ΣΊΣΥΦΟΣ İstanbul ½"):
        for word in indexed(text).split():
            if len(word) > 1 and word.isalnum():
                assert has(text, type(read("x"))(((Phrase((word,)),),))), (text, word)
