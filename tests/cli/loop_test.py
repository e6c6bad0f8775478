"""The closed loop as its users run it: a lab's edges behind a provider's API, of which some purges come to nothing."""

from __future__ import annotations

import json
from typing import Any

from lab import Lab
from program import ProgramTest, main
from providers.emulator import TOKEN, Emulator
from providers.messages import Eviction


class LoopTest(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.lab = Lab(self.folder, "--tenants", "6", "--regions", "1")
        self.addCleanup(self.lab.close)
        self.lost: dict[str, int] = {}  # how many purges of this tenant are still to come to nothing
        self.emulator = Emulator(self.evict)
        self.addCleanup(self.emulator.close)
        self.lab.add_purge(f'{{provider: fastly, api: "{self.emulator.api}", token: {{env: TOKEN}}, service: s1, '
                           'widen: [tag], tag: "tenant-{tenant.id}"}')
        self.assertEqual(self.run_program("arm").code, 0)

    def evict(self, eviction: Eviction) -> None:
        if eviction.kind != "url":
            return  # the lab's edges know no tags
        tenant = eviction.target.split("/")[1]
        if self.lost.get(tenant, 0) > 0:
            self.lost[tenant] -= 1
            return
        for edge in self.lab.edges:
            self.lab.purge_url(edge, eviction.host, eviction.target)

    def program(self, *arguments: str) -> tuple[int, str, str]:
        ended = self.run_program(*arguments, environment={"TOKEN": TOKEN})
        self.assertNotIn(TOKEN, ended.out + ended.err)
        return ended.code, ended.out, ended.err

    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads((self.folder / "report.json").read_text(encoding="utf-8"))
        return report

    def test_a_purge_that_came_to_nothing_is_found_and_healed(self) -> None:
        self.lab.deploy(2)
        victim = self.lab.tenants[2]
        self.lost = {victim: 1}
        code, out, err = self.program("purge", "--baseline", "baseline.jsonl", "--verify", "--report", "report.json",
                                      "--html", "report.html", "--junit", "junit.xml", "--evidence", "after.jsonl")
        self.assertEqual(code, 0, out + err)
        self.assertIn("SUCCESS - 6/6 tenants verified", out)
        self.assertIn("PURGED - 6 of 6 items taken by fastly", err)
        loop = self.report()["repurge"]
        self.assertEqual([one["healed_tenants"] for one in loop["rounds"]], [[victim]])
        self.assertEqual(self.report()["summary"]["cells"]["proven"], self.report()["summary"]["cells"]["total"])
        self.assertIn("purged again", (self.folder / "report.html").read_text(encoding="utf-8"))
        self.assertIn('testsuite name="repurge"', (self.folder / "junit.xml").read_text(encoding="utf-8"))
        self.assertEqual(self.program("judge", "after.jsonl", "--report", "again.json")[0], 0)
        self.assertEqual((self.folder / "again.json").read_bytes(), (self.folder / "report.json").read_bytes())
        code, out, _ = self.program("explain", "after.jsonl", "--tenants", victim, "--most", "1")
        self.assertEqual(code, 0)
        journal = [json.loads(line) for line in (self.folder / "purge.jsonl").read_text(encoding="utf-8").splitlines()]
        self.assertEqual([line.get("round") for line in journal if line["type"] == "purge"], [None, 1])

    def test_what_stays_needs_a_person_and_says_what_to_run(self) -> None:
        self.lab.deploy(2)
        victim = self.lab.tenants[0]
        self.lost = {victim: 9}
        code, out, err = self.program("purge")
        self.assertEqual(code, 0, out + err)
        code, out, err = self.program("verify", "--baseline", "baseline.jsonl", "--purged-at", "journal", "--repurge", "1",
                                      "--report", "report.json", "--format", "github")
        self.assertEqual(code, 1, out + err)
        self.assertIn("1 tenant requires manual invalidation (its one round is over)", out)
        manual = self.report()["repurge"]["manual"]
        self.assertEqual(manual[0]["tenant"], victim)
        self.assertIn(f"--tenants {victim} ", manual[0]["command"])
        # What it says can be run as it stands, and is enough once the reason is gone.
        self.lost = {}
        code, out, err = self.program(*manual[0]["command"].split()[1:])
        self.assertEqual(code, 0, out + err)

    def test_what_a_round_is_refused_for_is_told_at_its_cells(self) -> None:
        self.lab.deploy(2)
        victim = self.lab.tenants[4]
        self.lost = {victim: 1}
        self.assertEqual(self.program("purge")[0], 0)
        self.emulator.faults = [400]
        code, out, err = self.program("verify", "--baseline", "baseline.jsonl", "--purged-at", "journal", "--repurge", "2",
                                      "--report", "report.json", "--evidence", "after.jsonl")
        self.assertEqual(code, 1, out + err)
        self.assertIn("fastly took nothing of round 1: status 400: as told", out)
        report = self.report()
        self.assertEqual({(one["tenant"], one["cause"]) for one in report["findings"]}, {(victim, "purge-failed")})
        self.assertIn("failed (status 400: as told)", report["findings"][0]["why"])
        self.assertEqual([one["not_taken"] for one in report["repurge"]["rounds"]], [1])
        self.assertEqual(self.program("judge", "after.jsonl", "--report", "again.json")[0], 1)
        self.assertEqual((self.folder / "again.json").read_bytes(), (self.folder / "report.json").read_bytes())

    def test_later_rounds_go_over_to_the_wider_kind(self) -> None:
        self.lab.deploy(2)
        victim = self.lab.tenants[1]
        self.lost = {victim: 9}
        self.program("purge")
        self.program("verify", "--baseline", "baseline.jsonl", "--purged-at", "journal", "--repurge", "2",
                     "--report", "report.json")
        self.assertEqual([one["kind"] for one in self.report()["repurge"]["rounds"]], ["url", "tag"])
        self.assertIn(Eviction("tag", tag=f"tenant-{victim}"), self.emulator.evictions)

    def test_nothing_is_purged_while_a_replica_lags(self) -> None:
        self.lab.ask("POST", "/deploy?release=2&replica=0")
        code, out, err = self.program("purge", "--origin-deadline", "2s", "--baseline", "baseline.jsonl")
        self.assertEqual(code, 3, out + err)
        self.assertIn("still serves the old version", err)
        self.assertIn("--no-origin-gate", err)
        self.assertEqual(self.emulator.calls, [])
        self.assertFalse((self.folder / "purge.jsonl").exists())
        self.assertEqual(self.program("purge", "--no-origin-gate")[0], 0)

    def test_words_that_do_not_go_together_are_refused(self) -> None:
        for arguments, says in ((("verify", "--repurge", "1", "--fail-fast"), "leave one out"),
                                (("verify", "--repurge", "11"), "11"),
                                (("purge", "--origin-deadline", "0s"), "leaves no time")):
            code, _, err = self.program(*arguments)
            self.assertEqual(code, 2, err)
            self.assertIn(says, err)


if __name__ == "__main__":
    main()
