"""The sentences of a summary that could stand alone, each with what it is worth where it stands.

A later one is worth less, a cut one, one that names nothing or speaks of us and you, one that needs what is before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .junk import is_junk
from .sentences import is_balanced, is_whole, sentences
from .shorten import CJK, LINE, LONGEST, shortened, waits

_SHORT = 3
"""Spaces of a second sentence that says something."""

_FIRST = 6
"""Sentences that are offered; later ones are seldom about what is new."""

# Against 1 for the first sentence of a report.
_LATER = 0.75
_CUT = 0.5
_WAITING = 0.6
_UNENDED = 0.7
_LEANING = 0.4
_DEFINITE = 0.5
_NAMELESS = 0.75
_PERSONAL = 0.5
_UNSURE = 0.5
_SECOND_HAND = 0.5

_LEANS = re.compile(
    r"^[\"“„«'‘(]*(?:(?:He|She|It|They|We|I|You|This|That|These|Those|There|Here|His|Her|Its|Their|Our|My|Your|But|"
    r"And|So|Or|Nor|Yet|However|Meanwhile|Also|Still|Then|Instead|Moreover|Nevertheless|Nonetheless|Therefore|Thus|"
    r"Hence|Indeed|Furthermore|Additionally|Besides|Otherwise|Both|Neither|Another|Others?|Such|Later|Earlier|"
    r"Afterwards?|Again|Now|Next|Likewise|(?:An?|Some|Many|Most|All|None|Several|Few|Each|"
    r"Any)\b[\w\s]{0,20}\bof (?:these|those|them|it|this)|Similarly|Finally|Perhaps|Maybe|Because of (?:this|that|it)|"
    r"In (?:fact|addition|response|turn|contrast|other words|particular)|As (?:a result|such)|For (?:example|instance|"
    r"that reason|his|her|their)|Of course|On the other hand|At the same time|After (?:that|this|which)|"
    r"According to (?:him|her|them)|One of (?:them|those|the)|What['’]s more|Well|OK|Okay|Yes|No,|Sure|Oh|Bonus|P\.?S|"
    r"As usual|Not only|Who|Which|Why|How|(?:It|That|There|Here|He|She)['’]s|(?:They|We|You)['’](?:re|ve|ll|d)|"
    r"I['’](?:m|ve|ll|d)|Er|Sie|Es|Wir|Ich|Doch|Aber|Und|Oder|Auch|Dann|Dabei|Dazu|Damit|Daher|Deshalb|Dennoch|"
    r"Trotzdem|Allerdings|Zudem|Außerdem|Dies\w*|Diese\w*|Dort|Seine?\w*|Ihre?\w*|Hier|Nun|So|Denn|Darauf|Danach|"
    r"Zuvor|Später|Beide|Il|Ils|Elle|Elles|Mais|Et|Ou|Donc|Cependant|Pourtant|Ainsi|Cela|Ce|Cette|Ces|C['’]est|Son|Sa|"
    r"Ses|Leurs?|Ensuite|Puis|Él|Ella|Ellos|Ellas|Pero|Y|Sin embargo|Además|También|Por (?:eso|ello|lo tanto)|"
    r"Est[eao]s?|Es[eao]s?|Su|Sus|Luego|Así|Ele|Ela|Eles|Elas|Mas|E|Porém|No entanto|Além disso|Também|Por isso|"
    r"Ess[ae]s?|Isso|Isto|Seu|Sua|Lui|Lei|Loro|Ma|Però|Tuttavia|Inoltre|Anche|Quest[oaie]|Così|Poi|Suo|Hij|Zij|Ze|Het|"
    r"Dit|Dat|Deze|Maar|En|Ook|Toch|Daarom|Bovendien|Hun|Он|Она|Оно|Они|Мы|Я|Это|Этот|Эта|Эти|Но|А|И|Однако|Также|"
    r"Кроме того|При этом|Поэтому|Тем не менее|Таким образом|Его|Её|Ее|Их|Об этом|Так|Зато|Кстати|К слову|Отметим|"
    r"Отмечается|Там|Тогда|Затем|Напомним|Ранее|Тоже|По (?:его|её|ее|их) (?:словам|мнению)|В свою очередь|هو|هي|هم|"
    r"لكن|ولكن|كما|وقال|وأضاف|وأكد|هذا|هذه|ذلك|הוא|היא|הם|הן|אבל|אך|גם|זה|זו|כך|לכן)\b|彼[はがの女ら]|これ|それ|この|その|また|しかし|だが|"
    r"一方|さらに|そして|なお|同[氏社国]|[他她它][们們]?|[这這那]|但|而|此外|[并並]且|同时|同時|因此|"
    r"그는|그녀|이는|이에|하지만|그러나|또한|또 |한편|이어)"
)
"""Beginnings that need the sentence before."""

_THE = re.compile(
    r"^(?:The (?:(?:[a-z’'-]+ ){1,2}(?:was|were|is|are|has|have|had|will|would|could|can|may|might|must|should|said|"
    r"says|came|comes|also|mark(?:s|ed)|ma[kd]e|makes|follow(?:s|ed)|adds|added|includ(?:es|ed)|takes|took|follows|"
    r"shows|showed|means|went|began|begins|reported|announced|told|did|does|got|found|ended|ends|left|led)|(?:move|"
    r"decision|announcement|news|latest|comments?|remarks?|incident|two|three|pair|couple|company|firm|former|latter|"
    r"same|other|rest|result|duo|man|woman)) |(?:По признанию|По словам|По мнению|По данным) [а-яё]+,)"
)
"""One that was named before."""

_ASIDE = re.compile(
    r"^(?:Об этом|Ранее|Напомним|О данном|Соответствующ\w+|Такую информацию|Earlier|Previously|As previously|Zuvor|"
    r"Zuletzt hatte|Auparavant|Anteriormente|Eerder|In precedenza|This (?:was|is) according)\b"
)
"""Who said it, and what was before: nothing for a second sentence."""

_ABOUT_REPORTS = re.compile(
    r"\b(?:article|story|column|op-ed|report) (?:published|written|posted|that appeared) (?:by|in|on)\b"
    r"|\b(?:article|story) (?:also )?(?:mentions|mentioned|noted|notes|discussed|discusses)\b"
    r"|\bissued a statement (?:to|on|in)\b"
)
"""It tells that somebody wrote or said something, and hardly what."""

_PERSON = re.compile(
    r"\b(?:I|I['’](?:m|ve|ll|d)|me|my|we|we['’](?:re|ve|ll|d)|our|us|you|you['’](?:re|ve|ll|d)|your)\b|\b(?:Ich|ich|"
    r"mein\w*|wir|uns\w*|nous|notre|nos|vous|votre|nuestr[oa]s?|мы|наш\w*|вас|ваш\w*)\b"
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»|„[^“”]*[“”]|‘[^’]*’(?!\w)")
_NAME = re.compile(r"(?<=[^\W_])[,;:]? [\"“„«'‘(]?(?:[A-ZÀ-ÞĀ-ŽА-ЯЁІЇЄ]|\d)|[^\x00-\u058f]")


@dataclass(frozen=True, slots=True)
class Offer:
    """A text, and what it is worth where it stands."""

    text: str
    worth: float
    leans: bool = False
    """On what stands before it."""
    refers: bool = False
    """To somebody named before, if only in its own headline."""
    is_first: bool = True
    """In its report."""


def offers(summary: str) -> Iterator[Offer]:
    """Each sentence that fits, each with the next one where both fit, and the first one cut where it does not."""
    said = sentences(summary)[:_FIRST]
    for place, one in enumerate(said):
        offer = replace(_offer(one, _LATER if place else 1.0), is_first=place == 0)
        if (place and (offer.leans or offer.refers)) or not is_balanced(one):
            continue
        if not is_whole(one):
            # A single line without a full stop is how some feeds write; one that trails off is the publisher's cut.
            if len(said) == 1 and len(one) <= LINE and not one.endswith((".", "…", ":", ",", ";", "-", "–", "—")):
                yield _offer(one, _UNENDED)
            continue
        if len(one) > LONGEST or _calls(one):
            continue
        yield offer
        both = "" if offer.leans or place + 1 == len(said) else _with(one, said[place + 1])
        if both and not offer.refers:
            worth = (offer.worth + offer.worth * _style(said[place + 1])) / 2
            yield Offer(both, worth, is_first=place == 0)
    if said and (shorter := shortened(said[0])):
        yield _offer(shorter, _CUT * (_WAITING if waits(shorter) else 1.0))


def _offer(text: str, worth: float) -> Offer:
    leans = _LEANS.match(text) is not None
    return Offer(text, worth * _style(text) * (_LEANING if leans else 1.0), leans, _THE.match(text) is not None)


def _with(one: str, following: str) -> str:
    """Both sentences where they may stand together."""
    both = f"{one}{'' if one[-1] in '。！？」』' else ' '}{following}"
    fits = len(both) <= LONGEST and is_whole(following) and is_balanced(following)
    if following.count(" ") < _SHORT and not CJK.search(following):
        return ""
    return both if fits and not (_calls(following) or _ASIDE.match(following) or is_junk(following)) else ""


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
    if _ABOUT_REPORTS.search(bare):
        worth *= _SECOND_HAND
    if sentence.endswith(("U.S.", "U.K.", "U.N.", "E.U.", "D.C.")):
        # Likely the abbreviation, at which a careless hand cut.
        worth *= _UNSURE
    return worth
