"""A report (`cachewitness.report/v1`), to gate on or to look into.

    report = read_report("report.json")
    if not report.passed:
        sys.exit("%s: %s" % (report.outcome, ", ".join(report.affected_tenants)))
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Optional, Union

from ._reading import Members, UnreadableError

SCHEMA = "cachewitness.report/v1"


@dataclass(frozen=True)
class Finding:
    """A cell that is not fresh. docs/rules/ tells what each cause means."""

    environment: str
    region: str
    edge: str
    tenant: str
    asset: str
    variant: str
    url: str
    state: str  # "stale", "mismatch", "leak", "error" or "inconclusive"
    cause: str
    confidence: float  # 0..1
    waived: bool  # policy.allow tolerates it
    header: Optional[str]  # header-drift: which
    expected: str
    observed: str
    why: str
    remedy: str
    evidence: tuple[str, ...]  # ids of observations


@dataclass(frozen=True)
class Cells:
    total: int
    fresh: int
    proven: int  # subset of fresh
    stale: int
    mismatch: int
    leak: int
    error: int
    inconclusive: int
    waived: int  # subset of the non-fresh


@dataclass(frozen=True)
class Tenants:
    total: int
    verified: int
    flagged: int


@dataclass(frozen=True)
class Report:
    run_id: str
    project: str
    environment: str  # "staging,production"
    started_at_ns: int
    finished_at_ns: int
    complete: bool
    gate_passed: bool
    exit_code: int  # of the gate: 0 passed, 1 failed, 3 too little evidence
    reasons: tuple[str, ...]  # why the gate did not pass
    outcome: str  # one line
    tenants: Tenants
    cells: Cells
    probes: int
    parity_score: float  # 0..1
    findings: tuple[Finding, ...]
    affected_tenants: tuple[str, ...]  # stale, mismatch or leak and not waived
    unsure_tenants: tuple[str, ...]    # else error or inconclusive
    values: Mapping[str, Any]  # the whole report

    @property
    def passed(self) -> bool:
        """The one question of a deployment. A run that was cut short proves nothing."""
        return self.gate_passed and self.complete and self.exit_code == 0


def _finding(item: Members) -> Finding:
    return Finding(
        **{name: item.text(name) for name in ("environment", "region", "edge", "tenant", "asset", "variant", "url", "state",
                                              "cause", "expected", "observed", "why", "remedy")},
        confidence=item.number("confidence"), waived=item.flag("waived"), header=item.find_text("header"),
        evidence=item.texts("evidence"))


def parse_report(text: str, name: str = "report") -> Report:
    """`name` is for messages. Raises UnreadableError."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UnreadableError("%s: not JSON: %s" % (name, error)) from None
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise UnreadableError("%s: not a %s" % (name, SCHEMA))
    whole = Members(value, name)
    gate = whole.object("gate")
    summary = whole.object("summary")
    cells, tenants = summary.object("cells"), summary.object("tenants")
    return Report(
        run_id=whole.text("run_id"), project=whole.text("project"), environment=whole.text("environment"),
        started_at_ns=whole.time_ns("started_at"), finished_at_ns=whole.time_ns("finished_at"),
        complete=whole.flag("complete"), gate_passed=gate.flag("passed"), exit_code=gate.integer("exit_code"),
        reasons=gate.texts("reasons"), outcome=whole.text("outcome"),
        tenants=Tenants(*(tenants.integer(key) for key in ("total", "verified", "flagged"))),
        cells=Cells(*(cells.integer(key) for key in ("total", "fresh", "proven", "stale", "mismatch", "leak", "error",
                                                     "inconclusive", "waived"))),
        probes=summary.integer("probes"), parity_score=summary.number("parity_score"),
        findings=tuple(_finding(item) for item in whole.objects("findings")),
        affected_tenants=whole.texts("affected_tenants"), unsure_tenants=whole.texts("unsure_tenants"), values=value)


def read_report(path: Union[str, Path]) -> Report:
    """Reads what `--report` wrote. Raises OSError or UnreadableError."""
    return parse_report(Path(path).read_text(encoding="utf-8"), str(path))
