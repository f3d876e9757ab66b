"""What somebody would try who means harm, each over a real server: forged forms, forged headers, paths, redirects."""

from __future__ import annotations

import itertools
import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.owned import PASSWORD, TOKEN, Browser, Owned, landed
from support.proxying import Proxy

from digest.web.access import Access, needed
from digest.web.app import HEADERS
from digest.web.attempts import PLACES, Attempts
from digest.web.forms import way_back

PROXY = "127.0.0.9"
BEHIND = f"""
password_file = "password"
identity_header = "Remote-User"
owners = ["me", "jürgen"]
trusted_proxies = ["{PROXY}", "10.0.0.0/8"]
base_url = "https://news.example.org/"
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Owned]:
    with Owned(tmp_path) as made:
        yield made


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[Owned]:
    with Owned(tmp_path, BEHIND) as made:
        yield made


def proxied(site: Owned, **headers: str) -> Browser:
    """A browser far away, whose requests a trusted proxy hands on."""
    given = {"Host": "news.example.org", "X_Forwarded_For": "203.0.113.5", "X_Forwarded_Proto": "https"} | headers
    return site.browser(address=PROXY, **given)


def is_owner(browser: Browser, path: str = "/") -> bool:
    page = browser.get(path)
    assert page.status == 200
    return "Decisions</a>" in page.text


# --- forged forms -------------------------------------------------------------------------------


def test_a_form_without_the_right_mark_does_nothing(site: Owned) -> None:
    me, other = site.owner(), site.owner(address="127.0.0.2")
    right = me.mark
    changed = ("0" if right[-1] != "0" else "1").join([right[:-1], ""])
    for mark in (
        "",
        "x",
        "0" * 128,
        right[:-2],
        right + "00",
        changed,
        "é",
        other.mark,
    ):
        answer = me.post("/do/poll", {"csrf": mark})
        assert answer.status == 403
        assert "Nothing was changed" in answer.text
    assert me.post("/do/poll").status == 403
    assert me.post(f"/do/poll?csrf={right}").status == 403
    assert me.post("/sign-out", {"csrf": other.mark}).status == 403
    assert is_owner(me)
    assert site.done == []
    assert me.post("/do/poll", {"csrf": right}).status == 303


def test_a_mark_looks_different_on_each_page_and_all_of_them_hold(site: Owned) -> None:
    me = site.owner()
    marks = [me.mark for _ in range(3)]
    assert len(set(marks)) == 3
    assert [me.post("/do/poll", {"csrf": mark}).status for mark in marks] == [303] * 3


def test_a_mark_of_a_session_that_ended_is_worth_nothing(site: Owned) -> None:
    me = site.owner()
    mark = me.mark
    me.sign_in()
    assert me.post("/do/poll", {"csrf": mark}).status == 403
    assert site.done == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "cross-site", "Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://user@evil.example"},
        {"Origin": "evil.example"},
        {"Origin": ""},
        {"Origin": "http://["},
    ],
)
def test_a_form_from_another_site_does_nothing_even_with_the_right_mark(site: Owned, headers: dict[str, str]) -> None:
    me = site.owner()
    mark = me.mark
    for path in ("/do/poll", "/sign-out"):
        answer = me.post(path, {"csrf": mark}, **headers)
        assert answer.status == 403
        assert "Nothing was changed" in answer.text
    stranger = site.browser()
    assert stranger.sign_in(**headers).status == 403
    assert stranger.cookies == {}
    assert site.done == []
    assert is_owner(me)


def test_a_form_of_our_own_page_counts_however_browsers_tell(site: Owned) -> None:
    me = site.owner()
    here = {"Origin": f"http://127.0.0.1:{site.port}"}
    for headers in (here, {"Origin": "null"}, here | {"Sec_Fetch_Site": "same-origin"}, {"Sec_Fetch_Site": "none"}):
        assert me.post("/do/poll", {"csrf": me.mark}, **headers).status == 303


def test_nobody_but_the_owner_can_do_anything(site: Owned) -> None:
    me = site.owner()
    mark = me.mark
    stranger = site.browser()
    answer = stranger.post("/do/poll", {"csrf": mark})
    assert answer.status == 403
    assert "sign in" in answer.text
    assert '<a href="../sign-in">' in answer.text
    stranger.cookies["digest-session"] = "x" * 43
    assert stranger.post("/do/poll", {"csrf": mark}).status == 403
    assert stranger.get("/do/poll").location == "../sign-in"
    assert site.done == []


@pytest.mark.parametrize("cookie", ["", "x", "x" * 100_00, "' OR 1=1 --", "\xff\xfe", 'a"b', "=", "a=b"])
def test_a_cookie_that_is_no_session_is_nobody(site: Owned, cookie: str) -> None:
    me = site.browser()
    me.cookies["digest-session"] = cookie
    assert not is_owner(me)


def test_two_session_cookies_are_none(site: Owned) -> None:
    """A page beside ours on the same host could add its own."""
    me = site.owner()
    [token] = me.cookies.values()
    me.headers = {"Cookie": f"digest-session=planted; digest-session={token}"}
    assert not is_owner(me)


# --- who a proxy says it is -----------------------------------------------------------------------


def test_a_trusted_proxy_says_who_is_the_owner(behind: Owned) -> None:
    me = proxied(behind, Remote_User="me")
    page = me.get("/").text
    assert "Decisions</a>" in page
    assert "Sign out" not in page, "the proxy signs out"
    assert me.do("poll").status == 303
    assert "Done: poll" in me.get("/").text
    other = proxied(behind, Remote_User="jürgen")
    assert is_owner(other)
    assert me.post("/do/poll", {"csrf": other.mark}).status == 403


@pytest.mark.parametrize("name", ["", "Me", "me2", "you", "me, you", "you, me", "me\t x", "root"])
def test_another_name_is_a_reader(behind: Owned, name: str) -> None:
    assert not is_owner(proxied(behind, Remote_User=name))


@pytest.mark.parametrize(
    "lines",
    [
        ["Remote_User: me"],
        ["Remote-User: you", "Remote_User: me"],
        ["Remote-User: me", "Remote_User: me"],
        ["Remote-User: me", "Remote-User: me"],
        ["Remote-User: me", "Remote-User: you"],
        ["REMOTE_USER: me"],
    ],
)
def test_the_header_counts_once_and_as_it_is_configured(behind: Owned, lines: list[str]) -> None:
    assert "Decisions</a>" not in raw(behind, "Host: news.example.org", *lines)


def test_it_counts_in_any_case_of_letters(behind: Owned) -> None:
    assert "Decisions</a>" in raw(behind, "Host: news.example.org", "remote-USER: me")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.90"])
def test_a_stranger_who_sends_the_header_is_nobody(behind: Owned, address: str) -> None:
    me = behind.browser(address=address, Remote_User="me", X_Forwarded_For=PROXY)
    assert not is_owner(me)
    assert me.post("/do/poll").status == 403


def test_clients_behind_a_trusted_proxy_are_counted_apart(behind: Owned) -> None:
    crowd = proxied(behind)
    assert [crowd.sign_in("guess").status for _ in range(6)] == [403] * 5 + [429]
    assert proxied(behind, X_Forwarded_For="203.0.113.6").sign_in("guess").status == 403
    # What the client wrote itself stands before what the proxy appended, and two of ours may be in a row.
    spoofed = proxied(behind, X_Forwarded_For="198.51.100.1, 203.0.113.5, 10.1.2.3")
    assert spoofed.sign_in("guess").status == 429
    assert proxied(behind, X_Forwarded_For="203.0.113.5, nonsense").sign_in("guess").status == 403


def test_one_household_of_ipv6_is_one_place(behind: Owned) -> None:
    asked = [
        proxied(behind, X_Forwarded_For=f"2001:db8:1:2::{number:x}").sign_in("guess").status for number in range(6)
    ]
    assert asked == [403] * 5 + [429]


def test_https_is_what_a_trusted_proxy_or_the_public_address_says(tmp_path: Path) -> None:
    with Owned(tmp_path, f'password_file = "password"\ntrusted_proxies = ["{PROXY}"]') as site:
        me = site.browser(address=PROXY, X_Forwarded_Proto="https")
        [cookie] = me.sign_in().cookies
        assert cookie.startswith("__Host-digest-session=")
        assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax; Secure")
        assert is_owner(me)
        plain = site.browser(address=PROXY)
        plain.cookies = {"digest-session": me.cookies["__Host-digest-session"]}
        assert is_owner(plain)
        for headers in ({"X_Forwarded_Proto": "http"}, {"X_Forwarded_Proto": "https, http"}, {}):
            assert "Secure" not in site.browser(address=PROXY, **headers).sign_in().cookies[0]
        assert "Secure" not in site.browser(X_Forwarded_Proto="https").sign_in().cookies[0]


def test_a_plain_cookie_is_no_session_where_pages_come_by_https(behind: Owned) -> None:
    """Whoever can write into plain http could plant one."""
    me = proxied(behind)
    [cookie] = me.sign_in().cookies
    assert cookie.startswith("__Host-digest-session=")
    assert "; Secure" in cookie
    assert is_owner(me)
    me.cookies = {"digest-session": me.cookies["__Host-digest-session"]}
    assert not is_owner(me)


# --- insiders -------------------------------------------------------------------------------------


INSIDE = ("/feeds/", "/feeds.opml", "/metrics")


def test_on_ones_own_machine_health_of_feeds_needs_no_password(site: Owned) -> None:
    me = site.browser()
    assert [me.get(path).status for path in INSIDE] == [200, 200, 200]
    assert me.get("/feeds/", Host="localhost").status == 200
    assert '<a href="feeds/">Feeds</a>' in me.get("/").text


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Forwarded_For": "127.0.0.1"},
        {"X_Forwarded_Proto": "http"},
        {"X_Real_IP": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"X_Forwarded_Host": "localhost"},
    ],
)
def test_what_came_through_a_proxy_is_not_from_this_machine(site: Owned, headers: dict[str, str]) -> None:
    me = site.browser(**headers)
    assert [me.get(path).status for path in INSIDE] == [303, 303, 401]
    assert me.get("/feeds/").location == "../sign-in?back=feeds%2F"
    assert 'href="feeds/"' not in me.get("/").text
    assert "what stands there" not in me.get("/feeds.opml").text
    me.sign_in()
    assert [me.get(path).status for path in INSIDE] == [200, 200, 200]


def test_nor_is_what_asks_for_the_public_name_or_in_http_1_0(behind: Owned) -> None:
    assert behind.browser(Host="news.example.org").get("/feeds/").status == 303
    assert behind.browser(address=PROXY).get("/feeds/").status == 303
    assert behind.browser().get("/feeds/").status == 200
    with socket.create_connection(("127.0.0.1", behind.port), timeout=20) as connection:
        connection.sendall(b"GET /feeds/ HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        assert b" 303 " in connection.recv(50)


def test_bound_beyond_this_machine_health_of_feeds_is_the_owners(tmp_path: Path) -> None:
    with Owned(tmp_path, address="192.0.2.1:8080") as site:
        me = site.browser()
        assert [me.get(path).status for path in INSIDE] == [303, 303, 401]
        me.sign_in()
        assert [me.get(path).status for path in INSIDE] == [200, 200, 200]


def test_without_a_password_it_is_nobodys(tmp_path: Path) -> None:
    with Owned(tmp_path, web="", address="192.0.2.1:8080") as site:
        me = site.browser()
        assert [me.get(path).status for path in INSIDE] == [404, 404, 401]
        assert site.looked == []
        assert me.get("/").status == 200


def test_a_program_reads_numbers_with_the_password(tmp_path: Path) -> None:
    with Owned(tmp_path, address="192.0.2.1:8080") as site:
        me = site.browser()
        refused = me.get("/metrics")
        assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="digest"')
        right, wrong = basic(f"any:{PASSWORD}"), basic("any:guess")
        assert me.get("/metrics", Authorization=right).status == 200
        assert not me.cookies
        assert me.get("/decisions/", Authorization=right).status == 303, "and no more than that"
        assert me.post("/do/poll", Authorization=right).status == 403
        for given in (wrong, "Basic", "Basic !!!", basic("no colon"), basic("\xff")):
            assert me.get("/metrics", Authorization=given).status == 401
        other = site.browser(address="127.0.0.2")
        assert [other.get("/metrics", Authorization=wrong).status for _ in range(6)] == [401] * 6
        assert other.get("/metrics", Authorization=right).status == 401, "guessed too often"


def test_every_path_has_its_rule() -> None:
    for path in (
        "/feeds",
        "/feeds/",
        "/feeds/index.html",
        "/feeds/7/",
        "/feeds.opml",
        "/metrics",
        "//feeds/",
        "/metrics/",
    ):
        assert needed(path) is Access.INSIDERS
    for path in ("/do/", "/do/split", "/decisions/", "/decisions", "/decisions/index.html", "/sign-out"):
        assert needed(path) is Access.OWNER
    for path in ("/healthz", "/style.css", "/robots.txt", "/unsubscribe/x", "/sign-in", "/favicon.svg", "/keys.js"):
        assert needed(path) is Access.ANYBODY
    for path in (
        "/",
        "/feed.atom",
        "/feedsx",
        "/signing/",
        "/threads/7/",
        "/style.css.map",
        "/healthzz",
        "/search",
        "/x/do/",
    ):
        assert needed(path) is Access.READERS


# --- protected pages ------------------------------------------------------------------------------


@pytest.fixture
def protected(tmp_path: Path) -> Iterator[Owned]:
    with Owned(tmp_path, 'password_file = "password"\nprotected = true\ntoken_file = "token"') as made:
        yield made


PAGES = (
    "/",
    "/2023/10/13/",
    "/archive/",
    "/nowhere/",
    "/2023/10/13",
    "/index.html",
    "/search?q=x",
    "/feeds/",
    "/decisions/",
)


def test_protected_pages_are_for_who_signed_in(protected: Owned) -> None:
    me = protected.browser()
    for path in PAGES:
        answer = me.get(path)
        assert answer.status == 303
        assert landed(path, answer).startswith("http://site.test/sign-in")
        assert "Morning paper" not in answer.text
        assert me.ask("HEAD", path).status == 303
        assert me.ask("POST", path).status == 403
    feed = me.get("/feed.atom")
    assert (feed.status, feed.headers["WWW-Authenticate"]) == (401, 'Bearer realm="digest"')
    assert protected.looked == []
    for path in ("/sign-in", "/healthz", "/style.css", "/favicon.svg", "/robots.txt"):
        assert me.get(path).status == 200
    assert me.get("/unsubscribe/x").status == 404
    me.sign_in()
    assert me.get("/").status == 200
    assert me.get("/feed.atom").status == 200


def test_the_token_opens_pages_and_feeds_for_reading_only(protected: Owned) -> None:
    for headers in ({}, {"Authorization": f"Bearer {TOKEN}"}):
        me = protected.browser(**headers)
        query = "" if headers else f"?token={TOKEN}"
        assert me.get(f"/feed.atom{query}").status == 200
        page = me.get(f"/2023/10/13/{query}")
        assert page.status == 200
        assert "Decisions</a>" not in page.text
        assert "csrf" not in page.text
        assert TOKEN not in page.text
        assert page.headers["Cache-Control"] == "private, no-cache"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert me.get(f"/decisions/{query}").status == 303
        assert me.post(f"/do/poll{query}").status == 403
    assert protected.done == []


@pytest.mark.parametrize(
    "token", ["", "x", TOKEN[:-1], TOKEN.upper(), f"{TOKEN}%20", PASSWORD.replace(" ", "%20"), "%ff"]
)
def test_another_token_opens_nothing(protected: Owned, token: str) -> None:
    me = protected.browser()
    assert me.get(f"/?token={token}").status == 303
    assert me.get("/feed.atom", Authorization=f"Bearer {token}").status == 401
    assert me.cookies == {}


def test_links_go_on_working_for_who_came_with_the_token(protected: Owned) -> None:
    me = protected.browser(Sec_Fetch_Mode="navigate")
    path = f"/search?q=a+b&token={TOKEN}&page=2"
    answer = me.get(path)
    assert (answer.status, landed(path, answer)) == (303, "http://site.test/search?q=a+b&page=2")
    [cookie] = answer.cookies
    assert TOKEN not in cookie
    assert cookie.startswith("digest-reader=")
    assert "; Path=/; HttpOnly; SameSite=Lax" in cookie
    assert me.get("/2023/10/13/").status == 200
    assert landed("/x/", me.get(f"/x/?token={TOKEN}")) == "http://site.test/x/"
    (protected.folder / "token").write_text("another")
    assert me.get("/2023/10/13/").status == 303


def test_the_owner_alone_is_shown_the_address_with_the_token(protected: Owned) -> None:
    me = protected.owner()
    assert f"feed.atom?token={TOKEN}" in me.get("/").text
    assert TOKEN not in protected.browser(Authorization=f"Bearer {TOKEN}").get("/").text
    assert TOKEN not in protected.owner().get("/search?q=a-token-for").text, "what is asked stands there too"


def test_where_a_proxy_signs_in_others_are_told_that_it_is_private(tmp_path: Path) -> None:
    web = BEHIND.replace('password_file = "password"', "protected = true")
    with Owned(tmp_path, web) as site:
        answer = proxied(site, Remote_User="you").get("/2023/10/13/")
        assert answer.status == 403
        assert "These pages are private" in answer.text
        assert is_owner(proxied(site, Remote_User="me"))
        assert site.browser(Remote_User="me").get("/").status == 403


def test_tokens_marks_and_passwords_are_in_no_log(protected: Owned, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    me = protected.owner()
    mark = me.mark
    me.post("/do/merge", {"csrf": mark})
    me.get(f"/?token={TOKEN}")
    me.get("/broken%00/")
    me.post("/do/poll", {"csrf": "wrong"})
    me.sign_in("not-the-password")
    protected.browser().get(f"/feed.atom?token={TOKEN}x")
    for secret in (TOKEN, mark, PASSWORD, "not-the-password", *me.cookies.values()):
        assert secret not in caplog.text
        assert secret not in str([one.args for one in caplog.records])


# --- redirects, headers, paths, hosts ---------------------------------------------------------------


STRANGE = [
    "//evil.example", "https://evil.example/", "http:evil.example", "/\\evil.example", "\\\\evil.example",
    "///evil.example",
    "javascript:alert(1)", "data:text/html,x", "/%5cevil.example", "%2f%2fevil.example", "/%2fevil.example/..",
    "..//evil.example", "../../x", "a/../../x", "%2e%2e/%2e%2e/x", ".%2e/x", "x\r\nSet-Cookie: a=b",
    "x%0d%0aSet-Cookie:%20a=b",
    "x\x00", "x%00", "x y", "é", "a//evil.example", "%252e%252e/x", "x%zz", "<script>", '"onload="', "\t//evil.example",
    "x" * 3000, "/", "/archive/",
]  # fmt: skip


@pytest.mark.parametrize("back", STRANGE)
def test_a_way_back_that_is_none_of_ours_leads_to_the_front_page(site: Owned, back: str) -> None:
    me = site.browser()
    for path, answer in (("/sign-in", me.sign_in(back=back)), ("/do/poll", me.do("poll", back=back))):
        assert answer.status == 303
        assert landed(path, answer) == "http://site.test/"
        assert len(answer.cookies) == (1 if path == "/sign-in" else 0)


@pytest.mark.parametrize(
    "back",
    [
        "",
        "threads/7/",
        "2023/10/13/2/",
        "search?q=a%20b&page=2",
        "feeds/#feed-7",
        "evening/2023/10/13/",
        "new/?x=http://y",
    ],
)
def test_a_way_back_of_ours_is_kept(back: str) -> None:
    assert way_back(back) == back


def test_no_redirect_leaves_the_site(site: Owned) -> None:
    me = site.browser(X_Forwarded_For="203.0.113.5")
    for begin, end in itertools.product(
        ("//evil.example", "/\\evil.example", "/%5cevil.example", "/%2fevil.example"), ("", "/..", "/feeds/")
    ):
        answer = me.get(begin + end)
        where = answer.location
        assert where is None or landed(begin, answer).startswith("http://site.test/") or where.startswith(("./", "../"))
        assert answer.status in (303, 404)
    for path in (
        "//feeds/",
        "/feeds//evil.example/",
        "/feeds/%0d%0aSet-Cookie:%20a=b",
        "/decisions/%0aX: y".replace(" ", "%20"),
    ):
        answer = me.get(path)
        assert answer.cookies == []
        assert answer.location is not None
        assert answer.location.startswith("../")
        assert "evil" not in answer.location.partition("?")[0]
        assert "Cookie" not in answer.location


@pytest.mark.parametrize(
    "path",
    [
        "/../digest.db", "/..%2fdigest.db", "/%2e%2e/digest.db", "/%252e%252e/digest.db", "/..%5cdigest.db",
        "/..\\digest.db",
        "/2023/10/13/../../../../digest.db", "/%00", "/digest.db%00.html", "/style.css/../../password",
        "/./password", "/password",
        "/config.toml", "/%c0%ae%c0%ae/password", "/2023/10/%2e%2e/%2e%2e/password", "/.git/config",
        "/~root/", "/etc/passwd",
        "/style.css%2f..%2f..%2fpassword", "/file:///etc/passwd", "/2023-10-13/", "/%EF%BC%92023/10/13/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_path_climbs_out(site: Owned, path: str, method: str) -> None:
    answer = site.owner().ask(method, path)
    assert answer.status == 404
    assert PASSWORD not in answer.text
    assert "[digests" not in answer.text


def test_no_header_of_an_answer_holds_what_the_asker_wrote(site: Owned) -> None:
    me = site.browser()
    for path in ("/sign-in?back=%0d%0aSet-Cookie:%20a=b", "/nowhere%0d%0aX-Evil:%20yes", "/archive%0d%0aX-Evil:%20yes"):
        answer = me.get(path)
        assert answer.headers["X-Evil"] is None
        assert answer.cookies == []
    answer = me.sign_in(back="x\r\nX-Evil: yes")
    assert answer.headers["X-Evil"] is None


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/do/poll", "/feeds/", "/decisions/", "/nowhere"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "TRACE"])
def test_every_answer_is_calm_and_carries_the_headers(site: Owned, path: str, method: str) -> None:
    for browser in (site.browser(X_Forwarded_For="203.0.113.5"), site.owner()):
        answer = browser.ask(method, path)
        assert answer.status < 500
        for name, value in HEADERS.items():
            assert answer.headers.get_all(name) == [value]
        if answer.status == 405:
            assert answer.headers["Allow"]
        if method == "HEAD":
            assert answer.body == b""
    assert site.done == []


@pytest.mark.parametrize("host", ["evil.example", "news.example.org.evil.example", ""])
def test_a_name_that_is_pointed_here_signs_nobody_in(behind: Owned, host: str) -> None:
    me = proxied(behind, Host=host, Remote_User="me")
    assert me.get("/").status == 421
    assert me.sign_in().status == 421
    assert me.post("/do/poll").status == 421
    assert behind.browser(Host=host, X_Forwarded_Host="news.example.org").get("/").status == 421


# --- a site below a path ----------------------------------------------------------------------------


@pytest.mark.parametrize("strips", [True, False])
def test_below_a_path_everything_stays_below_it(tmp_path: Path, strips: bool) -> None:
    """Through a proxy that takes the path away before it hands on, and through one that does not."""
    web = 'password_file = "password"\nbase_url = "https://host.example/news/"\ntrusted_proxies = ["127.0.0.1"]'
    here = {"Origin": "https://host.example"}
    with Owned(tmp_path, web) as site, Proxy(site.port, "/news", strips=strips) as proxy:
        me = Browser(proxy.port, headers={"Host": "host.example"})
        for asked, leads in {
            "/news/decisions/": "/news/sign-in?back=decisions%2F",
            "/news/feeds/": "/news/sign-in?back=feeds%2F",
            "/news/2023/10/13": "/news/2023/10/13/",
            "/news/archive/index.html": "/news/archive/",
        }.items():
            assert landed(asked, me.get(asked)) == f"http://site.test{leads}"
        answer = me.post("/news/sign-in", {"password": PASSWORD, "back": "archive/"}, **here)
        assert landed("/news/sign-in", answer) == "http://site.test/news/archive/"
        [cookie] = answer.cookies
        assert cookie.startswith("__Secure-digest-session=")
        assert cookie.endswith("; Path=/news/; HttpOnly; SameSite=Lax; Secure")
        page = me.get("/news/2023/10/13/")
        assert 'action="../../../sign-out"' in page.text
        answer = me.post("/news/do/poll", {"csrf": page.mark, "back": "threads/7/"}, **here)
        assert landed("/news/do/poll", answer) == "http://site.test/news/threads/7/"
        assert "Done: poll" in me.get("/news/").text
        assert 'href="../"' in me.get("/news/nowhere/").text
        answer = me.post("/news/sign-out", {"csrf": page.mark}, **here)
        assert landed("/news/sign-out", answer) == "http://site.test/news/"
        assert me.cookies == {}
        assert "/feeds/" in proxy.handed_on if strips else "/news/feeds/" in proxy.handed_on


def test_a_digest_of_that_name_keeps_its_pages(tmp_path: Path) -> None:
    web = 'base_url = "https://host.example/news"'
    with Owned(tmp_path, web, digests=("daily", "news")) as site:
        assert site.browser().get("/news/archive/").status == 200
        assert site.looked == ["news/archive/index.html"]


# --- memory -----------------------------------------------------------------------------------------


def test_tries_from_everywhere_are_counted_in_bounded_memory() -> None:
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for number in range(5 * PLACES):
        now[0] += 3
        assert attempts.begin(f"place {number}") == 0
    assert len(attempts._tries) == PLACES
    assert len(attempts._all) == 30


def test_many_guesses_at_once_are_five(site: Owned) -> None:
    statuses: list[int] = []
    guessers = [
        threading.Thread(target=lambda: statuses.append(site.browser().sign_in("guess").status)) for _ in range(25)
    ]
    for one in guessers:
        one.start()
    for one in guessers:
        one.join(20)
    assert sorted(statuses) == [403] * 5 + [429] * 20


def test_a_refused_try_does_not_lengthen_the_wait() -> None:
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for _ in range(5):
        assert attempts.begin("a") == 0
    for second in range(60):
        now[0] = float(second)
        assert attempts.begin("a") == 60 - second
    now[0] = 60.0
    assert attempts.begin("a") == 0


def raw(site: Owned, *lines: str) -> str:
    """What the proxy gets for the front page with those header lines, as they are."""
    with socket.create_connection(("127.0.0.1", site.port), 20, source_address=(PROXY, 0)) as connection:
        connection.sendall("\r\n".join(["GET / HTTP/1.1", *lines, "Connection: close", "", ""]).encode())
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def basic(text: str) -> str:
    import base64

    return f"Basic {base64.b64encode(text.encode('latin-1')).decode()}"
