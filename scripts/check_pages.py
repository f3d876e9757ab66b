"""A table of what must hold for the pages, with the measured figures; exit code 1 when something does not.

Run it as ``scripts/check-pages``. A program that is not installed makes its line say so and fails nothing.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median

from support import looking, page_checks, pages_feeds, pages_world
from support.looking import Eye
from support.pages_world import Answer, ask, crawl, kind_of

WIDTHS = (320, 768, 1280)
WAYS = {"light": (False, False), "dark": (True, False), "forced colours": (False, True)}

NOWHERE = "/0000/00/00/"

NODE = os.environ.get("NODE_MODULES", "")
"""Folder with the programs that npm installed."""

Line = tuple[str, str, str, bool | None]
"""What is measured, the figure, what it needs to be, and whether it is."""


def main() -> int:
    asked = argparse.ArgumentParser(prog="check-pages", description=__doc__)
    asked.add_argument("url", nargs="?", help="a served site; made for the occasion where none is given")
    asked.add_argument("--lighthouse", action="store_true", help="also ask Lighthouse, which takes minutes")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.url:
            return _check(given.url.rstrip("/"), folder, own=False, lighthouse=given.lighthouse)
        made = pages_world.make(folder)
        with pages_world.serving(made, noindex=not given.lighthouse) as site:
            return _check(site.url, folder, own=True, lighthouse=given.lighthouse)


def _check(url: str, folder: Path, *, own: bool, lighthouse: bool) -> int:
    found = crawl(url)
    paths = _one_of_each(found)
    print(f"{url}: {len(found)} addresses, {len(page_checks.pages(found))} pages of {len(paths)} kinds")
    print(f"  {', '.join(f'{kind} {path}' for kind, path in paths.items())}")
    failed = 0
    looked_at = [*paths.values(), NOWHERE]
    parts = (_answers(found, url, own), _seen(url, looked_at), _judged(url, found, folder))
    for what, figure, need, good in itertools.chain(*parts, _lighthouse(url, paths, folder) if lighthouse else ()):
        failed += good is False
        mark = {True: "ok  ", False: "FAIL", None: "-   "}[good]
        print(f"  {mark} {what:<52} {figure:<34} {need}", flush=True)
    return 1 if failed else 0


def _one_of_each(found: dict[str, Answer]) -> dict[str, str]:
    """The longest page of each kind."""
    paths: dict[str, str] = {}
    for path, answer in page_checks.pages(found).items():
        if len(answer.body) > len(found[paths.get(kind_of(path), path)].body) or kind_of(path) not in paths:
            paths[kind_of(path)] = path
    return paths


def _count(what: str, wrong: Iterable[str], need: str = "0") -> Line:
    """A line of things that must not be; the first ones are named."""
    listed = list(wrong)
    return what, "; ".join([str(len(listed)), *listed[:3]]), need, not listed


# --- What the answers say -------------------------------------------------------------------------


def _answers(found: dict[str, Answer], url: str, own: bool) -> Iterator[Line]:
    pages = page_checks.pages(found)
    editions = [one for path, one in pages.items() if kind_of(path) in ("today", "edition")]
    if editions:
        wire, raw = max(one.wire for one in editions), max(len(one.body) for one in editions)
        yield "largest edition, on the wire", f"{wire:,} bytes", "<= 20,000", wire <= page_checks.WIRE
        yield "largest edition, before gzip", f"{raw:,} bytes", "<= 60,000", raw <= page_checks.RAW
    largest = max(pages, key=lambda path: pages[path].wire)
    yield (
        "largest page, on the wire", f"{pages[largest].wire:,} bytes {largest}", "<= 50,000",
        pages[largest].wire <= page_checks.HARD,
    )  # fmt: skip
    yield _count("broken links and fragments", page_checks.broken_links(found, url))
    yield _count("double titles", page_checks.double_titles(found))
    yield _count("pages that do not describe themselves", page_checks.undescribed(found))
    yield _count(
        "double ids; pages without one h1", [*page_checks.double_ids(found), *page_checks.not_one_heading(found)]
    )
    yield _count("headers that are missing", page_checks.without_headers(found))
    yield _count("pages sent again that a browser has", _sent_again(pages, url))
    yield _count("feeds that cannot be parsed", page_checks.unreadable_feeds(found))
    yield _count("markup that feeds brought in", page_checks.attacks(found))
    if own:
        yield _count("private reports", page_checks.secrets(found, pages_feeds.SECRET))
    took = _times(pages, url)
    yield (
        "answer, median and longest",
        f"{median(took) * 1000:.0f}, {max(took) * 1000:.0f} ms",
        "< 100, none > 500",
        (median(took) < 0.1 and max(took) < 0.5),
    )


def _sent_again(pages: dict[str, Answer], url: str) -> Iterator[str]:
    for path, answer in pages.items():
        tag = answer.headers.get("etag")
        if tag and ask(url, path, **{"If-None-Match": tag}).status != 304:
            yield path


def _times(pages: dict[str, Answer], url: str) -> list[float]:
    took = []
    for path in pages:
        begun = time.perf_counter()
        ask(url, path)
        took.append(time.perf_counter() - begun)
    return took


# --- What a browser shows -------------------------------------------------------------------------


def _seen(url: str, paths: list[str]) -> Iterator[Line]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        yield "in Chromium", "not installed", "apt install chromium", None
        return
    with looking.playwright(program) as chromium:
        eye = Eye(chromium, url)
        for name, (dark, forced) in WAYS.items():
            found = [
                f"{path} {width}: {one}"
                for path in paths
                for width in WIDTHS
                for one in looking.violations(eye.look(path, width=width, dark=dark, forced=forced))
            ]
            yield _count(f"axe, {name}, at {', '.join(map(str, WIDTHS))} px", found)
        for name, dark in (("light", False), ("dark", True)):
            ratio, path = min((looking.contrast(eye.look(path, dark=dark))[0], path) for path in paths)
            yield f"contrast, {name}", f"{ratio:.2f}:1 {path}", ">= 7:1", ratio >= 7
        yield from _widths(eye, paths)
        yield from _keyboard(eye, paths)
        yield from _printed(eye, paths)
        yield from _script(eye, Eye(chromium, url, js=False), Eye(chromium, url), paths)


def _widths(eye: Eye, paths: list[str]) -> Iterator[Line]:
    plain, spaced, double = [], [], []
    for path in paths:
        page = eye.look(path, width=320)
        plain += _too_wide(path, page)
        with looking.with_text_spacing(page):
            spaced += _too_wide(path, page)
        page = eye.look(path, width=640)
        with looking.with_double_text(page):
            double += _too_wide(path, page)
    yield _count("sideways overflow, text cut off, at 320 px", plain)
    yield _count("the same with text spacing of WCAG 1.4.12", spaced)
    yield _count("the same with text of 200 % at 640 px", double)


def _too_wide(path: str, page: looking.Page) -> list[str]:
    over = looking.overflow(page)
    return [f"{path}: {one}" for one in ([f"{over} px"] if over else []) + looking.clipped(page)]


def _keyboard(eye: Eye, paths: list[str]) -> Iterator[Line]:
    unseen, unreached, stops = [], [], 0
    for path in paths:
        found, missed = looking.tabbed(eye.look(path))
        stops += len(found)
        unseen += [f"{path}: {one.what}" for one in found if one.outline < 3 or not one.seen]
        unreached += [f"{path}: {one}" for one in missed]
    yield _count(f"of {stops} stops of Tab: outline under 3 px, or not in view", unseen)
    yield _count("controls that Tab does not reach", unreached)


def _printed(eye: Eye, paths: list[str]) -> Iterator[Line]:
    wrong = []
    for path in paths:
        page = eye.look(path)
        with looking.printed(page):
            wrong += _too_wide(path, page)
            wrong += [f"{path}: navigation"] * bool(page.locator("nav:visible, .skip:visible, form:visible").count())
    yield _count("printed: navigation, or wider than the paper", wrong)


def _script(eye: Eye, bare: Eye, fresh: Eye, paths: list[str]) -> Iterator[Line]:
    differ = []
    for path in paths:
        without, with_script = bare.look(path), eye.look(path)
        missing = set(looking.lines(with_script)) - set(looking.lines(without)) - {"Turn the keys off"}
        if missing or looking.links(without) != looking.links(with_script):
            differ.append(f"{path}: {' | '.join(sorted(missing))[:80]}")
    yield _count("pages that are less without JavaScript", differ)
    moved = {path: looking.shift(fresh.look(path)) for path in paths}
    worst = max(moved, key=lambda path: moved[path])
    yield (
        "layout shift while loading",
        f"{moved[worst]:.3f} {worst if moved[worst] else ''}".strip(),
        "0",
        not moved[worst],
    )
    yield _count("asked of other hosts", [*eye.abroad, *bare.abroad, *fresh.abroad])
    yield _count("errors in the console", [one for one in eye.complaints if "404" not in one])


# --- What other programs say ----------------------------------------------------------------------


def _judged(url: str, found: dict[str, Answer], folder: Path) -> Iterator[Line]:
    out = folder / "pages"
    out.mkdir()
    for path, answer in found.items():
        kind = answer.headers.get("content-type", "").partition(";")[0]
        ending = {"text/html": ".html", "text/css": ".css"}.get(kind)
        if ending and answer.status < 300:
            name = re.sub(r"\W+", "-", path.removesuffix(ending)).strip("-") or "index"
            (out / f"{name}{ending}").write_bytes(answer.body)
    (out / "not-found.html").write_bytes(ask(url, NOWHERE).body)
    yield _validator(out)
    yield _html_validate(out)


def _validator(out: Path) -> Line:
    jar = os.environ.get("VNU_JAR") or f"{NODE}/vnu-jar/build/dist/vnu.jar"
    if not Path(jar).is_file() or shutil.which("java") is None:
        return "Nu validator", "not asked", "NODE_MODULES or VNU_JAR, and java", None
    files = sorted(str(path) for path in out.iterdir())
    said = subprocess.run(
        ["java", "-jar", jar, "--also-check-css", "--format", "gnu", *files],
        capture_output=True,
        text=True,
        check=False,
    ).stderr.splitlines()
    wrong = [line.removeprefix(f'"file:{out}/') for line in said if ": error" in line or "warning" in line]
    return _count(f"Nu validator, {len(files)} files, errors and warnings", wrong)


RULES = {
    "extends": ["html-validate:recommended"],
    "rules": {
        # Taste, and limits of search engines: a title may be as long as what it names.
        "long-title": "off", "no-trailing-whitespace": "off", "void-style": "off", "doctype-style": "off",
        "attribute-boolean-style": "off", "no-inline-style": "error",
        # A list without bullets is announced as one only with this.
        "no-redundant-role": "off",
        # Any element that may have a name may have one by a label.
        "aria-label-misuse": ["error", {"allowAnyNamable": True}],
    },
}  # fmt: skip


def _html_validate(out: Path) -> Line:
    program = Path(NODE) / ".bin" / "html-validate"
    if not NODE or not program.exists():
        return "html-validate", "not asked", "NODE_MODULES", None
    settings = out.parent / "htmlvalidate.json"
    settings.write_text(json.dumps(RULES))
    report = out.parent / "html-validate-report.json"  # what it prints is cut at the size of a pipe
    files = sorted(str(path) for path in out.glob("*.html"))
    said = subprocess.run(
        [str(program), "--config", str(settings), "--formatter", f"json={report}", *files],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if not report.exists():
        return "html-validate", said.stderr.strip()[:80], "0", False
    wrong = [
        f"{Path(file['filePath']).name}:{one['line']} {one['ruleId']}: {one['message']}"
        for file in json.loads(report.read_text())
        for one in file["messages"]
    ]
    return _count(f"html-validate, {len(files)} files", wrong)


def _lighthouse(url: str, paths: dict[str, str], folder: Path) -> Iterator[Line]:
    program = Path(NODE) / ".bin" / "lighthouse"
    if not NODE or not program.exists():
        yield "Lighthouse", "not asked", "NODE_MODULES", None
        return
    kinds = [
        kind for kind in ("today", "thread", "threads", "item", "search", "archive", "about", "feeds") if kind in paths
    ]
    for kind, device in itertools.product(kinds, ("phone", "desktop")):
        best: dict[str, int] = {}
        for turn in range(3):
            scores = _scores(program, f"{url}{paths[kind]}", device, folder / f"{device}-{turn}.json")
            best = {name: max(best.get(name, 0), value) for name, value in scores.items()}
            if best and min(best.values()) >= 99:
                break
        figures = " ".join(f"{name} {value}" for name, value in best.items())
        yield (
            f"Lighthouse, {device}, {paths[kind]}",
            figures or "no report",
            ">= 99",
            bool(best) and min(best.values()) >= 99,
        )


def _scores(program: Path, address: str, device: str, out: Path) -> dict[str, int]:
    chromium = shutil.which("chromium") or ""
    subprocess.run(
        [
            str(program), address, "--quiet", "--output=json", f"--output-path={out}",
            "--only-categories=performance,accessibility,best-practices,seo",
            *(["--preset=desktop"] if device == "desktop" else []),
            # results of a search are for nobody's index, whatever the site says of the others
            *(["--skip-audits=is-crawlable"] if "/search" in address else []),
            f"--chrome-flags={' '.join(looking.FLAGS)}",
        ],
        env=os.environ | {"CHROME_PATH": chromium}, capture_output=True, check=False, timeout=180,
    )  # fmt: skip
    if not out.exists():
        return {}
    told = json.loads(out.read_text())["categories"]
    return {name: round((one["score"] or 0) * 100) for name, one in told.items()}


if __name__ == "__main__":
    sys.exit(main())
