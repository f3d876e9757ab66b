"""What polls the same farm: this program, the floor, and the readers that are installed here.

Each is prepared in a folder of its own and then called as a whole command, the way its users call it from cron.
"""

from __future__ import annotations

import compileall
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from farm import Farm, configure

import digest

HERE = Path(__file__).parent
ADD = """
from reader import make_reader
reader = make_reader("reader.db")
for url in open("feeds"):
    reader.add_feed(url.strip())
"""


class Peer(Protocol):
    name: str
    untimed: int
    """Polls that it needs after its first one before it keeps validators."""

    def prepare(self, folder: Path, farm: Farm) -> None: ...

    def command(self, folder: Path) -> Sequence[str]: ...

    def items(self, folder: Path) -> int: ...

    def size(self, folder: Path) -> float:
        """MB on disk, without the index of a search."""
        ...


def count(database: Path, table: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def file_size(*paths: Path) -> float:
    return sum(path.stat().st_size for path in paths if path.exists()) / 1e6


@dataclass(frozen=True)
class Digest:
    name: str = "digest"
    untimed: int = 0
    python: str = sys.executable

    def prepare(self, folder: Path, farm: Farm) -> None:
        # As pip does it: the first command must not compile what it imports.
        compileall.compile_dir(Path(digest.__file__).parent, quiet=2)
        configure(folder, farm)

    def command(self, folder: Path) -> Sequence[str]:
        return self.python, "-m", "digest", "poll", "--force"

    def idle(self) -> Sequence[str]:
        """Asks nothing after a poll, since no feed is due."""
        return self.python, "-m", "digest", "poll"

    def items(self, folder: Path) -> int:
        return count(folder / "digest.db", "items")

    def size(self, folder: Path) -> float:
        return size_without_search(folder / "digest.db")


READING = "digest, read and stored only"


@dataclass(frozen=True)
class Reading(Digest):
    """This program without grouping and search, as the others are."""

    name: str = READING

    def command(self, folder: Path) -> Sequence[str]:
        return self.python, str(HERE / "reading.py")


def size_without_search(database: Path) -> float:
    """MB of all tables and indexes but those of the search; of the whole file where SQLite cannot tell them apart."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        try:
            [(size,)] = connection.execute("SELECT SUM(pgsize) FROM dbstat WHERE name NOT LIKE 'search%'")
        except sqlite3.OperationalError:
            return file_size(database)
    return float(size) / 1e6


@dataclass(frozen=True)
class Floor:
    name: str = "floor"
    untimed: int = 0

    def prepare(self, folder: Path, farm: Farm) -> None:
        (folder / "feeds").write_text("\n".join(farm.urls))

    def command(self, folder: Path) -> Sequence[str]:
        return sys.executable, str(HERE / "floor.py"), "floor.db", "feeds"

    def items(self, folder: Path) -> int:
        return count(folder / "floor.db", "items")

    def size(self, folder: Path) -> float:
        return file_size(folder / "floor.db")


@dataclass(frozen=True)
class Reader:
    """``reader`` of PyPI, through its command line, or through a script where that is not installed."""

    python: str
    has_command: bool
    name: str = "reader"
    untimed: int = 0

    def prepare(self, folder: Path, farm: Farm) -> None:
        (folder / "feeds").write_text("\n".join(farm.urls))
        subprocess.run([self.python, "-c", ADD], cwd=folder, check=True)

    def command(self, folder: Path) -> Sequence[str]:
        if self.has_command:
            return self.python, "-m", "reader", "--db", "reader.db", "update", "--workers", "20", "--no-scheduled"
        script = "from reader import make_reader; make_reader('reader.db').update_feeds(workers=20)"
        return self.python, "-c", script

    def items(self, folder: Path) -> int:
        return count(folder / "reader.db", "entries")

    def size(self, folder: Path) -> float:
        return file_size(folder / "reader.db", folder / "reader.db-wal")


@dataclass(frozen=True)
class Newsboat:
    name: str = "newsboat"
    untimed: int = 1

    def prepare(self, folder: Path, farm: Farm) -> None:
        (folder / "urls").write_text("\n".join(farm.urls))
        (folder / "config").write_text("reload-threads 8\n")

    def command(self, folder: Path) -> Sequence[str]:
        return "newsboat", "-r", "-q", "-u", "urls", "-c", "cache.db", "-C", "config", "-x", "reload"

    def items(self, folder: Path) -> int:
        return count(folder / "cache.db", "rss_item")

    def size(self, folder: Path) -> float:
        return file_size(folder / "cache.db")


@dataclass(frozen=True)
class Sfeed:
    name: str = "sfeed"
    untimed: int = 0

    def prepare(self, folder: Path, farm: Farm) -> None:
        listed = "\n".join(f"  feed feed{number} {url}" for number, url in enumerate(farm.urls))
        (folder / "sfeedrc").write_text(f'maxjobs=8\nsfeedpath="{folder}/items"\nfeeds() {{\n{listed}\n}}\n')

    def command(self, folder: Path) -> Sequence[str]:
        return "sfeed_update", "./sfeedrc"

    def items(self, folder: Path) -> int:
        return sum(path.read_bytes().count(b"\n") for path in (folder / "items").iterdir())

    def size(self, folder: Path) -> float:
        return file_size(*(folder / "items").iterdir())


def installed(reader: str | None) -> list[Peer]:
    """This program, the floor, and what there is of the others; ``reader`` is a Python that has it."""
    found: list[Peer] = [Digest(), Reading(), Floor()]
    python = reader or sys.executable
    if _answers(python, "import reader"):
        found.append(Reader(python, _answers(python, "import reader._cli")))
    if shutil.which("newsboat"):
        found.append(Newsboat())
    if shutil.which("sfeed_update"):
        found.append(Sfeed())
    return found


def _answers(python: str, code: str) -> bool:
    try:
        return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0
    except OSError:
        return False
