#!/usr/bin/env python3
"""Go programs at work: a service's purge logic as the driver of `purge`, a client that gates on the report, a tenant
source and a check."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

from go_tool import ROOT, build

sys.path.insert(0, str(ROOT / "tests/cli"))

from lab import Lab  # noqa: E402
from program import BINARY, DEADLINE_S, ProgramTest, main  # noqa: E402


class GoPrograms(ProgramTest):
    """Built once, run by every test."""

    @classmethod
    def setUpClass(cls) -> None:
        programs = tempfile.TemporaryDirectory(prefix="cachewitness-go-")
        cls.addClassCleanup(programs.cleanup)
        cls.programs = Path(programs.name)
        build("./examples/purge-service", cls.programs / "purge-service")
        build("./examples/deploy-gate", cls.programs / "deploy-gate")
        build(".", cls.programs / "drivers", folder=ROOT / "tests/sdk/go_drivers")

    def start_lab(self, *arguments: str) -> Lab:
        lab = Lab(self.folder, "--tenants", "5", "--regions", "2", "--edges-per-region", "2", *arguments)
        self.addCleanup(lab.close)
        config = {"caches": lab.caches}
        if "--tls" in arguments:
            config["ca_file"] = "lab-ca.pem"
        self.write("caches.json", json.dumps(config))
        lab.add_purge(f"{{provider: driver, run: [{self.programs}/purge-service, driver, caches.json], kinds: url}}")
        return lab

    def gate(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([self.programs / "deploy-gate", "-program", BINARY, *arguments], cwd=self.folder,
                              capture_output=True, text=True, timeout=DEADLINE_S, check=False)

    def purge_and_gate(self, *lab_arguments: str) -> None:
        lab = self.start_lab(*lab_arguments)
        self.assertEqual(self.run_program("arm", "--evidence", "before.jsonl").code, 0)
        lab.deploy(2)
        lab.plant("node-not-purged", "us-east-2", "tenant-xyz")
        purged_at = datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
        purged = self.run_program("purge")
        self.assertEqual(purged.code, 0, purged)
        gate = self.gate("-evidence", "after.jsonl", "cachewitness.yaml", purged_at)
        self.assertEqual(gate.returncode, 1, gate)
        self.assertRegex(gate.stdout, r"(?m)^stale [a-z-]+ at us-east-2 for tenant-xyz: ")
        self.assertIn("stop: PARTIAL_SUCCESS - 4/5 tenants verified. Flagged 1 for retry.", gate.stdout)
        others = [tenant for tenant in lab.tenants if tenant != "tenant-xyz"]
        self.assertEqual(self.gate("cachewitness.yaml", purged_at, *others).returncode, 0)
        proof = self.run_program("verify", "--baseline", "before.jsonl", "--purged-at", "journal", "--format", "json")
        self.assertEqual({finding["cause"] for finding in json.loads(proof.out)["findings"]}, {"never-purged"})

    def test_purge_and_gate(self) -> None:
        self.purge_and_gate()

    def test_purge_and_gate_over_tls(self) -> None:
        self.purge_and_gate("--tls")

    def test_what_the_caches_refuse_is_told(self) -> None:
        lab = self.start_lab()
        lab.plant("down", "us-east-2")
        purged = self.run_program("purge")
        self.assertEqual(purged.code, 1, purged)
        self.assertIn("connection refused", purged.out + purged.err)

    def test_a_bad_manifest_stops_the_deployment(self) -> None:
        self.write("bad.yaml", "version: 1\ntenant: [a]\n")
        gate = self.gate("bad.yaml", "2026-11-23T03:00:00Z")
        self.assertEqual(gate.returncode, 2)
        self.assertIn("bad.yaml:2:1", gate.stderr)

    def test_the_service_purges_by_the_same_logic(self) -> None:
        lab = self.start_lab()
        self.assertEqual(self.run_program("arm", "--evidence", "before.jsonl").code, 0)
        lab.deploy(2)
        environment = dict(os.environ, PURGE_SERVICE_TOKEN="right")
        service = subprocess.Popen([self.programs / "purge-service", "serve", "caches.json", "127.0.0.1:0"], cwd=self.folder,
                                   env=environment, stdout=subprocess.PIPE, text=True)
        self.addCleanup(service.stdout.close)
        self.addCleanup(service.wait, DEADLINE_S)
        self.addCleanup(service.terminate)
        address = re.fullmatch(r"listening on (\S+)\n", service.stdout.readline()).group(1)
        urls = [f"http://cdn-{region}.example.com/{tenant}/asset.js" for region in ("us-west", "us-east")
                for tenant in lab.tenants]
        order = urllib.request.Request(f"http://{address}/purge", json.dumps({"urls": urls}).encode(), method="POST")
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(order, timeout=DEADLINE_S)
        self.assertEqual(refused.exception.code, 401)
        refused.exception.close()
        purged_at = f"{time.time():.3f}"
        order.add_header("Authorization", "Bearer right")
        with urllib.request.urlopen(order, timeout=DEADLINE_S) as answer:
            self.assertEqual(json.load(answer), {"purged": 10, "failed": {}})
        proof = self.run_program("verify", "--baseline", "before.jsonl", "--purged-at", purged_at, "-q")
        self.assertEqual((proof.code, proof.out), (0, "SUCCESS - 5/5 tenants verified.\n"), proof)

    def test_a_tenant_source_and_checks(self) -> None:
        lab = self.start_lab()
        drivers = self.programs / "drivers"
        manifest = self.folder / "cachewitness.yaml"
        text = manifest.read_text()
        text = re.sub(r"(?m)^tenants:.*(\n +.*)*", f"tenants: {{command: [{drivers}, tenants, tenant-abc, tenant-xyz]}}", text)
        manifest.write_text(text + "checks:\n"
                            f"  - {{name: answers, run: [{drivers}, check]}}\n"
                            f"  - {{name: outcome, run: [{drivers}, check-report], input: report}}\n")
        ended = self.run_program("verify", "--report", "report.json", "--evidence", "after.jsonl.zst")
        self.assertEqual(ended.code, 0, ended)
        report = json.loads((self.folder / "report.json").read_text())
        self.assertEqual(report["summary"]["tenants"]["total"], 2)
        self.assertEqual([(check["name"], check["status"], check["detail"]) for check in report["checks"]],
                         [("answers", "pass", "16 probes in [lab]"),
                          ("outcome", "pass", "SUCCESS - 2/2 tenants verified.")])
        lab.plant("status-5xx", "us-west-1")
        self.run_program("verify", "--report", "report.json")
        failed = json.loads((self.folder / "report.json").read_text())["checks"][0]
        self.assertEqual((failed["status"], failed["findings"][0]["edge"]), ("fail", "us-west-1"))


if __name__ == "__main__":
    main()
