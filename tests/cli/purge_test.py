"""`purge` against an emulator of providers' APIs: what is asked, journaled, retried, resumed and refused."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import time
from typing import Any

from lab import Lab
from program import BINARY, ProgramTest, main
from provider_emulator import TOKEN, Emulator, path_of

MANIFEST = """version: 1
tenants: [{tenants}]
assets: [/a.js, /b.css]
environments:
  production:
    url: "https://{{tenant.host}}{{asset}}"
    origin: {{replicas: ["http://127.0.0.1:9"]}}
    regions: {{us: {{edges: [{{name: us-1, address: "127.0.0.1:9"}}]}}}}
    purge: {purge}
"""


class PurgeTest(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.emulator = Emulator()
        self.addCleanup(self.emulator.close)

    def manifest(self, purge: str, tenants: int = 2) -> None:
        listed = ", ".join(f"{{id: t{i}, host: t{i}.example.com}}" for i in range(tenants))
        text = purge.replace("API", f'"{self.emulator.api}"')
        self.write("cachewitness.yaml", MANIFEST.format(tenants=listed, purge=text))

    def cloudflare(self, extra: str = "", tenants: int = 2) -> None:
        self.manifest("{provider: cloudflare, zone: z1, api: API, token: {env: TOKEN}, rate: 500" + extra + "}", tenants)

    def purge(self, *arguments: str, token: str = TOKEN) -> tuple[int, dict[str, Any]]:
        ended = self.run_program("purge", "--no-origin-gate", "--format", "json", *arguments, environment={"TOKEN": token})
        self.assertNotIn(TOKEN, ended.out + ended.err)
        return ended.code, json.loads(ended.out) if ended.out.startswith("{") else {"err": ended.err}

    def journal(self) -> list[dict[str, Any]]:
        text = (self.folder / "purge.jsonl").read_text(encoding="utf-8")
        self.assertNotIn(TOKEN, text)
        return [json.loads(line) for line in text.splitlines()]

    def test_every_planned_url_is_asked_for_once_and_journaled_before(self) -> None:
        self.cloudflare()
        code, result = self.purge()
        self.assertEqual((code, result["items"]["accepted"]), (0, 4))
        self.assertEqual(sorted(self.emulator.purged), [f"https://t{t}.example.com{a}" for t in (0, 1)
                                                        for a in ("/a.js", "/b.css")])
        self.assertEqual([line["type"] for line in self.journal()],
                         ["purge", "call", "ready", "request", "answer", "end"])
        again, _ = self.purge()
        self.assertEqual(again, 4, "an earlier journal is not written over")

    def test_dry_run_sends_nothing_and_shows_no_secret(self) -> None:
        self.cloudflare()
        ended = self.run_program("purge", "--dry-run", environment={"TOKEN": TOKEN})
        self.assertEqual(ended.code, 0)
        self.assertIn("4 items in 1 calls", ended.out)
        self.assertIn("/client/v4/zones/z1/purge_cache", ended.out)
        self.assertEqual(self.emulator.calls, [])

    def test_a_200_that_says_no_is_a_refusal(self) -> None:
        self.cloudflare()
        self.emulator.faults = ["success-false"]
        code, result = self.purge()
        self.assertEqual((code, result["items"]["refused"]), (1, 4))
        self.assertEqual(result["refusals"][0]["reason"], "zone is paused")

    def test_limits_and_troubles_are_waited_out(self) -> None:
        self.cloudflare(", batch: 1")
        self.emulator.faults = [429, 503]
        code, result = self.purge()
        self.assertEqual((code, result["items"]["accepted"], result["attempts"]), (0, 4, 6))

    def test_a_limit_at_item_301_loses_nothing(self) -> None:
        self.cloudflare(", batch: 1", tenants=155)
        self.emulator.faults = [None] * 300 + [429, 429]
        code, result = self.purge()
        self.assertEqual((code, result["items"]["accepted"]), (0, 310))
        self.assertEqual(len(set(self.emulator.purged)), 310)

    def test_a_connection_cut_after_sending_is_unknown_and_sent_again(self) -> None:
        self.cloudflare()
        self.emulator.faults = ["cut"]
        code, result = self.purge()
        self.assertEqual((code, result["attempts"]), (0, 2))
        self.assertEqual([line["outcome"] for line in self.journal() if line["type"] == "answer"],
                         ["unknown", "accepted"])

    def test_bad_credentials_end_the_purge_without_hammering(self) -> None:
        self.cloudflare(", batch: 1")
        code, result = self.purge(token="an-expired-token")
        self.assertEqual((code, result["items"]["not_taken"], result["complete"]), (3, 4, False))
        code, result = self.purge("--resume")
        self.assertEqual((code, result["items"]["accepted"]), (0, 4))

    def test_an_asynchronous_job_is_followed_to_its_end(self) -> None:
        self.manifest("{provider: cdn77, cdn: c1, api: API, token: {env: TOKEN}}")
        code, result = self.purge("--url", "https://t0.example.com/a.js")
        self.assertEqual((code, result["items"]["completed"]), (0, 1))
        self.assertEqual([call[0] for call in self.emulator.calls], ["POST", "GET", "GET"])

    def test_a_key_that_the_answer_leaves_out_was_not_taken(self) -> None:
        self.manifest("{provider: fastly, service: s1, api: API, token: {env: TOKEN}}")
        self.emulator.faults = ["partial"]
        code, result = self.purge("--tag", "k1", "--tag", "k2")
        self.assertEqual((code, result["items"]["accepted"], result["refusals"][0]["item"]), (1, 1, "k2"))

    def test_what_cannot_be_done_is_refused_before_anything_is_sent(self) -> None:
        self.manifest("{provider: fastly, service: s1, api: API, token: {env: TOKEN}}")
        for arguments, says in ((("--prefix", "https://t0.example.com/"), "has no purge by prefix"),
                                (("--everything",), "add --yes"),
                                (("--url", "/a.js"), "is no URL"),
                                (("--tag", "a", "--host", "h"), "one kind a purge")):
            ended = self.run_program("purge", *arguments, environment={"TOKEN": TOKEN})
            self.assertEqual(ended.code, 2, ended.err)
            self.assertIn(says, ended.err)
        self.assertEqual(self.emulator.calls, [])

    def test_a_driver_is_believed_item_by_item(self) -> None:
        script = self.write("driver.py", "import json,sys\nq=json.load(sys.stdin)\n"
                            "print(json.dumps({'accepted': q['items'][1:], 'rejected': [{'item': q['items'][0],"
                            " 'reason': 'locked'}], 'id': 'd1'}))\n")
        self.manifest(f"{{provider: driver, run: [python3, {script}]}}")
        code, result = self.purge()
        self.assertEqual((code, result["items"]["accepted"], result["refusals"][0]["reason"]), (1, 3, "locked"))

    def test_a_killed_purge_is_resumed_without_losing_an_item(self) -> None:
        self.cloudflare(", batch: 1", tenants=40)
        wanted = {f"https://t{t}.example.com{a}" for t in range(40) for a in ("/a.js", "/b.css")}
        for kill_after in (0, 1, 13, 60):
            with self.subTest(kill_after=kill_after):
                (self.folder / "purge.jsonl").unlink(missing_ok=True)
                self.emulator.purged.clear()
                self.emulator.calls.clear()
                child = subprocess.Popen([BINARY, "purge", "--no-origin-gate"], cwd=self.folder, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL,
                                         env={"PATH": os.environ["PATH"], "TOKEN": TOKEN})
                while len(self.emulator.calls) <= kill_after and child.poll() is None:
                    time.sleep(0.001)  # until the emulator has seen enough, not for a while
                child.send_signal(signal.SIGKILL)
                child.wait()
                code, result = self.purge("--resume")
                self.assertEqual((code, result["items"]["accepted"]), (0, 80))
                self.assertEqual(set(self.emulator.purged), wanted)


class ClosedLoopTest(ProgramTest):
    def test_a_purge_through_an_api_is_proven_on_the_edges(self) -> None:
        lab = Lab(self.folder, "--tenants", "4", "--regions", "1")
        self.addCleanup(lab.close)

        def evict(url: str) -> None:
            host, path = path_of(url)
            for edge in lab.edges:
                connection = http.client.HTTPConnection(*edge["address"].split(":"), timeout=30)
                connection.request("PURGE", path, headers={"Host": host})
                connection.getresponse().read()
                connection.close()

        emulator = Emulator(evict)
        self.addCleanup(emulator.close)
        manifest = self.folder / "cachewitness.yaml"
        text = manifest.read_text(encoding="utf-8")
        place = text.index("    origin:")
        text = (text[:place] + f'    purge: {{provider: fastly, api: "{emulator.api}", token: {{env: TOKEN}}}}\n'
                + text[place:])
        manifest.write_text(text, encoding="utf-8")
        self.assertEqual(self.run_program("arm").code, 0)
        lab.deploy(2)
        purged = self.run_program("purge", environment={"TOKEN": TOKEN})
        self.assertEqual(purged.code, 0, purged.err + purged.out)
        proven = self.run_program("verify", "--baseline", "baseline.jsonl", "--purged-at", "journal")
        self.assertEqual(proven.code, 0, proven.out + proven.err)
        self.assertIn("SUCCESS - 4/4 tenants verified", proven.out)


if __name__ == "__main__":
    main()
