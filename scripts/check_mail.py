"""A table of what must hold for each mail, with the measured figure; exit code 1 when something does not.

Run it as ``scripts/check-mail``. A program that is not installed makes its line say so and fails nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from email.policy import default
from pathlib import Path

from support import caniemail, mails

VNU_NOISE = ("align", "width", "cellpadding", "cellspacing", "border")
"""Old attributes of tables, without which Word-based Outlook has no layout."""

LOCAL_PENALTIES_OFF = {"NO_RECEIVED", "NO_RELAYS"}
"""What every message that was never sent has."""

Line = tuple[str, str, str, bool | None]
"""What is measured, the figure, what it needs to be, and whether it is."""


def main(files: list[str]) -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, raw in _given(files) if files else _made(Path(folder)):
            print(f"\n{name}: {mails.parsed(raw)['Subject']}")
            for what, figure, need, good in [*_sizes(raw), *_contents(raw), *_seen(raw), *_judged(raw, Path(folder))]:
                failed += good is False
                mark = {True: "ok  ", False: "FAIL", None: "-   "}[good]
                print(f"  {mark} {what:<44} {figure:<28} {need}")
    return 1 if failed else 0


def _given(files: list[str]) -> Iterator[tuple[str, bytes]]:
    for file in files:
        raw = Path(file).read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if not all(mails.parsed(raw).get_body((kind,)) for kind in ("plain", "html")):
            sys.exit(f"{file}: no mail with a text part and an HTML part; `digest demo` writes some to its outbox")
        yield file, raw


def _made(folder: Path) -> Iterator[tuple[str, bytes]]:
    out = folder / "demo"
    digest = [sys.executable, "-m", "digest", "demo", "--out", str(out)]
    subprocess.run(digest, check=True, stdout=subprocess.DEVNULL)
    newest = max(_given([str(path) for path in (out / "outbox" / "new").iterdir()]), key=lambda one: _date(one[1]))
    yield "demo", newest[1]
    for edition in ("right-to-left", "nothing-new"):
        yield edition, mails.sent(mails.golden()[edition])
    yield "100 items, addresses of 150 characters", mails.sent(mails.a_full_day(100, address=150))
    yield "400 items, addresses of 150 characters", mails.sent(mails.a_full_day(400, address=150))


def _date(raw: bytes) -> str:
    return mails.parsed(raw)["Date"].datetime.isoformat()


# --- What the bytes say -------------------------------------------------------------------------


def _sizes(raw: bytes) -> Iterator[Line]:
    decoded, as_sent = mails.html_sizes(raw)
    yield "HTML, decoded", f"{decoded:,} bytes", "<= 95,000", decoded <= 95_000
    yield "HTML, as sent", f"{as_sent:,} bytes", "<= 100,000", as_sent <= 100_000
    yield "whole message", f"{len(raw):,} bytes", "", None
    longest = mails.longest_line(raw)
    yield "longest line", f"{longest}", "<= 998", longest <= 998
    head = raw.partition(b"\r\n\r\n")[0]
    yield "headers are ASCII", f"{head.isascii()}", "", head.isascii()
    urls = re.findall(
        rb"^(?:List-Unsubscribe|Archived-At|List-Id|Message-ID):.*=\?", head, re.MULTILINE | re.IGNORECASE
    )
    yield "addresses in headers encoded", f"{len(urls)}", "0", not urls


def _contents(raw: bytes) -> Iterator[Line]:
    html = mails.body(raw, "html")
    unknown = caniemail.unknown(html)
    yield "unknown to one of 12 mail programs", ", ".join(unknown) or "0", "0 (caniemail)", not unknown
    for what, found in (
        ("fetched when opened", mails.fetched(raw)),
        ("tracking parameters", mails.tracking(raw)),
    ):
        yield what, f"{len(found)}", "0", not found
    hidden = mails.hidden_text(raw)
    yield "hidden text", f"{hidden} characters", "<= 200", hidden <= 200
    links, words = mails.share_of_links(raw), mails.share_of_words(raw)
    yield "links of the HTML part in the text part", f"{links:.1%}", ">= 95 %", links >= 0.95
    yield "words of the HTML part in the text part", f"{words:.1%}", ">= 90 %", words >= 0.9
    defects = [part.defects for part in mails.parsed(raw).walk() if part.defects]
    again = mails.parsed(mails.parsed(raw).as_bytes(policy=default))
    same = not defects and again.get_body(("html",)).get_content() == mails.body(raw, "html")
    yield "parse, write, parse", "same, 0 defects" if same else f"differs, {len(defects)} defects", "", same


# --- What a browser shows -----------------------------------------------------------------------


def _seen(raw: bytes) -> Iterator[Line]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        yield "in Chromium", "not installed", "apt install chromium", None
        return
    from support import browser

    html = mails.body(raw, "html")
    bare = re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
    with browser.windows(chromium) as opening:
        window = opening()
        for scheme, dark in (("light", False), ("dark", True)):
            page = window.show(html, dark=dark)
            ratio = browser.contrast(page)[0]
            yield f"contrast, {scheme}", f"{ratio:.2f}:1", ">= 7:1", ratio >= 7
            ratio = browser.contrast(window.show(bare, dark=dark))[0]
            yield f"contrast, {scheme}, style block dropped", f"{ratio:.2f}:1", ">= 7:1", ratio >= 7
            found = browser.violations(window.show(html, dark=dark))
            yield f"axe, {scheme}", f"{len(found)} {'; '.join(found)}".strip(), "0", not found
        over = browser.overflow(window.show(html, width=320))
        yield "sideways overflow at 320 px", f"{over} px", "0", over == 0
        yield "asked for on opening", f"{len(window.asked)}", "0", not window.asked
        forced = opening(browser.FORCED_DARK, scale=3)
        ratio = browser.painted_contrast(forced.show(html), opening().page)[0]
        yield "contrast, darkened by force", f"{ratio:.2f}:1", ">= 7:1", ratio >= 7


# --- What other programs say --------------------------------------------------------------------


def _judged(raw: bytes, folder: Path) -> Iterator[Line]:
    yield _spamassassin(raw)
    yield _validator(raw, folder)


def _spamassassin(raw: bytes) -> Line:
    program = shutil.which("spamassassin")
    if program is None:
        return "SpamAssassin", "not installed", "apt install spamassassin", None
    report = subprocess.run([program, "-L", "-t"], input=raw, capture_output=True, check=True).stdout.decode()
    # from "Content analysis details:" on: "pts rule name description"
    rules = re.findall(r"^\s*(-?\d+\.\d+) (\w+)", report.rpartition("Content analysis details")[2], re.MULTILINE)
    bad = {rule: float(points) for points, rule in rules if float(points) > 0 and rule not in LOCAL_PENALTIES_OFF}
    said = f"{sum(bad.values()):.1f} {' '.join(bad)}".strip()
    return "SpamAssassin -L, penalties alone", said, "<= 0.5", sum(bad.values()) <= 0.5


def _validator(raw: bytes, folder: Path) -> Line:
    jar = os.environ.get("VNU_JAR")
    if jar is None or shutil.which("java") is None:
        return "Nu validator", "not asked", "VNU_JAR=.../vnu.jar and java", None
    page = folder / "mail.html"
    page.write_text(mails.body(raw, "html"), encoding="utf-8")
    said = subprocess.run(
        ["java", "-jar", jar, "--also-check-css", "--format", "gnu", str(page)],
        capture_output=True,
        text=True,
        check=False,
    ).stderr
    errors = [line for line in said.splitlines() if ": error:" in line and not _old_table(line)]
    return (
        "Nu validator, but for old table attributes",
        f"{len(errors)} {'; '.join(errors[:2])}".strip(),
        "0 errors",
        not errors,
    )


def _old_table(line: str) -> bool:
    return any(f"The “{name}” attribute" in line for name in VNU_NOISE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
