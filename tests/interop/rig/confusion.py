"""Holds a report against what was planted: the confusion table, and every difference by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .cachewitness import Report
from .cells import Cell, Verdict


@dataclass(frozen=True)
class Confusion:
    """How often each planted verdict was reported as which."""

    counts: Mapping[tuple[Verdict, Verdict], int]
    misjudged: list[str]  # cells
    troubles: list[str]  # what is wrong with the report as a whole

    @property
    def wrong(self) -> list[str]:
        return self.misjudged + self.troubles

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """(planted, reported, cells), what was planted most often first."""
        ordered = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        return [(str(planted), str(found), str(count)) for (planted, found), count in ordered]


def compare(report: Report, deserved: Mapping[Cell, Verdict]) -> Confusion:
    """Cell by cell. A finding for a cell that nobody planned is wrong too."""
    findings = report.findings
    counts: Counter[tuple[Verdict, Verdict]] = Counter()
    misjudged: list[str] = []
    for cell, planted in deserved.items():
        found = report.verdict(cell) if cell in findings else Verdict("fresh")
        counts[planted, found] += 1
        if found != planted:
            misjudged.append(f"{_name(cell)} deserves {planted}, got {found}: {report.why(cell)}")
    troubles = [f"{_name(cell)} is no cell of the run" for cell in findings if cell not in deserved]
    troubles += _count_troubles(report, deserved.values())
    troubles += [] if report.document["complete"] else [f"the run ended early: {report.document['why_incomplete']}"]
    return Confusion(dict(counts), misjudged, troubles)


def _count_troubles(report: Report, deserved: Iterable[Verdict]) -> list[str]:
    """The summary must count what the findings list: a cell that was left out is not fresh."""
    wanted = Counter(verdict.state for verdict in deserved)
    wanted["total"] = wanted.total()
    # Every cell was armed while it held the old release, so fresh is proven, never merely consistent.
    wanted["proven"] = wanted["fresh"]
    return [
        f"the summary counts {report.cells.get(state)} cells {state}, not {count}"
        for state, count in wanted.items()
        if report.cells.get(state) != count
    ]


def _name(cell: Cell) -> str:
    return f"{cell.cache} {cell.tenant} {cell.asset} {cell.variant}"
