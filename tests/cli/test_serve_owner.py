"""digest serve and its owner: signing in, doing something, and a changed password, on the real server."""

from __future__ import annotations

import re
import urllib.parse
from pathlib import Path

from support.feedserver import FeedServer
from support.owned import Browser
from support.serving import Running
from support.world import World, item

PASSWORD = "open sesame"


def test_the_owner_signs_in_acts_and_is_out_when_the_password_changes(tmp_path: Path) -> None:
    with FeedServer() as server:
        world = World(tmp_path, server)
        world.feed("alpha", item("Dam breaks above Vellmoor"))
        world.configure()
        assert world.digest("run").code == 0
        (tmp_path / "password").write_text(PASSWORD)
        with Running(world) as served:
            served.wait_for("/", "Dam breaks")
            served.rewrite("[web]\n", '[web]\npassword_file = "password"\n')
            served.wait_for("/", "Sign in")
            me = Browser(served.port)
            assert me.sign_in("wrong").status == 403
            assert me.sign_in(PASSWORD).status == 303
            page = me.get("/feeds/")
            assert "Sign out" in page.text
            assert me.post("/do/mute-word", {"csrf": page.mark, "word": "dam", "back": "decisions/"}).location == (
                "../decisions/"
            )
            told = me.get("/decisions/").text
            assert 'role="status"' in told
            assert re.search(r'role="status">[^<]*dam', told)
            assert 'role="status"' not in me.get("/decisions/").text
            assert "dam" in world.digest("decisions").out
            # Elsewhere, and at once: no restart, no reload.
            (tmp_path / "password").write_text("another")
            assert me.get("/decisions/").location == "../sign-in?back=decisions%2F"
            code, _, log = served.end()
        assert code == 0
    assert "sign_in outcome=ok client=127.0.0.1" in log
    assert "did action=mute-word" in log
    for secret in (PASSWORD, page.mark, *me.cookies.values(), urllib.parse.quote(PASSWORD)):
        assert secret not in log
