"""The gist: one or two sentences out of the items' own summaries, never invented, or nothing rather than junk.

The most central sentence wins, measured by what it shares with the other reports' titles and summaries,
as long as it adds something to the headline it stands under and a reader who knows only that headline understands it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..model import Item
from .cut import clean, cut
from .headlines import stems
from .junk import is_junk, opened
from .sentences import is_balanced, is_whole, sentences

LONGEST = 200
SHORTEST = 40
"""Characters of a gist; in Chinese, Japanese and Korean a third of the shortest will do."""

LINE = 90
"""Characters of a line without a full stop that may be whole; a longer one was likely cut, perhaps inside a word."""

_READ = 1_000
"""Characters of a summary that are looked at;"""
_COMPARED = 300
"""of it are compared with the others; and the first"""
_FIRST = 6
"""sentences are offered; later ones are seldom about what is new."""

_NEAREST = 40
"""Reports whose sentences are looked at; those whose headlines share most with the others."""

_FEW = 8
"""Words of a short sentence; a shorter one gains nothing by that."""

_COUNTED = 12
"""Reports after which one more makes a word no more central."""

_STALE = 0.6
"""What a word loses that every older report had."""

_NEW = 2
"""Words that the headline has not, else it is only said again; and"""
_NEARLY = 3
"""as many, or"""
_PART = 0.4
"""this part of its words, where it says nearly all that the headline does."""

_IDLE = frozenset(
    stems(
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday today yesterday week said announced told reported confirmed "
        "former president governor senator minister secretary leader leaders chief speaker attorney country "
        "officials official statement spokesman report reports year month late early Montag Dienstag Mittwoch Donnerstag "
        "Freitag Samstag Sonntag heute gestern lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles "
        "jueves viernes sábado domingo понедельник вторник среду четверг пятницу субботу воскресенье сообщает сообщил заявил"
    )
)
"""What a sentence has beyond its headline when it says no more than the headline."""

# What a text is worth by where and how it stands, against 1 for the first sentence of a report.
_AT_HOME = 1.5
"""Under the headline of its own report: both tell of one thing."""
_LATER = 0.75
_CUT = 0.5
_UNENDED = 0.7
_LEANING = 0.4
_DEFINITE = 0.6
_NAMELESS = 0.75
_PERSONAL = 0.5
_FOREIGN = 0.3
_UNSURE = 0.5
_OTHER_COUNT = 0.3
"""For somebody else's numbers where the headline has its own: likely an earlier count."""

_LEANS = re.compile(
    r"^[\"“„«'‘(]*(?:(?:He|She|It|They|We|I|You|This|That|These|Those|There|Here|His|Her|Its|Their|Our|My|Your|But|And|So|Or|Nor|Yet|"
    r"However|Meanwhile|Also|Still|Then|Instead|Moreover|Nevertheless|Nonetheless|Therefore|Thus|Hence|Indeed|Furthermore|"
    r"Additionally|Besides|Otherwise|Both|Neither|Another|Others?|Such|Later|Earlier|Afterwards?|Again|Now|Next|Likewise|"
    r"(?:An?|Some|Many|Most|All|None|Several|Few|Each|Any)\b[\w\s]{0,20}\bof (?:these|those|them|it|this)|"
    r"Similarly|Finally|Perhaps|Maybe|Because of (?:this|that|it)|In (?:fact|addition|response|turn|contrast|other words|particular)|"
    r"As (?:a result|such)|For (?:example|instance|that reason|his|her|their)|Of course|On the other hand|At the same time|"
    r"After (?:that|this|which)|According to (?:him|her|them)|One of (?:them|those|the)|What['’]s more|Well|OK|Okay|Yes|No,|Sure|Oh|Bonus|P\.?S|As usual|Not only|Who|Which|Why|How|"
    r"(?:It|That|There|Here|He|She)['’]s|(?:They|We|You)['’](?:re|ve|ll|d)|I['’](?:m|ve|ll|d)|"
    r"Er|Sie|Es|Wir|Ich|Doch|Aber|Und|Oder|Auch|Dann|Dabei|Dazu|Damit|Daher|Deshalb|Dennoch|Trotzdem|Allerdings|Zudem|"
    r"Außerdem|Dies\w*|Diese\w*|Dort|Seine?\w*|Ihre?\w*|Hier|Nun|So|Denn|Darauf|Danach|Zuvor|Später|Beide|"
    r"Il|Ils|Elle|Elles|Mais|Et|Ou|Donc|Cependant|Pourtant|Ainsi|Cela|Ce|Cette|Ces|C['’]est|Son|Sa|Ses|Leurs?|Ensuite|Puis|"
    r"Él|Ella|Ellos|Ellas|Pero|Y|Sin embargo|Además|También|Por (?:eso|ello|lo tanto)|Est[eao]s?|Es[eao]s?|Su|Sus|Luego|Así|"
    r"Ele|Ela|Eles|Elas|Mas|E|Porém|No entanto|Além disso|Também|Por isso|Ess[ae]s?|Isso|Isto|Seu|Sua|"
    r"Lui|Lei|Loro|Ma|Però|Tuttavia|Inoltre|Anche|Quest[oaie]|Così|Poi|Suo|"
    r"Hij|Zij|Ze|Het|Dit|Dat|Deze|Maar|En|Ook|Toch|Daarom|Bovendien|Hun|"
    r"Он|Она|Оно|Они|Мы|Я|Это|Этот|Эта|Эти|Но|А|И|Однако|Также|Кроме того|При этом|Поэтому|Тем не менее|Таким образом|Его|Её|Ее|Их|"
    r"Об этом|Так|Кстати|К слову|Отметим|Отмечается|Там|Тогда|Затем|Напомним|Ранее|Тоже|По (?:его|её|ее|их) (?:словам|мнению)|В свою очередь|"
    r"هو|هي|هم|لكن|ولكن|كما|وقال|وأضاف|وأكد|هذا|هذه|ذلك|"
    r"הוא|היא|הם|הן|אבל|אך|גם|זה|זו|כך|לכן)\b|"
    r"彼[はがの女ら]|これ|それ|この|その|また|しかし|だが|一方|さらに|そして|なお|同[氏社国]|[他她它][们們]?|[这這那]|但|而|此外|[并並]且|同时|同時|因此|"
    r"그는|그녀|이는|이에|하지만|그러나|또한|또 |한편|이어)"
)
"""Beginnings that need the sentence before."""

_THE = re.compile(
    r"^(?:The (?:(?:[a-z’'-]+ ){1,2}(?:was|were|is|are|has|have|had|will|would|could|can|may|might|must|should|said|says|came|"
    r"comes|also|mark(?:s|ed)|ma[kd]e|makes|follow(?:s|ed)|adds|added|includ(?:es|ed)|takes|took|follows|shows|showed|means|"
    r"went|began|begins|reported|announced|told|did|does|got|found|ended|ends|left|led)|"
    r"(?:move|decision|announcement|news|latest|comments?|remarks?|incident|two|three|pair|couple|company|firm|former|latter|"
    r"same|other|rest|result|duo|man|woman)) |"
    r"(?:По признанию|По словам|По мнению|По данным) [а-яё]+,)"
)
"""One that was named before."""

_NUMERALS = dict(
    zip(
        "two three four five six seven eight nine ten eleven twelve".split(),
        (str(number) for number in range(2, 13)),
        strict=True,
    )
)
_NUMBER = re.compile(
    rf"(?<![\w$€£.,-])(?!(?:19|20)\d\d\b)(?:\d+(?:[.,]\d+)*(?![\w.,]*[\w%])|{'|'.join(_NUMERALS)}\b)", re.IGNORECASE
)

_ASIDE = re.compile(
    r"^(?:Об этом|Ранее|Напомним|О данном|Соответствующ\w+|Такую информацию|Earlier|Previously|As previously|Zuvor|Zuletzt hatte|"
    r"Auparavant|Anteriormente|Eerder|In precedenza|This (?:was|is) according)\b"
)
"""Who said it, and what was before: nothing for a second sentence."""

_PERSON = re.compile(
    r"\b(?:I|I['’](?:m|ve|ll|d)|me|my|we|we['’](?:re|ve|ll|d)|our|us|you|you['’](?:re|ve|ll|d)|your)\b|"
    r"\b(?:Ich|ich|mein\w*|wir|uns\w*|nous|notre|nos|vous|votre|nuestr[oa]s?|мы|наш\w*|вас|ваш\w*)\b"
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»|„[^“”]*[“”]|‘[^’]*’(?!\w)")
_NAME = re.compile(r"(?<=[^\W_])[,;:]? [\"“„«'‘(]?(?:[A-ZÀ-ÞĀ-ŽА-ЯЁІЇЄ]|\d)|[^\x00-\u058f]")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CLAUSE = re.compile(r"(?<=[^\W\d_]{3})[”\"’)»」』]?(?P<end>[,;:](?=\s)|[、，；،؛]|\s[–—]\s)")
_TRAILING = re.compile(
    r"(?:[\s,;:–—-]+(?:[^\W\d_]{1,3}|that|with|from|into|than|which|their|this|these|over|about|после|через))+$"
)
"""Words before the cut that only lead to what was cut off."""
_CONTRAST = re.compile(r"\W+(?:but|rather|sondern|aber|mais|sino|pero|mas|ma|bensì|maar|но|а)\b")
"""Without the second half the first one would mislead."""
_HALF = re.compile(
    r"\b(?:not (?:only|just)|nicht nur|non seulement|no s[oó]lo|não só|non solo|niet alleen|не только)\b"
    r"(?!.*\b(?:but|sondern|mais|sino|mas|ma|maar|но) \w{4})"
)
_JOINT = re.compile(
    r" (?=(?:and|or|which|who|that|whether|while|as|because|after|before|when|where|und|oder|dass|weil|et|ou|qui|que|y|e|en|dat|"
    r"и|или|что|чтобы|когда|из-за) \w)"
)
_LOOSE = re.compile(
    r"(?:[\s,]+(?:and|or|but|as|so|of|on|in|to|for|by|with|from|at|about|over|the|a|an|und|oder|aber|mit|von|et|ou|mais|de|y|o|pero|e|"
    r"mas|ma|di|en|maar|van|и|или|но|а|о|в|с|на))+$"
)
"""Words that only lead to what follows."""
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class _Read:
    """A report and its texts, cleaned."""

    item: Item
    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class _Offer:
    """A text, what it is worth where it stands, and whether it needs its own headline above it."""

    text: str
    worth: float
    leans: bool = False


def gist(items: Sequence[Item], headline: str = "", older: Sequence[Item] = ()) -> tuple[str, str] | None:
    """(text, name of the outlet it is from), at most 200 characters; None when no summary is worth it.

    ``headline`` is what it will stand under. ``older`` are reports of earlier editions: what they said is no news.
    The same items give the same gist in any order.
    """
    headline = clean(headline)
    read = [_Read(item, clean(item.title), clean(item.summary[: 2 * _READ])[:_READ]) for item in items]
    now = Counter(word for one in read for word in set(stems(f"{one.title}. {one.summary[:_COMPARED]}")))
    weights = _weights(now, older)
    told, counts = frozenset(stems(headline)), _counts(headline)
    home = {one.item.id for one in read if one.title == headline or not headline or len(items) == 1}
    spoken = {item.language for item in items if item.id in home} - {"und"}
    # What its own headline shares with the others says how far a report is about the same.
    near = {one.item.id: 1.0 if one.item.id in home else 0.5 + 0.5 * _shared(one.title, now) for one in read}
    nearest = sorted(read, key=lambda one: (-round(near[one.item.id], 9), one.item.id))[:_NEAREST]
    found: list[tuple[float, int, str, str]] = []
    for one in nearest:
        item, is_home = one.item, one.item.id in home
        is_foreign = bool(spoken) and item.language != "und" and item.language not in spoken
        for offer in _offers(opened(one.summary, one.title)):
            words = frozenset(stems(offer.text))
            worth = offer.worth * near[item.id] * _central(words, weights) * _fresh(words, told)
            if is_home:
                worth *= _AT_HOME
            elif offer.leans or not words & told:
                # Somebody else's sentence must be about what the headline says, and must say about whom.
                continue
            elif counts - (other := _counts(offer.text)) and other - counts:
                worth *= _OTHER_COUNT
            worth *= _FOREIGN if is_foreign else 1.0
            if worth > 0:
                found.append((round(worth, 9), -item.id, offer.text, item.outlet_name))
    titles = {_plain(one.title) for one in read} | {_plain(headline)} - {""}
    for _, _, text, outlet in sorted(found, reverse=True):
        if len(text) >= (SHORTEST // 3 if _CJK.search(text) else SHORTEST) and not (
            is_junk(text) or _repeats(text, titles)
        ):
            return text, outlet
    return None


def _offers(summary: str) -> Iterator[_Offer]:
    """Each sentence that fits, each with the next one where both fit, and the first one cut where it does not."""
    said = sentences(summary)[:_FIRST]
    for place, one in enumerate(said):
        leans = bool(_LEANS.match(one))
        if (place and leans) or not is_balanced(one):
            continue
        worth = _style(one) * (_LATER if place else 1.0) * (_LEANING if leans else 1.0)
        leans = leans or bool(_THE.match(one))
        if place and leans:
            continue
        if not is_whole(one):
            # A single line without a full stop is how some feeds write; one that trails off is the publisher's cut.
            if len(said) == 1 and len(one) <= LINE and not one.endswith((".", "…", ":", ",", ";", "-", "–", "—")):
                yield _Offer(one, _UNENDED * worth, leans)
            continue
        if len(one) > LONGEST or _calls(one):
            continue
        yield _Offer(one, worth, leans)
        if place + 1 < len(said) and not leans:
            following = said[place + 1]
            both = f"{one}{'' if one[-1] in '。！？」』' else ' '}{following}"
            if (
                len(both) <= LONGEST
                and is_whole(following)
                and is_balanced(following)
                and not _calls(following)
                and not _ASIDE.match(following)
                and not is_junk(following)
            ):
                yield _Offer(both, (worth + _style(following) * worth) / 2, leans)
    if said and (shorter := _cut(said[0])):
        leans = bool(_LEANS.match(shorter) or _THE.match(shorter))
        yield _Offer(shorter, _CUT * _style(shorter) * (_LEANING if leans else 1.0), leans)


def _calls(sentence: str) -> bool:
    """It asks or shouts itself: a teaser."""
    return _QUOTED.sub("", sentence).rstrip().endswith(("?", "？", "؟", "!", "！"))


def _style(sentence: str) -> float:
    """What a sentence loses that names nothing, or speaks of us and you."""
    bare = _QUOTED.sub("", sentence)
    worth = 1.0 if _NAME.search(sentence) else _NAMELESS
    if _THE.match(sentence):
        worth *= _DEFINITE
    if _PERSON.search(bare):
        worth *= _PERSONAL
    if sentence.endswith(("U.S.", "U.K.", "U.N.", "E.U.", "D.C.")):
        # Likely the abbreviation, at which a careless hand cut.
        worth *= _UNSURE
    return worth


def _cut(sentence: str) -> str:
    """The sentence cut after a clause or a word, empty where too little is left; for one that fits, too."""
    one = sentence.rstrip("….[] ")
    is_short = len(one) <= LONGEST
    if is_short and (is_whole(sentence) or (len(one) <= LINE and not sentence.endswith(("…", "..", "]")))):
        return ""
    least = max(2 * SHORTEST, int(0.6 * len(one))) if is_short else LONGEST // 2
    clauses = [match.start("end") for match in _CLAUSE.finditer(one, 0, LONGEST - 1)]
    for end in reversed(clauses):
        if (
            not _CONTRAST.match(one, end)
            and not _HALF.search(one[:end])
            and end >= (least // 3 if _CJK.search(one) else least)
            and is_balanced(one[:end])
        ):
            return f"{one[:end].rstrip()}…"
    if is_short:
        # Its publisher cut it, perhaps inside a word.
        text = one[: one.rfind(" ")] if " " in one else ""
    else:
        text = cut(one, LONGEST).removesuffix("…")
        if one[len(text) :].lstrip()[:1].isdigit():
            # As in ``January 6``: the word before it needs the number.
            text = text[: text.rfind(" ")]
    joints = [match.start() for match in _JOINT.finditer(text, least)]
    if joints and is_balanced(text[: joints[-1]]):
        text = _LOOSE.sub("", text[: joints[-1]])
    elif not _CJK.search(text):
        text = _TRAILING.sub("", text)
    text = text.rstrip(" ,;:–—-(\"'“‘«„")
    return f"{text}…" if len(text) >= 2 * SHORTEST and is_balanced(text) and not _HALF.search(text) else ""


def _repeats(text: str, titles: set[str]) -> bool:
    """A headline said again, perhaps with who said it behind."""
    plain = _plain(text)
    return any(
        plain in title or (plain.startswith(title) and plain.count(" ") - title.count(" ") <= 3)
        for title in titles
        if title
    )


def _weights(now: Mapping[str, int], older: Sequence[Item]) -> dict[str, float]:
    """What each word is worth: more the more reports have it, less the more of the older ones had it."""
    before = Counter(word for item in older for word in set(stems(f"{item.title}. {item.summary[:_COMPARED]}")))
    return {
        word: (0.5 + min(count - 1, _COUNTED)) * (1 - _STALE * before[word] / max(len(older), 1))
        for word, count in now.items()
    }


def _shared(title: str, now: Mapping[str, int]) -> float:
    """The part of a headline's words that other reports have too."""
    words = frozenset(stems(title))
    return sum(now[word] > 1 for word in words) / len(words) if words else 0.0


def _counts(text: str) -> frozenset[str]:
    """Its numbers, in digits or words, but for years and parts of names."""
    found = (_NUMERALS.get(number.casefold(), number) for number in _NUMBER.findall(text))
    return frozenset(number.replace(",", "") for number in found)


def _central(words: frozenset[str], weights: Mapping[str, float]) -> float:
    """What the text shares with the reports, by the square root of its length: long is not central."""
    if not words:
        return 0.0
    return sum(weights.get(word, 0.0) for word in sorted(words)) / math.sqrt(max(len(words), _FEW))


def _fresh(words: frozenset[str], told: frozenset[str]) -> float:
    """What the text adds to the headline; 0 where that is nothing. Pairs of ideographs are half a word."""
    if not told:
        return 1.0
    new = sum(0.5 if _CJK.search(word) else 1.0 for word in words - told - _IDLE)
    if new < _NEW or (
        new <= max(_NEARLY, _PART * len(words)) and len(told) > 4 and len(told & words) >= 0.7 * len(told)
    ):
        return 0.0
    return min(1.0, 0.25 + 1.5 * len(words - told) / len(words))


def _plain(text: str) -> str:
    return " ".join(_TOKEN.findall(text.casefold()))
