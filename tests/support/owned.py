"""The pages of one edition over a real server on loopback, with an owner, and browsers that ask for them.

with Owned(tmp_path, web='password_file = "password"') as site:
    me = site.browser()
    me.sign_in()
    me.get("/").text
    site.browser(address="127.0.0.9", X_Forwarded_For="203.0.113.5").get("/")
"""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urljoin

from digest.cli.keeper import lock_of
from digest.cli.service import Service
from digest.errors import DigestError
from digest.store import Store
from digest.web.app import Found, Visit, make_app
from digest.web.attempts import Attempts
from digest.web.door import Memory
from digest.web.server import serve
from support.editions import an_edition
from support.showing import NOW, Showing

PASSWORD = "correct horse battery staple"
TOKEN = "a-token-for-programs-only"


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def location(self) -> str | None:
        return self.headers["Location"]

    @property
    def cookies(self) -> list[str]:
        return self.headers.get_all("Set-Cookie") or []

    @property
    def mark(self) -> str:
        """Of the first form on the page."""
        found = re.search(r'name="csrf" value="([^"]*)"', self.text)
        assert found is not None, "no form on the page"
        return found[1]


@dataclass
class Browser:
    """Keeps cookies as a browser does, by their names; follows nothing by itself."""

    port: int
    address: str = "127.0.0.1"
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20, source_address=(self.address, 0))
        given = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookies:
            given.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            found = Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()
        for one in found.cookies:
            name, _, value = one.partition(";")[0].partition("=")
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value
        return found

    def get(self, path: str = "/", **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, fields: Mapping[str, str] | None = None, **headers: str) -> Answer:
        given = {"Content_Type": "application/x-www-form-urlencoded"} | headers
        return self.ask("POST", path, urlencode(fields or {}).encode(), **given)

    def sign_in(self, password: str = PASSWORD, back: str = "", **headers: str) -> Answer:
        return self.post("/sign-in", {"password": password, "back": back}, **headers)

    @property
    def mark(self) -> str:
        """Of a form that is drawn for them now."""
        return self.get("/decisions/").mark

    def do(self, action: str, **fields: str) -> Answer:
        """As a form on a page does."""
        return self.post(f"/do/{action}", {"csrf": self.mark} | fields)


class Owned:
    """A running server; its time stands still unless ``now`` is set, and passwords are counted by ``tick``."""

    def __init__(
        self,
        folder: Path,
        web: str = 'password_file = "password"',
        *,
        text: str = "",
        digests: tuple[str, ...] = ("daily",),
        address: str = "127.0.0.1:0",
    ) -> None:
        """``address`` is what the application believes to be bound to; the server is on loopback in any case."""
        (folder / "password").write_text(f"{PASSWORD}\n")
        (folder / "token").write_text(f"{TOKEN}\n")
        self.folder = folder
        self.now: datetime = NOW
        self.tick = 0.0
        self.done: list[tuple[str, Mapping[str, str], bytes | None]] = []
        self.looked: list[str] = []
        self.port = 0
        shown = Showing(folder, text, digests, web)
        shown.freeze(an_edition())
        shown.store.close()
        self.settings = shown.settings
        self.service = Service(self.settings, lambda: self.now)
        self.memory = Memory(Attempts(lambda: self.tick))
        self.app = make_app(
            self.page,
            lambda: {"status": "ok"},
            address=address,
            base_url=self.settings.web.base_url,
            unsubscribe=self.service.unsubscribe,
            lock=lock_of(self.settings.web, self.service.keeper, self.memory),
            act=self.act,
            digests=self.settings.digests,
            measured=lambda: b"what stands there",
        )
        self._stopping = threading.Event()

    def page(self, visit: Visit) -> Found | None:
        self.looked.append(visit.path)
        if visit.path in ("feeds/index.html", "feeds.opml", "metrics", "decisions/index.html", "feed.atom"):
            # They have tests of their own; here it counts who sees them.
            return Found(f'<p>what stands there</p><input name="csrf" value="{visit.viewer.csrf}">'.encode())
        return self.service.page(visit)

    def act(self, action: str, fields: Mapping[str, str], file: bytes | None) -> str:
        self.done.append((action, fields, file))
        if action == "merge":
            raise DigestError("there is no thread 7; <b>look</b> at /threads/")
        return f"Done: {action} & <more>"

    def browser(self, *, address: str = "127.0.0.1", **headers: str) -> Browser:
        return Browser(self.port, address, {name.replace("_", "-"): value for name, value in headers.items()})

    def owner(self, **headers: str) -> Browser:
        """One who signed in."""
        made = self.browser(**headers)
        assert made.sign_in().status == 303
        return made

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with Store.open(self.settings.database) as store:
            return list(store._database.conn.execute(sql))

    def pass_days(self, days: float) -> None:
        self.now += timedelta(days=days)

    def __enter__(self) -> Self:
        started = threading.Event()

        def on_start(url: str) -> None:
            self.port = int(url.rstrip("/").rpartition(":")[2])
            started.set()

        self._thread = threading.Thread(
            target=serve, args=(self.app, "127.0.0.1:0", on_start), kwargs={"stopping": self._stopping}
        )
        self._thread.start()
        assert started.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(20)
        self.service._shelf.close()


def landed(path: str, answer: Answer) -> str:
    """Where a browser goes from there."""
    assert answer.location is not None
    return urljoin(f"http://site.test{path}", answer.location)
