"""The go command as these tests run it: nothing is fetched, and the cache is kept in the build tree."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "sdk/go/cachewitness"
DEADLINE_S = 500


def go(*arguments: str, folder: Path = MODULE) -> subprocess.CompletedProcess:
    """Raises AssertionError where go is missing."""
    program = shutil.which("go")
    assert program, "go is not installed; scripts/deps test installs it"
    environment = dict(os.environ, GOPROXY="off", GOFLAGS="-mod=mod", CGO_ENABLED="0")
    environment.setdefault("GOCACHE", "/tmp/cachewitness-go-cache")
    return subprocess.run([program, *arguments], cwd=folder, env=environment, capture_output=True, text=True,
                          timeout=DEADLINE_S, check=False)


def build(package: str, to: Path, folder: Path = MODULE) -> Path:
    """One program."""
    ended = go("build", "-o", str(to), package, folder=folder)
    assert ended.returncode == 0, ended.stderr
    return to
