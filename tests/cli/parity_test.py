#!/usr/bin/env python3
"""`parity` over three labs as three environments: live, offline, against an earlier report, in every format."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as xml
from typing import Any

from lab import Lab
from program import Outcome, ProgramTest, main
from raw_server import RawServer, page

ENVIRONMENTS = ("dev", "staging", "production")


class ThreeLabs(ProgramTest):
    """Environments that are set up alike, until a fault is planted in one."""

    def setUp(self) -> None:
        super().setUp()
        self.labs = {}
        blocks = ""
        for name in ENVIRONMENTS:
            folder = self.folder / name
            folder.mkdir()
            lab = Lab(folder, "--tenants", "5", "--regions", "2", "--edges-per-region", "2")
            self.addCleanup(lab.close)
            self.labs[name] = lab
            written = (folder / "cachewitness.yaml").read_text()
            head, rest = written.split("environments:\n", 1)
            block, tail = rest.split("policy:\n", 1)
            blocks += block.replace("  lab:\n", f"  {name}:\n", 1)
        self.manifest = head.replace("tenants.csv", "dev/tenants.csv") + "environments:\n" + blocks + "policy:\n" + tail
        self.write("cachewitness.yaml", self.manifest)

    def parity(self, *arguments: str) -> tuple[Outcome, dict[str, Any]]:
        ended = self.run_program("parity", "--report", "r.json", *arguments)
        return ended, json.loads((self.folder / "r.json").read_text())

    def test_environments_that_are_alike_agree(self) -> None:
        ended, report = self.parity()
        self.assertEqual((ended.code, ended.err), (0, ""), ended)
        self.assertTrue(ended.out.startswith("SUCCESS - dev, staging and production agree in 120 cells."), ended.out)
        self.assertEqual([(p["parity_score"], p["cells"]) for p in report["pairs"]], [(1, 80)] * 3)
        self.assertEqual(report["findings"], [])

    def test_one_wrong_header_on_two_edges_is_one_finding_in_every_output(self) -> None:
        self.run_program("parity", "--report", "before.json")
        for edge in ("us-west-1", "us-east-2"):
            self.labs["production"].plant("header-drift", edge)
        ended, report = self.parity("--evidence", "e.jsonl.zst", "--html", "r.html", "--junit", "r.xml",
                                    "--against", "before.json")
        self.assertEqual((ended.code, ended.err), (1, ""), ended)
        self.assertIn("FAILURE - 1 difference between dev, staging and production in 120 cells.", ended.out)
        (finding,) = report["findings"]
        self.assertEqual(finding["what"], "cache-policy")
        self.assertEqual(finding["deviating"], ["production"])
        self.assertEqual(finding["edges"], ["production/us-east/us-east-2", "production/us-west/us-west-1"])
        self.assertEqual((finding["cells"], len(finding["tenants"])), (20, 5))
        self.assertEqual([p["parity_score"] for p in report["pairs"]], [1, 0.75, 0.75])
        self.assertEqual(report["drift"]["new"], [finding["id"]])
        suite = xml.parse(self.folder / "r.xml").getroot()
        self.assertEqual(len(suite.findall(".//failure")), 2)  # the finding and the gate
        self.assertIn("us-west-1", (self.folder / "r.html").read_text())

        again, offline = self.parity("--from", "e.jsonl.zst", "--against", "r.json")
        self.assertEqual(again.code, 1)
        self.assertEqual(offline["drift"]["unchanged"], [finding["id"]])
        offline["drift"] = report["drift"]
        self.assertEqual(offline, report)
        lines = self.run_program("parity", "--from", "e.jsonl.zst", "--format", "github").out.splitlines()
        self.assertTrue(all(re.match(r"::(error|warning|notice) ", line) for line in lines), lines)
        printed = self.run_program("parity", "--from", "e.jsonl.zst", "--format", "json").out
        self.assertEqual(json.loads(printed)["findings"], report["findings"])
        refused = self.run_program("judge", "e.jsonl.zst")
        self.assertEqual(refused.code, 2)
        self.assertIn("parity --from", refused.err)

    def test_what_is_declared_is_waived_and_shown(self) -> None:
        self.labs["production"].plant("header-drift", "us-west-1")
        self.write("cachewitness.yaml", self.manifest
                   + "parity: {allow: [{what: cache-policy, environments: production, regions: us-west}]}\n")
        ended, report = self.parity()
        self.assertEqual(ended.code, 0, ended)
        self.assertIn("WAIVED", ended.out)
        self.assertEqual([p["waived"] for p in report["pairs"]], [0, 10, 10])
        self.assertTrue(report["findings"][0]["waived"])

    def test_narrowing_dry_run_and_mistakes(self) -> None:
        self.assertEqual(self.parity("-e", "dev,staging")[1]["pairs"][0]["environments"], ["dev", "staging"])
        self.assertEqual(self.parity("--tenants", "tenant-abc")[1]["environments"][0]["cells"], 8)
        self.assertIn("Plan for dev, staging, production: 120 cells", self.run_program("parity", "--dry-run").out)
        for code, arguments, words in ((2, ["-e", "dev"], "two environments or more"),
                                       (2, ["-e", "dev,stagin"], 'did you mean "staging"'),
                                       (3, ["--regions", "nowhere*"], "nothing"),
                                       (2, ["--against", "cachewitness.yaml"], "no report of `parity`"),
                                       (2, ["--from", "cachewitness.yaml"], "bad-evidence"),
                                       (4, ["--report", "no/such/folder.json"], "unwritable-file")):
            with self.subTest(arguments):
                ended = self.run_program("parity", *arguments)
                self.assertEqual(ended.code, code, ended)
                self.assertIn(words, ended.err)

    def test_a_dead_environment_is_inconclusive(self) -> None:
        self.labs["staging"].close()
        ended, report = self.parity()
        self.assertEqual(ended.code, 3, ended)
        self.assertEqual(report["environments"][1]["unanswered"], 40)


class Hostile(ProgramTest):
    """What an edge sends is escaped wherever it is shown."""

    def test_control_characters_and_markup_reach_no_output(self) -> None:
        value = b'<script>alert("x")</script> \xe2\x80\xaeevil \xff'
        good, bad = (RawServer(page(b"x\n", b"X-A: " + each)) for each in (b"1", value))
        for server in (good, bad):
            self.addCleanup(server.close)
        environments = "".join(
            f"  {name}:\n    url: 'http://{{tenant.host}}{{asset}}'\n    origin: {{replicas: ['http://{good.address}']}}\n"
            f"    regions: {{eu: {{edges: [{{name: e, address: '{server.address}'}}]}}}}\n"
            for name, server in (("staging", bad), ("production", good)))
        self.write("cachewitness.yaml", "version: 1\ntenants: {inline: [{id: abc, host: abc.example.com}]}\n"
                   f"assets: [/a.js]\nenvironments:\n{environments}")
        outputs = [self.run_program("parity", "--format", form, "--html", "r.html", "--junit", "r.xml", "--report", "r.json")
                   .out for form in ("text", "github", "json")]
        outputs += [(self.folder / name).read_text(encoding="utf-8") for name in ("r.html", "r.xml", "r.json")]
        for text in outputs:
            self.assertIn("evil", text)
            self.assertNotIn("\u202e", text)
            self.assertNotIn("\ufffd", text)
        for markup in outputs[3:5]:
            self.assertNotIn("<script", markup)


if __name__ == "__main__":
    main()
