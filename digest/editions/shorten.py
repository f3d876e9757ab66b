"""A sentence that is too long, or that its publisher cut, cut where it can end.

At the last clause, else before the words that only lead to what is cut off; never inside a word or a character.
"""

from __future__ import annotations

import re

from .cut import cut
from .sentences import is_balanced, is_whole

LONGEST = 200
SHORTEST = 40
"""Characters of a gist; in Chinese, Japanese and Korean a third of the shortest will do."""

LINE = 90
"""Characters of a line without a full stop that may be whole; a longer one was likely cut, perhaps inside a word."""

CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CLAUSE = re.compile(r"(?<=[^\W\d_]{3})[”\"’)»」』]?(?P<end>[,;:](?=\s)|[、，；،؛]|\s[–—]\s)")
_TRAILING = re.compile(
    r"(?:[\s,;:–—-]+(?:[^\W\d_]{1,3}|that|with|from|into|than|which|their|this|these|over|about|both|either|some|"
    r"every|each|more|most|such|very|last|next|since|even|still|also|just|only|whose|после|через))+$"
)
"""Words before the cut that only lead to what was cut off."""
_OPEN = " ,;:–—-(\"'“‘«„"
_STUMP = re.compile(
    r" (?:to|for|with|in|on|at|of|from|by|into|over|against|during|für|mit|pour|avec|para|por|для|на|в|с)(?: \S+){1,2}$"
)
"""A phrase that was likely cut in two, as ``to fight climate``."""
_CONTRAST = re.compile(r"\W+(?:but|rather|sondern|aber|mais|sino|pero|mas|ma|bensì|maar|но|а)\b")
"""Without the second half the first one would mislead."""
_DANGLING = re.compile(r"[,;]? (?:but|yet|though|although|aber|doch|mais|pero|mas|ma|maar|но)(?: \S+){0,3}$")
"""The beginning of a second half."""
_HALF = re.compile(
    r"\b(?:not (?:only|just)|nicht nur|non seulement|no s[oó]lo|não só|non solo|niet alleen|не только)\b(?!.*\b(?:but|"
    r"sondern|mais|sino|mas|ma|maar|но) \w{4})"
)
_JOINT = re.compile(
    r" (?=(?:and|or|which|who|that|whether|while|as|because|after|before|when|where|und|oder|dass|weil|et|ou|qui|que|"
    r"y|e|en|dat|и|или|что|чтобы|когда|из-за) \w)"
)
_QUOTED_WORDS = re.compile(r" (?:“[^”]{1,30}”|‘[^’]{1,30}’|«[^»]{1,30}»|\"[^\"]{1,30}\")$")
"""A few words in quotation marks at a cut: what they were said of is gone, as in ``for “clarifying”``."""
_LOOSE = re.compile(
    r"(?:[\s,]+(?:even|still|also|just|only|(?:two|three|four|five|six|seven|ten|several|few|\d+) (?:days|weeks|"
    r"months|years|hours|minutes)|and|or|but|as|so|of|on|in|to|for|by|with|from|at|about|over|the|a|an|und|oder|aber|"
    r"mit|von|et|ou|mais|de|y|o|pero|e|mas|ma|di|en|maar|van|и|или|но|а|о|в|с|на))+$"
)
"""Words that only lead to what follows."""
_WAITS = re.compile(
    r"(?:As|While|When|After|Before|Although|Though|Even|If|Since|Because|Despite|With|Amid|During|Following|Nachdem|"
    r"Während|Als|Weil|Obwohl|Wenn|Alors|Après|Quand|Si|Bien que|Mientras|Después|Cuando|Aunque|Tras|Enquanto|Depois|"
    r"Quando|Dopo|Mentre|Nadat|Terwijl|Когда|После|Если|Хотя|Пока|Поскольку)\b"
)
"""A beginning after which what happened comes behind the comma."""
_SUBJECT = re.compile(
    r"(?!(?:On|In|At|By|For|From|With|After|Since|Until|Last|This|Early|Late|Am|Im|In|Nach|Seit|Le|En|El|В|На|По|С|К|"
    r"За)\b)[A-ZÀ-ÞА-ЯЁ][\w.'’-]*(?: [A-ZÀ-ÞА-ЯЁ][\w.'’-]*){0,4}, [a-zß-ÿа-яё][^,–—]*$"
)
"""Who it is, and not yet what happened."""
_COMES = re.compile(
    r", (?:[A-ZÀ-ÞА-ЯЁ]|(?:the|an?|he|she|it|they|his|her|its|their|der|die|das|er|sie|es|le|la|les|il|elle|el|los|"
    r"las|o|os|i|lo|gli|de|het|он|она|они)\b).{25}"
)
_SAYING = re.compile(
    r"\b(?:said|says?|saying|announced|told \w+|warned|claimed|sagte|erklärte|a déclaré|a annoncé|dijo|afirmó|disse|"
    r"ha detto|zei|заявил[аи]?|сообщил[аи]?|сказал[аи]?|отметил[аи]?|рассказал[аи]?|считает)$|\b(?:that|dass|que|che|"
    r"что|чтобы)\b(?:\W+\w+){0,3}$"
)
"""What was said would be missing."""


def shortened(sentence: str) -> str:
    """The sentence up to where it can end, with ``…``; empty where that is too little, or where it needs no cut."""
    one = sentence.rstrip("….[] ")
    is_short = len(one) <= LONGEST
    if len(sentence) <= LONGEST and (
        is_whole(sentence) or (len(one) <= LINE and not sentence.endswith(("…", "..", "]")))
    ):
        return ""
    least = max(2 * SHORTEST, int(0.6 * len(one))) if is_short else LONGEST // 2
    for match in reversed(list(_CLAUSE.finditer(one, 0, LONGEST - 1))):
        end = match.start("end")
        if match["end"].strip() in ("–", "—") and one.count(match["end"], 0, end) % 2:
            # It closes an aside; what the sentence says comes behind it.
            continue
        if end >= (least // 3 if CJK.search(one) else least) and not _CONTRAST.match(one, end) and _may_end(one[:end]):
            return f"{one[:end].rstrip()}…"
    text = _DANGLING.sub("", _after_a_word(one, least, is_short=is_short))
    return f"{text}…" if len(text) >= 2 * SHORTEST and _may_end(text) else ""


def waits(text: str) -> bool:
    """Whether it begins with when or why, and what happened comes later."""
    return _WAITS.match(text) is not None


def _after_a_word(one: str, least: int, *, is_short: bool) -> str:
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
    elif not CJK.search(text):
        text = _QUOTED_WORDS.sub("", _TRAILING.sub("", text.rstrip(_OPEN)))
        text = _STUMP.sub("", text)
    return text.rstrip(_OPEN)


def _may_end(text: str) -> bool:
    if _SUBJECT.match(text):
        return False
    if waits(text) and not _COMES.search(text):
        return False
    return is_balanced(text) and not _HALF.search(text) and not _SAYING.search(text)
