"""What cachewitness.check promises."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path
from typing import Any, Callable, Optional

from cachewitness import Answer, CheckRequest, UnreadableError, run
from cachewitness.check import MAX_ANSWER_BYTES, answer_of, parse_request

from .lines import FOOTER, HEADER, REPORT, failed_probe, probe, write


def request(**more: Any) -> str:
    whole = {"schema": "cachewitness.check/v1", "run_id": "run-1", "evidence": None, "report": None,
             "environment": "staging,production", "purge": {"requested_at": None, "acknowledged_at": None}}
    return json.dumps(dict(whole, **more))


def count_failures(asked: CheckRequest) -> Answer:
    answer = Answer()
    with asked.evidence() as evidence:
        for seen in evidence:
            if seen.failure:
                answer.fail("no answer", edge=seen.cell.edge, cause=seen.failure.cause)
    return answer


class Check(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def end(self, check: Callable[[CheckRequest], Answer], text: str) -> tuple[Optional[int], str, str]:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), self.assertRaises(SystemExit) as ended:
            run(check, io.StringIO(text))
        code = ended.exception.code
        assert not isinstance(code, str)
        return code, out.getvalue(), err.getvalue()

    def test_reads_its_request(self) -> None:
        moment = "2026-11-23T03:00:00.000000001Z"
        asked = parse_request(request(purge={"requested_at": moment, "acknowledged_at": moment}))
        self.assertEqual(asked.environments, ("staging", "production"))
        assert asked.purge
        self.assertEqual(asked.purge.requested_at_ns % 10, 1)
        self.assertIsNone(parse_request(request()).purge)
        for text in ("", "[]", '{"schema": "cachewitness.check/v2"}'):
            with self.assertRaises(UnreadableError):
                parse_request(text)

    def test_answers_from_the_evidence(self) -> None:
        path = write(self.folder / "evidence.jsonl", HEADER, probe(), failed_probe("timeout"), FOOTER)
        code, out, err = self.end(count_failures, request(evidence=str(path)))
        self.assertEqual((code, err), (0, ""))
        answer = json.loads(out)
        self.assertEqual((answer["status"], answer["detail"]), ("fail", "no answer"))
        self.assertEqual(answer["findings"], [{"what": "no answer", "edge": "us-west-1", "cause": "timeout"}])

    def test_answers_from_the_report(self) -> None:
        path = self.folder / "report.json"
        path.write_text(json.dumps(REPORT), encoding="utf-8")
        self.assertEqual(parse_request(request(report=str(path))).report().tenants.total, 2)

    def test_never_passes_where_something_went_wrong(self) -> None:
        def divides_by_zero(_: CheckRequest) -> Answer:
            raise ZeroDivisionError("no")

        def scores_too_high(_: CheckRequest) -> Answer:
            answer = Answer()
            answer.parity_score = 1.5
            return answer

        for check, text, expected in ((count_failures, request(), "was given no evidence"),
                                      (count_failures, request(evidence="/nowhere/e.jsonl"), "/nowhere/e.jsonl"),
                                      (divides_by_zero, request(), "ZeroDivisionError"),
                                      (scores_too_high, request(), "parity_score 1.5"),
                                      (count_failures, "nonsense", "is not JSON")):
            code, out, err = self.end(check, text)
            self.assertEqual((code, out), (1, ""), text)
            self.assertIn(expected, err)

    def test_status_only_gets_worse(self) -> None:
        answer = Answer()
        answer.fail("bad")
        answer.warn("odd")
        self.assertEqual(json.loads(answer.to_json())["status"], "fail")
        self.assertEqual(json.loads(answer.to_json())["detail"], "bad, and 1 more")
        self.assertEqual(json.loads(Answer().to_json())["status"], "pass")

    def test_an_answer_stays_within_its_bounds(self) -> None:
        answer = Answer("d" * 100_000)
        for i in range(1000):
            answer.warn("x" * 100_000, number=i)
        text = answer.to_json()
        self.assertLess(len(text), MAX_ANSWER_BYTES)
        self.assertEqual(json.loads(text)["metrics"]["findings_total"], 1000)
        answer.metrics = {"m%d" % i: 1.0 for i in range(100)}
        with self.assertRaises(ValueError):
            answer.to_json()
        answer.metrics = {"m": float("nan")}
        with self.assertRaises(ValueError):
            answer.to_json()

    def test_can_be_tested_without_a_process(self) -> None:
        self.assertIn('"pass"', answer_of(lambda _: Answer("fine"), request()))


if __name__ == "__main__":
    unittest.main()
