#!/usr/bin/env python3
"""examples/library, built against an installed tree with nothing else of ours in sight, gates a deployment of the lab."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

SOURCE = Path(os.environ["CACHEWITNESS_SOURCE"])
sys.path.insert(0, str(SOURCE / "tests/cli"))

from lab import Lab  # noqa: E402
from program import DEADLINE_S, ProgramTest, main  # noqa: E402

CMAKE = os.environ["CACHEWITNESS_CMAKE"]
SANITIZE = os.environ.get("CACHEWITNESS_SANITIZE", "")


def run(*argv: str, **more) -> subprocess.CompletedProcess:
    return subprocess.run(argv, capture_output=True, text=True, timeout=DEADLINE_S, check=True, **more)


class InstalledLibrary(ProgramTest):
    """One installation and one build serve every test."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.trees = tempfile.TemporaryDirectory(prefix="cachewitness-installed-")
        cls.addClassCleanup(cls.trees.cleanup)
        cls.prefix = Path(cls.trees.name, "prefix")
        cls.build = Path(cls.trees.name, "build")
        run(CMAKE, "--install", os.environ["CACHEWITNESS_BUILD"], "--prefix", str(cls.prefix))
        flags = f"-fsanitize={SANITIZE}" if SANITIZE else ""
        run(CMAKE, "-S", str(SOURCE / "examples/library"), "-B", str(cls.build), "-G", "Ninja",
            f"-DCMAKE_PREFIX_PATH={cls.prefix}", f"-DCMAKE_CXX_COMPILER={os.environ['CACHEWITNESS_CXX']}",
            f"-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Werror {flags}")
        run(CMAKE, "--build", str(cls.build))
        cls.library = next(cls.prefix.glob("lib*/**/libcachewitness.so"))

    def gate(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([self.build / "deploy-gate", *arguments], cwd=self.folder, capture_output=True, text=True,
                              timeout=DEADLINE_S, check=False)

    def test_gates_a_deployment(self) -> None:
        lab = Lab(self.folder, "--tenants", "5", "--regions", "2", "--edges-per-region", "2")
        self.addCleanup(lab.close)
        lab.plant("node-not-purged", "us-east-2", "tenant-xyz")
        before = self.gate("cachewitness.yaml", str(time.time()), "before.jsonl")
        self.assertEqual((before.returncode, before.stdout), (0, "SUCCESS - 5/5 tenants verified.\n"), before)
        lab.deploy(2)
        purged_at = f"{time.time():.3f}"
        lab.purge_everything()
        after = self.gate("cachewitness.yaml", purged_at, "after.jsonl")
        self.assertEqual(after.returncode, 1, after)
        # Without a baseline nobody knows what it is that the edge kept.
        self.assertIn("stale unknown-version us-east-2 tenant-xyz\n", after.stdout)
        self.assertIn("PARTIAL_SUCCESS - 4/5 tenants verified. Flagged 1 for retry.\n", after.stdout)
        self.assertEqual(self.gate("cachewitness.yaml", purged_at, "one.jsonl", "tenant-abc").returncode, 0)
        self.assertEqual(self.run_program("judge", "after.jsonl", "-q").out, after.stdout.splitlines()[-1] + "\n")

    def test_says_what_is_wrong_with_a_manifest(self) -> None:
        self.write("bad.yaml", "version: 1\ntenant: [a]\n")
        ended = self.gate("bad.yaml", "1", "evidence.jsonl")
        self.assertEqual(ended.returncode, 2)
        self.assertIn("deploy-gate: bad.yaml:2:1: ", ended.stderr)

    def test_ends_in_good_order_where_it_is_interrupted(self) -> None:
        lab = Lab(self.folder, "--tenants", "5", "--regions", "1", "--edges-per-region", "2")
        self.addCleanup(lab.close)
        for edge in lab.edges:
            lab.plant("hang-mid-head", edge["name"])
        child = subprocess.Popen([self.build / "deploy-gate", "cachewitness.yaml", "1", "evidence.jsonl"], cwd=self.folder,
                                 stdout=subprocess.PIPE, text=True)
        deadline = time.monotonic() + DEADLINE_S
        evidence = self.folder / "evidence.jsonl"
        while not (evidence.exists() and '"type":"origin"' in evidence.read_text()) and time.monotonic() < deadline:
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=DEADLINE_S)
        self.assertEqual(child.returncode, 130)
        self.assertIn("the run was cut short (interrupted)", out)

    def test_shows_no_symbol_but_its_own(self) -> None:
        symbols = run("nm", "-D", "--defined-only", "-C", str(self.library)).stdout.splitlines()
        shown = [line.split(" ", 2)[2] for line in symbols if " A " not in line]
        self.assertTrue(shown)
        strangers = [name for name in shown if "cachewitness::v0::" not in name]
        self.assertEqual(strangers, [])
        self.assertRegex("\n".join(symbols), r"cachewitness::v0::verify_invalidation.*@@CACHEWITNESS_0\.1")

    def test_headers_show_nobody_elses_types(self) -> None:
        headers = list((self.prefix / "include").rglob("*.h"))
        self.assertEqual(len(headers), 4)
        for header in headers:
            for name in re.findall(r'#include [<"]([^>"]+)', header.read_text()):
                self.assertTrue(name.startswith("cachewitness/") or re.fullmatch(r"[a-z_]+", name), (header, name))

    def complete(self, *words: str) -> set[str]:
        """What bash offers after these words, the last of which is being typed."""
        script = ('source "$1"; shift; COMP_WORDS=(cachewitness "$@"); COMP_CWORD=$#\n'
                  '_cachewitness cachewitness "${COMP_WORDS[-1]}"; printf "%s\\n" "${COMPREPLY[@]}"')
        completion = self.prefix / "share/bash-completion/completions/cachewitness"
        shown = run("bash", "-c", script, "bash", str(completion), *words,
                    env=dict(os.environ, PATH=f"{self.prefix}/bin:{os.environ['PATH']}"))
        return set(shown.stdout.split())

    def test_completes_commands_and_options(self) -> None:
        self.assertEqual(self.complete("ver"), {"verify"})
        self.assertEqual(self.complete("manifest", ""), {"check", "schema", "plan"})
        self.assertEqual(self.complete("verify", "--base"), {"--baseline"})
        self.assertLessEqual({"--tenants", "--evidence", "--format"}, self.complete("arm", "--"))
        self.assertEqual(self.complete("nonsense", "--no-such"), set())

    def test_brings_the_sdks(self) -> None:
        share = self.prefix / "share/cachewitness"
        run("/usr/bin/python3", "-I", "-c", f"import sys; sys.path.insert(0, {str(share / 'python')!r}); import cachewitness")
        self.assertTrue((share / "go/cachewitness/go.mod").is_file())
        self.assertTrue((share / "schemas/report.v1.schema.json").is_file())

    def test_is_found_by_pkg_config(self) -> None:
        directory = next(self.prefix.glob("lib*/**/pkgconfig"))
        environment = dict(os.environ, PKG_CONFIG_PATH=str(directory))
        flags = run("pkg-config", "--cflags", "--libs", "cachewitness", env=environment).stdout.split()
        source = self.write("version.cpp", '#include <cachewitness/verify.h>\n#include <iostream>\n'
                                           'int main() { std::cout << cachewitness::version(); }\n')
        sanitize = [f"-fsanitize={SANITIZE}"] if SANITIZE else []
        run(os.environ["CACHEWITNESS_CXX"], "-std=c++20", *sanitize, str(source), "-o", str(self.folder / "version"), *flags)
        shown = run(str(self.folder / "version"), env=dict(os.environ, LD_LIBRARY_PATH=str(self.library.parent)))
        self.assertEqual(f"cachewitness {shown.stdout}\n", run(str(self.prefix / "bin/cachewitness"), "--version").stdout)


if __name__ == "__main__":
    main()
