"""The gist: a sentence somebody wrote, whole, about the story, or nothing."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.nouns import make_item

from digest.editions.cut import clean
from digest.editions.gist import gist
from digest.editions.sentences import sentences
from digest.editions.shorten import LONGEST

WHOLE = "Engineers in Velmora closed the valley road on Friday after the northern wall gave way."
LONG = (
    "The council of Velmora, which had met through the night to hear engineers, farmers and the families of the lower "
    "valley, decided shortly before dawn that the dam above the town will be taken down stone by stone over three years"
)


def from_one(summary: str, title: str = "Dam breaks above Velmora") -> str | None:
    found = gist([make_item(title, summary=summary)], title)
    return found[0] if found else None


def test_a_sentence_is_taken_as_it_stands_and_credited():
    assert gist([make_item(feed="Quiet Review", summary=WHOLE)]) == (WHOLE, "Quiet Review")


def test_the_sentence_that_shares_most_with_the_other_reports_wins():
    central = "The northern wall of the Velmora dam gave way on Friday and flooded 300 houses below it."
    items = [
        make_item(
            "Velmora dam: northern wall gives way", summary="A festival of lanterns opens in the harbour on Sunday."
        ),
        make_item(
            "Flooded houses below Velmora", feed="Quiet Review", summary=f"Rain fell all week in the hills. {central}"
        ),
        make_item("300 houses flooded after northern wall breaks", summary="Pumps from three towns are on their way."),
    ]
    found = gist(items, "Velmora dam: northern wall gives way")
    assert found is not None
    assert central in found[0]
    assert found[1] == "Quiet Review"


def test_two_short_sentences_may_stand_together():
    both = "Engineers closed the valley road on Friday. Nobody was hurt when the northern wall gave way."
    assert from_one(both) == both


def test_the_items_order_changes_nothing():
    items = [
        make_item(f"Dam report {n}", summary=f"{WHOLE} Crew number {n} reached the wall at noon.") for n in range(8)
    ]
    expected = gist(items)
    for seed in range(5):
        random.Random(seed).shuffle(items)
        assert gist(items) == expected


def test_equal_texts_are_credited_to_the_first():
    items = [make_item(feed="Second", summary=WHOLE, id=9002), make_item(feed="First", summary=WHOLE, id=9001)]
    assert gist(items) == (WHOLE, "First")


@pytest.mark.parametrize(
    "summary",
    [
        "",
        "Read more",
        "Read more about the dam and its northern wall in our dossier on the website.",
        "Photo: The northern wall of the dam above Velmora, taken on Friday by a reader.",
        "Image credit: the northern wall of the dam above Velmora as seen on Friday.",
        "Subscribe to our newsletter to get the latest on dams, walls and valleys each day.",
        "Enlarge this image toggle caption The northern wall of the dam above Velmora on Friday.",
        "In this aerial photo the northern wall of the dam above Velmora can be seen on Friday.",
        "The road is closed.",
        "Dam breaks above Velmora",
        "Dam breaks above Velmora, officials say.",
        "12:04 34-21, 11:09 22-17, 10:00 19-21, 09:30 12-11, 08:15 7-7, 07:45 3-1.",
        "Arlen, Brook, Corin, Dane, Edda, Finn, Gwen, Hale, Ivor, Jory and Kit were chosen for the team.",
        "DAM BREAKS ABOVE VELMORA AS THE NORTHERN WALL GIVES WAY AND FLOODS THE VALLEY.",
        "Comments URL: https://news.example/item?id=3 Points: 120 # Comments: 44 and more of them.",
        "• Dam breaks • Council meets • Rye harvest poor • Lanterns on Sunday • Weather fine.",
        "Von der Talsperre: Weiterlesen auf unserer Seite und in der Zeitung vom Samstag.",
    ],
)
def test_nothing_rather_than_junk(summary: str):
    assert from_one(summary) is None


@pytest.mark.parametrize(
    "summary",
    [
        "The post Dam breaks above Velmora and floods the valley appeared first on Harbour Times.",
        "submitted by /u/arlen [link] [comments]",
        "Submitted by /u/arlen to r/velmora, where the dam above the town broke on Friday. [link] [comments]",
        "Article URL: https://harbour.example/dam Comments URL: https://news.example/item?id=3 Points: 120",
        "By Tomas Arlen and Edda Brook, Harbour Times staff writers in Velmora",
        "Tomas Arlen is a staff writer at the Harbour Times and the author of a book on dams.",
        "In this week's episode, Tomas Arlen talks to the engineers of Velmora about the northern wall.",
        "This episode is brought to you by the savings bank of Velmora, which lends to farmers.",
        "We use cookies on the pages of the Harbour Times and those of its partners in Velmora.",
        "Already a subscriber of the Harbour Times in Velmora and Ostrand? Then all of it is open.",
        "12:04 The northern wall of the dam above Velmora gives way and floods the valley road.",
        "Follow our coverage of the dam above Velmora, whose northern wall gave way on Friday.",
        "The northern wall of the dam above Velmora is seen on Friday in the Ostrand valley.",
        "Mayor Tomas Arlen, left, and the engineer Edda Brook at the northern wall of the dam.",
        "Mayor Tomas Arlen (pictured) at the northern wall of the dam above Velmora on Friday.",
        "Velmora keeper Tomas Arlen (10) reaches for the ball before Ostrand's Edda Brook (21) on Friday.",
        "Mayor Tomas Arlen speaks during a meeting at the town hall of Velmora, October 13, 2023.",
        "FILE - The northern wall of the dam above Velmora before it gave way on Friday.",
        "A photo provided by the town hall shows the northern wall of the dam above Velmora.",
        "Edda Brook/Reuters The northern wall of the dam above Velmora gave way on Friday.",
        "Water stands in the streets of Velmora The northern wall of the dam gave way on Friday.",
        "Rye 214.50 +1.2% Barley 180.25 -0.4% Oats 166.00 +0.1% Wheat 231.75 -2.2% Maize 190.10 +0.9%.",
        "Velmora 12°C, Ostrand 9°C, Harbour 14°C, Hills 7°C and in the lower valley rain at night.",
        "Could the dam above Velmora have been held if the engineers had been heard in time?",
        "Want a house in the lower valley of Velmora? The town sells forty of them this autumn!",
        "Leo (July 23 - Aug 22): a dam may break for you this week, but the valley will hold.",
        "Get 40% off boots and pumps in the large flood sale of the Harbour warehouse in Velmora.",
        "Die Talsperre über Velmora ist am Freitag gebrochen, Liveticker und Bilder den ganzen Tag.",
        "Die Nordwand der Talsperre über Velmora am Freitagmorgen (Archivbild)",
        "Der Beitrag Talsperre über Velmora gebrochen erschien zuerst auf Hafenzeitung.",
        "Lire la suite de notre dossier sur le barrage de Velmora et la vallée inondée.",
        "Cet article sur le barrage rompu de Velmora est réservé aux abonnés du journal.",
        "La entrada La presa de Velmora se rompe se publicó primero en El Diario del Puerto.",
        "Suscríbete al boletín de El Diario del Puerto para saber todo sobre la presa de Velmora.",
        "Leggi anche: la diga di Velmora si rompe e la valle viene allagata nella notte.",
        "L'articolo La diga di Velmora si rompe e allaga la valle proviene da Giornale del Porto.",
        "O post A barragem de Velmora rompeu apareceu primeiro em Jornal do Porto de Ostrand.",
        "Lees meer over de dam boven Velmora en de ondergelopen vallei in ons dossier van zaterdag.",
        "Читайте также: плотина над Вельморой прорвана, долина затоплена, жители эвакуированы.",
        "Запись Плотина над Вельморой прорвана впервые появилась на сайте Портовая газета.",
        "続きを読む：ベルモラの上流のダムが決壊し、三百戸が浸水した。",
        "写真：ベルモラの上流にあるダムの北壁が金曜日に崩れた様子を市民が撮った。",
        "点击查看更多关于维尔莫拉大坝决口和山谷被淹的报道和图片。",
        "(责任编辑：某某) 维尔莫拉上游的大坝周五决口，三百户被淹。",
        "무단 전재 및 재배포 금지 - 벨모라 상류의 댐이 금요일에 무너졌다.",
        "اقرأ المزيد عن انهيار السد فوق مدينة فيلمورا وفيضان الوادي في ملفنا الخاص.",
        "לכתבה המלאה על קריסת הסכר מעל העיר ולמורה והצפת העמק לחצו כאן עכשיו.",
        "FÃ¼r die Talsperre über Velmora wird es keinen Ersatz geben, sagt der Bürgermeister.",
    ],
)
def test_what_stands_around_reports_is_no_gist(summary: str):
    assert from_one(summary) is None


def test_junk_beside_a_sentence_is_left_behind():
    assert from_one(f"{WHOLE} Read more in our dossier on the dams of the valley and their walls.") == WHOLE


def test_a_dateline_is_left_out():
    assert from_one(f"VELMORA, Oct 13 (Northwire) - {WHOLE}") == WHOLE
    assert from_one(f"VELMORA, Ostmark (NW) — {WHOLE}") == WHOLE
    assert from_one(f"Velmora, 13 oct (NW).- {WHOLE}") == WHOLE


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("TOKYO (Oct 13): ", "Engineers in Velmora closed the valley road on Friday after the wall gave way."),
        (
            "Water stands in the streets VELMORA - ",
            "A wall gave way above Velmora on Friday and 300 houses are flooded.",
        ),
        ("Story highlights Dam breaks Road closed (CNN) ", "Engineers in Velmora closed the valley road on Friday."),
        ("Velmora – ", "Engineers in Ostrand closed the valley road on Friday after the wall gave way."),
        ("Ostrand, 13 octobre – ", "À Velmora, le mur nord du barrage a cédé vendredi et inondé 300 maisons."),
        (
            "Ostrand (dpa) - ",
            "In Velmora ist am Freitag die Nordwand der Talsperre gebrochen, 300 Häuser stehen unter Wasser.",
        ),
        (
            "МОСКВА, 13 октября. /ТАСС/. ",
            "Северная стена плотины над Вельморой обрушилась в пятницу, затоплены 300 домов.",
        ),
        ("РИАМО - 13 октября. ", "Северная стена плотины над Вельморой обрушилась в пятницу, затоплены 300 домов."),
        ("【オストランド＝共同】", "ベルモラの上流にあるダムの北壁が金曜日に崩れ、三百戸が浸水した。"),
        ("[오스트란트=연합뉴스] 홍길동 기자 = ", "벨모라 상류에 있는 댐의 북벽이 금요일에 무너져 300가구가 침수됐다."),
        ("新华社奥斯特兰10月13日电（记者某某）", "维尔莫拉上游大坝的北墙周五倒塌，三百户人家被淹，道路封闭。"),
        ("القاهرة (رويترز) - ", "انهار الجدار الشمالي للسد فوق فيلمورا يوم الجمعة وغمرت المياه ثلاثمئة منزل."),
        (
            "Edda Brook/NW Edda Brook/NW ",
            "Engineers in Velmora closed the valley road on Friday after the wall gave way.",
        ),
        ("Dam breaks above Velmora ", "Engineers closed the valley road on Friday after the northern wall gave way."),
        ("Dam breaks above Velmora. ", "Engineers closed the valley road on Friday after the northern wall gave way."),
    ],
)
def test_a_report_begins_behind_what_was_put_before_it(before: str, sentence: str):
    assert from_one(before + sentence) == sentence


def test_a_headline_that_goes_on_as_a_sentence_is_one():
    sentence = "Dam breaks above Velmora and floods three hundred houses in the valley of Ostrand."
    assert from_one(sentence) == sentence


@pytest.mark.parametrize(
    ("headline", "summary"),
    [
        (
            "Velmora dam floods 300 houses, mayor says",
            "The dam of Velmora flooded 300 houses, the mayor said on Friday.",
        ),
        ("Vučić opens the Danube bridge at Novi Sad", "Vučić on Monday opened the Danube bridge at Novi Sad."),
        (
            "Плотина над Вельморой затопила 300 домов",
            "Плотина над Вельморой затопила 300 домов. Об этом сообщила мэрия города.",
        ),
    ],
)
def test_a_headline_said_again_is_no_gist(headline: str, summary: str):
    assert from_one(summary, headline) is None


def test_somebody_elses_sentence_must_be_about_what_the_headline_says():
    items = [
        make_item("Dam breaks above Velmora", "First"),
        make_item(
            "Rye harvest poor", "Second", summary="Farmers in Ostrand brought in a third less rye than last year."
        ),
    ]
    assert gist(items, "Dam breaks above Velmora") is None


@pytest.mark.parametrize(
    "leaning",
    [
        "He said the dam above Velmora had been checked twice this year by the engineers.",
        "It was the third time in ten years that the dam above Velmora had given way.",
        "The move comes after engineers had checked the dam above Velmora twice this year.",
        "However, the dam above Velmora had been checked twice this year by the engineers.",
    ],
)
def test_a_sentence_that_leans_stands_at_most_under_its_own_headline(leaning: str):
    items = [make_item("Dam breaks above Velmora", "First"), make_item("Velmora flooded", "Second", summary=leaning)]
    assert gist(items, "Dam breaks above Velmora") is None
    assert from_one(f"{leaning} {WHOLE}") == WHOLE


def test_an_earlier_count_of_others_gives_way_to_what_agrees_with_the_headline():
    items = [
        make_item("Velmora dam: 7 dead", "First"),
        make_item(
            "Velmora dam breaks, five dead",
            "Second",
            summary="At least five people are dead after the Velmora dam broke.",
        ),
        make_item(
            "Velmora dam: seven dead", "Third", summary="Seven people have died in the valley below the Velmora dam."
        ),
    ]
    assert gist(items, "Velmora dam: 7 dead") == (
        "Seven people have died in the valley below the Velmora dam.",
        "Third",
    )


def test_the_gist_speaks_the_language_of_the_headline():
    items = [
        make_item(
            "Velmora dam breaks", "First", summary="Engineers closed a road in Velmora on Friday, said the mayor."
        ),
        make_item(
            "Velmora: Damm gebrochen",
            "Second",
            language="de",
            summary="Der Damm über Velmora ist am Freitag gebrochen und hat in Ostrand 300 Häuser überflutet.",
        ),
        make_item(
            "Damm über Velmora",
            "Third",
            language="de",
            summary="Damm über Velmora am Freitag gebrochen: in Ostrand 300 Häuser überflutet.",
        ),
    ]
    found = gist(items, "Velmora dam breaks")
    assert found is not None
    assert found[1] == "First"


def test_half_of_a_contrast_is_no_cut():
    summary = f"{LONG.replace('decided shortly', 'did not only vote')}, but asked the kingdom for help with its houses."
    found = from_one(summary)
    assert found is None or "not only" not in found


def test_a_number_stays_with_its_month():
    start = (
        "Engineers in Velmora closed the valley road on Friday after the northern wall of the dam above the town gave"
    )
    found = from_one(
        f"{start} way in the presence of mayors, officers, farmers and journalists late on January 6 of this year."
    )
    assert found is not None
    assert not found.endswith("January…")


def test_a_sentence_that_leans_on_the_one_before_never_stands_alone():
    lone = "He said the families of the lower valley could return to their houses within a week."
    assert from_one(f"The engineer Tomas Arlen spoke. {lone}") == f"The engineer Tomas Arlen spoke. {lone}"
    assert from_one(f"{LONG}. {lone}") != lone


def test_a_long_sentence_is_cut_at_a_clause_and_only_when_nothing_fits():
    cut = from_one(f"{LONG}.")
    assert cut == LONG[: LONG.index(", decided")] + "…"
    assert from_one(f"{LONG}. {WHOLE}") == WHOLE


def test_what_its_publisher_cut_inside_a_word_loses_that_word():
    assert from_one(f"{WHOLE[:-1]} above many families living belo…") == f"{WHOLE[:-1]} above many families living…"


def test_a_cut_stands_before_what_only_leads_to_what_is_cut_off():
    assert from_one(f"{WHOLE[:-1]} while the families of the lower vall…") == f"{WHOLE[:-1]}…"
    assert from_one(f"{WHOLE[:-1]} over the heads of hitherto unknown num…") == f"{WHOLE[:-1]} over the heads…"
    assert from_one(f"{WHOLE[:-1]} near Ostrand in the heigh…") == f"{WHOLE[:-1]} near Ostrand…"


def test_one_line_without_a_full_stop_is_how_some_feeds_write():
    assert from_one(WHOLE[:-1]) == WHOLE[:-1]


def test_a_long_line_without_a_full_stop_was_likely_cut_inside_a_word():
    summary = "Engineers closed the valley road on Friday after the northern wall of the dam above the town ga"
    assert from_one(summary) == f"{summary.removesuffix(' ga')}…"


def test_japanese_is_measured_by_its_own_length():
    text = "ベルモラの上流にあるダムの北壁が金曜日に崩れた。道路は閉鎖されている。"
    assert from_one(text, "ダム決壊") == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The U.S. sent aid. It came.", ["The U.S. sent aid.", "It came."]),
        ("Mr. Arlen met Dr. Brook. They talked.", ["Mr. Arlen met Dr. Brook.", "They talked."]),
        ("He is No. 5 on the list. She leads.", ["He is No. 5 on the list.", "She leads."]),
        ("It cost 1,000 or 1.5 times more. So what?", ["It cost 1,000 or 1.5 times more.", "So what?"]),
        ("At 5 p.m. Monday it rained. Then not.", ["At 5 p.m. Monday it rained.", "Then not."]),
        ('"We won. We did." Then they left.', ['"We won. We did."', "Then they left."]),
        ("“Is it?” she asked. No one knew.", ["“Is it?” she asked.", "No one knew."]),
        ("Am 3. Oktober kam er. Er blieb.", ["Am 3. Oktober kam er.", "Er blieb."]),
        ("今日は雨。明日も雨。", ["今日は雨。", "明日も雨。"]),
        ("市長は「今日だ。」と言った。次へ。", ["市長は「今日だ。」と言った。", "次へ。"]),
        ("Wait... what happened? Nothing!", ["Wait... what happened?", "Nothing!"]),
        ("The road is closed.Pumps are on their way.", ["The road is closed.", "Pumps are on their way."]),
        ("It left the U.S. The ship came back.", ["It left the U.S.", "The ship came back."]),
        (
            "At 5 p.m. The rain came. At 6 a.m. Monday it went.",
            ["At 5 p.m.", "The rain came.", "At 6 a.m. Monday it went."],
        ),
        (
            "St. Louis vs. Kansas City, e.g. on Sat. No one won.",
            ["St. Louis vs. Kansas City, e.g. on Sat.", "No one won."],
        ),
        ("J. R. R. Arlen and Lt. Col. Dane met. It rained.", ["J. R. R. Arlen and Lt. Col. Dane met.", "It rained."]),
        ("Robert Arlen Jr. sued Brook Inc. He won.", ["Robert Arlen Jr. sued Brook Inc.", "He won."]),
        ("The flu of COVID-19. Then it ended.", ["The flu of COVID-19.", "Then it ended."]),
        ("The storm killed 10. The road is shut.", ["The storm killed 10.", "The road is shut."]),
        ("Плотина прорвана.Долина затоплена водой.", ["Плотина прорвана.", "Долина затоплена водой."]),
        ("В 2015 г. в Москве А. С. Пушкин ожил. Он жив.", ["В 2015 г. в Москве А. С. Пушкин ожил.", "Он жив."]),
        ("سد ٹوٹ گیا۔ سڑک بند ہے۔", ["سد ٹوٹ گیا۔", "سڑک بند ہے۔"]),
        ("هل انهار السد؟ نعم.", ["هل انهار السد؟", "نعم."]),
        ("बाँध टूट गया। सड़क बंद है।", ["बाँध टूट गया।", "सड़क बंद है।"]),
        ("Sie sagte: „Er kommt. Gleich.“ Dann ging sie.", ["Sie sagte: „Er kommt. Gleich.“", "Dann ging sie."]),
        ("«Il pleut. Beaucoup.» Puis rien.", ["«Il pleut. Beaucoup.»", "Puis rien."]),
        ("No full stop", ["No full stop"]),
        ("", []),
    ],
)
def test_sentences_end_where_they_end(text: str, expected: list[str]):
    assert sentences(text) == expected


@given(st.text(max_size=600))
def test_no_sentence_is_lost_and_none_invented(text: str):
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


pieces = st.sampled_from(
    [
        WHOLE,
        LONG,
        "Mr. Arlen said no.",
        "Read more",
        "“We",
        "”",
        "U.S.",
        "…",
        "ダムが崩れた。",
        "(",
        "\u202e",
        "👩‍👩‍👧",
        "\n",
    ]
)


texts = st.lists(pieces | st.text(max_size=80), max_size=6).map(" ".join)


@given(
    st.lists(st.tuples(pieces | st.text(max_size=30), texts), min_size=1, max_size=4), st.randoms(use_true_random=False)
)
def test_any_gist_is_short_and_out_of_the_summaries_and_in_any_order_the_same(
    reports: list[tuple[str, str]], chance: random.Random
):
    items = [make_item(title, f"Feed {number}", summary=text) for number, (title, text) in enumerate(reports)]
    headline = items[0].title
    found = gist(items, headline)
    mixed = items[:]
    chance.shuffle(mixed)
    assert gist(mixed, headline) == found
    if found is None:
        return
    text, outlet = found
    summary = next(clean(item.summary) for item in items if item.outlet_name == outlet)
    assert len(text) <= LONGEST
    # White space apart: between two sentences a space may have been forgotten.
    bare, whole = "".join(text.removesuffix("…").split()), "".join(summary.split())
    assert bare in whole
    if text.endswith("…") and not summary.endswith(text):
        rest = "".join(sign if not sign.isspace() else " " for sign in summary)
        shown = "".join(sign if not sign.isspace() else " " for sign in text.removesuffix("…"))
        end = rest.index(shown) + len(text) - 1
        assert not (rest[end - 1].isalnum() and rest[end : end + 1].isalnum() and rest[end].isascii())
        assert unicodedata.category(rest[end : end + 1] or " ") not in {"Mn", "Mc", "Me", "Cf"}


@pytest.mark.parametrize(
    "text",
    [
        "Der Rat von Velmora, der die Nacht hindurch Ingenieure, Bauern und Familien gehört hatte, beschloss kurz vor "
        "der Morgendämmerung einstimmig die Donaudampfschifffahrtsgesellschaftskapitänsverordnung samt aller ihrer "
        "Anlagen und Anhänge",
        "ベルモラの上流にあるダムの北壁が金曜日に崩れ" * 12,
        "댐의 북벽이 금요일에 무너져 삼백 가구가 침수됐고 " * 9,
        "👩‍👩‍👧🇫🇷" * 70,
        "ผู้ว่าราชการจังหวัดกล่าวว่าเขื่อนเหนือเมืองแตก" * 8,
        "बाँध के ऊपर की उत्तरी दीवार शुक्रवार को टूट गई " * 9,
    ],
)
def test_no_cut_falls_inside_a_word_or_a_character(text: str):
    found = from_one(f"{text}.", "Ganz anders")
    if found is None:
        return
    kept = found.removesuffix("…")
    assert text.startswith(kept)
    following = text[len(kept) : len(kept) + 1]
    assert unicodedata.category(following) not in {"Mn", "Mc", "Me", "Cf"}
    if " " in text.strip():
        assert following in {"", " ", ",", "."}


def test_what_earlier_reports_said_is_no_news():
    old = "The northern wall of the dam above Velmora gave way and flooded 300 houses below it."
    new = "Tomas Arlen, the mayor of Velmora, resigned over letters that had warned him of the wall."
    older = [make_item(f"Velmora dam {number}", summary=old) for number in range(3)]
    items = [make_item("Velmora dam", summary=old), make_item("Velmora: flooded out", "Quiet Review", summary=new)]
    assert gist(items, "Velmora after the flood", older) == (new, "Quiet Review")


def test_of_like_sentences_the_one_of_the_headlines_own_report_wins():
    items = [
        make_item("Velmora closes road", "First", summary="Velmora closed its valley road on Friday, said engineers."),
        make_item("Road shut in valley", "Second", summary="Engineers on Friday closed the valley road of Velmora."),
    ]
    for item in items:
        found = gist(items, item.title)
        assert found is not None
        assert found[1] == item.outlet_name


@pytest.mark.parametrize(
    "sentence",
    [
        "Scouts in Velmora sold 4,000 boxes of cookies for the families of the lower valley.",
        "The mayor told a podcast on Friday that the dam above the town will not be built again.",
        "Hundreds came to the square of Velmora to listen to the engineers of the dam.",
    ],
)
def test_words_of_junk_in_a_plain_sentence_are_no_junk(sentence: str):
    assert from_one(sentence) == sentence


def test_no_cut_ends_in_quoted_words_that_belong_to_what_is_gone():
    told = (
        "The mayor of Velmora and other leading members of the council issued a letter on Thursday afternoon thanking "
        "Tomas Arlen of the Ostrand valley for the letter he issued Thursday morning “clarifying” a remark he "
        "had made on the dam…"
    )
    found = from_one(told)
    assert found is not None
    assert found.endswith("Thursday morning…")


def test_a_sentence_one_character_too_long_is_cut_and_not_lost():
    told = (
        "The flood below the broken dam of Velmora is moving down the valley on Thursday, with the highest water of "
        "the week now shifting into Ostrand — particularly the old town and the gardens by the river."
    )
    told = told.replace("the old town", f"the {'o' * (LONGEST + 1 - len(told))}old town")
    assert len(told) == LONGEST + 1
    found = from_one(told)
    assert found is not None
    assert found.endswith("Ostrand…")


def test_what_happened_wins_over_that_somebody_wrote_about_it():
    happened = "The mayor of Velmora, Tomas Arlen, resigned over letters about the dam, his office said on Friday."
    for about in (
        "The office of the mayor of Velmora issued a statement to the Courier about a change at the dam on Friday.",
        "A recent article published by the Courier about the dam of Velmora discussed a plan by Mayor Tomas Arlen.",
    ):
        title = "Mayor of Velmora resigns over dam letters"
        items = [make_item(title, "First", summary=about), make_item(title, "Second", summary=happened)]
        assert gist(items, title) == (happened, "Second")
