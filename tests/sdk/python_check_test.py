#!/usr/bin/env python3
"""Checks in Python at work: with the SDK, by plain JSON, by exit code alone; and what becomes of a missing interpreter."""

from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/cli"), str(ROOT / "sdk/python")]

import cachewitness  # noqa: E402
from lab import Lab  # noqa: E402
from program import ProgramTest, main  # noqa: E402

SDK_CHECK = f"""
import sys
sys.path.insert(0, {str(ROOT / "sdk/python")!r})
from cachewitness import Answer, run

def every_edge_answers(request):
    answer = Answer()
    edges = set()
    with request.evidence() as evidence:
        for seen in evidence:
            if seen.role != "probe":
                continue
            edges.add(seen.cell.edge)
            if seen.failure:
                answer.fail("no answer", edge=seen.cell.edge, cause=seen.failure.cause)
    answer.detail = "%d edges for %s" % (len(edges), request.environments)
    answer.metrics = {{"edges": len(edges)}}
    return answer

run(every_edge_answers)
"""
JSON_CHECK = """
import json, sys
request = json.load(sys.stdin)
lines = sum(1 for _ in open(request["evidence"], encoding="utf-8"))
print(json.dumps({"status": "warn", "detail": "%d lines" % lines}))
"""
EXIT_CODE_CHECK = "import sys\nprint('all is', sys.argv[1])\nsys.exit(0 if sys.argv[1] == 'well' else 3)\n"


class PythonChecks(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.lab = Lab(self.folder, "--tenants", "5", "--regions", "2", "--edges-per-region", "2")
        self.addCleanup(self.lab.close)
        self.manifest = (self.folder / "cachewitness.yaml").read_text()

    def verify(self, checks: str, *arguments: str):
        self.write("cachewitness.yaml", self.manifest + "checks:\n" + checks)
        return self.run_program("verify", "--report", "report.json", "--log", "log.json", *arguments)

    def checks(self) -> list[dict]:
        return json.loads((self.folder / "report.json").read_text())["checks"]

    def log_step(self) -> dict:
        steps = json.loads((self.folder / "log.json").read_text())["steps"]
        return next(step for step in steps if step["action"] == "running_python_coherency_check")

    def test_with_the_sdk_over_plain_and_compressed_evidence(self) -> None:
        self.write("edges.py", SDK_CHECK)
        for evidence in ("after.jsonl", "after.jsonl.zst"):
            ended = self.verify("  - {name: edges, run: [python3, edges.py]}\n", "--evidence", evidence)
            self.assertEqual(ended.code, 0, ended)
            [check] = self.checks()
            self.assertEqual((check["status"], check["detail"]), ("pass", "4 edges for ('lab',)"))
            self.assertEqual(check["metrics"], {"edges": 4, "findings_total": 0})
        self.lab.plant("down", "us-west-1")
        self.assertEqual(self.verify("  - {name: edges, run: [python3, edges.py]}\n").code, 1)
        [check] = self.checks()
        self.assertEqual(check["status"], "fail")
        self.assertEqual(check["findings"][0], {"what": "no answer", "edge": "us-west-1", "cause": "refused"})

    def test_without_the_sdk(self) -> None:
        self.write("lines.py", JSON_CHECK)
        self.write("well.py", EXIT_CODE_CHECK)
        well = "  - {name: well, run: [python3, well.py, well], result: exit-code}\n"
        ended = self.verify("  - {name: lines, run: [python3, lines.py]}\n" + well)
        self.assertEqual(ended.code, 0, ended)
        self.assertEqual([(check["status"], check["detail"].split()[-1]) for check in self.checks()],
                         [("warn", "lines"), ("pass", "well")])
        ended = self.verify(well.replace("well], result", "ill], result"))
        self.assertEqual(ended.code, 1, ended)
        self.assertIn("all is ill", self.checks()[0]["detail"])

    def test_the_manifest_chooses_the_interpreter_and_the_log_tells_its_version(self) -> None:
        self.write("lines.py", JSON_CHECK)
        self.verify(f"  - {{name: lines, run: [{sys.executable}, -I, lines.py]}}\n")
        version = "%d.%d" % sys.version_info[:2]
        step = self.log_step()
        self.assertTrue(step["detail"].startswith(f"Invoking lines.py with Python {version} runtime; lines: "), step)
        self.assertEqual(step["runtimes"], [f"Python {version}.{sys.version_info[2]}"])

    def test_a_missing_interpreter_is_told_before_anything_is_sent(self) -> None:
        ended = self.verify("  - {name: coherency, run: [python3.99, check.py]}\n", "--evidence", "after.jsonl")
        self.assertEqual(ended.code, 2, ended)
        self.assertRegex(ended.err, r'cachewitness\.yaml:\d+:\d+: check "coherency": cannot start "python3\.99": .*'
                                    r'check that it is installed.*\[missing-interpreter\]')
        self.assertFalse((self.folder / "after.jsonl").exists())

    def test_the_sdk_reads_what_the_program_wrote(self) -> None:
        self.lab.plant("header-drift", "us-east-1", "tenant-xyz")
        ended = self.verify("  []\n", "--evidence", "after.jsonl.zst")
        self.assertEqual(ended.code, 1, ended)
        report = cachewitness.read_report(self.folder / "report.json")
        self.assertEqual((report.passed, report.affected_tenants), (False, ("tenant-xyz",)))
        with cachewitness.read_evidence(self.folder / "after.jsonl.zst") as evidence:
            seen = {each.id: each for each in evidence}
        self.assertTrue(evidence.is_complete)
        for finding in report.findings:
            for name in finding.evidence:
                self.assertIn(seen[name].role, ("probe", "origin"))
        self.assertEqual(sum(each.role == "probe" for each in seen.values()), report.probes)
        brackets = [each.generated_between_ns for each in seen.values() if each.generated_between_ns]
        self.assertTrue(all(after < not_after for after, not_after in brackets))
        self.assertTrue(brackets)


if __name__ == "__main__":
    main()
