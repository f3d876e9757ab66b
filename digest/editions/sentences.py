"""Plain text -> sentences, for languages that end them with a full stop, a mark or ``。``.

A missed end only joins two sentences, a false one shows half of one: in doubt there is no end.
"""

from __future__ import annotations

import re

_END = re.compile(
    r"[.!?…؟۔।]+[\"'”’»)\]“‘«]*(?=\s)|(?:(?<=[a-zß-ÿа-яё]{2})|(?<=[A-ZА-Я]{3})|(?<=\d{4})|"
    r"(?<=[a-zа-я][\"”»]))[.!?](?=[A-ZÀ-ÞА-ЯЁ](?:[a-zß-ÿа-яё]+\s|\s[a-zß-ÿа-яё]))|[。！？]+[」』）”]*"
)
"""The second alternative is the space a publisher forgot between two sentences."""
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Mx|Messrs|Dr|Drs|Prof|Rev|Fr|Hon|Gen|Adm|Col|Cmdr|Maj|Capt|Lt|Sgt|Cpl|Pvt|Sen|Sens|Rep|Reps|"
    r"Gov|Pres|Supt|Insp|Det|Atty|St|Ste|Mt|Mtn|Ft|Ave|Blvd|Rd|Sq|No|Nos|Vol|Fig|Art|Sec|vs|v|etc|approx|est|al|Inc|"
    r"Ltd|Co|Corp|Bros|Jr|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|a\.m|p\.m|e\.g|i\.e|cf|ie|eg|Ala|Ariz|Ark|"
    r"Calif|Colo|Conn|Del|Fla|Ga|Ill|Ind|Kan|Ky|La|Md|Mass|Mich|Minn|Mo|Mont|Neb|Nev|Okla|Ore|Pa|Penn|Tenn|Tex|Va|Vt|"
    r"Wash|Wis|Wyo|bzw|ca|z\.\s?B|d\.\s?h|u\.\s?a|o\.\s?ä|u\.\s?U|i\.\s?d\.\s?R|usw|Nr|Abs|Mio|Mrd|Std|evtl|ggf|vgl|"
    r"Sr|Sra|Dra|p\.\s?ej|pág|av|Mme|Mlle|MM|Sig|Dott|Ing|Avv|dhr|mevr|nr|bv|т|г|гг|им|ул|стр|тыс|млн|млрд|руб|проф|"
    r"акад|др|см|св|обл|т\.\s?е|т\.\s?д|т\.\s?п|н\.\s?э)|(?:^|(?<=[\s(]))\d{1,2}|"
    r"\b[A-ZÀ-ÞА-ЯЁ](?:\.\s?[A-ZÀ-ÞА-ЯЁ])*)\.[\"'”’)]*$"
)
"""Before a full stop that ends nothing: titles, months, initials, and the day in ``3. Oktober``."""

_MAY_END = re.compile(
    r"(?:\b(?:[A-Z](?:\.[A-Z])+|Inc|Ltd|Co|Corp|Bros|Jr|Sr|etc|[ap]\.m|usw|St|Ave|Rd|Blvd|Tenn|Calif|Fla|Pa|Md|Mass|"
    r"Mich|Ga|Va)|\b(?:to|of|at|for|by|killed|under|over|than|and|only|aged|is|was) \d{1,2})\.[\"'”’)]*$"
)
_OPENS = re.compile(
    r"[\"“'‘(]?(?:The|A|An|He|She|It|They|We|I|You|This|That|These|Those|There|Here|His|Her|Its|Their|Our|In|On|At|By|"
    r"For|From|With|But|And|So|Or|However|Meanwhile|When|While|After|Before|As|If|Since|Although|Though|Because|Some|"
    r"Many|Most|More|Such|What|Who|Why|How|Now|Then|Also|Both|Another|Other|Others|Last|Earlier|Later|According|"
    r"During|Despite|Under|No|Not|Police|Officials|People)\b"
)
"""Words that begin a sentence and no name: after them even ``U.S.`` and ``p.m.`` end the one before."""

_CUT_AT = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|Rev|Hon|Gen|Adm|Col|Maj|Capt|Lt|Sgt|Cpl|Sen|Sens|Rep|Reps|Gov|Pres|No|Nos|vs|v|e\.g|i\.e|"
    r"Jan|Feb|Aug|Sept?|Oct|Nov|Dec|Mt|Ft|St|ул|им|стр|просп|(?<!\.)[A-ZА-ЯЁ])\.$|\b(?:at|on|outside|inside|"
    r"near) the U\.S\.$"
)
"""No sentence ends there, so somebody took the full stop for one and cut."""

_TAIL = 30
"""Characters before an end that tell an abbreviation."""

_PAIRS = (
    ("“", "”"), ("«", "»"), ("「", "」"), ("『", "』"), ("(", ")"), ("（", "）"), ("[", "]"), ("‹", "›"), ("《", "》"),
)  # fmt: skip

_OPENED = re.compile(r"(?:(?<=[\s(“\"])|^)'(?=\w)(?!(?:\d\ds?|em|til|tis|twas|cause|n)\b)")
_CLOSED = re.compile(r"(?<=[\w.,!?…])'(?!\w)")
_OPENED_ROUND = re.compile(r"(?:(?<=[\s(“\"])|^)‘(?=\w)(?!(?:\d\ds?|em|til|tis|twas|cause|n)\b)")
_CLOSED_ROUND = re.compile(r"(?<=[\w.,!?…])’(?!\w)")


def sentences(text: str) -> list[str]:
    """The sentences of a text, trimmed, in their order; the last may be cut short, as feeds do."""
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        said = text[start : match.end()].strip()
        if said and _is_end(said, match.group(), text[match.end() : match.end() + 20].lstrip()):
            found.append(said)
            start = match.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def is_whole(sentence: str) -> bool:
    """Ends as a sentence does, and was not cut by its publisher."""
    bare = sentence.rstrip("\"'”’»)]」』）“‘«")
    return (
        bare.endswith((".", "!", "?", "。", "！", "？", "؟", "۔", "।"))
        and not bare.endswith(("..", "…"))
        and not _CUT_AT.search(bare)
    )


def is_balanced(text: str) -> bool:
    """Whether every quotation and bracket that opens in it closes in it."""
    if text.count('"') % 2:
        return False
    if len(_OPENED.findall(text)) > len(_CLOSED.findall(text)):
        return False
    if "‚" not in text and len(_OPENED_ROUND.findall(text)) > len(_CLOSED_ROUND.findall(text)):
        return False
    if "„" in text:
        # There the mark that closes is the one that opens elsewhere.
        return text.count("„") <= text.count("“") + text.count("”")
    return all(text.count(opens) == text.count(closes) for opens, closes in _PAIRS)


def _is_end(said: str, mark: str, following: str) -> bool:
    first = following[:1]
    end = said[-_TAIL:]
    if mark[0] == "." and _ABBREVIATION.search(end) and not (_MAY_END.search(end) and _OPENS.match(following)):
        return False
    if mark[0] in ".…!?" and first.islower():
        return False
    if mark[-1] in "」』" and "\u3041" <= first <= "\u309f":
        # 「…。」と: who said it follows.
        return False
    return is_balanced(said)
