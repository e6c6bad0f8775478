"""The program under test as its users run it: argv in, exit code and both streams out."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

BINARY = os.environ.get("CACHEWITNESS_BINARY", "")
HAS_HTTP3 = os.environ.get("CACHEWITNESS_HTTP3") == "1"
# Long enough for a build with sanitizers on a busy machine; a hang is a failure, not a wait.
DEADLINE_S = 120


@dataclass(frozen=True)
class Outcome:
    """How one run ended."""

    code: int
    out: str
    err: str


class ProgramTest(unittest.TestCase):
    """A folder of its own for every test, and the program in it."""

    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cachewitness-test-")
        self.folder = Path(self._folder.name)
        self.addCleanup(self._folder.cleanup)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def run_program(self, *arguments: str, environment: dict[str, str] | None = None) -> Outcome:
        clean = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        clean.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
        clean.update(environment or {})
        ended = subprocess.run([BINARY, *arguments], cwd=self.folder, env=clean, capture_output=True, text=True,
                               stdin=subprocess.DEVNULL, timeout=DEADLINE_S, errors="replace")
        return Outcome(ended.returncode, ended.stdout, ended.stderr)

    def wait_until(self, is_so: Callable[[], object], otherwise: str) -> None:
        """For what another process does; says `otherwise` where it never comes."""
        deadline = time.monotonic() + DEADLINE_S / 2
        while not is_so():
            self.assertLess(time.monotonic(), deadline, otherwise)
            time.sleep(0.01)


def main() -> None:
    if not BINARY:
        sys.exit("set CACHEWITNESS_BINARY")
    unittest.main(verbosity=2)
