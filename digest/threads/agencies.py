"""In which words news agencies are credited: names and forms, nothing else is known of any agency.

Rules of this file: text in, text or a name out; a mention inside a sentence ("told Reuters") is no credit.
"""

from __future__ import annotations

import re
from functools import cache

NAMES: dict[str, str] = {
    "AP": r"A\.?P\.?|(?:The )?Associated Press|美联社|美聯社|AP通信",
    "Reuters": r"Reuters?|REUTERS|Рейтер|路透社?|ロイター(?:通信)?",
    "AFP": r"AFP|Agence France-Presse|法新社|AFP(?:=|＝)?時事",
    "UPI": r"UPI",
    "dpa": r"dpa(?:-\w+)?(?:/\w+)?|DPA",
    "APA": r"APA",
    "SDA": r"Keystone-SDA|SDA|sda",
    "epd": r"epd",
    "KNA": r"KNA",
    "SID": r"SID|sid",
    "EFE": r"EFE",
    "Europa Press": r"Europa Press|EUROPA PRESS",
    "ANSA": r"ANSA",
    "Lusa": r"Lusa|LUSA",
    "ANP": r"ANP",
    "Belga": r"Belga|BELGA",
    "PA": r"PA Media|Press Association",
    "TASS": r"TASS|ТАСС|塔斯社|タス通信",
    "RIA Novosti": r"RIA Novosti|РИА Новости",
    "Interfax": r"Interfax|INTERFAX|Интерфакс",
    "PTI": r"PTI",
    "ANI": r"ANI",
    "IANS": r"IANS",
    "UNI": r"UNI",
    "Anadolu": r"Anadolu(?: Agency)?|AA",
    "Xinhua": r"Xinhua|XINHUA|新华社|新華社|新華",
    "CNS": r"中新社|中国新闻社|中新网",
    "Kyodo": r"Kyodo(?: News)?|KYODO|共同(?:通信)?",
    "Jiji": r"Jiji(?: Press)?|JIJI|時事(?:通信)?",
    "Yonhap": r"Yonhap|YONHAP|연합뉴스|聯合ニュース|韩联社",
}
"""Short name to the ways it is written, as a pattern."""

_ANY = "|".join(NAMES.values())
_AGENCY = rf"(?:(?<!\w)(?:{_ANY})(?![a-zA-Zа-яё]))"

_SHY = frozenset({"APA", "SDA", "SID", "UNI", "ANI", "ANP", "PA", "AA"})
"""Abbreviations of other things too: read in brackets and slashes only."""

_BOLD = "|".join(pattern for name, pattern in NAMES.items() if name not in _SHY)
_NAMED = rf"(?:(?<!\w)(?:{_BOLD})(?![a-zA-Zа-яё]))"

_DATELINE = r"[A-ZÀ-ÖØ-ÞА-ЯЁ][\w .'’/-]{1,40}(?:,\s?[\w .]{1,20})?"
"""A place, perhaps with a day: "PARIS, Oct 13", "Madrid, 3 mar", "МОСКВА, 25 мая"."""

_DASH = r"[-–—―]"

_OPEN, _SHUT = r"[(（\[]", r"[)）\]]"

_BETWEEN = r"(?i:with|inputs?|reporting|from|by|and|agenc(?:y|ies)|mit|material|von|und|avec|et|con|información|de|y)\b"

_GIVEN = rf"{_OPEN}(?:{_AGENCY}|{_BETWEEN}|[\s,;:/&|·.+-]){{1,14}}{_SHUT}"
"""Brackets that hold credits alone: "(AP)", "(With AP inputs)", "(Reuters, AFP)", "(dpa/lno)", "（新华社）"."""

_FORMS = (
    # "WASHINGTON, Oct 13 (Reuters) -", "Madrid, 3 mar (EFE).-", "Berlin (dpa) -"
    rf"^\s*{_DATELINE}\s*{_GIVEN}\s*[.:]?\s*{_DASH}+",
    rf"^\s*{_GIVEN}\s*{_DASH}*|{_GIVEN}\s*\.?\s*$|{_GIVEN}\s*{_DASH}",
    # "【北京共同】", "【AFP=時事】", "[東京 4日 ロイター] -"
    rf"^\s*[【\[][^】\]]{{0,30}}(?:{_ANY})[^】\]]{{0,10}}[】\]]\s*{_DASH}?",
    # "МОСКВА, 25 мая. /ТАСС/."
    rf"/\s*{_AGENCY}\s*/\.?",
    # "AP -", "ЖЕНЕВА, 25 мая — РИА Новости."
    rf"^\s*(?:{_DATELINE}\s*{_DASH}\s*)?{_NAMED}\s*[.:]?\s*(?:{_DASH}|[.:,]\s)",
    # "新华社北京3月4日电"; "据新华社报道"
    rf"^\s*(?:{_BOLD})[^\s，。,.]{{0,14}}[电電][\s：:]?",
    rf"[据據](?:{_BOLD})[^，。\s]{{0,8}}(?:报道|報道|报导|消息)",
    # "— AP", "Source: Reuters", "Quelle: dpa", "avec AFP", "con información de EFE" at the end
    rf"(?i:{_DASH}|\||\b(?:source|via|quelle|fuente|fonte|avec|mit material von|con información de)\b:?)"
    rf"\s*{_NAMED}\s*\.?\s*$",
    r"(?i:\bwith (?:additional )?(?:inputs?|reporting|files) (?:from|by) )[\w ,&/]{2,40}\.?\s*$",
    rf"(?i:\bwith (?:the )?){_NAMED}\s(?i:inputs?)\b",
    # ", сообщает ТАСС", "передает «Интерфакс»"
    rf"(?:сообща|переда|пиш)[её]т\s+(?:агентство\s+)?[«\"]?{_NAMED}[»\"]?",
)

_CREDITS = tuple(re.compile(form) for form in _FORMS)

_BRACKET = re.compile(
    rf"{_OPEN}[^()（）\[\]]{{0,60}}(?:{_AGENCY}|\b(?i:inputs?|agenc(?:y|ies))\b)[^()（）\[\]]{{0,40}}{_SHUT}"
)
"""Any bracket with an agency in it: no credit of the report where it stands amid a sentence, and no news either."""

_PLACE = re.compile(rf"^\s*(?:[A-ZÀ-ÞА-ЯЁ][A-ZÀ-ÞА-ЯЁ .'’/-]{{1,40}}(?:,\s[\w. ]{{1,20}})?)\s*(?:{_DASH}|:)+\s+")
"""A place in capitals before a dash, which an agency's name may have stood behind."""

_TITLE_END = re.compile(rf"\s(?:{_DASH}|\|)\s*(?P<end>{_NAMED})\s*$|[(（\[](?P<bracket>{_AGENCY})[)）\]]\s*$")

_WHOLE = {name: re.compile(rf"(?:{pattern})(?: News| news|通信)?") for name, pattern in NAMES.items()}


def without_credits(text: str) -> str:
    """The text without datelines and credits of agencies, which differ where the report is the same."""
    for credit in _CREDITS:
        text = credit.sub(" ", text)
    text = _BRACKET.sub(" ", text)
    return _PLACE.sub(" ", text.strip()).strip()


@cache
def own_name(outlet_name: str) -> str | None:
    """The agency that an outlet is, by its name: ``AP`` for "Associated Press"; None for everybody else."""
    return next((name for name, pattern in _WHOLE.items() if pattern.fullmatch(outlet_name.strip())), None)


def credited(title: str, text: str) -> str | None:
    """The one agency that a report is credited to; None without credit, or where several share it."""
    found: set[str] = set()
    for credit in _CREDITS:
        for match in credit.finditer(text):
            found |= _named(match[0])
    if end := _TITLE_END.search(title):
        found |= _named(end["end"] or end["bracket"])
    return found.pop() if len(found) == 1 else None


def _named(credit: str) -> frozenset[str]:
    """The agencies named in one credit; "AFP=時事" is AFP, which Jiji passes on."""
    if re.search("AFP[=＝]?時事", credit):
        return frozenset({"AFP"})
    return frozenset(name for name, pattern in _inside().items() if pattern.search(credit))


@cache
def _inside() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(rf"(?<![A-Za-zА-яё])(?:{pattern})(?![A-Za-zА-яё])") for name, pattern in NAMES.items()}
