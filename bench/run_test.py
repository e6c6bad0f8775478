#!/usr/bin/env python3
"""bench/run measures what it says, says what it cannot measure, and takes no wrong run for a fast one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD = Path(os.environ["CACHEWITNESS_BUILD"])
RUN = Path(__file__).resolve().parent / "run"
DEADLINE_S = 100

# Takes the binary's place: does what it does, and then says that a cell was stale.
LIAR = """#!{python}
import json, subprocess, sys
ended = subprocess.run([{binary!r}, *sys.argv[1:]])
if "--report" in sys.argv:
    name = sys.argv[sys.argv.index("--report") + 1]
    report = json.load(open(name))
    report["summary"]["cells"]["fresh"] -= 1
    json.dump(report, open(name, "w"))
sys.exit(ended.returncode)
"""


class RunTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="cachewitness-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_bench(self, *arguments: str) -> tuple[int, str]:
        ended = subprocess.run([sys.executable, "-B", RUN, *arguments], capture_output=True, text=True,
                               timeout=DEADLINE_S, env={**os.environ, "TMPDIR": str(self.folder)})
        return ended.returncode, ended.stdout + ended.stderr

    def test_quick_h1(self) -> None:
        results = self.folder / "results.json"
        code, said = self.run_bench("--quick", "--build", str(BUILD), "--json", str(results), "h1")
        self.assertEqual(code, 0, said)
        case = json.loads(results.read_text())["cases"]["h1"]
        ours = case["clients"]["cachewitness"]
        self.assertGreater(ours["requests"], 4000)
        self.assertGreater(ours["cpu_us"], case["floor_before_us"])
        self.assertEqual(case["ratios"].keys(), case["clients"].keys() - {"cachewitness"})
        self.assertEqual(list(self.folder.glob("cachewitness-bench-*")), [])

    def test_a_run_that_was_not_right_does_not_count(self) -> None:
        (self.folder / "bench").mkdir()
        for name in ("responder", "floor"):
            (self.folder / "bench" / name).symlink_to(BUILD / "bench" / name)
        liar = self.folder / "cachewitness"
        liar.write_text(LIAR.format(python=sys.executable, binary=str(BUILD / "cachewitness")))
        liar.chmod(0o755)
        code, said = self.run_bench("--quick", "--build", str(self.folder), "floor")
        self.assertEqual(code, 1, said)
        self.assertIn("WRONG: ", said)

    def test_a_build_that_is_not_there(self) -> None:
        code, said = self.run_bench("--quick", "--build", str(self.folder), "floor")
        self.assertEqual(code, 0, said)
        self.assertIn("NOT MEASURED: ", said)
        self.assertIn("is not built", said)

    def test_a_case_that_there_is_not(self) -> None:
        code, said = self.run_bench("h7")
        self.assertEqual(code, 2)
        self.assertIn("no such case: h7", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
