#!/usr/bin/env python3
"""Every shipped skill followed by hand: its blocks, pasted in order, on a CDN of its own."""

from __future__ import annotations

import json
import re
import shutil
import unittest

import yaml

from rig import SKILLS, SkillTest, blocks, main


class Inputs(unittest.TestCase):
    def test_what_the_document_lists_the_workflow_takes_and_uses(self) -> None:
        for skill in sorted(path.name for path in SKILLS.iterdir()):
            with self.subTest(skill):
                document = (SKILLS / skill / "SKILL.md").read_text(encoding="utf-8")
                table = re.search(r"^\| input .*\n((?:\|.*\n)+)", document, re.M)
                assert table
                listed = [name for row in table[1].splitlines()[1:] for name in re.findall(r"`(\w+)`", row.split("|")[1])]
                text = (SKILLS / skill / "assets/workflow.yaml").read_text(encoding="utf-8")
                self.assertEqual(listed, list(yaml.safe_load(text)["inputs"]))
                for name in listed:
                    self.assertIn("${inputs.%s}" % name, text)


class ByHand(SkillTest):
    def follow(self, skill: str, expected: list[tuple[str, int]], between: dict[int, object] | None = None) -> list:
        """Pastes the blocks; `expected` tells how each begins and ends, `between` what happens before a block."""
        pasted = blocks(skill)
        self.assertEqual(len(pasted), len(expected), pasted)
        ended = []
        for i, (block, (words, code)) in enumerate(zip(pasted, expected)):
            self.assertIn(words, block)
            (between or {}).get(i, lambda: None)()
            ended.append(self.paste(block))
            self.assertEqual(ended[-1].code, code, (block, ended[-1]))
        return ended

    def deploy(self) -> None:
        self.lab.deploy(2)

    def break_one_tenant(self) -> None:
        self.lab.plant("node-not-purged", "us-east-2", "tenant-xyz")

    def test_verify_cdn_invalidation(self) -> None:
        scripts = self.folder / "scripts"
        shutil.copytree(SKILLS / "verify-cdn-invalidation/scripts", scripts)
        steps = [("manifest plan", 0), ("arm", 0), ("purge", 0), ("verify", 1), ("cdn-verify.py", 0)]
        *_, second = self.follow("verify-cdn-invalidation", steps, {2: lambda: (self.deploy(), self.break_one_tenant())})
        answer = json.loads(second.out)
        self.assertEqual((answer["status"], answer["parity_score"]), ("warn", 0.95))
        self.assertEqual(self.report()["affected_tenants"], ["tenant-xyz"])

    def test_purge_and_prove(self) -> None:
        steps = [("arm", 0), ("--dry-run", 0), ("verify", 1)]
        self.follow("purge-and-prove", steps, {1: lambda: (self.deploy(), self.break_one_tenant())})
        self.assertEqual({finding["cause"] for finding in self.report()["findings"]}, {"never-purged"})

    def test_deploy_gate(self) -> None:
        steps = [("arm", 0), ("purge", 0), ("verify", 0)]
        self.follow("deploy-gate", steps, {1: self.deploy})
        self.assertTrue(self.report()["gate"]["passed"])

    def test_incident_stale_content(self) -> None:
        self.assertEqual(self.paste("cachewitness arm -m shop.yaml").code, 0)
        self.lab.deploy(2)
        text = blocks("incident-stale-content")
        self.assertIn("--purged-at 2026-11-23T14:32:18Z", text[0])
        ended = [self.paste(block.replace("--purged-at 2026-11-23T14:32:18Z", "")) for block in text]
        self.assertEqual([each.code for each in ended], [1, 0], ended)
        self.assertIn("tenant-xyz", ended[1].out)
        self.assertEqual(self.report("incident.json")["affected_tenants"], ["tenant-xyz"])

    def test_parity_check(self) -> None:
        before, _, environment = self.manifest_text.partition("  production:\n")
        production, _, rest = environment.partition("policy:")
        self.write("shop.yaml", f"{before}  production:\n{production}  staging:\n{production}policy:{rest}")
        self.follow("parity-check", [("--dry-run", 0), ("--evidence", 0), ("--against", 0)])
        self.assertEqual(self.report("parity-now.json")["outcome"][:7], "SUCCESS")


if __name__ == "__main__":
    main()
