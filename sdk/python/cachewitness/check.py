"""A check of your own: a function from what it is asked to what it answers.

    from cachewitness import Answer, CheckRequest, run

    def small_enough(request: CheckRequest) -> Answer:
        answer = Answer()
        with request.evidence() as evidence:
            for seen in evidence:
                body = seen.response.body if seen.response else None
                if seen.role == "probe" and body and body.decoded_bytes > 1 << 20:
                    answer.fail("an answer of more than a megabyte", edge=seen.cell.edge, url=seen.url)
        return answer

    if __name__ == "__main__":
        run(small_enough)

Whatever goes wrong is a failed check, never a passed one: an exception ends the program with exit code 1.
"""

from __future__ import annotations

import enum
import json
import math
import sys
import traceback
from dataclasses import dataclass
from typing import IO, Any, Callable, NoReturn, Optional

from ._reading import Members, UnreadableError
from .evidence import EvidenceFile, Purge, read_evidence
from .report import Report, read_report

SCHEMA = "cachewitness.check/v1"
# As cachewitness itself bounds an answer (docs/checks.md).
MAX_FINDINGS = 100
MAX_METRICS = 100
MAX_ANSWER_BYTES = 4 << 20
_FINDINGS_BUDGET = MAX_ANSWER_BYTES // 2
_LONGEST_DETAIL = 4000


class Status(enum.Enum):
    """From good to bad. `WARN` is shown and does not fail the gate."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


_RANKS = {Status.PASS: 0, Status.WARN: 1, Status.FAIL: 2}


@dataclass(frozen=True)
class CheckRequest:
    """What cachewitness asks."""

    run_id: str
    environments: tuple[str, ...]
    evidence_path: Optional[str]  # where the manifest says `input: evidence` or `report`
    report_path: Optional[str]    # `input: report`
    purge: Optional[Purge]

    def evidence(self) -> EvidenceFile:
        """The evidence so far: all of the probes, without the footer. Raises UnreadableError where none was given."""
        if self.evidence_path is None:
            raise UnreadableError("the check was given no evidence; set `input: evidence` in the manifest")
        return read_evidence(self.evidence_path)

    def report(self) -> Report:
        """The report so far, without the checks. Raises UnreadableError where none was given."""
        if self.report_path is None:
            raise UnreadableError("the check was given no report; set `input: report` in the manifest and run with --report")
        return read_report(self.report_path)


def parse_request(text: str) -> CheckRequest:
    """Raises UnreadableError."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UnreadableError("the check's input is not JSON: %s" % error) from None
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise UnreadableError("the check's input is not a %s object" % SCHEMA)
    request = Members(value, "the check's input")
    purge = request.find_object("purge")
    is_known = purge is not None and purge.find_text("requested_at") is not None
    names = request.find_text("environment") or ""
    return CheckRequest(
        run_id=request.find_text("run_id") or "", environments=tuple(name for name in names.split(",") if name),
        evidence_path=request.find_text("evidence"), report_path=request.find_text("report"),
        purge=Purge(purge.time_ns("requested_at"), purge.time_ns("acknowledged_at")) if purge and is_known else None)


class Answer:
    """What the check says. It passes until warn() or fail() is called; every finding is counted, the first 100 are kept."""

    def __init__(self, detail: str = "") -> None:
        self.status = Status.PASS
        self.detail = detail  # one line for a person
        self.parity_score: Optional[float] = None  # 0..1
        self.metrics: dict[str, float] = {}  # finite numbers, at most 100
        self.findings: list[dict[str, Any]] = []
        self.findings_total = 0
        self._bytes = 0

    def warn(self, what: str, **more: Any) -> None:
        """Something to look at. `more` is any JSON, such as edge="us-1"."""
        self._find(Status.WARN, what, more)

    def fail(self, what: str, **more: Any) -> None:
        """Something that must stop the deployment."""
        self._find(Status.FAIL, what, more)

    def _find(self, status: Status, what: str, more: dict[str, Any]) -> None:
        self.status = max(self.status, status, key=_RANKS.__getitem__)
        self.findings_total += 1
        if len(self.findings) < MAX_FINDINGS:
            finding = {"what": what, **more}
            self._bytes += len(json.dumps(finding, allow_nan=False))
            if self._bytes <= _FINDINGS_BUDGET:
                self.findings.append(finding)

    def to_json(self) -> str:
        """One line of JSON. Raises ValueError for a score or a metric that is no finite number in its range."""
        if self.parity_score is not None and not 0 <= self.parity_score <= 1:
            raise ValueError("parity_score %r is not between 0 and 1" % self.parity_score)
        metrics = dict(self.metrics, findings_total=self.findings_total)
        if len(metrics) > MAX_METRICS or not all(math.isfinite(value) for value in metrics.values()):
            raise ValueError("metrics are at most %d finite numbers" % (MAX_METRICS - 1))
        answer: dict[str, Any] = {"schema": SCHEMA, "status": self.status.value,
                                  "detail": (self.detail or self._summary())[:_LONGEST_DETAIL],
                                  "findings": self.findings, "metrics": metrics}
        if self.parity_score is not None:
            answer["parity_score"] = self.parity_score
        return json.dumps(answer, allow_nan=False)

    def _summary(self) -> str:
        if not self.findings_total:
            return "nothing was found"
        first = self.findings[0]["what"] if self.findings else "findings"
        return str(first) if self.findings_total == 1 else "%s, and %d more" % (first, self.findings_total - 1)


def answer_of(check: Callable[[CheckRequest], Answer], request: str) -> str:
    """The whole protocol without the process around it, for tests of a check."""
    return check(parse_request(request)).to_json()


def run(check: Callable[[CheckRequest], Answer], source: Optional[IO[str]] = None) -> NoReturn:
    """Reads the request from standard input, answers on standard output, and ends the program.

    Exit code 0 says that there is an answer, whatever it is. An exception of the check is told on standard error, ends
    with 1, and so fails the gate.
    """
    try:
        text = answer_of(check, (source or sys.stdin).read())
    except (UnreadableError, OSError) as error:
        print("%s: %s" % (sys.argv[0], error), file=sys.stderr)
        sys.exit(1)
    except Exception:
        traceback.print_exc()
        sys.exit(1)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    sys.exit(0)
