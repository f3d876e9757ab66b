"""Which languages a text can be in, by the script it is written in."""

from __future__ import annotations

import re

_CYRILLIC = frozenset(
    ["ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg", "tt", "os", "ce", "ba", "cv", "az", "uz", "bs", "cnr"]
)
_ARABIC = frozenset(["ar", "fa", "ur", "ps", "ku", "ckb", "ug", "sd", "pa", "ks"])
_DEVANAGARI = frozenset(["hi", "mr", "ne", "sa", "kok", "mai", "bho"])

_SCRIPTS: tuple[tuple[str, str, str, frozenset[str]], ...] = (
    ("kana", "\u3041-\u30ff", "ja", frozenset({"ja"})),
    ("hangul", "\u1100-\u11ff\uac00-\ud7af", "ko", frozenset({"ko"})),
    ("han", "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff", "zh", frozenset({"zh", "yue", "ja", "ko"})),
    ("cyrillic", "\u0400-\u052f", "ru", _CYRILLIC),
    ("arabic", "\u0600-\u06ff\u0750-\u077f", "ar", _ARABIC),
    ("hebrew", "\u0590-\u05ff", "he", frozenset({"he", "yi"})),
    ("greek", "\u0370-\u03ff", "el", frozenset({"el"})),
    ("devanagari", "\u0900-\u097f", "hi", _DEVANAGARI),
    ("bengali", "\u0980-\u09ff", "bn", frozenset({"bn", "as"})),
    ("gurmukhi", "\u0a00-\u0a7f", "pa", frozenset({"pa"})),
    ("gujarati", "\u0a80-\u0aff", "gu", frozenset({"gu"})),
    ("tamil", "\u0b80-\u0bff", "ta", frozenset({"ta"})),
    ("telugu", "\u0c00-\u0c7f", "te", frozenset({"te"})),
    ("kannada", "\u0c80-\u0cff", "kn", frozenset({"kn"})),
    ("malayalam", "\u0d00-\u0d7f", "ml", frozenset({"ml"})),
    ("sinhala", "\u0d80-\u0dff", "si", frozenset({"si"})),
    ("thai", "\u0e00-\u0e7f", "th", frozenset({"th"})),
    ("burmese", "\u1000-\u109f", "my", frozenset({"my"})),
    ("georgian", "\u10a0-\u10ff", "ka", frozenset({"ka"})),
    ("armenian", "\u0530-\u058f", "hy", frozenset({"hy"})),
    ("khmer", "\u1780-\u17ff", "km", frozenset({"km"})),
    ("ethiopic", "\u1200-\u137f", "am", frozenset({"am", "ti"})),
)

_LATIN_TOO = frozenset(["az", "uz", "sr", "bs", "cnr", "kk", "ku", "tt", "mn", "pa", "ug"])
"""Written in Latin letters as well."""

_NEVER_LATIN = frozenset().union(*(languages for _, _, _, languages in _SCRIPTS)) - _LATIN_TOO

_PATTERNS = tuple((name, re.compile(f"[{letters}]")) for name, letters, _, _ in _SCRIPTS)

_LANGUAGES = {name: (guess, languages) for name, _, guess, languages in _SCRIPTS}

_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")

_EAST_ASIAN = frozenset({"kana", "hangul", "han"})


def script_language(text: str) -> tuple[str | None, frozenset[str]]:
    """The most likely language of the script most letters belong to, and the languages that can be written so.

    Latin letters name no language: (None, empty) where any declared one is possible.
    One that is never written so is the exception, see ``never_latin``.
    An East Asian character stands for about three Latin letters.
    """
    if text.isascii():
        return None, frozenset()
    counts = {name: len(found) for name, pattern in _PATTERNS if (found := pattern.findall(text))}
    if not counts:
        return None, frozenset()
    weighed = {name: count * (3 if name in _EAST_ASIAN else 1) for name, count in counts.items()}
    if sum(weighed.values()) <= len(_LATIN.findall(text)):
        return None, frozenset()
    script = max(weighed, key=lambda name: weighed[name])
    if script in _EAST_ASIAN:
        script = _east_asian(counts)
    guess, languages = _LANGUAGES[script]
    if script == "cyrillic" and re.search("[іїєґ]", text):
        guess = "uk"
    elif script == "arabic" and re.search("[پچژگ]", text):
        guess = "fa"
    return guess, languages


def never_latin(language: str) -> bool:
    """Whether Latin letters contradict the language."""
    return language in _NEVER_LATIN


def _east_asian(counts: dict[str, int]) -> str:
    """Japanese mixes Han with kana and older Korean with Hangul; Han alone says neither."""
    total = sum(counts.get(name, 0) for name in _EAST_ASIAN)
    for name in ("kana", "hangul"):
        if counts.get(name, 0) * 6 >= total:
            return name
    return "han"
