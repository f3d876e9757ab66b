"""Renditions -> the mail of an edition -> one message to one recipient.

``mail`` makes what is frozen: a subject and two bodies that know no recipient. ``message`` fills the two marks in them
and adds the headers; the same arguments give the same bytes, so a retry is the same message.
"""

from __future__ import annotations

import base64
import hashlib
import html
import quopri
import re
import textwrap
from dataclasses import replace
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any
from urllib.parse import quote

import css_inline

from ..errors import TemplateError
from ..model import Edition, Mail
from ..units import mailbox
from . import phrases
from .cut import clean, cut
from .prepare import RECIPIENT_MARK, UNSUBSCRIBE_MARK, Fitted, fit, for_mail, found
from .reading import minutes_of
from .render import Renderer, Shown

DECODED = 90_000
ENCODED = 95_000
"""Bytes of the HTML body at most, as read and as sent: mailboxes clip a mail near 102 KB."""

_INLINER = css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)


# --- The frozen mail ----------------------------------------------------------------------------


def mail(renderer: Renderer, edition: Edition, page_url: str | None = None) -> Mail:
    """The mail of an edition, cut by sections where it would be clipped.

    Its minutes are those of its own text. Raises TemplateError, also for a template that is too long without any news.
    """

    def shown(part: Fitted) -> Shown:
        return {"page_url": page_url, "cut": part.cut, "cut_sections": part.cut_sections, "cut_top": part.cut_top}

    def body(part: Fitted) -> str:
        return _INLINER.inline(renderer.email_html(part.edition, **shown(part)))

    def text(part: Fitted) -> str:
        return renderer.email_text(part.edition, **shown(part))

    def fits(part: Fitted) -> bool:
        return _fits(body(part))

    prepared = replace(for_mail(found(edition)), minutes=_MOST_MINUTES)
    part = fit(prepared, fits)
    part = replace(part, edition=replace(part.edition, minutes=_minutes(text(part))))
    html_body = body(part)
    if not _fits(html_body):
        raise TemplateError(
            f"email.html.j2: without any news the mail has {len(html_body.encode()):,} bytes, and mailboxes clip it at"
            f" {DECODED:,}; shorten what your template adds"
        )
    return Mail(subject=phrases.subject(prepared), html=html_body, text=text(part))


_MOST_MINUTES = 9_999
"""Stands for the minutes while the mail is measured, since they are counted afterwards."""

_FILLED = {RECIPIENT_MARK: "=" * 254, UNSUBSCRIBE_MARK: "=" * 500}
"""The longest of what is filled in for a recipient: an address (RFC 5321, 4.5.3.1.3) and a link."""


def _fits(body: str) -> bool:
    for mark, filled in _FILLED.items():
        body = body.replace(mark, filled)
    data = body.encode()
    return len(data) + data.count(b"\n") <= DECODED and _encoded_size(data, _encoding(data)) <= ENCODED


def _minutes(text: str) -> int:
    """To read a plain-text body as far as its last lines, addresses not counted."""
    return minutes_of([re.sub(r"\S+://\S+", "", text.partition("\n-- \n")[0])])


SENDER_NAME = 64
"""Characters of a display name; mailboxes show fewer."""


def named(sender: str, title: str) -> str:
    """The sender of a digest's mails: with its title as the name where the configured one has none."""
    if mailbox(sender)[0]:
        return sender
    name = cut(" ".join(re.sub(r"[<>]", " ", clean(title)).replace('"', "'").split()), SENDER_NAME).removesuffix("…")
    return f"{name} <{sender.strip().strip('<>')}>" if name else sender


def message_id(slot: datetime, digest: str, key: str, domain: str) -> str:
    """``<20231013.daily.KEY@example.org>``; ``key`` must not change between attempts."""
    return f"<{slot:%Y%m%d}.{_token(digest)}.{_token(key)}@{_domain(domain)}>"


# --- One message to one recipient ---------------------------------------------------------------

_ADDRESS_HEADERS = frozenset({"message-id", "list-id", "list-unsubscribe", "list-unsubscribe-post", "archived-at"})

_FOLDED_BY_WORD = frozenset({"subject", "from"})

_FOLDER = textwrap.TextWrapper(78, subsequent_indent=" ", break_long_words=False, break_on_hyphens=False)


class MailPolicy(EmailPolicy):
    """SMTP line ends; headers that carry an address are written whole.

    Python's own folding turns an address over 78 columns into encoded words, which receivers then ignore: a break may
    only follow a comma. And it breaks a long plain subject or name before its first word, which is read back as a
    space.
    """

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in _ADDRESS_HEADERS:
            return f"{name}: {str(value).replace(', ', f',{self.linesep} ')}{self.linesep}"
        if name.lower() in _FOLDED_BY_WORD and str(value).isascii():
            return self.linesep.join(_FOLDER.wrap(f"{name}: {value}")) + self.linesep
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in _ADDRESS_HEADERS | _FOLDED_BY_WORD:
            return self.fold(name, value).encode("ascii")
        return bytes(super().fold_binary(name, value))


POLICY = MailPolicy(linesep="\r\n")


def message(
    mail: Mail,
    *,
    sender: str,
    recipient: str,
    message_id: str,
    date: datetime,
    digest: str,
    archived_at: str | None = None,
    unsubscribe: str | None = None,
) -> EmailMessage:
    """The message of one delivery.

    ``sender`` is ``Name <address>`` or an address, ``digest`` the name of the digest, ``archived_at`` the page.
    ``unsubscribe`` is an https address that ends the subscription by one POST (RFC 8058); without one, and from a
    domain that can get mail, a mail to the sender does. An address that is no https or fits no line is none.
    """
    address = mailbox(sender)[1]
    domain = _domain(address.rpartition("@")[2])
    post = _header_url(unsubscribe, "https://")
    page = _header_url(archived_at, "http://", "https://")
    ways = [post] if post else []
    if _real(domain):
        ways.append(f"mailto:{quote(address, safe='@+')}?subject=unsubscribe%20{_token(digest)}")
    made = EmailMessage(policy=POLICY)
    made["From"] = _address(sender)
    made["To"] = _address(recipient)
    made["Subject"] = _literal(mail.subject)
    made["Date"] = date
    made["Message-ID"] = message_id
    made["List-Id"] = f"<{_token(digest)}.{domain}>"
    if ways:
        made["List-Unsubscribe"] = ", ".join(f"<{way}>" for way in ways)
    if post:
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if page:
        made["Archived-At"] = f"<{page}>"
    made["Auto-Submitted"] = "auto-generated"
    made["Precedence"] = "bulk"
    way = ways[0] if ways else None
    reader = mailbox(recipient)[1]
    _add_bodies(made, _filled_text(mail.text, reader, way), _filled_html(mail.html, reader, way))
    made.set_boundary(f"=_{hashlib.sha256(message_id.encode()).hexdigest()[:32]}")
    return made


def word(subject: str, text: str, *, sender: str, recipient: str, message_id: str, date: datetime) -> EmailMessage:
    """A few words of the program itself to its owner: plain text, and no list that could be left."""
    made = EmailMessage(policy=POLICY)
    made["From"] = _address(sender)
    made["To"] = _address(recipient)
    made["Subject"] = _literal(subject)
    made["Date"] = date
    made["Message-ID"] = message_id
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(text, cte=_encoding(text.encode()))
    return made


def to_bytes(message: EmailMessage) -> bytes:
    """The message as it goes over the wire, CRLF line ends, every line within RFC 5322's 998."""
    return message.as_bytes(policy=POLICY)


def _add_bodies(made: EmailMessage, text: str, html_body: str) -> None:
    """Text first, HTML last: readers take the last they can show (RFC 2046, 5.1.4)."""
    made.set_content(text, cte=_encoding(text.encode()))
    made.add_alternative(html_body, subtype="html", cte=_encoding(html_body.encode()))


def _encoding(data: bytes) -> str:
    """The shorter one of the two encodings that pass every server."""
    return min(("quoted-printable", "base64"), key=lambda encoding: _encoded_size(data, encoding))


def _encoded_size(data: bytes, encoding: str) -> int:
    """Bytes of a body on the wire, where every line ends in two."""
    crlf = data.replace(b"\n", b"\r\n")
    written = base64.encodebytes(crlf) if encoding == "base64" else quopri.encodestring(data)
    return len(written) + written.count(b"\n")


# --- What belongs to one recipient --------------------------------------------------------------

_UNSUBSCRIBE_PARAGRAPH = re.compile(
    rf"<p\b(?:(?!<p\b|</p>).)*{UNSUBSCRIBE_MARK}(?:(?!</p>).)*</p>\s*", re.DOTALL | re.IGNORECASE
)
_UNSUBSCRIBE_LINE = re.compile(rf"^(?:.*:\n)?.*{UNSUBSCRIBE_MARK}.*\n?", re.MULTILINE)
"""With the line before it, where that ends in a colon."""


def _filled_html(body: str, recipient: str, unsubscribe: str | None) -> str:
    if unsubscribe is None:
        body = _UNSUBSCRIBE_PARAGRAPH.sub("", body)
    body = body.replace(UNSUBSCRIBE_MARK, html.escape(unsubscribe or ""))
    return body.replace(RECIPIENT_MARK, html.escape(recipient))


def _filled_text(body: str, recipient: str, unsubscribe: str | None) -> str:
    if unsubscribe is None:
        body = _UNSUBSCRIBE_LINE.sub("", body)
    return body.replace(UNSUBSCRIBE_MARK, unsubscribe or "").replace(RECIPIENT_MARK, recipient)


# --- Headers that cannot break ------------------------------------------------------------------


def _address(text: str) -> Address:
    name, address = mailbox(text)
    return Address(display_name=_literal(name), addr_spec=address)


def _literal(text: str) -> str:
    """Text that is read as it is written: no encoded word (RFC 2047) in it begins.

    ``email`` decodes them in what it is given, so a headline ``=?utf-8?q?=0ABcc:...?=`` would write headers of its own.
    """
    return text.replace("=?", "= ?")


def _token(text: str) -> str:
    """What may stand in a Message-ID or List-Id (RFC 5322 dot-atom, without the rarer half)."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-") or "digest"


def _domain(domain: str) -> str:
    """In ASCII; ``localhost`` when there is none."""
    try:
        return domain.strip("<> .").encode("idna").decode("ascii").lower() or "localhost"
    except UnicodeError:
        return "localhost"


def _real(domain: str) -> bool:
    """Whether mail to this domain can arrive (RFC 2606 and RFC 6762 name those that cannot)."""
    return "." in domain and not domain.endswith((".localhost", ".local", ".invalid", ".test"))


_LONGEST_URL = 900
"""Characters of an address in a header, which may not be broken; a line holds 998 (RFC 5322, 2.1.1)."""


def _header_url(url: str | None, *schemes: str) -> str | None:
    """An address as a header may carry it; none for one that it may not."""
    if url is None or not url.lower().startswith(schemes):
        return None
    written = quote(url, safe=":/?#[]@!$&'()*+,;=%-._~")
    return written if len(written) <= _LONGEST_URL else None
