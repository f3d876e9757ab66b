"""Headers as they stand on the wire, whatever feeds, names and addresses hold."""

from __future__ import annotations

import email
import email.policy
import re
import unicodedata
from email.message import Message

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.editions import SLOT, an_edition, report, told
from support.mails import PAGE, a_full_day, body, golden, longest_line, parsed, sent

from digest.deliver import envelope
from digest.editions.message import mail, message, named, to_bytes
from digest.editions.render import Renderer
from digest.model import Edition, FeedTrouble, Mail

LONG = "https://news.example.org/unsubscribe/" + "t0ken" * 30

EDITIONS = {**golden(), "a full day": a_full_day(100, address=150)}


def header(raw: bytes, name: str) -> bytes:
    """A header with its breaks, as it is written."""
    head = raw.partition(b"\r\n\r\n")[0] + b"\r\n"
    found = re.search(rb"^%s: (.*\r\n(?:[ \t].*\r\n)*)" % name.encode(), head, re.MULTILINE | re.IGNORECASE)
    assert found, name
    return found[1]


def titled(title: str) -> bytes:
    return sent(an_edition(told(title)))


# --- Addresses ----------------------------------------------------------------------------------


def test_trap_1_an_unsubscribe_address_is_neither_encoded_nor_split_and_breaks_only_after_a_comma() -> None:
    written = header(sent(golden()["normal-day"], unsubscribe=LONG), "List-Unsubscribe")
    assert written == f"<{LONG}>,\r\n <mailto:digest@example.org?subject=unsubscribe%20daily>\r\n".encode()


def test_trap_1_a_long_subject_is_folded_at_78_all_the_same() -> None:
    for title in (
        "A headline of many words " * 8,
        "Überschriften, länger als eine Zeile " * 8,
        "首相、北京で会談へ" * 20,
    ):
        raw = titled(title)
        assert max(map(len, (b"Subject: " + header(raw, "Subject")).split(b"\r\n"))) <= 78
        assert longest_line(sent(an_edition(told(title)), unsubscribe=None)) <= 78


@given(st.text(st.characters(codec="utf-8"), max_size=1_200))
def test_whatever_an_unsubscribe_address_holds_lines_stay_within_998_and_headers_are_ascii(rest: str) -> None:
    raw = to_bytes(
        message(
            Mail("Subject", "<p>@@UNSUBSCRIBE@@</p>", "@@UNSUBSCRIBE@@"),
            sender="d@example.org",
            recipient="me@example.org",
            message_id="<1@example.org>",
            date=SLOT,
            digest="daily",
            archived_at=f"https://example.org/{rest}",
            unsubscribe=f"https://example.org/{rest}",
        )
    )
    assert longest_line(raw) <= 998
    assert raw.isascii()
    assert b"=?" not in header(raw, "List-Unsubscribe").replace(b"%3D?", b"")
    for one in header(raw, "List-Unsubscribe").split(b",\r\n"):
        assert re.fullmatch(rb" ?<(https:|mailto:)[!-~]+>(\r\n)?", one)


def test_https_comes_first_then_mailto_and_one_click_is_offered() -> None:
    made = parsed(sent(golden()["normal-day"]))
    assert re.fullmatch(
        r"<https://[^>]+>, <mailto:digest@example\.org\?subject=unsubscribe%20daily>", made["List-Unsubscribe"]
    )
    assert made["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("address", [None, "http://nas.lan/unsubscribe/x", "https://example.org/" + "x" * 1000])
def test_without_a_usable_https_address_mailto_stands_alone(address: str | None) -> None:
    raw = sent(golden()["normal-day"], unsubscribe=address)
    made = parsed(raw)
    assert made["List-Unsubscribe"] == "<mailto:digest@example.org?subject=unsubscribe%20daily>"
    assert made["List-Unsubscribe-Post"] is None
    assert 'href="mailto:digest@example.org?subject=unsubscribe%20daily"' in body(raw, "html")


# --- Names and subjects -------------------------------------------------------------------------

NAMES = [
    "Zeitung, Morgen <d@example.org>",
    '"Ann \\"the\\" Editor" <d@example.org>',
    "Käse am Morgen <d@example.org>",
    "朝刊 <d@example.org>",
    "=?utf-8?q?=0d=0aBcc:_v@e.example?= <d@example.org>",
    "Ein sehr langer Name einer Zeitung, die jeden Morgen kommt, und zwar für alle, überall <d@example.org>",
    "d@example.org",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_sender_of_any_name_is_one_address_and_writes_no_header(name: str) -> None:
    raw = sent(golden()["normal-day"], sender=name)
    made = parsed(raw)
    assert [address.addr_spec for address in made["From"].addresses] == ["d@example.org"]
    assert made.keys() == parsed(sent(golden()["normal-day"])).keys()
    assert not made["From"].defects
    assert max(map(len, header(raw, "From").split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Morning paper", "Morning paper"),
        ("News, daily", "News, daily"),
        ('The "Daily" <b@e.example>', "The 'Daily' b@e.example"),
        ('"Quoted"', "'Quoted'"),
        ("Back\\slash; (comment) @ home.", "Back\\slash; (comment) @ home."),
        ("Käse am Morgen", "Käse am Morgen"),
        ("朝刊", "朝刊"),
        ("=?utf-8?q?=0d=0aBcc:_v@e.example?=", "= ?utf-8?q?=0d=0aBcc:_v@e.example?="),
        ("Safe \u202etxt\u202c", "Safe txt"),
        ("word " * 40, "word " * 11 + "word"),
    ],
)
def test_a_sender_without_a_name_bears_the_digests_title(title: str, shown: str) -> None:
    sender = named("d@example.org", title)
    raw = sent(golden()["normal-day"], sender=sender)
    [address] = parsed(raw)["From"].addresses
    assert (address.display_name, address.addr_spec) == (shown, "d@example.org")
    assert envelope.address(sender) == "d@example.org"
    assert parsed(raw).keys() == parsed(sent(golden()["normal-day"])).keys()
    assert max(map(len, header(raw, "From").split(b"\r\n"))) <= 78


def test_a_sender_keeps_the_name_it_was_given() -> None:
    assert named("Ann <d@example.org>", "Morning paper") == "Ann <d@example.org>"
    assert named(" <d@example.org>", "Morning paper") == "Morning paper <d@example.org>"
    assert named("d@example.org", "\u202e<>") == "d@example.org"


def test_an_address_behind_a_name_with_a_comma_goes_on_the_envelope() -> None:
    for name in NAMES:
        assert envelope.address(name) == "d@example.org"


TITLES = {
    "short": "Go",
    "an answer": "Re: Re[2]: AW: the old bridge",
    "only an answer": "Re:",
    "bidi override": "Safe \u202etxt.exe\u202c \u2066isolated\u2069 end",
    "right to left": "افتتاح مكتبة جديدة في وسط المدينة بعد عشر سنوات من الانتظار الطويل والعمل",
    "ideographs": "首相、北京で会談へ半導体輸出の規制緩和が焦点となる見通しと関係者が明らかに" * 3,
    "emoji": "👩‍👩‍👧‍👦🇩🇪🏳️‍🌈" * 12,
    "line breaks": "one\r\nBcc: all@example.org\r\n\r\nbody\u2028two",
    "encoded word": "=?utf-8?q?=0d=0aBcc:_v@e.example?= enc",
    "2,000 characters": "word " * 400,
    "no spaces": "x" * 2_000,
    "markup": "<img src=x onerror=alert(1)>",
    "marks": "@@UNSUBSCRIBE@@",
}


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES.keys())
def test_a_subject_is_one_line_of_10_to_78_characters_and_no_answer(title: str) -> None:
    raw = titled(title)
    subject = str(parsed(raw)["Subject"])
    assert 10 <= len(subject) <= 78
    assert subject.endswith("(1 story, 13 Oct)")
    assert not subject.lower().startswith(("re:", "aw:"))
    assert not [
        one for one in subject if unicodedata.category(one) in ("Cc", "Zl", "Zp") or one in "\u202e\u2066\u2069"
    ]
    assert parsed(raw).keys() == parsed(titled("Plain")).keys()


def test_trap_9_a_title_with_line_breaks_stops_no_run_and_writes_no_header() -> None:
    assert parsed(titled(TITLES["line breaks"]))["Bcc"] is None


# --- The others ---------------------------------------------------------------------------------


def test_a_mail_carries_these_headers_and_no_other() -> None:
    made = parsed(sent(golden()["normal-day"]))
    assert sorted(made.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "List-Id", "List-Unsubscribe",
         "List-Unsubscribe-Post", "Archived-At", "Auto-Submitted", "Precedence", "Content-Type"]
    )  # fmt: skip
    assert made["Date"].datetime == SLOT
    assert made["Archived-At"] == f"<{PAGE}>"
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["Precedence"] == "bulk"
    assert made["List-Id"] == "<daily.example.org>"


def test_trap_8_a_retry_is_the_same_bytes_under_the_same_message_id() -> None:
    first, again = sent(golden()["normal-day"]), sent(golden()["normal-day"])
    assert first == again
    assert header(first, "Message-ID") == b"<20231013.daily.k3y@example.org>\r\n"


def test_two_recipients_get_two_mails_that_name_only_them() -> None:
    one, two = (sent(golden()["normal-day"], recipient=f"{name}@example.org") for name in ("ann", "bob"))
    assert b"bob" not in one
    assert b"ann@" not in two


# --- Parse, write, parse ------------------------------------------------------------------------


def parts(made: Message) -> list[tuple[list[tuple[str, str]], bytes]]:
    """Everything a message says: headers, and what its parts hold; the line ends are those of the policy."""

    def held(part: Message) -> bytes:
        payload = b"" if part.is_multipart() else part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        return payload.replace(b"\r\n", b"\n")

    return [
        ([(name, " ".join(str(value).split())) for name, value in part.items()], held(part)) for part in made.walk()
    ]


def assert_the_same_again(raw: bytes) -> None:
    for policy in (email.policy.default, email.policy.SMTP, email.policy.compat32):
        once = email.message_from_bytes(raw, policy=policy)
        again = email.message_from_bytes(once.as_bytes(), policy=policy)
        assert parts(once) == parts(again)
        assert not [part.defects for part in (*once.walk(), *again.walk()) if part.defects]
    typed = email.message_from_bytes(raw, policy=email.policy.default)
    assert not [name for name, value in typed.items() if value.defects]


@pytest.mark.parametrize("name", EDITIONS)
def test_parse_write_parse_is_the_same_message_without_defects(name: str) -> None:
    assert_the_same_again(sent(EDITIONS[name]))


ANY = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200) | st.sampled_from(sorted(TITLES.values()))
LOCAL = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,60}", fullmatch=True)


@settings(max_examples=40)
@given(title=ANY, outlet=ANY, gist=ANY, notice=ANY, local=LOCAL, name=st.sampled_from(NAMES))
def test_parse_write_parse_is_the_same_whatever_feeds_and_recipients_hold(
    title: str, outlet: str, gist: str, notice: str, local: str, name: str
) -> None:
    edition = an_edition(
        told(report(title, outlet), gist=gist, gist_outlet=outlet),
        notices=(notice,),
        troubles=(FeedTrouble(outlet, notice, SLOT),),
    )
    raw = sent(edition, sender=name, recipient=f"{local}@example.org")
    assert_the_same_again(raw)
    assert raw.isascii()
    assert longest_line(raw) <= 998
    assert f"{local}@example.org" in body(raw, "plain")


def test_the_encoding_is_the_shorter_one_and_text_comes_first() -> None:
    def encodings(edition: Edition) -> list[str]:
        return [part["Content-Transfer-Encoding"] for part in parsed(sent(edition)).iter_parts()]

    cjk = an_edition(*(told(TITLES["ideographs"]) for _ in range(40)))
    assert encodings(cjk) == ["base64", "base64"]
    assert encodings(golden()["few-items"]) == ["quoted-printable", "quoted-printable"]
    assert [part.get_content_type() for part in parsed(sent(cjk)).iter_parts()] == ["text/plain", "text/html"]


def test_a_frozen_mail_knows_neither_recipient_nor_sender() -> None:
    made = mail(Renderer(), golden()["normal-day"], PAGE)
    assert "example.org" not in made.html.replace("news.example.org", "").replace("https://example.org/", "")
    assert made.html.count("@@RECIPIENT@@") == made.text.count("@@UNSUBSCRIBE@@") == 1
