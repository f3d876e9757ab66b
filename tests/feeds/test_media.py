"""Pictures, episodes and videos: which one a feed's item shows, and what is believed of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from digest.feeds.media import seconds, size
from digest.feeds.parse import parse
from digest.model import ParsedFeed, ParsedItem, Picture

NOW = datetime(2023, 10, 14, 12, 0, tzinfo=UTC)


def item(inside: str) -> ParsedItem:
    """The one item of an RSS document."""
    body = f"""<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
      xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>T</title>
      <item><title>One</title><link>https://paper.example/a/one</link>{inside}</item></channel></rss>"""
    parsed = parse(body.encode(), "https://paper.example/feed.xml", None, NOW)
    assert isinstance(parsed, ParsedFeed)
    return parsed.items[0]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("3723", 3_723), ("62:03", 3_723), ("1:02:03", 3_723), ("01:02:03.500", 3_723), ("1h 2m 3s", 3_723),
        ("1h2m", 3_720), ("PT1H2M3S", 3_723), ("pt45m", 2_700), ("45 min", 2_700), ("45 minutes", 2_700),
        ("90 sec", 90),
        ("2 hours, 5 minutes", 7_500), ("3723.9", 3_723), (" 12 ", 12), ("0", None), ("00:00:00", None), ("", None),
        (None, None), ("soon", None), ("-5", None), ("1:2:3:4", None), ("9" * 40, None), ("700000", None), ("PT", None),
        ("١٢", None),
    ],
)  # fmt: skip
def test_a_length_is_read_however_it_is_written(written: str | None, expected: int | None) -> None:
    assert seconds(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [("24986239", 24_986_239), ("24,986,239", 24_986_239), ("0", None), ("1", None), ("", None), (None, None),
     ("-1", None), ("many", None), ("9" * 30, None)],
)  # fmt: skip
def test_a_size_that_was_made_up_is_none(written: str | None, expected: int | None) -> None:
    assert size(written) == expected


def test_an_episode_has_address_type_length_and_size() -> None:
    one = item("""<enclosure url="/e/1.mp3?utm_source=rss" type="Audio/MPEG; x=y" length="24986239"/>
                  <itunes:duration>1:02:03</itunes:duration><itunes:image href="https://cdn.example/cover.jpg"/>""")
    assert one.enclosure_url == "https://paper.example/e/1.mp3"
    assert (one.enclosure_type, one.enclosure_seconds, one.enclosure_bytes) == ("audio/mpeg", 3_723, 24_986_239)
    assert one.image == Picture("https://cdn.example/cover.jpg")


def test_what_plays_comes_before_other_enclosures() -> None:
    one = item("""<enclosure url="https://cdn.example/a.jpg" type="image/jpeg" length="50000"/>
                  <enclosure url="https://cdn.example/a.mp3" type="audio/mpeg"/>""")
    assert one.enclosure_url == "https://cdn.example/a.mp3"
    assert one.image == Picture("https://cdn.example/a.jpg")


def test_a_video_of_media_rss_is_an_enclosure() -> None:
    one = item("""<media:group>
                  <media:content url="https://cdn.example/v.mp4" type="video/mp4" duration="95" fileSize="7000000"/>
                  <media:thumbnail url="https://cdn.example/v.jpg" width="480" height="270"/></media:group>""")
    assert one.enclosure_url == "https://cdn.example/v.mp4"
    assert (one.enclosure_seconds, one.enclosure_bytes) == (95, 7_000_000)
    assert one.image == Picture("https://cdn.example/v.jpg", "", 480, 270)


def test_of_several_sizes_the_widest_that_fits_a_page_is_taken() -> None:
    one = item("".join(f'<media:content medium="image" url="https://cdn.example/{w}.jpg" width="{w}" height="{w}"/>'
                       for w in (140, 4_000, 1_200, 700)))  # fmt: skip
    assert one.image == Picture("https://cdn.example/1200.jpg", "", 1_200, 1_200)


def test_the_first_picture_of_the_text_stands_in() -> None:
    one = item("""<content:encoded><![CDATA[<img src="https://stats.wordpress.com/x.gif">
      <img src="p.gif" width="1" height="1">
      <img src="data:image/png;base64,AA"><img src="icon.png" width=24 height=24>
      <img src='../p/one.jpg' alt='A &lt;wide&gt; "view"' width="800" height="600"><p>Text.</p>]]></content:encoded>""")
    assert one.image == Picture("https://paper.example/p/one.jpg", 'A <wide> "view"', 800, 600)
    assert "<img" not in one.content_html


def test_the_words_of_a_picture_are_taken_from_the_text() -> None:
    one = item("""<media:content medium="image" url="https://cdn.example/a.jpg"/>
      <description>&lt;img src="https://cdn.example/a.jpg" alt="A boat" width="300" height="200"&gt; Text.
      </description>""")
    assert one.image == Picture("https://cdn.example/a.jpg", "A boat", 300, 200)


@pytest.mark.parametrize(
    "inside",
    [
        '<media:content medium="image" url="javascript:alert(1)"/>',
        '<media:thumbnail url="data:image/png;base64,AA"/>',
        '<media:thumbnail url="https://user:pass@cdn.example/a.jpg"/>',
        '<media:thumbnail url="https://cdn.example/a.jpg" width="16" height="16"/>',
        '<media:thumbnail url="https://pixel.wp.com/a.gif"/>',
        "<description>&lt;img src=x onerror=alert(1) width=1&gt; &lt;img alt=y&gt; Text.</description>",
        "<media:thumbnail/>",
        '<itunes:image href=""/>',
    ],
)
def test_what_is_no_picture_to_show_is_none(inside: str) -> None:
    assert item(inside).image is None


def test_one_side_alone_counts_as_none() -> None:
    one = item('<media:thumbnail url="https://cdn.example/a.jpg" width="480"/>')
    assert one.image == Picture("https://cdn.example/a.jpg")


def test_a_json_feed_has_pictures_and_episodes_too() -> None:
    body = json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "T",
            "items": [
                {
                    "id": 1,
                    "title": "One",
                    "image": "https://cdn.example/i.jpg",
                    "attachments": [
                        {"url": "https://cdn.example/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 5_000_000,
                         "duration_in_seconds": 90.5},
                        "nothing",
                    ],
                },
                {"id": 2, "title": "Two", "image": {"no": "address"}, "attachments": {"url": 7}},
            ],
        }
    )  # fmt: skip
    parsed = parse(body.encode(), "https://paper.example/feed.json", None, NOW)
    assert isinstance(parsed, ParsedFeed)
    first, second = parsed.items
    assert first.image == Picture("https://cdn.example/i.jpg")
    assert (first.enclosure_url, first.enclosure_type) == ("https://cdn.example/a.mp3", "audio/mpeg")
    assert (first.enclosure_seconds, first.enclosure_bytes) == (90, 5_000_000)
    assert (second.image, second.enclosure_url) == (None, None)
