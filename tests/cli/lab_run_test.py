#!/usr/bin/env python3
"""The main job from end to end, on real sockets, plain and over TLS: arm, deploy, purge, verify, judge, explain."""

from __future__ import annotations

import json
import re
import time
import unittest
import xml.etree.ElementTree as xml

from lab import Lab
from program import ProgramTest, main


class LabRun:
    """What holds however the edges are reached."""

    lab_arguments: list[str] = []

    def setUp(self) -> None:
        super().setUp()
        self.lab = Lab(self.folder, "--tenants", "5", "--regions", "2", "--edges-per-region", "2", *self.lab_arguments)
        self.addCleanup(self.lab.close)

    def arm_and_deploy(self) -> None:
        armed = self.run_program("arm", "--evidence", "before.jsonl")
        self.assertEqual((armed.code, armed.err), (0, ""), armed)
        self.assertEqual(armed.out, "ARMED - 40 of 40 cells recorded in before.jsonl\n")
        self.lab.deploy(2)

    def verify(self, *arguments: str):
        return self.run_program("verify", "--baseline", "before.jsonl", "--purged-at", f"{time.time():.3f}", *arguments)

    def test_a_purge_that_happened_everywhere_is_proven(self) -> None:
        self.arm_and_deploy()
        self.lab.purge_everything()
        ended = self.verify("--report", "report.json")
        self.assertEqual(ended.code, 0, ended)
        self.assertTrue(ended.out.startswith("SUCCESS - 5/5 tenants verified."), ended.out)
        report = json.loads((self.folder / "report.json").read_text())
        self.assertEqual(report["summary"]["cells"]["fresh"], 40)
        self.assertEqual(report["findings"], [])

    def test_every_output_tells_of_the_one_edge_that_kept_the_old_page(self) -> None:
        self.arm_and_deploy()
        self.lab.plant("node-not-purged", "us-east-2", "tenant-xyz")
        self.lab.purge_everything()
        ended = self.verify("--report", "report.json", "--html", "report.html", "--junit", "report.xml",
                            "--log", "log.json", "--evidence", "after.jsonl.zst")
        self.assertEqual((ended.code, ended.err), (1, ""), ended)
        self.assertTrue(ended.out.startswith("PARTIAL_SUCCESS - 4/5 tenants verified. Flagged 1 for retry."), ended.out)
        for word in ("never-purged", "us-east/us-east-2", "tenant-xyz"):
            self.assertIn(word, ended.out)

        report = json.loads((self.folder / "report.json").read_text())
        found = {(f["edge"], f["tenant"], f["variant"], f["cause"]) for f in report["findings"]}
        self.assertEqual(found, {("us-east-2", "tenant-xyz", v, "never-purged") for v in ("identity", "gzip")})
        self.assertTrue(report["complete"])
        self.assertEqual(report["affected_tenants"], ["tenant-xyz"])
        suite = xml.parse(self.folder / "report.xml").getroot()
        self.assertGreaterEqual(len(suite.findall(".//failure")), 1)
        self.assertIn("tenant-xyz", (self.folder / "report.html").read_text())
        log = json.loads((self.folder / "log.json").read_text())
        self.assertEqual(log["outcome"], "PARTIAL_SUCCESS - 4/5 tenants verified. Flagged 1 for retry.")

        judged = self.run_program("judge", "after.jsonl.zst", "--report", "again.json")
        self.assertEqual(judged.code, 1)
        self.assertEqual((self.folder / "report.json").read_bytes(), (self.folder / "again.json").read_bytes())
        self.assertEqual(self.run_program("judge", "after.jsonl.zst", "-q").out,
                         "PARTIAL_SUCCESS - 4/5 tenants verified. Flagged 1 for retry.\n")
        self.assertEqual(self.run_program("judge", "after.jsonl.zst", "--format", "json").out,
                         (self.folder / "report.json").read_text())
        annotations = self.run_program("judge", "after.jsonl.zst", "--format", "github").out.splitlines()
        self.assertTrue(all(re.match(r"::(error|warning|notice) ", line) for line in annotations), annotations)

        story = self.run_program("explain", "after.jsonl.zst")
        self.assertEqual(story.code, 0)
        for word in ("stale", "never-purged", "us-east-2", "tenant-xyz"):
            self.assertIn(word, story.out)

    def test_is_narrowed_by_one_option_or_by_several(self) -> None:
        for narrowing in (["--tenants", "tenant-abc,tenant-x*"], ["--tenants", "tenant-abc", "--tenants", "tenant-x*"]):
            armed = self.run_program("arm", "--evidence", "before.jsonl", *narrowing)
            self.assertEqual((armed.code, armed.out), (0, "ARMED - 16 of 16 cells recorded in before.jsonl\n"), armed)
        self.verify("--evidence", "after.jsonl")
        # A file after an option is the file.
        for option in (["--tenants", "tenant-abc"], ["--environment", "lab"]):
            story = self.run_program("explain", *option, "after.jsonl")
            self.assertEqual(story.code, 0, story)

    def test_fail_fast_says_what_it_left_out(self) -> None:
        self.arm_and_deploy()
        ended = self.verify("--fail-fast", "--report", "report.json")
        self.assertEqual(ended.code, 1, ended)
        self.assertIn("--fail-fast", ended.out)
        self.assertIn("left out", ended.out)
        self.assertFalse(json.loads((self.folder / "report.json").read_text())["complete"])

    def test_the_story_of_a_fresh_cell_can_be_told_too(self) -> None:
        self.arm_and_deploy()
        self.lab.purge_everything()
        self.verify("--evidence", "after.jsonl")
        story = self.run_program("explain", "after.jsonl", "--tenants", "tenant-abc", "--edges", "us-west-1",
                                 "--variants", "gzip")
        self.assertEqual(story.code, 0, story)
        self.assertIn("fresh", story.out)
        self.assertIn("proven", story.out)

    def test_an_edge_that_is_down_is_an_error_and_no_pass(self) -> None:
        self.arm_and_deploy()
        self.lab.purge_everything()
        self.lab.plant("down", "us-west-1")
        ended = self.verify("--report", "report.json", "--evidence", "after.jsonl")
        self.assertEqual(ended.code, 3, ended)
        findings = json.loads((self.folder / "report.json").read_text())["findings"]
        self.assertEqual({(f["edge"], f["state"], f["cause"]) for f in findings}, {("us-west-1", "error", "refused")})
        self.assertIn("refused", self.run_program("explain", "after.jsonl").out)


class PlainLab(LabRun, ProgramTest):
    """Edges without TLS."""


class TlsLab(LabRun, ProgramTest):
    """Edges with certificates of the lab's own authority."""

    lab_arguments = ["--tls"]

    def assert_tls_error(self, *words: str) -> None:
        ended = self.run_program("verify", "--report", "report.json")
        self.assertEqual(ended.code, 3, ended)
        findings = json.loads((self.folder / "report.json").read_text())["findings"]
        self.assertEqual({(f["state"], f["cause"]) for f in findings}, {("error", "tls")})
        for word in words:
            self.assertIn(word, ended.out)

    def edit_manifest(self, old: str, new: str) -> None:
        path = self.folder / "cachewitness.yaml"
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    def test_an_unknown_authority_is_no_proof(self) -> None:
        self.edit_manifest('    tls: {ca: "lab-ca.pem"}\n', "")
        self.assert_tls_error("certificate")

    def test_a_certificate_for_another_name_is_no_proof(self) -> None:
        self.edit_manifest("cdn-{region}.example.com", "cdn-{region}.example.org")
        self.assert_tls_error("example.org")

    def test_sessions_are_kept_for_the_next_run_and_for_this_user_alone(self) -> None:
        cache = {"XDG_CACHE_HOME": str(self.folder / "cache")}
        kept = self.folder / "cache/cachewitness/tls-sessions.zst"
        verify = ("verify", "--verbose", "--purged-at", f"{time.time() - 60:.3f}")
        first = self.run_program(*verify, environment=cache)
        self.assertEqual((kept.stat().st_mode & 0o777, first.err), (0o600, ""))
        second = self.run_program(*verify, environment=cache)
        self.assertEqual((second.code, second.err), (first.code, ""), second)
        kept.chmod(0o644)
        third = self.run_program(*verify, environment=cache)
        self.assertEqual(third.code, first.code, third)
        self.assertIn("is not a file of this user alone", third.err)
        self.assertEqual(kept.stat().st_mode & 0o777, 0o600)
        kept.write_bytes(b"nonsense")
        fourth = self.run_program(*verify, environment=cache)
        self.assertEqual(fourth.code, first.code, fourth)
        self.assertIn("no TLS sessions of earlier runs", fourth.err)
        kept.unlink()
        self.edit_manifest('tls: {ca: "lab-ca.pem"}', 'tls: {ca: "lab-ca.pem", resume: false}')
        self.run_program(*verify, environment=cache)
        self.assertFalse(kept.exists())

    def test_an_authority_file_that_is_none_is_named(self) -> None:
        (self.folder / "lab-ca.pem").write_text("no certificate")
        ended = self.run_program("verify")
        self.assertIn(ended.code, (2, 3), ended)
        self.assertIn("lab-ca.pem", ended.out + ended.err)


if __name__ == "__main__":
    main()
