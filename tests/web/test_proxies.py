"""The example files of docs/ in the real proxies, in front of the real server, on loopback."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.feedserver import FeedServer
from support.serving import Running, free_port
from support.system import program
from support.world import World, item

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer() as server:
        made = World(tmp_path, server)
        made.feed("alpha", item("Dam breaks above Vellmoor"))
        made.configure()
        yield made


def uncommented(text: str, first: str) -> str:
    """The example that stands as a comment from a line with those words on, as its reader would take it over."""
    lines = text[: text.index(first)].count("\n")
    return "\n".join(re.sub(r"^#( |$)", "", line) for line in text.splitlines()[lines:])


def nginx(folder: Path, port: int, upstream: int, below: bool) -> list[str]:
    text = (DOCS / "nginx.conf").read_text()
    server = text[text.index("server {") : text.index("\n# Below a path")]
    if below:
        locations = uncommented(text, "#    location = /news {")
        server = f"server {{\n listen 443 ssl;\n server_name news.your.domain;\n{locations}\n}}"
    server = server.replace("listen 443 ssl", f"listen 127.0.0.1:{port}").replace(":8080", f":{upstream}")
    server = re.sub(r".*ssl_certificate.*\n", "", server)
    places = "".join(
        f"{name}_temp_path {folder / name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"pid {folder / 'nginx.pid'};\ndaemon off;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{places}{server}\n}}\n"
    )
    return [program("nginx", "nginx-light"), "-p", str(folder), "-c", str(config)]


def caddy(folder: Path, port: int, upstream: int, below: bool) -> list[str]:
    text = (DOCS / "Caddyfile").read_text()
    site = text[text.index("\nnews.your.domain {") : text.index("\n# Below a path")]
    if below:
        site = uncommented(text, "# www.your.domain {").replace("www.your.domain", "news.your.domain")
    site = site.replace("news.your.domain {", f"http://news.your.domain:{port} {{").replace(":8080", f":{upstream}")
    config = folder / "Caddyfile"
    config.write_text(f"{{\n\tadmin off\n}}\n{site}\n")
    return [program("caddy", "caddy"), "run", "--adapter", "caddyfile", "--config", str(config)]


@contextmanager
def proxy(command: list[str], folder: Path, port: int) -> Iterator[None]:
    with (folder / "proxy.log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={"HOME": str(folder)})
    try:
        end = time.monotonic() + 15
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, (folder / "proxy.log").read_text()
            assert time.monotonic() < end
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(15)


def ask(port: int, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": "news.your.domain", **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode("latin-1")
    finally:
        connection.close()


@pytest.mark.parametrize("below", [False, True], ids=["root", "below"])
@pytest.mark.parametrize("made", [nginx, caddy])
def test_the_example_serves_the_pages(world: World, made, below: bool, tmp_path: Path) -> None:
    folder, port = tmp_path / "proxy", free_port()
    folder.mkdir()
    root = "/news/" if below else "/"
    with Running(world) as served, proxy(made(folder, port, served.port, below), folder, port):
        served.until_told("outcome=read")
        assert ask(port, root)[0] == 421
        served.rewrite(
            "[web]\n",
            f'[web]\nbase_url = "http://news.your.domain{root}"\ntrusted_proxies = ["127.0.0.1"]\n'
            'identity_header = "Remote-User"\nowners = ["me"]\n',
        )
        served.until(lambda: ask(port, root)[0] == 200)
        _, headers, page = ask(port, root)
        assert "Morning paper" in page
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert ask(port, root, **{"If-None-Match": headers["ETag"]})[0] == 304
        assert ask(port, f"{root}style.css", **{"Accept-Encoding": "gzip"})[1]["Content-Encoding"] == "gzip"
        status, headers, _ = ask(port, f"{root}archive")
        assert (status, headers["Location"]) == (308, "./archive/")
        assert ask(port, f"{root}unsubscribe/s3cret")[0] == 404
        # Bound to loopback, but whoever comes through the proxy is a stranger.
        assert {ask(port, f"{root}{path}")[0] for path in ("metrics", "feeds.opml")} <= {401, 404}
        for name in ("Remote-User", "remote-user", "Remote_User"):
            assert ask(port, f"{root}decisions/", **{name: "me"})[0] == 404, "nobody names himself the owner"
        assert ask(served.port, "/decisions/", **{"Remote-User": "me"})[0] == 200, "the proxy could"
        if below:
            status, headers, _ = ask(port, "/news")
            assert (status, headers["Location"].endswith("/news/")) == (308 if made is nginx else 302, True)
        ask(port, f"{root}archive/", **{"X-Forwarded-For": "203.0.113.5"})
        served.until_told("path=/archive/ status=200")
        assert "203.0.113.5" not in served.log, "a client must not choose its own address"
        assert served.end()[0] == 0
