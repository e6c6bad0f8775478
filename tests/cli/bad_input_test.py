#!/usr/bin/env python3
"""Bad input of every kind: one clear line a fault on stderr, nothing on stdout, and the right exit code."""

from __future__ import annotations

import os
import unittest

from program import HAS_HTTP3, ProgramTest, main

GOOD = """\
version: 1
project: shop
tenants:
  inline:
    - {id: tenant-abc, host: abc.example.com}
    - {id: tenant-xyz, host: xyz.example.com}
assets: [/asset.js]
environments:
  production:
    url: "http://{tenant.host}{asset}"
    origin: {replicas: ["http://127.0.0.1:9"]}
    regions:
      us-west:
        edges:
          - {name: us-west-1, address: "127.0.0.1:9"}
"""


class BadManifest(ProgramTest):
    """The manifest's faults: file:line:column, what was found, what to write; exit code 2."""

    def assert_fault(self, text: str, place: str, *words: str) -> None:
        self.write("cachewitness.yaml", text)
        for arguments in (["manifest", "check"], ["verify"]):
            ended = self.run_program(*arguments)
            self.assertEqual(ended.code, 2, ended)
            self.assertEqual(ended.out, "")
            first = ended.err.splitlines()[0]
            self.assertTrue(first.startswith(f"cachewitness: cachewitness.yaml{place}"), first)
            for word in words:
                self.assertIn(word, first)

    def test_the_good_one_passes(self) -> None:
        self.write("cachewitness.yaml", GOOD)
        self.assertEqual(self.run_program("manifest", "check").code, 0)

    def test_empty(self) -> None:
        self.assert_fault("", "", "empty")

    @unittest.skipIf(HAS_HTTP3, "this build speaks HTTP/3")
    def test_http_3_in_a_build_without_it(self) -> None:
        text = GOOD.replace('url: "http:', 'http: h3\n    url: "https:')
        self.assert_fault(text, ":10:11:", "this build speaks no HTTP/3; build with -D CACHEWITNESS_HTTP3=ON")

    def test_unknown_key(self) -> None:
        self.assert_fault(GOOD.replace("environments:", "enviroments:"), ":8:1:", "enviroments", "environments")

    def test_tab_indentation(self) -> None:
        self.assert_fault(GOOD.replace("  production:", "\tproduction:"), ":9:1:", "tab")

    def test_yaml_bomb(self) -> None:
        bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
        self.assert_fault(bomb, ":1:", "anchor")

    def test_wrong_type(self) -> None:
        self.assert_fault(GOOD.replace("assets: [/asset.js]", "assets: {a: 1}"), ":7:9:", "list")

    def test_duplicate_tenant(self) -> None:
        self.assert_fault(GOOD.replace("tenant-xyz", "tenant-abc"), ":6:", "tenant-abc")

    def test_bad_url_template(self) -> None:
        self.assert_fault(GOOD.replace("{tenant.host}", "{tenant.hots"), ":10:", "{")

    def test_literal_secret_is_refused_and_not_repeated(self) -> None:
        text = GOOD + "    purge: {provider: fastly, service: S, token: hunter2hunter2}\n"
        self.assert_fault(text, ":16:", "secret", "env")
        self.assertNotIn("hunter2", self.run_program("manifest", "check").err)

    def test_all_faults_at_once(self) -> None:
        self.write("cachewitness.yaml", GOOD.replace("project:", "projct:").replace("assets:", "asets:"))
        self.assertGreaterEqual(len(self.run_program("manifest", "check").err.splitlines()), 2)


class BadCommand(ProgramTest):
    """What the command line says."""

    def setUp(self) -> None:
        super().setUp()
        self.write("cachewitness.yaml", GOOD)

    def assert_refused(self, code: int, arguments: list[str], *words: str, **environment: str) -> None:
        ended = self.run_program(*arguments, environment=environment)
        self.assertEqual(ended.code, code, ended)
        first = ended.err.splitlines()[0]
        self.assertTrue(first.startswith("cachewitness: "), first)
        for word in words:
            self.assertIn(word, first)

    def test_no_manifest(self) -> None:
        self.assert_refused(2, ["verify", "-m", "nowhere.yaml"], "nowhere.yaml")

    def test_manifest_that_is_a_folder(self) -> None:
        self.assert_refused(2, ["verify", "-m", str(self.folder)], str(self.folder))

    def test_misspelt_command(self) -> None:
        self.assert_refused(2, ["verfy"], "verfy", "verify")

    def test_misspelt_option(self) -> None:
        self.assert_refused(2, ["verify", "--fial-fast"], "--fial-fast", "--fail-fast")

    def test_misspelt_environment(self) -> None:
        self.assert_refused(2, ["verify", "-e", "prodution"], "prodution", "production")

    def test_misspelt_region(self) -> None:
        self.assert_refused(2, ["verify", "--regions", "us-wets"], "us-wets", "us-west")

    def test_glob_that_matches_nothing(self) -> None:
        self.assert_refused(3, ["verify", "--tenants", "zzz*"], "zzz*")

    def test_purge_time_that_is_none(self) -> None:
        self.assert_refused(2, ["verify", "--purged-at", "yesterday"], "yesterday", "RFC 3339")

    def test_timeout_that_is_none(self) -> None:
        self.assert_refused(2, ["verify", "--timeout", "fast"], "fast", "30s")

    def test_unwritable_report_is_known_before_the_first_probe(self) -> None:
        self.assert_refused(4, ["verify", "--report", "cachewitness.yaml/report.json"], "report.json")

    def test_unwritable_evidence(self) -> None:
        self.assert_refused(4, ["verify", "--evidence", "no-such-folder/e.jsonl"], "e.jsonl")

    def test_baseline_that_is_none(self) -> None:
        self.assert_refused(2, ["verify", "--baseline", "cachewitness.yaml"], "cachewitness.yaml")

    def test_evidence_that_is_none(self) -> None:
        self.write("e.jsonl", '{"schema":"something/v9"}\n')
        self.assert_refused(2, ["judge", "e.jsonl"], "e.jsonl")

    def test_missing_secret_names_its_variable_and_place(self) -> None:
        text = GOOD.replace("environments:", "variants: {gate: {headers: {authorization: {env: GATE_TOKEN}}}}\nenvironments:")
        self.write("cachewitness.yaml", text)
        self.assert_refused(2, ["verify"], "GATE_TOKEN", "cachewitness.yaml:8:")

    def test_tenants_file_that_is_not_there(self) -> None:
        self.write("cachewitness.yaml", GOOD.split("tenants:")[0] + "tenants: {from: gone.csv}\n" +
                   GOOD[GOOD.index("assets:"):])
        self.assert_refused(2, ["verify"], "gone.csv")

    def test_help_is_help(self) -> None:
        ended = self.run_program("--help")
        self.assertEqual(ended.code, 0)
        for command in ("verify", "arm", "judge", "explain", "manifest", "lab", "demo"):
            self.assertIn(command, ended.out)


class DeadFleet(ProgramTest):
    """A fleet that refuses every connection is evidence, not an error."""

    def test_refused_everywhere_is_inconclusive(self) -> None:
        self.write("cachewitness.yaml", GOOD)
        ended = self.run_program("verify", "--report", "report.json", "--evidence", "e.jsonl")
        self.assertEqual(ended.code, 3, ended)
        self.assertTrue(ended.out.splitlines()[0].startswith("INCONCLUSIVE - "), ended.out)
        again = self.run_program("judge", "e.jsonl", "--report", "again.json")
        self.assertEqual(again.code, 3)
        self.assertEqual((self.folder / "report.json").read_bytes(), (self.folder / "again.json").read_bytes())

    def test_dry_run_sends_nothing(self) -> None:
        self.write("cachewitness.yaml", GOOD)
        ended = self.run_program("verify", "--dry-run")
        self.assertEqual(ended.code, 0, ended)
        self.assertIn("2", ended.out)

    def test_no_secret_of_the_environment_is_ever_written(self) -> None:
        text = GOOD.replace("environments:", "variants: {gate: {headers: {authorization: {env: GATE_TOKEN}}}}\nenvironments:")
        self.write("cachewitness.yaml", text)
        ended = self.run_program("verify", "--report", "report.json", "--evidence", "e.jsonl", "--log", "log.json", "-v",
                                 environment={"GATE_TOKEN": "canary-5d1f0c"})
        self.assertEqual(ended.code, 3, ended)
        written = ended.out + ended.err + "".join(p.read_text() for p in self.folder.iterdir() if p.suffix != ".yaml")
        self.assertNotIn("canary-5d1f0c", written)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    main()
