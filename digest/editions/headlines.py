"""Which report stands for a story: the one whose headline says most of what the others report too.

A headline gains by what its words share with the other reports, and by names and numbers; it loses by length and
when it asks, teases or shouts. After Techmeme's rule: not the first and not the biggest outlet, but the headline
that needs no click.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from ..model import Item
from .cut import clean

LONG = 14
"""Words after which a headline says no more, only takes longer."""

NAMES = 3
NUMBERS = 2
"""So many of them count; more make a list."""

_SEVERAL = 3
"""Other reports, of which one would tell a name that matters."""

_HEARD = 60
"""Summaries after which one more tells no new name."""

READ = 300
"""Characters of a summary that are compared: what a report is about stands at its beginning."""

_STEM = 5
"""Letters that tell words apart: ``flooded`` is ``floods``, ``Russian`` is ``Russia``."""

_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CJK_PAIR = re.compile(r"(?=([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}))")
_INSIDE = re.compile(r"(?<=[^\s.!?:;…\"“”„«»'‘’(\[–—|] )[A-ZÀ-ÖØ-ÞĀ-ŽΆ-ΫА-ЯЁІЇЄҐ][^\W_]*(?:['’.,-][^\W_]+)*")
"""A word with a capital, but none behind a sign after which any word may have one."""

_FUNCTION = frozenset(
    """
    the and but for its his her our not who why how all one two new now she was has had are can may yet about above
    across after again against also amid been before being between both could does during each even from have having
    here into just like many more most much must only other over said same says should since some still such than
    that their them then there these they this those through under until upon very were what when where which while
    will with would your according among because
    aber alle auch beim dass dem denn dich diese dieser dieses doch durch eine einem einen einer eines gegen habe haben
    hatte ihre ihrem ihren kann mehr muss nach nicht noch oder ohne sein seine seinen sich sind soll sollen über unter
    vom vor weil wenn werden wird wurde wurden zum zur zwischen
    après aussi avant avec cette comme dans depuis deux elle elles entre être fait leur leurs mais même nous par pour
    plus quand que qui sans selon sera sont sous sur tout très une était ont
    aunque como con contra cuando desde donde durante ella ellos entre era esta este está fue había hasta las
    los más muy     nos para pero por porque que según ser sin sobre son sus también tras una uno
    ainda ao aos até com das depois do dos ela ele foi isso mais mas não pela pelo quando são sem seu sua também têm uma
    alla anche che come con contro dal dalla degli del della delle dello dopo era gli hanno nel nella non più quando
    quello questa questo sono stata stato sul sulla tra
    aan als bij dan dat deze die dit door een hebben heeft het hun maar meer met naar niet nog ook onder over tegen toen
    uit van voor waar wel werd werden wordt zijn zich
    более будет были было быть ведь вместе всех где для его если есть или как когда которая которого которой которые
    который которых между может много находится однако они она при после почти перед под про свои своей своих себя
    также там того тоже только уже что чтобы это этого этой этом
    """.split()  # noqa: SIM905 - a list of 300 quoted words is no reading
)
"""Words that say nothing of what a report is about; other short ones do not count anyway."""

_TEASER = re.compile(
    r"\b(here['’]s|what (you need )?to know|what we know|what to watch|everything (we|you)|the reasons? why|"
    r"you won['’]t|you['’]ll (?:\w+ )?(?:see|never|want|love|be)|watch (?:this|these|the moment|how|what)|"
    r"this is (how|why|what)|live updates?|as it happened|in pictures|podcast|explained|explainer|quiz|briefing|"
    r"round-?up|\d+ (\w+ )?(things|ways|reasons|facts|takeaways|questions|tips)|(watch|video|photos?|live|opinion|"
    r"comment|analysis|timeline|factbox|fact check|q&a|editorial|kommentar|liveticker|meinung|en direct|tribune|"
    r"en vivo|opinión|ao vivo|opinião|diretta|мнение|онлайн):|was wir wissen|das müssen sie|so geht|"
    r"ce que l['’]on sait|ce qu['’]il faut|lo que se sabe|qué se sabe|minuto a minuto|o que se sabe|entenda|saiba|"
    r"cosa sappiamo|tutto quello|wat we weten|что известно|что нужно знать)|[(\[](watch|video|photos?|live)[)\]]|なぜ|"
    r"とは[？?]?$|まとめ|[为為]什[么麼]|直播|盘点|총정리|생중계",
    re.IGNORECASE,
)

_ANGLE = re.compile(
    r"^[\W_]*(?:the (?:most|best|worst|top|\d+)|the .{3,60} so \w+ (?:that )?(?:it|they|he|she|we)|"
    r"why|how|what|who|where|when|inside|meet|stop|don['’]t|do not|let['’]s|"
    r"yes,|no,|dear|i|i['’]m|my|we|our|warum|wieso|wie|was|darum|pourquoi|comment|por qué|cómo|qué|así|por que|como|"
    r"perché|ecco|waarom|hoe|почему|зачем|как)\b|\b(?:i|we|you) (?:must|should|need|can['’]t)\b|\bopinion\b|\b(?:is|"
    r"are|was) (?:wrong|right) (?:to|about|on)\b|it['’]s time (?:to|for)|\| ?(?:opinion|comment|editorial)",
    re.IGNORECASE,
)
"""It explains, urges or argues: one view of the matter rather than what happened."""

_OPINION = re.compile(
    r"\b(?:opinions?|editorials?|op-ed|comment is free|commentary|columns?|columnists?|letters|meinung|kommentare?|"
    r"tribunes?|débats|opinión|columnas|opinião|opinioni|opinie|мнения?|社説|社论|社論|评论|사설)\b",
    re.IGNORECASE,
)
"""In the name of a feed."""


def lead(items: Sequence[Item], copies: Collection[int] = (), preferred: Collection[int] = frozenset()) -> Item:
    """The item that stands for these; ``copies`` are ids of items that only repeat a wire text.

    ``preferred`` are ids of items of feeds the reader starred: among reports of equal standing such a one leads,
    unless its headline is a plain teaser, which would tell the reader nothing. A copy leads only among copies,
    a missing headline only where there is no other. Equal headlines are settled by the earlier date, then by id:
    the same items give the same lead in any order.
    """
    if len(items) == 1:
        return items[0]
    story = _read(items, copies)
    return max(
        items,
        key=lambda item: (
            item.id not in copies,
            any(sign.isalnum() for sign in item.title),
            bool(clean(item.title)),
            item.id in preferred and not _teases(item.title),
            round(_score(item, story), 9),
            -item.published.timestamp(),
            -item.id,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Story:
    """What the reports say together."""

    said: Counter[str]
    """In how many reports each stem stands."""
    own: dict[int, frozenset[str]]
    """Item id to its stems; a copy of a text adds nothing, so it has none."""
    names: frozenset[str]


def _read(items: Sequence[Item], copies: Collection[int]) -> _Story:
    own = {item.id: about(item) for item in items if item.id not in copies}
    titles = (item.title for item in items if not _is_title_case(item.title))
    first = sorted(items, key=lambda item: item.id)[:_HEARD]
    running = (*titles, *(item.summary[:READ] for item in first))
    return _Story(Counter(stem for stems in own.values() for stem in stems), own, _names(running))


def _score(item: Item, story: _Story) -> float:
    """How much a headline says of the story, roughly in words that inform."""
    title = item.title
    words = _WORD.findall(title)
    mine = story.own.get(item.id, frozenset())
    others = len(story.own) - (item.id in story.own)

    def share(stem: str) -> float:
        """Of the other reports that have it."""
        return (story.said[stem] - (stem in mine)) / others if others else 0.0

    shares = [(0.5 if _CJK.search(stem) else 1.0) * share(stem) for stem in sorted(set(stems(title)))]
    # The sum is what it says of the matter, the mean keeps off one side of it.
    told = 0.75 * sum(shares) + 2 * sum(shares) / max(len(shares), 3)
    numbers = sorted((_number(share(word.casefold()), others) for word in words if word[0].isdigit()), reverse=True)
    named = sorted((_name(share(name), others) for name in _named(title, story.names)), reverse=True)
    length = min(len(words), 8) / 8 - max(0, len(words) - LONG) / 2
    return told + sum(numbers[:NUMBERS]) + sum(named[:NAMES]) + length - _against(item)


def _number(share: float, others: int) -> float:
    """A number that none of several others tells is likely of another matter."""
    return 0.8 * share + (0.4 if others < _SEVERAL else 0.2)


def _name(share: float, others: int) -> float:
    return 0.4 * share + (0.3 if others < _SEVERAL else 0.1)


def stems(text: str) -> Iterator[str]:
    """Words that carry meaning: names, numbers, longer words, pairs of ideographs; folded and cut short."""
    return chain.from_iterable(map(_stem, _WORD.findall(text)))


def about(item: Item) -> frozenset[str]:
    """The stems of a report's headline and of how it begins."""
    return _about(f"{item.title}. {item.summary[:READ]}")


@lru_cache(maxsize=1_000)
def _about(text: str) -> frozenset[str]:
    return frozenset(stems(text))


@lru_cache(maxsize=20_000)
def _stem(word: str) -> tuple[str, ...]:
    if _CJK.search(word):
        return tuple(_CJK_PAIR.findall(word))
    bare = _POSSESSIVE.sub("", word)
    folded = bare.casefold().replace(".", "") if not bare[0].isdigit() else bare
    if folded in _FUNCTION:
        return ()
    if len(bare) > 3 or bare[0].isdigit() or (len(bare) > 1 and bare.isupper()):
        return (folded if folded[0].isdigit() else folded[:_STEM],)
    return (folded,) if len(bare) == 3 and bare.istitle() else ()


def _names(running: Iterable[str]) -> frozenset[str]:
    """Words that running text writes with a capital inside a sentence and never without one.

    So the names in headlines are known that give every word a capital.
    """
    capital: set[str] = set()
    words: set[str] = set()
    for text in running:
        words.update(_WORD.findall(text))
        capital.update(_INSIDE.findall(text))
    names = {_POSSESSIVE.sub("", word).casefold() for word in capital if word[0].isupper()}
    return frozenset(name for name in names if name not in words and f"{name}'s" not in words)


def _named(title: str, names: frozenset[str]) -> Iterator[str]:
    """The stem of each name in a headline; words of one name, as in ``White House``, count once."""
    end = -1
    for match in _WORD.finditer(title):
        word = match.group()
        bare = _POSSESSIVE.sub("", word)
        if bare[0].isupper() and bare.casefold() in names:
            if not (end >= 0 and title[end : match.start()] == " "):
                yield bare.casefold()[:_STEM]
            end = match.end() if bare == word else -1
        else:
            end = -1


def _is_title_case(title: str) -> bool:
    words = [word for word in _WORD.findall(title) if len(word) > 3]
    return len(words) > 2 and sum(word[0].isupper() for word in words) > 0.8 * len(words)


def _teases(title: str) -> bool:
    """It asks, trails off or promises instead of saying what happened."""
    return title.rstrip(' "”’»)').endswith(("?", "？", "؟", "...", "…")) or _TEASER.search(title) is not None


@lru_cache(maxsize=2_000)
def _argues(name: str) -> bool:
    return _OPINION.search(name) is not None


def _against(item: Item) -> float:
    title = item.title
    bare = title.rstrip(' "”’»')
    cost = 0.0
    if bare.endswith(("?", "？", "؟")):
        cost += 3
    if bare.endswith(("...", "…")):
        cost += 3
    if _TEASER.search(title):
        cost += 3
    if _ANGLE.search(title):
        cost += 3
    if _argues(item.outlet_name) or _argues(item.feed):
        cost += 3
    if title[:1] in "\"“'‘„«「":
        # Somebody's words: the reader does not know yet whose.
        cost += 1
    letters = sum(map(str.isalpha, title))
    if letters > 10 and sum(map(str.isupper, title)) > 0.8 * letters:
        cost += 2
    return cost
