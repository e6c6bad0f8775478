"""`purge` against an emulator of providers' APIs: what is asked, journaled, retried, resumed and refused."""

from __future__ import annotations

import json
from typing import Any

from lab import Lab
from program import ProgramTest, main
from providers.azure import SETTINGS as AZURE
from providers.emulator import TOKEN, Emulator
from providers.manifest import host, manifest, urls
from providers.messages import Eviction
from providers.tokens import CLIENT_ID, CLIENT_SECRET, DIRECTORY, AzureTokens, GoogleTokens


class EmulatedTest(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.emulator = Emulator()
        self.addCleanup(self.emulator.close)

    def manifest(self, purge: str, tenants: int = 2) -> None:
        self.write("cachewitness.yaml", manifest(purge.replace("API", f'"{self.emulator.api}"'), tenants))

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


class PurgeTest(EmulatedTest):
    def test_every_planned_url_is_asked_for_once_and_journaled_before(self) -> None:
        self.cloudflare()
        code, result = self.purge()
        self.assertEqual((code, result["items"]["accepted"]), (0, 4))
        self.assertEqual(sorted(self.emulator.purged), urls(2))
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

    def test_a_connection_cut_before_it_took_effect_is_the_same_to_the_caller(self) -> None:
        self.cloudflare()
        self.emulator.faults = ["cut-before"]
        code, result = self.purge()
        self.assertEqual((code, result["attempts"]), (0, 2))
        self.assertEqual(len(self.emulator.purged), 4)

    def test_an_answer_slower_than_the_timeout_leaves_its_call_in_doubt_until_it_is_sent_again(self) -> None:
        self.cloudflare(", timeout: 300ms")
        self.emulator.faults = ["slow"]
        code, result = self.purge()
        self.assertEqual((code, result["attempts"], result["items"]["accepted"]), (0, 2, 4))
        answers = [line for line in self.journal() if line["type"] == "answer"]
        self.assertEqual([line["outcome"] for line in answers], ["unknown", "accepted"])
        self.assertIn("timeout while the answer was awaited", answers[0]["reason"])

    def test_a_provider_that_never_answers_ends_in_doubt_and_not_in_a_pass(self) -> None:
        self.cloudflare(", timeout: 100ms")
        self.emulator.faults = ["slow"] * 20
        code, result = self.purge("--timeout", "2s")
        self.assertEqual((code, result["items"]["unknown"], result["complete"]), (3, 4, False))
        self.emulator.faults = []
        code, result = self.purge("--resume")
        self.assertEqual((code, result["items"]["accepted"]), (0, 4))

    def test_a_token_that_expires_again_and_again_is_read_anew_each_time(self) -> None:
        """As where a command hands out tokens of an hour, and the purge takes three."""
        token = self.write("token.txt", TOKEN)
        self.manifest(f"{{provider: cloudflare, zone: z1, api: API, token: {{file: {token}}}, batch: 1, rate: 500}}", 30)

        def expire(number: int, at: str) -> None:
            if at == "arrived" and number in (10, 40):
                self.emulator.tokens = {f"token-of-{number}"}
                self.write("token.txt", f"token-of-{number}\n")

        self.emulator.on_purge = expire
        code, result = self.purge()
        self.assertEqual((code, result["items"]["accepted"]), (0, 60), result)
        self.assertGreater(self.emulator.statuses.count(403), 1)
        text = (self.folder / "purge.jsonl").read_text(encoding="utf-8")
        self.assertNotIn("token-of", text)

    def test_a_token_that_expires_and_is_not_renewed_ends_the_purge_to_be_resumed(self) -> None:
        self.cloudflare(", batch: 1", tenants=10)
        self.emulator.faults = [None] * 5 + ["expired"] * 100
        code, result = self.purge()
        self.assertEqual((code, result["complete"]), (3, False))
        self.assertLessEqual(len(self.emulator.calls), 20 + 15, "what was under way, once more, and no more than that")
        self.emulator.faults = []
        code, result = self.purge("--resume")
        self.assertEqual((code, result["items"]["accepted"]), (0, 20))

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
        self.assertEqual([call.method for call in self.emulator.calls], ["POST", "GET"])

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

    def test_a_driver_that_shows_its_secret_is_masked(self) -> None:
        script = self.write("driver.py", "import os,sys\nsys.exit('bad token ' + os.environ['TOKEN'])\n")
        self.manifest(f"{{provider: driver, run: [python3, {script}], env: [TOKEN]}}")
        ended = self.run_program("purge", "--no-origin-gate", environment={"TOKEN": "tok-31415926"})
        self.assertIn("bad token ***", ended.out)
        self.assertNotIn("31415926", ended.out + ended.err + (self.folder / "purge.jsonl").read_text())

    def test_a_driver_that_failed_or_was_ended_is_run_again_by_resume(self) -> None:
        for end, counted in (("sys.exit('no route')", "not taken"), ("os.kill(os.getpid(), 15)", "unknown")):
            with self.subTest(end):
                (self.folder / "tried").unlink(missing_ok=True)
                script = self.write("driver.py", "import json,os,sys\nq=json.load(sys.stdin)\n"
                                    f"if not os.path.exists('tried'):\n    open('tried', 'w').close()\n    {end}\n"
                                    "print(json.dumps({'accepted': True}))\n")
                self.manifest(f"{{provider: driver, run: [python3, {script}]}}")
                journal = f"{counted}.jsonl"
                failed = self.run_program("purge", "--no-origin-gate", "--journal", journal)
                self.assertEqual(failed.code, 3, failed.err)
                self.assertIn(f"4 {counted}", failed.out)
                self.assertIn("not taken: the driver failed: ", failed.out)
                finished = self.run_program("purge", "--no-origin-gate", "--resume", "--journal", journal)
                self.assertEqual(finished.code, 0, finished.err)
                self.assertIn("PURGED - 4 of 4 items taken", finished.out)


class AccessTokenTest(EmulatedTest):
    """Tokens that are fetched, with a key that lives longer than they do."""

    def google(self) -> None:
        key = self.write("key.json", self.emulator.of(GoogleTokens).make_key_file(self.emulator.api))
        self.manifest("{provider: google-cloud-cdn, gcp_project: p1, url_map: m1, api: API, "
                      f"service_account: {{file: {key}}}}}")

    def azure(self) -> None:
        options = ", ".join(f"{name}: {value}" for name, value in AZURE.items())
        self.manifest(f"{{provider: azure-front-door, {options}, api: API, login: API, directory: {DIRECTORY}, "
                      f"client_id: {CLIENT_ID}, client_secret: {{env: CLIENT_SECRET}}}}")

    def purge_azure(self, secret: str = CLIENT_SECRET) -> tuple[int, dict[str, Any]]:
        ended = self.run_program("purge", "--no-origin-gate", "--format", "json",
                                 environment={"CLIENT_SECRET": secret})
        self.assertNotIn(secret, ended.out + ended.err)
        self.assertNotIn("issued-token", ended.out + ended.err)
        return ended.code, json.loads(ended.out) if ended.out.startswith("{") else {"err": ended.err}

    def test_a_service_account_gets_its_token(self) -> None:
        self.google()
        self.emulator.tokens.clear()
        code, result = self.purge()
        self.assertEqual((code, result["items"]["completed"]), (0, 4), result)
        self.assertNotIn("issued-token", (self.folder / "purge.jsonl").read_text(encoding="utf-8"))
        self.assertEqual(self.emulator.of(GoogleTokens).issued, 1)

    def test_an_application_gets_its_token(self) -> None:
        self.azure()
        self.emulator.tokens.clear()
        code, result = self.purge_azure()
        self.assertEqual((code, result["items"]["completed"]), (0, 4), result)
        self.assertNotIn(CLIENT_SECRET, (self.folder / "purge.jsonl").read_text(encoding="utf-8"))

    def test_a_token_that_expires_is_fetched_anew(self) -> None:
        self.google()

        def expire(number: int, at: str) -> None:
            if (number, at) == (3, "arrived"):
                self.emulator.tokens.clear()

        self.emulator.on_purge = expire
        code, result = self.purge()
        self.assertEqual((code, result["items"]["completed"]), (0, 4), result)
        self.assertEqual(self.emulator.of(GoogleTokens).issued, 2)

    def test_without_a_token_nothing_is_begun(self) -> None:
        self.azure()
        code, result = self.purge_azure("a wrong one")
        self.assertEqual(code, 2)
        self.assertIn("AADSTS7000215", result["err"])
        self.emulator.of(AzureTokens).has_outage = True
        code, result = self.purge_azure()
        self.assertEqual(code, 2)
        self.assertIn("no access token: status 503: come again later", result["err"])
        self.assertEqual(self.emulator.evictions, [])


class PaceTest(EmulatedTest):
    def test_100_000_urls_keep_the_pace_of_the_api_and_meet_no_429(self) -> None:
        """100 a call and 50 calls a second: 20 s in theory."""
        self.write("tenants.csv", "id,host\n" + "".join(f"t{i},{host(i)}\n" for i in range(50_000)))
        self.manifest(f'{{provider: http, url: "{self.emulator.api}/own/purge", body: "{{items}}", batch: 100, rate: 50, '
                      "headers: {x-key: {env: TOKEN}}}")
        lines = (self.folder / "cachewitness.yaml").read_text(encoding="utf-8").splitlines()
        lines[1] = "tenants: {from: tenants.csv}"
        self.write("cachewitness.yaml", "\n".join(lines))
        code, result = self.purge()
        self.assertEqual((code, result["items"]["accepted"]), (0, 100_000))
        self.assertEqual(len(set(self.emulator.purged)), 100_000)
        self.assertEqual(set(self.emulator.statuses), {202}, "no 429, warm or not")
        ticks = [line["tick_ns"] for line in self.journal() if line["type"] in ("request", "answer")]
        self.assertLess((ticks[-1] - ticks[0]) / 1e9, 20 * 1.1)


class ClosedLoopTest(ProgramTest):
    def test_a_purge_through_an_api_is_proven_on_the_edges(self) -> None:
        lab = Lab(self.folder, "--tenants", "4", "--regions", "1")
        self.addCleanup(lab.close)

        def evict(eviction: Eviction) -> None:
            for edge in lab.edges:
                lab.purge_url(edge, eviction.host, eviction.target)

        emulator = Emulator(evict)
        self.addCleanup(emulator.close)
        lab.add_purge(f'{{provider: fastly, api: "{emulator.api}", token: {{env: TOKEN}}}}')
        self.assertEqual(self.run_program("arm").code, 0)
        lab.deploy(2)
        purged = self.run_program("purge", environment={"TOKEN": TOKEN})
        self.assertEqual(purged.code, 0, purged.err + purged.out)
        proven = self.run_program("verify", "--baseline", "baseline.jsonl", "--purged-at", "journal")
        self.assertEqual(proven.code, 0, proven.out + proven.err)
        self.assertIn("SUCCESS - 4/4 tenants verified", proven.out)


if __name__ == "__main__":
    main()
