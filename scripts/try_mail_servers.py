#!/usr/bin/env python3
"""Sends an edition through a real Postfix, by every way there is, and reads it back; for a Debian machine, as root.

    apt-get install --no-install-recommends postfix dovecot-core dovecot-lmtpd dovecot-imapd msmtp
    .venv/bin/python scripts/try_mail_servers.py

Postfix and Dovecot run from a temporary folder, on loopback and high ports, as children of this script; what the
machine has configured stays as it is. Half of the mails end in a maildir, half go over LMTP into Dovecot and come back
over IMAP. Exit code 0 when each arrived, once, with the headers and the body that were sent.
"""

from __future__ import annotations

import email
import email.policy
import imaplib
import os
import pwd
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "tests"))

from support.prepared import Prepared  # noqa: E402

from digest.pipeline.sending import as_bytes  # noqa: E402

TO = ("reader@home.example", "reader@imap.example")
PASSWORD = "not-a-secret"
NEEDED = {"postfix": "postfix", "dovecot": "dovecot-core", "msmtp": "msmtp", "openssl": "openssl"}
TITLES = (
    "افتتاح مكتبة جديدة في وسط المدينة",
    ". a headline that begins with a dot",
    "From the hills: a long headline with Ümläuts " + "and more words " * 20,
)
HEADERS = (
    "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "List-Id", "List-Unsubscribe", "Auto-Submitted",
    "Precedence", "Content-Type",
)  # fmt: skip

MAIN_CF = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
myhostname = mail.home.example
mydestination =
alias_maps =
alias_database =
virtual_mailbox_domains = home.example
virtual_mailbox_maps = static:reader/
virtual_mailbox_base = {folder}/boxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
relay_domains = imap.example
transport_maps = inline:{{ imap.example=lmtp:inet:127.0.0.1:2424 }}
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_tls_security_level = encrypt
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:2490
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
"""

MASTER_CF = """
127.0.0.1:2525 inet n - n - - smtpd
127.0.0.1:2465 inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

DOVECOT_CONF = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
mail_location = maildir:{folder}/boxes/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/boxes/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 1143
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = 2424
  }}
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = 2490
  }}
}}
"""


@contextmanager
def servers(folder: Path) -> Iterator[None]:
    """Postfix and Dovecot, from entry to exit."""
    owner = pwd.getpwnam("nobody")
    for name in ("spool", "data", "boxes", "run"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    os.chown(folder / "boxes", owner.pw_uid, owner.pw_gid)
    facts = {"folder": folder, "uid": owner.pw_uid, "gid": owner.pw_gid, "password": PASSWORD}
    for name, text in (("main.cf", MAIN_CF), ("master.cf", MASTER_CF), ("dovecot.conf", DOVECOT_CONF)):
        (folder / name).write_text(text.format(**facts))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    with (folder / "out").open("wb") as out:
        dovecot = subprocess.Popen(["dovecot", "-F", "-c", str(folder / "dovecot.conf")], stdout=out, stderr=out)
        postfix = subprocess.Popen(["postfix", "-c", str(folder), "start-fg"], stdout=out, stderr=out)
        try:
            time.sleep(3)
            yield
        finally:
            dovecot.terminate()
            subprocess.run(["postfix", "-c", str(folder), "stop"], check=False, stdout=out, stderr=out)
            dovecot.wait(20)
            postfix.wait(20)


def transports(folder: Path) -> dict[str, str]:
    login = f'host = "localhost"\nusername = "me"\npassword_file = "{folder}/password"\n'
    return {
        "starttls": f'type = "smtp"\nport = 2525\nsecurity = "starttls"\n{login}',
        "tls": f'type = "smtp"\nport = 2465\nsecurity = "tls"\n{login}',
        "sendmail": 'type = "sendmail"',
        "msmtp": f'type = "command"\ncommand = ["msmtp", "--file={folder}/msmtprc", "-f", "{{sender}}", "--", '
        '"{recipient}"]',
    }


def arrived(folder: Path) -> list[tuple[str, bytes]]:
    """(where it was, the message) of all that is there by now."""
    found = [("maildir", path.read_bytes()) for path in folder.glob("boxes/reader/new/*")]
    box = imaplib.IMAP4("localhost", 1143)
    box.starttls(ssl.create_default_context(cafile=folder / "cert.pem"))
    box.login(TO[1], PASSWORD)
    box.select()
    for number in box.search(None, "ALL")[1][0].split():
        found.append(("imap", box.fetch(number, "(RFC822)")[1][0][1]))
    box.logout()
    return found


def differences(given: bytes, got: bytes) -> list[str]:
    """What is not as it was sent; line ends and the last empty lines are each server's own."""
    one, other = (email.message_from_bytes(raw, policy=email.policy.default) for raw in (given, got))
    found = [name for name in HEADERS if str(one[name]) != str(other[name])]
    bodies = [raw.replace(b"\r\n", b"\n").split(b"\n\n", 1)[1].rstrip(b"\n") for raw in (given, got)]
    found += ["body"] if bodies[0] != bodies[1] else []
    return found + [repr(defect) for part in other.walk() for defect in part.defects]


def main() -> int:
    missing = [package for name, package in NEEDED.items() if shutil.which(name) is None]
    if missing or os.geteuid():
        print(f"needs root, and these packages: {' '.join(missing) or '(all there)'}", file=sys.stderr)
        return 2
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mail-servers-")))
        folder.chmod(0o755)
        (folder / "password").write_text(PASSWORD)
        (folder / "msmtprc").write_text(
            f"defaults\ntls on\ntls_trust_file {folder}/cert.pem\nauth on\naccount home\nhost localhost\nport 2525\n"
            f'user me\npasswordeval "cat {folder}/password"\naccount default : home\n'
        )
        (folder / "msmtprc").chmod(0o600)
        os.environ |= {"SSL_CERT_FILE": str(folder / "cert.pem"), "MAIL_CONFIG": str(folder)}
        stack.enter_context(servers(folder))
        (folder / "digest").mkdir()
        ways = transports(folder)
        ready = Prepared(folder / "digest", to=TO, deliver=tuple(ways), transports=ways)
        with ready.store() as store:
            ready.items(store, *TITLES)
        code, out, err = ready.run("send", "--now", f"{ready.now:%Y-%m-%dT%H:%M:%SZ}")
        print(out, err, sep="")
        with ready.store() as store:
            edition = store.editions.get(1)
            sender = ready.settings.digests["daily"].sender
            sent = {one.message_id: (one, as_bytes(edition, one, sender)) for one in store.deliveries.of(1)}
        for _ in range(60):
            if len(found := arrived(folder)) >= len(sent):
                break
            time.sleep(0.5)
        wrong = code
        for box, raw in found:
            key = str(email.message_from_bytes(raw, policy=email.policy.default)["Message-ID"]).strip()
            delivery, given = sent.pop(key)
            found_wrong = differences(given, raw)
            wrong += len(found_wrong)
            print(f"{delivery.transport:9} {delivery.recipient:20} {box:8} {found_wrong or 'the same'}")
        for delivery, _ in sent.values():
            print(f"{delivery.transport:9} {delivery.recipient:20} did not arrive")
        return 1 if wrong or sent else 0


if __name__ == "__main__":
    sys.exit(main())
