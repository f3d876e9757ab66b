"""scripts/digest before and after its first use, with a Python that only plays its part."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PYTHON = """#!/bin/sh
# Plays a Python: {version} decides what it can do; writes down what it is asked for.
echo "$@" >>"{log}"
case "$*" in
    *"sys.exit(sys.version_info"*) {new} ;;
    *"import venv, ensurepip"*) {venv} ;;
    *python%d*) echo python3.11-venv ;;
    "-m venv"*)
        mkdir -p "$4/bin"
        cp "$0" "$4/bin/python"
        printf '#!/bin/sh\\necho "pip 99 from %s/lib"\\n' "$4" >"$4/bin/pip"
        printf '#!/bin/sh\\necho "$PWD" "$@"\\n' >"$4/bin/digest"
        chmod +x "$4/bin/"* ;;
    *"--editable"*) {install} ;;
esac
"""


class Checkout:
    """A folder with the scripts, and a PATH on which every Python is a played one."""

    def __init__(self, folder: Path, **abilities: str) -> None:
        self.top = folder / "a checkout"
        shutil.copytree(TOP / "scripts", self.top / "scripts")
        (self.top / "pyproject.toml").write_text("one")
        (self.top / "constraints.txt").write_text("two")
        self.log = folder / "asked"
        self.bin = folder / "bin"
        self.bin.mkdir()
        for tool in ("sh", "cat", "cksum", "dirname", "readlink", "mkdir", "cp", "chmod"):
            (self.bin / tool).symlink_to(str(shutil.which(tool)))
        self.python(**abilities)

    def python(self, **abilities: str) -> None:
        can = {"version": "it", "new": "exit 0", "venv": "exit 0", "install": "exit 0", **abilities}
        for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
            path = self.bin / name
            path.write_text(PYTHON.format(log=self.log, **can))
            path.chmod(0o755)

    def digest(self, *arguments: str, at: Path | None = None, script: Path | None = None):
        return subprocess.run(
            [script or self.top / "scripts" / "digest", *arguments],
            cwd=at or self.top,
            env={"PATH": str(self.bin)},
            capture_output=True,
            text=True,
            timeout=30,
        )

    @property
    def installs(self) -> int:
        return self.log.read_text().count("--editable")


def test_the_first_use_installs_and_says_so_the_next_is_quick(tmp_path):
    checkout = Checkout(tmp_path)
    first = checkout.digest("demo", "--out", "a b")
    assert first.stdout.strip().endswith("demo --out a b")
    assert first.stderr.count("\n") == 1
    assert "takes a minute" in first.stderr
    start = time.perf_counter()
    second = checkout.digest("demo")
    assert time.perf_counter() - start < 0.5
    assert second.stderr == ""
    assert checkout.installs == 1


@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt"])
def test_a_changed_requirement_installs_again(tmp_path, changed):
    checkout = Checkout(tmp_path)
    checkout.digest()
    (checkout.top / changed).write_text("another")
    checkout.digest()
    checkout.digest()
    assert checkout.installs == 2


def test_it_runs_in_the_callers_folder_through_any_link(tmp_path):
    checkout = Checkout(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "first").symlink_to(os.path.relpath(checkout.top / "scripts" / "digest", tmp_path))
    (elsewhere / "second").symlink_to("../first")
    checkout.digest()
    run = checkout.digest("run", at=elsewhere, script=elsewhere / "second")
    assert run.stdout.strip() == f"{elsewhere} run"


def test_an_interrupted_installation_is_taken_up_again(tmp_path):
    checkout = Checkout(tmp_path, install="exit 1")
    failed = checkout.digest()
    assert failed.returncode == 2
    assert "pip could not install" in failed.stderr
    checkout.python()
    shutil.copy(checkout.bin / "python3", checkout.top / ".venv" / "bin" / "python")
    assert checkout.digest("run").returncode == 0
    assert checkout.installs == 2


@pytest.mark.parametrize("harm", ["half made", "moved"])
def test_a_useless_environment_is_made_anew(tmp_path, harm):
    checkout = Checkout(tmp_path)
    checkout.digest()
    if harm == "moved":
        checkout.top = checkout.top.rename(tmp_path / "moved")
    else:
        (checkout.top / ".venv" / "bin" / "python").unlink()
        (checkout.top / ".venv" / "bin" / "pip").unlink()
    assert checkout.digest("run").returncode == 0
    assert checkout.log.read_text().count("-m venv --clear") == 2


def test_a_missing_venv_module_names_its_package(tmp_path):
    run = Checkout(tmp_path, venv="exit 1").digest("demo")
    assert run.returncode == 2
    assert "sudo apt install python3-venv (or python3.11-venv)" in run.stderr


def test_a_python_that_is_too_old_is_told(tmp_path):
    run = Checkout(tmp_path, new="exit 1").digest("demo")
    assert run.returncode == 2
    assert "Python 3.11 or newer is needed" in run.stderr


def test_a_newer_python_beside_an_old_one_is_found(tmp_path):
    checkout = Checkout(tmp_path, new='case "$0" in *python3.13|*bin/python) exit 0 ;; *) exit 1 ;; esac')
    assert checkout.digest("demo").returncode == 0
