#!/usr/bin/env python3
"""Every shipped skill is well formed by the reference validator of Agent Skills, as npm has it, and by our own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SKILLS = Path(__file__).resolve().parents[2] / "skills"
BINARY = os.environ["CACHEWITNESS_BINARY"]
PACKAGE = "skills-ref@0.1.5"
SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def skill_folders() -> list[Path]:
    return sorted(path.parent for path in SKILLS.glob("*/SKILL.md"))


class ReferenceValidator(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.tools = tempfile.TemporaryDirectory(prefix="cachewitness-npm-")
        cls.addClassCleanup(cls.tools.cleanup)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", cls.tools.name, PACKAGE],
                       check=True, capture_output=True, timeout=240)
        cls.validator = Path(cls.tools.name, "node_modules/.bin/skills-ref")

    def validate(self, folder: Path) -> subprocess.CompletedProcess:
        return subprocess.run([self.validator, "validate", str(folder)], capture_output=True, text=True, timeout=60,
                              check=False)

    def test_takes_every_skill(self) -> None:
        self.assertEqual(len(skill_folders()), 5)
        for folder in skill_folders():
            with self.subTest(folder.name):
                self.assertEqual(self.validate(folder).returncode, 0)

    def test_would_refuse_a_skill_with_a_fault(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name, "parity-check")
            shutil.copytree(SKILLS / "parity-check", folder)
            text = (folder / "SKILL.md").read_text(encoding="utf-8")
            (folder / "SKILL.md").write_text(text.replace("license:", "licence:"), encoding="utf-8")
            self.assertNotEqual(self.validate(folder).returncode, 0)


class OwnValidator(unittest.TestCase):
    def test_takes_every_skill(self) -> None:
        checked = subprocess.run([BINARY, "skill", "check", *map(str, skill_folders())], capture_output=True, text=True,
                                 timeout=60, check=False)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""), checked.stdout)


if __name__ == "__main__":
    if not shutil.which("npm"):
        print("SKIPPED: npm is not installed, so the reference validator was not asked", file=sys.stderr)
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
