"""The benchmarks themselves: they run, and count what they say they count."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from measured import FailedError, run
from peers import Digest, Floor
from polls import COLD, DAY_2, IDLE, WARM, Results, play

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc, hosts are 127.0.1.0/24")

BURN = "import time\nwhile time.process_time() < 0.4: pass\n"


def test_the_time_of_a_child_that_was_killed_counts(tmp_path: Path) -> None:
    child = f"{BURN}print(flush=True)\ntime.sleep(60)"
    parent = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "child.kill()\n"
        "child.wait()\n"
    )
    assert run([sys.executable, "-c", parent], tmp_path).cpu >= 0.4


def test_memory_is_that_of_the_process_and_beside_it_that_of_all(tmp_path: Path) -> None:
    child = (
        "import time\nheld = bytearray(200_000_000)\nfor at in range(0, len(held), 4096): held[at] = 1\ntime.sleep(0.3)"
    )
    parent = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])"
    cost = run([sys.executable, "-c", parent], tmp_path)
    assert cost.memory < 100
    assert cost.together > 190


def test_a_command_that_fails_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="no such thing"):
        run([sys.executable, "-c", "raise SystemExit('no such thing')"], tmp_path)


def test_all_store_the_same_of_one_farm(tmp_path: Path) -> None:
    results = Results(play(5, 1, [Digest(), Floor()]))
    [[digest], [floor]] = results.of(5, DAY_2), results.of(5, DAY_2, "floor")
    assert digest.items == floor.items == results.of(5, COLD)[0].items + 5
    assert digest.not_modified == 0
    assert results.of(5, WARM)[0].not_modified == 5
    assert results.of(5, IDLE)[0].requests == 0
    assert len(results.table().splitlines()) == 2 + 2 * 3 + 1
