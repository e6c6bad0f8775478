#!/usr/bin/env python3
"""What is said of every cause that real caches can be made to show: the confusion matrix.

Several scenarios side by side, for not every cause can stand beside every other: caches that hold what is not
purged, caches whose copies expire or hang on a device, caches that are set up wrongly, servers that come and go,
caches that refuse the program's own purge, and what can only be doubted.

Exit status: 0 stale cells are told without error, and 95 % of them by their cause; 1 not, or the
program failed; 77 a server cannot start here (1 where CI is set).
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rig import arguments
from rig.cachewitness import Cachewitness, ProgramTrouble
from rig.causes import CONTROL, PARTS, Part
from rig.cells import Verdict
from rig.confusion import compare
from rig.document import replace_section, table
from rig.faults import Fault
from rig.fleet import Directory, Fleet
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
    misjudged: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)  # none of which may be
    faults: list[Fault] = field(default_factory=list)

    async def add(self, scenario: Scenario, program: Cachewitness) -> None:
        self.faults += scenario.faults  # before others get their turn: in the order of the parts
        report = await scenario.run(program)
        self.troubles += [f"the cache itself shows otherwise: {one}" for one in await scenario.look()]
        confusion = compare(report, {cell: scenario.deserved(cell) for cell in scenario.cells()})
        self.counts.update(confusion.counts)
        self.misjudged += confusion.misjudged
        self.troubles += [f"{scenario.name}: {one}" for one in confusion.troubles]
        if await program.judge_again(scenario.name) != program.report_bytes(scenario.name):
            self.troubles.append(f"judge makes another report of the evidence of {scenario.name}")

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
        return is_exact and is_blameless and self.right_causes >= LEAST_RIGHT_CAUSES and not self.troubles

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


@contextlib.contextmanager
def scenarios(directory: Path, names: Sequence[str]) -> Iterator[list[Scenario]]:
    """Each of these parts of the matrix (none = all) with an origin of its own; their caches stand side by side."""
    with contextlib.ExitStack() as stack:
        made = []
        for part in PARTS if not names else [part for part in PARTS if part.name in names]:
            origin = stack.enter_context(Origin(replicas=3))
            made.append(_scenario(part, directory, origin))
        every = [cache for scenario in made for cache in scenario.fleet.caches.values()]
        stack.enter_context(Fleet(every))
        yield made


def _scenario(part: Part, directory: Path, origin: Origin) -> Scenario:
    addresses = [replica.address for replica in origin.replicas]
    for replica in origin.replicas:
        replica.vary = part.vary
        replica.has_validators = part.has_validators
    caches = part.caches(directory, addresses)
    faults = part.faults(caches, addresses)
    tenants = dict.fromkeys([CONTROL, *(tenant for fault in faults for tenant in fault.tenants)])
    return Scenario(
        Fleet(caches), origin, faults=faults, tenants=list(tenants), assets=part.assets, variants=part.variants,
        replicas=origin.replicas[: part.named_replicas], settings=part.settings, is_armed=part.is_armed,
        name=part.name, tell=lambda what: print(f"{part.name}: {what}", flush=True),
    )  # fmt: skip


async def add_all(matrix: Matrix, made: list[Scenario], program: Cachewitness) -> None:
    await asyncio.gather(*(matrix.add(scenario, program) for scenario in made))


def main() -> int:
    options, names = arguments.parse("Plants every cause that real caches can show; names of parts limit it to these.")
    matrix = Matrix()
    try:
        with (
            arguments.working_directory(options.work, "matrix") as files,
            Directory() as directory,
            scenarios(directory, names) as made,
        ):
            asyncio.run(add_all(matrix, made, Cachewitness(options.binary, files)))
    except ServerTrouble as trouble:
        return skip_or_fail(str(trouble))
    except ProgramTrouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print(f"\n{matrix.grid()}\n\n{matrix.figures()}")
    for line in (matrix.misjudged + matrix.troubles)[:SHOWN_WRONG]:
        print(f"  {line}")
    if options.write_docs and matrix.is_good and not names:
        text = "\n\n".join([matrix.figures(), matrix.stories(), matrix.grid()])
        replace_section(options.source / "docs" / "interop.md", "matrix", text)
    return 0 if matrix.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
