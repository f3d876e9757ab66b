"""What a run or a poll brings in can be searched afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.feedserver import FeedServer
from support.world import World, item


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer() as server:
        made = World(tmp_path, server)
        made.feed("alpha", item("Dam breaks above Vellmoor"), item("北朝鮮がロシアへ兵器を輸出"))
        made.configure()
        yield made


def test_a_run_can_be_searched(world: World) -> None:
    assert world.digest("run").code == 0
    found = world.digest("search", "vellmoor")
    assert (found.code, found.err) == (0, "")
    assert "Dam breaks above Vellmoor" in found.out
    assert "北朝鮮" in world.digest("search", "兵器").out


def test_what_was_edited_is_found_by_its_new_words(world: World) -> None:
    world.digest("run")
    world.feed("alpha", item("Dam holds above Vellmoor", key="Dam-breaks-above-Vellmoor".lower()))
    assert world.digest("poll", "--force").code == 0
    assert "Dam holds" in world.digest("search", "holds").out
    assert world.digest("search", "breaks").code == 1


def test_a_broken_index_keeps_no_poll_from_its_items(world: World) -> None:
    world.digest("run")
    connection = sqlite3.connect(world.folder / "digest.db")
    connection.executescript("UPDATE search_data SET block = X'00'")
    connection.close()
    world.feed("alpha", item("Ferry runs aground"))
    assert world.digest("poll", "--force").code == 0
    assert world.rows("SELECT COUNT(*) FROM items") == [(3,)]
    assert world.digest("poll", "--force").code == 0
    assert "Ferry" in world.digest("search", "ferry").out
    assert "Dam" in world.digest("search", "dam").out
