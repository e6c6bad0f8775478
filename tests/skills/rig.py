"""What the tests of skills share: a lab that is called production, with a Go service as its purge driver, and the blocks of
a SKILL.md."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/cli"), str(ROOT / "tests/sdk")]

import go_tool  # noqa: E402
from lab import Lab  # noqa: E402
from program import BINARY, DEADLINE_S, Outcome, ProgramTest, main  # noqa: E402

SKILLS = ROOT / "skills"
BLOCK = re.compile(r"^( *)```sh\n(.*?)^ *```$", re.S | re.M)


def blocks(skill: str) -> list[str]:
    """The shell blocks of a skill's part for people, in order."""
    text = (SKILLS / skill / "SKILL.md").read_text(encoding="utf-8")
    by_hand = text[re.search(r"^## Steps", text, re.M).start():]
    return [re.sub(rf"^{indent}", "", block, flags=re.M) for indent, block in BLOCK.findall(by_hand)]


class SkillTest(ProgramTest):
    """A folder with shop.yaml in it, and `cachewitness` and `python3` on PATH."""

    lab_arguments = ["--tenants", "5", "--regions", "2", "--edges-per-region", "2"]

    @classmethod
    def setUpClass(cls) -> None:
        cls.programs = tempfile.TemporaryDirectory(prefix="cachewitness-skills-")
        cls.addClassCleanup(cls.programs.cleanup)
        cls.bin = Path(cls.programs.name)
        go_tool.build("./examples/purge-service", cls.bin / "purge-service")
        (cls.bin / "cachewitness").symlink_to(BINARY)

    def setUp(self) -> None:
        super().setUp()
        self.lab = Lab(self.folder, *self.lab_arguments)
        self.addCleanup(self.lab.close)
        self.write("caches.json", json.dumps({"caches": self.lab.caches}))
        text = self.lab.add_purge(f"{{provider: driver, run: [{self.bin}/purge-service, driver, caches.json], kinds: url}}")
        self.manifest_text = text.replace("  lab:\n", "  production:\n")
        self.write("shop.yaml", self.manifest_text)

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": f"{self.bin}:{os.environ['PATH']}", "LANG": "C.UTF-8", "HOME": str(self.folder)}

    def paste(self, block: str, *, folder: Path | None = None) -> Outcome:
        """A block of the document, as somebody pastes it."""
        ended = subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=folder or self.folder, env=self.environment,
                               capture_output=True, text=True, timeout=DEADLINE_S, stdin=subprocess.DEVNULL, check=False)
        return Outcome(ended.returncode, ended.stdout, ended.stderr)

    def report(self, name: str = "report.json") -> dict:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))
