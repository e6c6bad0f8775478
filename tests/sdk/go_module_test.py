#!/usr/bin/env python3
"""The Go module builds with Debian's Go, is formatted, vetted, and passes its own tests."""

from __future__ import annotations

import re
import shutil
import subprocess
import unittest

from go_tool import MODULE, go


class GoModule(unittest.TestCase):
    def test_passes_its_own_tests(self) -> None:
        ended = go("test", "./...")
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        self.assertIn("ok  \tcachewitness\t", ended.stdout)

    def test_is_vetted_and_formatted(self) -> None:
        self.assertEqual(go("vet", "./...").stderr, "")
        listed = subprocess.run([shutil.which("gofmt") or "gofmt", "-l", "."], cwd=MODULE, capture_output=True, text=True,
                                check=True)
        self.assertEqual(listed.stdout, "")

    def test_needs_the_standard_library_alone(self) -> None:
        imports = go("list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./...").stdout.split()
        self.assertTrue(imports)
        self.assertEqual([name for name in imports if not name.startswith("cachewitness")], [])
        self.assertNotRegex((MODULE / "go.mod").read_text(), re.compile("^require", re.M))


if __name__ == "__main__":
    unittest.main(verbosity=2)
