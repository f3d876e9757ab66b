"""A real SMTP server on loopback that can be told to misbehave at any stage.

    with MailServer() as server:                                          takes everything
        server.replies["RCPT"] = "450 4.2.0 Greylisted"                   one of CONNECT EHLO MAIL RCPT DATA END
        server.drops.add("END")                                           hangs up there instead of answering
        server.delays["MAIL"] = 5.0                                       seconds before it answers
        server.received                                                   what was taken, in order

Stages: CONNECT the greeting, DATA the command, BODY after "go ahead" and before the message is read,
END after the final dot. Settings may change while it runs. A message that is dropped at END is kept in
``unanswered``: the server had it whole, and the sender cannot know.

``localhost.pem`` (key and certificate for localhost and 127.0.0.1, valid 2020 to 2120, its own authority) was made by
``openssl ca -selfsign`` for these tests and guards nothing.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

CERTIFICATE = Path(__file__).with_name("localhost.pem")


@dataclass(frozen=True)
class Received:
    """One message as the wire brought it."""

    sender: str
    recipient: str
    content: bytes
    options: tuple[str, ...] = ()
    encrypted: bool = False
    greeted_as: str = ""


@dataclass
class MailServer:
    """Context manager; listens on ``host``:``port`` from entry to exit, the port chosen by the system unless given."""

    security: Literal["none", "starttls", "tls"] = "none"
    login: tuple[str, str] | None = None
    """Required before MAIL when given."""
    mute_login: bool = False
    """A wrong password gets no answer at all, as aiosmtpd does unless told otherwise."""
    smtputf8: bool = False
    needs_tls: bool = False
    """Takes no mail before STARTTLS."""
    eight_bit: bool = True
    """Offers 8BITMIME."""
    port: int = 0
    host: str = "127.0.0.1"
    replies: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    """Reply to RCPT by recipient."""
    drops: set[str] = field(default_factory=set)
    delays: dict[str, float] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    unanswered: list[Received] = field(default_factory=list)
    connections: int = 0
    logins: int = 0

    def __enter__(self) -> Self:
        started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._live: set[_Conversation] = set()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        if not started.wait(10):
            raise RuntimeError("the mail server for tests did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def client_context(self) -> ssl.SSLContext:
        """What a client needs to trust this server."""
        return ssl.create_default_context(cafile=CERTIFICATE)

    def _run(self, started: threading.Event) -> None:
        loop = self._loop
        asyncio.set_event_loop(loop)
        tls = None
        if self.security != "none":
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(CERTIFICATE)

        def conversation() -> _Conversation:
            self.connections += 1
            return _Conversation(
                self,
                hostname="mail.test",
                ident="ready",
                loop=loop,
                enable_SMTPUTF8=self.smtputf8,
                tls_context=tls if self.security == "starttls" else None,
                authenticator=self._authenticate if self.login else None,
                auth_require_tls=False,
                require_starttls=self.needs_tls,
            )

        server = loop.run_until_complete(
            loop.create_server(conversation, self.host, self.port, ssl=tls if self.security == "tls" else None)
        )
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        loop.run_forever()
        server.close()
        for one in list(self._live):
            if one.transport is not None:
                # Python before 3.11.4 fails over a TLS transport that is gone already.
                with suppress(AttributeError):
                    one.transport.abort()
        loop.run_until_complete(asyncio.sleep(0))
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()

    def _authenticate(self, server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        self.logins += 1
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self.login, handled=self.mute_login)

    # --- aiosmtpd's hooks ---

    async def handle_EHLO(  # noqa: N802
        self, server: _Conversation, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        scripted = await server.scripted("EHLO")
        if scripted:
            return [scripted]
        # aiosmtpd offers a login to everybody, password or not.
        unsaid = [*([] if self.login else ["250-AUTH"]), *([] if self.eight_bit else ["250-8BITMIME"])]
        return [line for line in responses if not line.startswith(tuple(unsaid))]

    async def handle_MAIL(  # noqa: N802
        self, server: _Conversation, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        scripted = await server.scripted("MAIL")
        if scripted:
            return scripted
        if self.login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: _Conversation, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        scripted = await server.scripted("RCPT") or self.refused.get(address)
        if scripted:
            return scripted
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: _Conversation, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        message = Received(
            str(envelope.mail_from),
            envelope.rcpt_tos[0],
            envelope.content,
            tuple(envelope.mail_options),
            session.ssl is not None or self.security == "tls",
            str(session.host_name),
        )
        if "END" in self.drops or "END" in self.delays:
            self.unanswered.append(message)
        scripted = await server.scripted("END")
        if scripted:
            return scripted
        self.received.append(message)
        return f"250 2.0.0 OK queued as {len(self.received)}"


class _Conversation(SMTP):
    """One connection, following the script of its server."""

    def __init__(self, script: MailServer, **settings: Any) -> None:
        super().__init__(script, **settings)
        self._script = script
        self._greeted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._script._live.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._script._live.discard(self)
        super().connection_lost(error)

    async def scripted(self, stage: str) -> str | None:
        """Wait, hang up, or say which reply to give; None: behave."""
        if stage in self._script.delays:
            await asyncio.sleep(self._script.delays[stage])
        if stage in self._script.drops:
            self.transport.abort()
            # Ends this connection's task, so that nothing is written any more.
            raise asyncio.CancelledError
        return self._script.replies.get(stage)

    async def push(self, status: Any) -> None:
        if not self._greeted:
            self._greeted = True
            scripted = await self.scripted("CONNECT")
            if scripted:
                await super().push(scripted)
                self.transport.close()
                raise asyncio.CancelledError
        await super().push(status)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        scripted = await self.scripted("DATA")
        if scripted:
            await self.push(scripted)
            return
        if "BODY" in self._script.drops:
            await self.push("354 Go ahead")
            await self.scripted("BODY")
        await super().smtp_DATA(arg)
