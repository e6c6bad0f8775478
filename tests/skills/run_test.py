#!/usr/bin/env python3
"""Every shipped skill executed by `cachewitness run`, on a CDN of its own."""

from __future__ import annotations

import json
import re
import time
import unittest
from pathlib import Path

from rig import SKILLS, SkillTest, main

SEED_ACTIONS = ["analyzing_tenant_manifest", "provisioning_probe_sidecars", "executing_cache_header_validation",
                "running_python_coherency_check", "generating_verification_report"]


class SkillRun(SkillTest):
    def run_skill(self, name: str, *words: str):
        ended = self.run_program("run", str(SKILLS / name / "SKILL.md"), "manifest=shop.yaml", "--run-directory", str(self.folder / "run"),
                                 "--log", "log.json", *words, environment=self.environment)
        return ended

    def log(self) -> dict:
        return json.loads((self.folder / "log.json").read_text(encoding="utf-8"))

    def actions(self) -> list[tuple[str, str]]:
        return [(step["action"], step["status"]) for step in self.log()["steps"]]

    def deployment(self) -> list[str]:
        """A deployment that leaves a trace, and its way back."""
        self.write("deploy", '#!/bin/sh\ntouch "$1"\n').chmod(0o755)
        return ["deploy=./deploy", "deploy_arguments=deployed", "rollback=./deploy", "rollback_arguments=taken-back"]

    def warm_and_deploy(self) -> None:
        self.assertEqual(self.run_program("arm", "-m", "shop.yaml", "--evidence", "warm.jsonl").code, 0)
        self.lab.deploy(2)

    def kept_report(self, name: str = "report.json") -> dict:
        return json.loads((self.folder / "run/work" / name).read_text(encoding="utf-8"))


class Runs(SkillRun):
    """On a small lab."""

    def test_purge_and_prove(self) -> None:
        self.warm_and_deploy()
        ended = self.run_skill("purge-and-prove", "environment=production", "tenants=tenant-abc,tenant-x*", "--yes")
        self.assertEqual(ended.code, 0, ended)
        self.assertEqual(self.kept_report()["summary"]["cells"]["proven"], 16)
        self.assertEqual(self.kept_report()["outcome"], "SUCCESS - 2/2 tenants verified.")

    def test_purge_and_prove_purges_twice_and_then_gives_up(self) -> None:
        self.warm_and_deploy()
        self.lab.plant("node-not-purged", "us-east-2", "tenant-xyz")
        ended = self.run_skill("purge-and-prove", "environment=production", "tenants=*", "--yes")
        self.assertEqual(ended.code, 1, ended)
        again = (self.folder / "run/work/again.jsonl").read_text(encoding="utf-8")
        self.assertIn("/tenant-xyz/", again)
        self.assertNotIn("/tenant-abc/", again)
        self.assertEqual(self.kept_report()["affected_tenants"], ["tenant-xyz"])

    def test_deploy_gate_lets_a_proven_deployment_stand(self) -> None:
        self.warm_and_deploy()
        ended = self.run_skill("deploy-gate", "environment=production", *self.deployment(), "--yes")
        self.assertEqual(ended.code, 0, ended)
        self.assertTrue((self.folder / "run/work/deployed").exists())
        self.assertFalse((self.folder / "run/work/taken-back").exists())
        self.assertTrue(self.kept_report()["gate"]["passed"])
        self.assertEqual(self.actions()[-2:], [("taking_back", "skipped"), ("requesting_purge_of_what_was_taken_back", "skipped")])

    def test_deploy_gate_takes_back_what_is_not_proven(self) -> None:
        self.warm_and_deploy()
        self.lab.plant("node-not-purged", "us-east-2", "tenant-xyz")
        ended = self.run_skill("deploy-gate", "environment=production", *self.deployment(), "--yes")
        self.assertEqual(ended.code, 1, ended)
        self.assertTrue((self.folder / "run/work/taken-back").exists())
        self.assertEqual(self.actions()[-2:], [("taking_back", "complete"), ("requesting_purge_of_what_was_taken_back", "complete")])

    def test_incident_stale_content_changes_nothing_and_explains(self) -> None:
        self.warm_and_deploy()
        ended = self.run_skill("incident-stale-content", "tenants=tenant-xyz")
        self.assertEqual(ended.code, 0, ended)
        self.assertEqual(self.kept_report("incident.json")["affected_tenants"], ["tenant-xyz"], ended)
        explained = next(step for step in self.log()["steps"] if step["action"] == "explaining_what_was_seen")
        with open(explained["stdout"]["path"], encoding="utf-8") as story:
            self.assertIn("tenant-xyz", story.read())

    def test_incident_stale_content_counts_from_the_purge_that_it_is_told(self) -> None:
        self.warm_and_deploy()
        asked = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
        ended = self.run_skill("incident-stale-content", "tenants=tenant-xyz", f"purged_at={asked}")
        self.assertEqual(ended.code, 0, ended)
        self.assertEqual(self.kept_report("incident.json")["purge"]["requested_at"][:19] + "Z", asked)

    def test_parity_check(self) -> None:
        before, _, environment = self.manifest_text.partition("  production:\n")
        production, _, rest = environment.partition("policy:")
        self.write("shop.yaml", f"{before}  production:\n{production}  staging:\n{production}policy:{rest}")
        ended = self.run_skill("parity-check", "environments=staging,production")
        self.assertEqual(ended.code, 0, ended)
        self.assertEqual(self.actions(), [("comparing_environments", "complete")])
        self.assertRegex(self.log()["outcome"], "^SUCCESS - ")

    def test_what_changes_caches_wants_a_word_first(self) -> None:
        self.deployment()
        for skill, words in (("verify-cdn-invalidation", ()), ("purge-and-prove", ("environment=production", "tenants=*")),
                             ("deploy-gate", ("environment=production", "deploy=./deploy", "rollback=./deploy"))):
            ended = self.run_skill(skill, *words)
            self.assertEqual(ended.code, 2, (skill, ended))
            self.assertIn("--yes", ended.err)


class SeedRun(SkillRun):
    """The steps of a fleet of 847 tenants at twelve edges, from real work: a Go program purges, Python judges a second time."""

    lab_arguments = ["--tenants", "847", "--regions", "4", "--edges-per-region", "3"]

    def test_verify_cdn_invalidation(self) -> None:
        script = SKILLS / "verify-cdn-invalidation/scripts/cdn-verify.py"
        text = self.manifest_text.replace("  identity: {}\n", "")
        self.write("shop.yaml", text + f"checks:\n  - {{name: coherency, run: [python3, {script}]}}\n")
        self.warm_and_deploy()
        edge = self.lab.edges[-2]["name"]
        flagged = ["tenant-lmn", "tenant-pqr", "tenant-xyz"]
        for tenant in flagged:
            self.lab.plant("node-not-purged", edge, tenant)
        ended = self.run_skill("verify-cdn-invalidation", "--yes")
        self.assertEqual(ended.code, 1, ended)
        log = self.log()
        self.assertEqual((log["task"], log["agent"]), ("detect_edge_cdn_cache_invalidation", "DevOps"))
        self.assertEqual(log["outcome"], "PARTIAL_SUCCESS - 844/847 tenants verified. Flagged 3 for retry.")
        self.assertEqual([step["step"] for step in log["steps"]], list(range(1, 8)))
        purge, *seed = log["steps"][1:]
        self.assertEqual((purge["action"], purge["status"]), ("invoking_purge_program", "complete"))
        self.assertEqual([step["action"] for step in seed], SEED_ACTIONS)
        analysis, probes, validation, coherency, report = seed
        self.assertRegex(analysis["detail"], r"^Found 847 active tenants across 4 regions$")
        self.assertEqual(probes["detail"], "Spawned 12 concurrent HTTP probes (4 regions × 3 edge nodes)")
        self.assertEqual((validation["status"], validation["mismatches"]), ("warning", 3))
        self.assertEqual(sorted(validation["affected_tenants"]), flagged)
        self.assertRegex(coherency["detail"], r"^Invoking cdn-verify\.py with Python 3\.\d+ runtime; ")
        self.assertRegex(coherency["parity_score"], r"^99\.\d%$")
        self.assertEqual(report["detail"].partition(";")[0], "3 tenants require manual invalidation")
        self.assertEqual(json.loads(Path(report["report_path"]).read_text(encoding="utf-8"))["affected_tenants"], flagged)
        self.assertTrue(all(re.fullmatch(r"\d+", str(step["duration_ms"])) for step in log["steps"]))


if __name__ == "__main__":
    main()
