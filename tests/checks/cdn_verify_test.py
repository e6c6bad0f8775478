"""What cdn-verify.py promises. Runs the script as cachewitness does: a process, JSON in, JSON out."""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "skills",
                      "verify-cdn-invalidation", "scripts", "cdn-verify.py")
NEW, OLD = "b" * 64, "a" * 64
EDGES = [("us-west", "us-west-1"), ("us-east", "us-east-1"), ("apac", "apac-1")]


def header(purged_at="2026-11-23T03:00:00.000000000Z"):
    purge = {"requested_at": purged_at, "acknowledged_at": purged_at, "source": "--purged-at"} if purged_at else None
    return {"type": "header", "schema": "cachewitness.evidence/v1", "purge": purge}


def probe(edge, tenant="t", digest=NEW, age=5, **more):
    line = {"type": "probe", "id": "e1", "environment": "production", "region": edge[0], "edge": edge[1],
            "tenant": tenant, "asset": "/a.js", "variant": "identity", "sample": 0,
            "sent_at": "2026-11-23T03:01:00.250000000Z", "status": 200,
            "headers": {"etag": '"v"', "age": str(age)}, "body": {"sha256": digest} if digest else {}}
    line.update(more)
    return line


def origin(tenant="t", digest=NEW):
    line = probe(("", ""), tenant, digest)
    line.update(type="origin", replica="https://o1.example.net")
    return line


class CdnVerify(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, "evidence.jsonl")

    def run_script(self, text):
        return subprocess.run([sys.executable, SCRIPT], input=text, capture_output=True, text=True, timeout=60)

    def check(self, lines, **request):
        with open(self.path, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
        return self.ask(**request)

    def ask(self, **request):
        whole = {"schema": "cachewitness.check/v1", "evidence": self.path, "report": None,
                 "environment": "production"}
        whole.update(request)
        result = self.run_script(json.dumps(whole))
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def test_passes_where_all_edges_agree(self):
        answer = self.check([header(), origin()] + [probe(edge) for edge in EDGES])
        self.assertEqual((answer["status"], answer["parity_score"], answer["findings"]), ("pass", 1.0, []))
        self.assertIn("3 of 3 cells agree over 3 edges in 3 regions", answer["detail"])

    def test_names_the_edge_that_holds_other_content(self):
        answer = self.check([header(None)] + [probe(edge) for edge in EDGES[:2]] + [probe(EDGES[2], digest=OLD)])
        self.assertEqual(answer["status"], "fail")
        self.assertAlmostEqual(answer["parity_score"], 2 / 3)
        [finding] = answer["findings"]
        self.assertEqual(finding["edges"], [{"region": "apac", "edge": "apac-1", "observed": "sha256:" + OLD}])

    def test_warns_down_to_the_least_parity_and_fails_below_it(self):
        for stale, status in ((0, "pass"), (1, "warn"), (2, "fail")):
            lines = [probe(EDGES[0], tenant="t%d" % i, digest=OLD if i < stale else NEW) for i in range(20)]
            origins = [origin(tenant="t%d" % i) for i in range(20)]
            self.assertEqual(self.check([header(None)] + origins + lines)["status"], status, stale)

    def test_believes_the_origin_against_a_majority(self):
        answer = self.check([header(None), origin()] + [probe(EDGES[0])] +
                            [probe(edge, digest=OLD) for edge in EDGES[1:]])
        self.assertAlmostEqual(answer["parity_score"], 1 / 3)
        self.assertEqual([edge["edge"] for edge in answer["findings"][0]["edges"]], ["us-east-1", "apac-1"])

    def test_compares_etags_without_weakness_and_coding_where_there_is_no_digest(self):
        etags = ['"v2"', 'W/"v2"', '"v2-gzip"']
        lines = [probe(edge, digest=None, headers={"etag": etag}) for edge, etag in zip(EDGES, etags)]
        self.assertEqual(self.check([header()] + lines)["status"], "pass")
        lines[0]["headers"]["etag"] = '"v1"'
        self.assertEqual(self.check([header()] + lines)["status"], "fail")

    def test_takes_a_cached_error_for_other_content(self):
        lines = [probe(edge) for edge in EDGES[:2]] + [probe(EDGES[2], status=404)]
        answer = self.check([header(None)] + lines)
        self.assertEqual(answer["findings"][0]["edges"][0]["observed"], "status:404")

    def test_warns_where_a_region_holds_a_copy_from_before_the_purge(self):
        # The same content everywhere, and yet apac's copy is older than the purge: it was never purged there.
        answer = self.check([header()] + [probe(edge, age=5) for edge in EDGES[:2]] + [probe(EDGES[2], age=3600)])
        self.assertEqual(answer["status"], "warn")
        [finding] = answer["findings"]
        self.assertEqual(finding["regions_before_purge"], ["apac"])
        self.assertEqual(finding["regions_after_purge"], ["us-east", "us-west"])
        # Sent 60.25 s after the purge.
        self.assertEqual(finding["seconds_since_purge"], {"apac": [-3539.75, -3539.75], "us-east": [55.25, 55.25],
                                                          "us-west": [55.25, 55.25]})

    def test_scores_tenants_and_regions_and_tells_when_each_region_was_refilled(self):
        lines = [origin("a"), origin("b")]
        lines += [probe(edge, tenant, age=10 * (i + 1)) for i, edge in enumerate(EDGES[:2]) for tenant in ("a", "b")]
        lines += [probe(EDGES[2], "a", age=5), probe(EDGES[2], "b", OLD, age=600)]
        answer = self.check([header()] + lines)
        metrics = answer["metrics"]
        self.assertEqual([metrics["parity." + region] for region, _ in EDGES], [1, 1, 0.5])
        self.assertEqual(metrics["tenant_parity"], 0.5)
        self.assertEqual([metrics["first_copy_after_purge_s." + region] for region, _ in EDGES], [50.25, 40.25, 55.25])
        self.assertEqual([metrics["copies_before_purge." + region] for region, _ in EDGES], [0, 0, 1])
        self.assertIn("1 of 2 tenants disagree, most in apac (50.0% agree)", answer["detail"])

    def test_keeps_the_metrics_within_their_bound(self):
        lines = [probe(("region-%d" % i, "e"), digest=OLD if i == 77 else NEW) for i in range(200)]
        metrics = self.check([header(), origin()] + lines)["metrics"]
        self.assertLessEqual(len(metrics), 100)
        self.assertEqual(metrics["parity.region-77"], 0)

    def test_keeps_environments_apart(self):
        lines = [probe(EDGES[0]), probe(EDGES[0], digest=OLD, environment="staging"),
                 probe(EDGES[0], digest=OLD, environment="dev"), origin(), dict(origin(digest=OLD), environment="staging")]
        answer = self.check([header()] + lines, environment="staging,production")
        self.assertEqual((answer["status"], answer["metrics"]["cells"]), ("pass", 2))
        self.assertEqual(answer["metrics"]["parity.staging/us-west"], 1)

    def test_gives_age_a_second_of_slack(self):
        # Sent 60.25 s after the purge.
        for age, status in ((61, "pass"), (62, "warn")):
            lines = [probe(EDGES[0], age=1), probe(EDGES[1], age=age)]
            self.assertEqual(self.check([header()] + lines)["status"], status, age)

    def test_prefers_the_purge_times_of_the_request(self):
        lines = [header(None), probe(EDGES[0], age=5), probe(EDGES[1], age=3600)]
        purge = {"requested_at": "2026-11-23T03:00:00.000Z"}
        self.assertEqual(self.check(lines)["status"], "pass")
        self.assertEqual(self.check(lines, purge=purge)["status"], "warn")

    def test_judges_the_last_sample_and_leaves_failures_and_other_environments_out(self):
        lines = [probe(EDGES[0], digest=OLD), probe(EDGES[0]), probe(EDGES[1]),
                 probe(EDGES[2], digest=OLD, environment="staging"),
                 probe(EDGES[2], digest=OLD, type="baseline")]
        failure = probe(EDGES[2])
        del failure["status"]
        failure["failure"] = {"stage": "connect", "cause": "timeout", "detail": ""}
        answer = self.check([header()] + lines + [failure])
        self.assertEqual(answer["status"], "pass")
        self.assertEqual(answer["metrics"]["failures"], 1)

    def test_never_passes_without_evidence(self):
        self.assertEqual(self.check([header()])["status"], "fail")
        self.assertEqual(self.check([header(), probe(EDGES[0], environment="staging")])["status"], "fail")

    def test_forgives_a_last_line_cut_short_and_no_other(self):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(json.dumps(header()) + "\n" + json.dumps(probe(EDGES[0])) + "\n" + '{"type":"pro')
        self.assertEqual(self.ask()["status"], "pass")
        with open(self.path, "a", encoding="utf-8") as file:
            file.write("\n" + json.dumps(probe(EDGES[1])) + "\n")
        result = self.run_script(json.dumps({"schema": "cachewitness.check/v1", "evidence": self.path}))
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("evidence.jsonl:3: not JSON", result.stderr)

    def test_fails_with_one_line_on_unusable_input(self):
        missing = json.dumps({"schema": "cachewitness.check/v1", "evidence": self.path})
        for text in ("", "[]", "{}", '{"schema":"cachewitness.check/v1"}', missing):
            result = self.run_script(text)
            self.assertEqual((result.returncode, result.stdout), (1, ""), text)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
            self.assertTrue(result.stderr.startswith("cdn-verify: "), result.stderr)

    def test_bounds_its_findings_and_counts_them_all(self):
        lines = [line for i in range(300) for line in (origin("t%d" % i), probe(EDGES[0], "t%d" % i, OLD))]
        answer = self.check([header(None)] + lines)
        self.assertEqual((len(answer["findings"]), answer["metrics"]["findings_total"]), (100, 300))

    @unittest.skipUnless(shutil.which("zstd"), "zstd is not installed")
    def test_reads_compressed_evidence(self):
        self.check([header()] + [probe(edge) for edge in EDGES])
        subprocess.run(["zstd", "-q", "--rm", self.path], check=True)
        self.path += ".zst"
        self.assertEqual(self.ask()["status"], "pass")

    def test_reads_ten_thousand_lines_in_a_moment(self):
        tenants = ["tenant-%d" % i for i in range(834)]
        lines = [header()] + [probe(("r%d" % (i % 4), "e%d" % i), tenant) for tenant in tenants for i in range(12)]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        answer = self.check(lines)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertEqual(answer["metrics"]["cells"], 834 * 12)
        # Processor time of the child, so that a busy machine fails nobody; about 0.15 s where it is idle.
        self.assertLess(after.ru_utime - before.ru_utime, 1.0)


if __name__ == "__main__":
    unittest.main()
