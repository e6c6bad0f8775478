"""What cachewitness.report promises."""

from __future__ import annotations

import json
import unittest

from cachewitness import UnreadableError
from cachewitness.report import parse_report

from .lines import REPORT


class Report(unittest.TestCase):
    def test_gives_what_a_pipeline_asks_for(self) -> None:
        report = parse_report(json.dumps(REPORT))
        self.assertFalse(report.passed)
        self.assertEqual((report.tenants.verified, report.cells.stale, report.exit_code), (1, 1, 1))
        [finding] = report.findings
        self.assertEqual((finding.cause, finding.edge, finding.evidence, finding.header),
                         ("never-purged", "us-west-1", ("e1",), None))

    def test_passes_only_where_the_gate_did_and_the_run_was_whole(self) -> None:
        passed = dict(REPORT, gate={"passed": True, "exit_code": 0, "reasons": []})
        self.assertTrue(parse_report(json.dumps(passed)).passed)
        self.assertFalse(parse_report(json.dumps(dict(passed, complete=False))).passed)

    def test_refuses_what_is_no_report(self) -> None:
        for text, expected in (("nonsense", "not JSON"), ("[]", "not a cachewitness.report/v1"),
                               (json.dumps(dict(REPORT, schema="cachewitness.report/v2")), "not a cachewitness.report/v1"),
                               (json.dumps(dict(REPORT, gate=None)), '"gate" is not there'),
                               (json.dumps(dict(REPORT, complete="yes")), '"complete" is not true or false')):
            with self.subTest(text[:20]), self.assertRaisesRegex(UnreadableError, expected):
                parse_report(text, "report.json")


if __name__ == "__main__":
    unittest.main()
