"""Signing in and out, over a real server: the password, the session, its cookie, and how long all that holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.owned import PASSWORD, Owned, landed


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Owned]:
    with Owned(tmp_path) as made:
        yield made


def test_a_visitor_finds_the_way_in_and_no_form_of_the_owner(site: Owned) -> None:
    page = site.browser().get("/2023/10/13/").text
    assert '<a href="../../../sign-in?back=2023/10/13/" rel="nofollow">Sign in</a>' in page
    assert "csrf" not in page
    assert "Sign out" not in page


def test_the_right_password_leads_back_to_the_page_and_makes_the_owner(site: Owned) -> None:
    me = site.browser()
    form = me.get("/sign-in?back=2023/10/13/")
    assert form.status == 200
    assert form.headers["Cache-Control"] == "no-store"
    assert '<input type="hidden" name="back" value="2023/10/13/">' in form.text
    assert form.text.count("<h1>") == 1
    answer = me.sign_in(back="2023/10/13/")
    assert (answer.status, landed("/sign-in", answer)) == (303, "http://site.test/2023/10/13/")
    page = me.get("/2023/10/13/")
    assert "Sign out" in page.text
    assert re.fullmatch(r"[0-9a-f]{128}", page.mark)
    assert page.headers["Cache-Control"] == "private, no-store"
    assert me.get("/sign-in?back=archive/").location == "./archive/"


def test_a_wrong_password_opens_nothing_and_says_so(site: Owned) -> None:
    me = site.browser()
    for wrong in ("", "wrong", PASSWORD.upper(), f"{PASSWORD} ", f"{PASSWORD}\n"):
        answer = me.sign_in(wrong)
        assert answer.status == 403
        assert "That is not the password." in answer.text
        assert answer.cookies == []
        site.tick += 61
    assert site.rows("SELECT * FROM sessions") == []
    assert "Sign out" not in me.get("/").text


def test_the_cookie_is_for_the_server_only_and_holds_thirty_days(site: Owned) -> None:
    [cookie] = site.browser().sign_in().cookies
    assert re.fullmatch(
        r"digest-session=[\w-]{43}; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax", cookie
    )  # 256 bits; on this machine by plain http, so not Secure


def test_the_database_keeps_no_token_and_no_password(site: Owned) -> None:
    me = site.owner()
    [token] = me.cookies.values()
    kept = b"".join(one.read_bytes() for one in site.folder.glob("digest.db*"))
    assert token.encode() not in kept
    assert PASSWORD.encode() not in kept
    [(hashed, trace)] = site.rows("SELECT hash, password FROM sessions")
    assert len(hashed) == 64
    assert len(trace) == 64


def test_each_sign_in_is_a_new_session_and_ends_the_one_before(site: Owned) -> None:
    """What somebody put into a browser beforehand is worth nothing afterwards."""
    me, thief = site.browser(), site.browser()
    me.cookies["digest-session"] = thief.cookies["digest-session"] = "planted-by-somebody-else"
    me.sign_in()
    assert me.cookies["digest-session"] != "planted-by-somebody-else"
    assert "Sign out" not in thief.get("/").text
    first = dict(me.cookies)
    me.sign_in()
    assert me.cookies != first
    thief.cookies = first
    assert "Sign out" not in thief.get("/").text
    assert len(site.rows("SELECT * FROM sessions")) == 1


def test_signing_out_ends_the_session_itself(site: Owned) -> None:
    me = site.owner()
    stolen = site.browser()
    stolen.cookies = dict(me.cookies)
    answer = me.post("/sign-out", {"csrf": me.mark})
    assert (answer.status, landed("/sign-out", answer)) == (303, "http://site.test/")
    assert me.cookies == {}
    assert site.rows("SELECT * FROM sessions") == []
    assert "Sign out" not in stolen.get("/").text
    again = stolen.post("/sign-out")
    assert (again.status, again.location) == (303, "./")


def test_looking_does_not_sign_out(site: Owned) -> None:
    me = site.owner()
    answer = me.get("/sign-out")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert "Sign out" in me.get("/").text


def test_a_session_holds_thirty_days_after_the_last_visit(site: Owned) -> None:
    me = site.owner()
    site.pass_days(0.5)
    assert me.get("/").cookies == []  # once a day is often enough
    site.pass_days(20)
    [cookie] = me.get("/").cookies
    assert "Max-Age=2592000" in cookie
    site.pass_days(29)
    assert "Sign out" in me.get("/").text
    site.pass_days(30)
    assert "Sign out" not in me.get("/").text
    other = site.owner()
    assert len(site.rows("SELECT * FROM sessions")) == 1, "those that ended are cleared away"
    assert "Sign out" in other.get("/").text


def test_another_password_ends_every_session_at_once(site: Owned) -> None:
    me = site.owner()
    (site.folder / "password").write_text("another one\n")
    assert "Sign out" not in me.get("/").text
    assert me.sign_in().status == 403
    assert me.sign_in("another one").status == 303
    assert "Sign out" in me.get("/").text


def test_a_password_file_that_is_gone_lets_nobody_in_and_the_pages_go_on(
    site: Owned, caplog: pytest.LogCaptureFixture
) -> None:
    me = site.owner()
    (site.folder / "password").unlink()
    page = me.get("/")
    assert page.status == 200
    assert "Sign out" not in page.text
    answer = me.sign_in()
    assert answer.status == 503
    assert "log of the server" in answer.text
    assert str(site.folder) not in answer.text
    assert "password_file: there is no file '" in caplog.text


def test_without_a_password_nobody_signs_in(tmp_path: Path) -> None:
    with Owned(tmp_path, web="") as site:
        me = site.browser()
        assert me.get("/sign-in").status == 404
        assert me.sign_in().status in (404, 405)
        assert "sign-in" not in me.get("/").text
        assert me.post("/do/poll").status == 404
        assert me.get("/decisions/").status == 404
        assert site.done == []


# --- guessing -------------------------------------------------------------------------------------


def test_five_wrong_passwords_a_minute_from_one_place(site: Owned, caplog: pytest.LogCaptureFixture) -> None:
    me = site.browser()
    assert [me.sign_in(f"guess {number}").status for number in range(7)] == [403] * 5 + [429] * 2
    answer = me.sign_in()
    assert answer.status == 429, "nor is the right one looked at"
    assert answer.headers["Retry-After"] == "60"
    assert "Too many wrong passwords. Try again in 60 seconds." in answer.text
    assert me.get("/").status == 200
    site.tick = 59
    assert me.sign_in().headers["Retry-After"] == "1"
    site.tick = 60
    assert me.sign_in().status == 303
    assert caplog.text.count("outcome=refused client=127.0.0.1") == 5
    assert "guess" not in caplog.text


def test_a_right_password_forgives_what_was_mistyped(site: Owned) -> None:
    me = site.browser()
    for _ in range(3):
        assert [me.sign_in("mistyped").status for _ in range(4)] == [403] * 4
        assert me.sign_in().status == 303


def test_places_are_counted_apart_and_a_crowd_does_not_shut_out_who_was_here_before(site: Owned) -> None:
    me = site.owner(address="127.0.0.50")
    for last in range(60, 66):
        crowd = site.browser(address=f"127.0.0.{last}")
        assert [crowd.sign_in("guess").status for _ in range(5)] == [403] * 5
    assert site.browser(address="127.0.0.70").sign_in("guess").status == 429, "thirty a minute from everywhere"
    assert site.browser(address="127.0.0.50").sign_in().status == 303
    assert "Sign out" in me.get("/").text
    site.tick += 60
    assert site.browser(address="127.0.0.70").sign_in().status == 303


def test_a_client_cannot_name_itself_another_address(site: Owned) -> None:
    me = site.browser()
    statuses = [me.sign_in("guess", X_Forwarded_For=f"203.0.113.{number}").status for number in range(8)]
    assert statuses == [403] * 5 + [429] * 3
