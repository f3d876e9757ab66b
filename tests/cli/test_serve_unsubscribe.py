"""digest serve and a reader who leaves: the link of a mail, asked as a mail program does, on the real server."""

from __future__ import annotations

import email
import signal
import time
import urllib.request
from email.policy import default
from pathlib import Path

from support.feedserver import FeedServer
from support.serving import free_port
from support.world import World, item


def ask(port: int, path: str, body: bytes | None = None) -> str:
    """As a proxy hands it on that serves the site below /paper/."""
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, {"Host": "news.example.org"})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        assert answer.status == 200
        return str(answer.read().decode())


def test_the_link_of_a_mail_works_under_a_sub_path_and_the_next_edition_stays_away(tmp_path: Path) -> None:
    with FeedServer() as server:
        world = World(tmp_path, server)
        world.feed("alpha", item("Dam breaks above Vellmoor"))
        port = free_port()
        web = f'[web]\naddress = "127.0.0.1:{port}"\nbase_url = "https://news.example.org/paper/"'
        world.configure(extra=web, deliver=["outbox"])
        assert world.digest("run").code == 0
        [mail] = world.mails()
        message = email.message_from_bytes(mail.read_bytes(), policy=default)
        link = str(message["List-Unsubscribe"]).partition(">")[0].lstrip("<")
        path = link.removeprefix("https://news.example.org/paper")
        assert path.startswith("/unsubscribe/")
        process = world.start("serve")
        try:
            end = time.monotonic() + 60
            while True:
                try:
                    page = ask(port, path)
                    break
                except OSError:
                    assert time.monotonic() < end
                    assert process.poll() is None
                    time.sleep(0.1)
            assert "Unsubscribe from Morning paper?" in page
            assert world.rows("SELECT unsubscribed FROM recipients") == [(None,)]
            assert "You are unsubscribed from Morning paper" in ask(port, path, b"List-Unsubscribe=One-Click")
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=60)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()
        assert "unsubscribed digest=daily recipient=me@example.org" in log
        world.feed("alpha", item("Dam breaks above Vellmoor"), item("Ferry runs aground"))
        done = world.digest("run")
        assert done.code == 0
        assert "me@example.org unsubscribed from Morning paper" in done.out
        assert len(world.mails()) == 1
