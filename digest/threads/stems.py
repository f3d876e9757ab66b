"""Words without their endings, in languages where one word has a dozen forms.

Rules of this file: a language stands here only where labelled items showed a gain; for English there was none.
"""

from __future__ import annotations

from Stemmer import Stemmer

_STEMMERS = {"ru": Stemmer("russian", 30_000)}
"""By language: the algorithms of the Snowball project; each remembers so many words."""


def stem(word: str, language: str) -> str:
    """The folded word without its ending, or as it is where its language or its script is not known here."""
    known = _STEMMERS.get(language)
    if known is None or word.isascii():
        return word
    return str(known.stemWord(word))
