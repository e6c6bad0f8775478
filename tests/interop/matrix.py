#!/usr/bin/env python3
"""What is said of every cause that real caches can be made to show: the confusion matrix.

Three scenarios, for not every cause can stand beside every other: caches that hold what is not
purged, caches whose copies expire or hang on a device, and caches that are set up wrongly.

Exit status: 0 stale cells are told without error, and 95 % of them by their cause; 1 not, or the
program failed; 77 a server cannot start here (1 where CI is set).
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from rig import arguments
from rig.cachewitness import Cachewitness, ProgramTrouble
from rig.causes import ASSETS, CONTROL, PARTS, Part
from rig.cells import Cell, Verdict
from rig.document import replace_section, table
from rig.faults import Fault
from rig.fleet import Directory
from rig.origin import Origin
from rig.process import ServerTrouble
from rig.scenario import Scenario
from rig.skipping import skip_or_fail

LEAST_RIGHT_CAUSES = 0.95
SHOWN_WRONG = 40


@dataclass
class Matrix:
    """What was planted, against what was reported."""

    counts: Counter[tuple[Verdict, Verdict]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seen_otherwise: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    async def add(self, scenario: Scenario, program: Cachewitness) -> None:
        report = await scenario.run(program)
        self.seen_otherwise += await scenario.look()
        self.faults += scenario.faults
        planned = set(scenario.cells())
        for cell in planned:
            self._count(cell, scenario.deserved(cell), report.verdict(cell), report.why(cell))
        self.wrong += [f"{cell} is no cell of the run" for cell in report.findings if cell not in planned]
        if await program.judge_again(scenario.name) != program.report_bytes(scenario.name):
            self.wrong.append(f"judge makes another report of the evidence of {scenario.name}")

    def _count(self, cell: Cell, deserved: Verdict, found: Verdict, why: str) -> None:
        self.counts[deserved, found] += 1
        if found != deserved:
            self.wrong.append(
                f"{cell.cache} {cell.tenant} {cell.asset} {cell.variant} deserves {deserved}, "
                f"got {found}: {why}"
            )

    def _sum(self, is_meant: Callable[[Verdict, Verdict], bool]) -> int:
        return sum(count for pair, count in self.counts.items() if is_meant(*pair))

    @property
    def precision(self) -> float:
        """Of the cells reported stale, those that are."""
        reported = self._sum(lambda _, found: found.state == "stale")
        return self._true_stale / reported if reported else 0.0

    @property
    def recall(self) -> float:
        """Of the cells that are stale, those reported so."""
        return self._true_stale / max(1, self._sum(lambda planted, _: planted.state == "stale"))

    @property
    def right_causes(self) -> float:
        """Of the stale cells, those reported with their own cause."""
        planted = self._sum(lambda planted, _: planted.state == "stale")
        return self._sum(lambda one, found: one.state == "stale" and one == found) / max(1, planted)

    @property
    def _true_stale(self) -> int:
        return self._sum(lambda planted, found: planted.state == found.state == "stale")

    @property
    def is_good(self) -> bool:
        is_exact = self.precision == 1.0 and self.recall == 1.0
        is_blameless = all(
            planted.state == "stale" or planted == found for planted, found in self.counts
        )
        return (is_exact and is_blameless and self.right_causes >= LEAST_RIGHT_CAUSES
                and not self.seen_otherwise)  # fmt: skip

    def figures(self) -> str:
        return (
            f"{sum(self.counts.values()):,} cells; of `stale`, precision {self.precision:.3f} and recall "
            f"{self.recall:.3f}; the right cause in {self.right_causes:.1%} of stale cells."
        )

    def grid(self) -> str:
        """Rows are the truth, columns the verdicts."""
        rows = sorted({planted for planted, _ in self.counts})
        columns = sorted({found for _, found in self.counts})
        body = [
            (str(row), *(str(self.counts[row, column] or "") for column in columns)) for row in rows
        ]
        return table(("truth \\ verdict", *(column.cause or column.state for column in columns)), body)

    def stories(self) -> str:
        told: dict[tuple[str, Verdict], list[Fault]] = {}
        for fault in self.faults:
            told.setdefault((fault.story, fault.verdict), []).append(fault)
        rows = []
        for (story, verdict), faults in told.items():
            caches = dict.fromkeys(fault.cache for fault in faults)
            cells = sum(len(fault.cells()) for fault in faults)
            rows.append((story, ", ".join(caches), str(cells), f"`{verdict.cause}`"))
        return table(("planted", "caches", "cells", "deserved cause"), rows)


def run(part: Part, matrix: Matrix, program: Cachewitness) -> None:
    with (
        Directory() as directory,
        Origin(replicas=3) as origin,
        part.fleet(directory, [replica.address for replica in origin.replicas]) as fleet,
    ):
        for replica in origin.replicas:
            replica.vary = part.vary
        faults = part.faults(fleet, origin.replicas[1].address)
        tenants = dict.fromkeys([CONTROL, *(tenant for fault in faults for tenant in fault.tenants)])
        scenario = Scenario(
            fleet, origin, faults=faults, tenants=list(tenants), assets=ASSETS,
            variants=part.variants, replicas=origin.replicas[: part.named_replicas], name=part.name,
        )  # fmt: skip
        asyncio.run(matrix.add(scenario, program))


def main() -> int:
    options, _ = arguments.parse("Plants every cause that real caches can show.")
    matrix = Matrix()
    try:
        with arguments.working_directory(options.work, "matrix") as files:
            for part in PARTS:
                run(part, matrix, Cachewitness(options.binary, files))
    except ServerTrouble as trouble:
        return skip_or_fail(str(trouble))
    except ProgramTrouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print(f"\n{matrix.grid()}\n\n{matrix.figures()}")
    otherwise = [f"the cache itself shows otherwise: {one}" for one in matrix.seen_otherwise]
    for line in (matrix.wrong + otherwise)[:SHOWN_WRONG]:
        print(f"  {line}")
    if options.write_docs and matrix.is_good:
        text = "\n\n".join([matrix.figures(), matrix.stories(), matrix.grid()])
        replace_section(options.source / "docs" / "interop.md", "matrix", text)
    return 0 if matrix.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
