"""One request to an application, without a server.

answer = ask(app, "/search", "q=rye", headers={"Cookie": "a=b"})
answer.status, answer.headers["content-type"], answer.body
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""


def ask(
    app: Any,
    raw_path: str,
    query: str = "",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    client: str = "127.0.0.1",
) -> Answer:
    """The path is given as it stands in the request."""
    given = {"host": "localhost", **{name.lower(): value for name, value in (headers or {}).items()}}
    scope = {
        "type": "http", "method": method, "path": unquote(raw_path), "raw_path": raw_path.encode(), "root_path": "",
        "query_string": query.encode(), "client": (client, 4711), "server": ("127.0.0.1", 8080), "scheme": "http",
        "http_version": "1.1", "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }  # fmt: skip
    answer = Answer()

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    asyncio.run(app(scope, receive, send))
    return answer
