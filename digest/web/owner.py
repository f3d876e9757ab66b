"""What only the owner does: signing in and out, and the forms that change things.

    /sign-in      GET a form, POST the password
    /sign-out     POST
    /do/ACTION    POST; then back to the page that the form stands on, which says what came of it

The door lets nobody but the owner come to the last two. A form counts only with the mark that we drew into it for this
very person, and from a page of ours as far as the browser says.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from html import escape
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ..errors import DigestError
from . import marks
from .cookies import SESSION
from .door import LASTS, Keeper, Lock, caller
from .forms import Sent, from_here, read, way_back
from .frame import small_page
from .hosts import bare
from .peers import household
from .sorry import sorry

log = logging.getLogger(__name__)

Act = Callable[[str, Mapping[str, str], bytes | None], str]
"""Does what a form asks for: action, fields, file; returns words for a person, raises DigestError with some."""

ACTIONS = frozenset(
    {
        "split", "merge", "mute", "mute-word", "follow", "follow-word", "star", "undo",
        "poll", "pause", "resume", "send", "subscribe", "import",
    }
)  # fmt: skip

_NO_STORE = {"Cache-Control": "no-store"}


def owner_routes(lock: Lock, act: Act | None, base_url: str | None) -> list[Route]:
    """The routes; those that could not do anything are left out."""
    desk = _Desk(lock, act, frozenset({bare(urlsplit(base_url).netloc)} if base_url else ()))
    routes = []
    if lock.keeper is not None and lock.password:
        routes.append(Route("/sign-in", desk.sign_in, methods=["GET", "POST"]))
        routes.append(Route("/sign-out", desk.sign_out, methods=["GET", "POST"]))
    if lock.keeper is not None and act is not None:
        routes.append(Route("/do/{action}", desk.do, methods=["GET", "POST"]))
    return routes


class _Desk:
    def __init__(self, lock: Lock, act: Act | None, hosts: frozenset[str]) -> None:
        self._lock = lock
        self._act = act
        self._hosts = hosts

    @property
    def _keeper(self) -> Keeper:
        assert self._lock.keeper is not None
        return self._lock.keeper

    async def sign_in(self, request: Request) -> Response:
        """The form; or, when it was sent, a new session and the way back."""
        found = caller(request.scope)
        if request.method != "POST":
            back = way_back(request.query_params.get("back"))
            return _leads("./" + back) if found.viewer.owner else self._form(back)
        if not from_here(request, self._own(request)):
            return _strange(request)
        sent = await read(request)
        back = way_back(sent.fields.get("back"))
        client, attempts = found.peer.client, self._lock.memory.attempts
        wait = attempts.begin(household(client))
        if wait:
            log.warning("sign_in outcome=too_many client=%s", client)
            return self._form(back, _wait(wait), HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(wait)})
        old = found.jar.given(request.scope["headers"], SESSION)
        try:
            token = await run_in_threadpool(self._keeper.sign_in, sent.fields.get("password", ""), old)
        except DigestError as error:
            log.error("sign_in outcome=error client=%s error=%r", client, str(error))
            return self._form(back, _BROKEN, HTTPStatus.SERVICE_UNAVAILABLE)
        if token is None:
            log.warning("sign_in outcome=refused client=%s", client)
            return self._form(back, "That is not the password.", HTTPStatus.FORBIDDEN)
        attempts.right(household(client))
        log.info("sign_in outcome=ok client=%s", client)
        return _leads("./" + back, found.jar.setting(SESSION, token, LASTS))

    async def sign_out(self, request: Request) -> Response:
        """Ends the session, here and in the database."""
        _post_only(request)
        found = caller(request.scope)
        sent = await self._sent(request)
        if isinstance(sent, Response):
            return sent
        if found.session is not None:
            await run_in_threadpool(self._keeper.sign_out, found.session)
        log.info("sign_out client=%s", found.peer.client)
        self._lock.memory.told.pop(found.who, None)
        return _leads("./", found.jar.ending(SESSION))

    async def do(self, request: Request) -> Response:
        """Does it, and leads back to where the form stands."""
        action: str = request.path_params["action"]
        if action not in ACTIONS:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        _post_only(request)
        sent = await self._sent(request, large=action == "import")
        if isinstance(sent, Response):
            return sent
        fields = {name: value for name, value in sent.fields.items() if name not in ("csrf", "back")}
        assert self._act is not None
        try:
            words = await run_in_threadpool(self._act, action, fields, sent.file)
            log.info("did action=%s", action)
        except DigestError as error:
            words = str(error)
            log.info("did not action=%s", action)
        self._lock.memory.tell(caller(request.scope).who, words)
        return _leads("../" + way_back(sent.fields.get("back")))

    async def _sent(self, request: Request, *, large: bool = False) -> Sent | Response:
        """A form that is ours and this owner's, or the answer to any other."""
        if not from_here(request, self._own(request)):
            return _strange(request)
        sent = await read(request, large=large)
        key = await run_in_threadpool(self._keeper.form_key)
        if not marks.is_of_form(key, caller(request.scope).who, sent.fields.get("csrf", "")):
            return sorry(request.url.path, HTTPStatus.FORBIDDEN, "This form is out of date", _OLD)
        return sent

    def _form(
        self, back: str, trouble: str = "", status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None
    ) -> Response:
        """The page to sign in on."""
        told = f'<p class="told" role="alert">{escape(trouble)}</p>\n' if trouble else ""
        other = "" if self._lock.protected else '\n<p><a href="./">Latest edition</a></p>'
        body = (
            f'{told}<form class="sign-in" method="post" action="sign-in">\n'
            f'<input type="hidden" name="back" value="{escape(back)}">\n'
            '<p><label for="password">Password</label>\n'
            '<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>'
            f'</p>\n<p><button type="submit">Sign in</button></p>\n</form>{other}'
        )
        page = small_page("Sign in", body, root="./", head='<meta name="robots" content="noindex, nofollow">\n')
        return HTMLResponse(page, status, _NO_STORE | dict(headers or {}))

    def _own(self, request: Request) -> frozenset[str]:
        return self._hosts | {bare(request.headers.get("host", ""))}


_OLD = "Nothing was changed. Go back, load the page again, and send the form once more."
_BROKEN = "Nobody can sign in right now; the log of the server says why."


def _wait(seconds: int) -> str:
    return f"Too many wrong passwords. Try again in {seconds} second{'s' if seconds != 1 else ''}."


def _post_only(request: Request) -> None:
    """Looking changes nothing. The routes take GET too, or the route of the pages would answer it."""
    if request.method != "POST":
        raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "POST"})


def _strange(request: Request) -> Response:
    log.warning("refused a form from elsewhere: client=%s", caller(request.scope).peer.client)
    return sorry(
        request.url.path,
        HTTPStatus.FORBIDDEN,
        "That came from another site",
        "Nothing was changed. Only forms of these pages count: open the page itself, and send its form.",
    )


def _leads(where: str, *cookies: str) -> Response:
    answer = RedirectResponse(where, HTTPStatus.SEE_OTHER, _NO_STORE)
    for cookie in cookies:
        answer.headers.append("Set-Cookie", cookie)
    return answer
