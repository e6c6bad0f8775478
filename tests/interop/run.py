#!/usr/bin/env python3
"""The acceptance run: Cachewitness judges 3,600 cells of 12 real caches, with faults planted.

Exit status: 0 every verdict is the deserved one; 1 one is not, or the program failed; 77 a server
cannot start here (1 where CI is set).
"""

from __future__ import annotations

import asyncio
import platform
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rig import arguments
from rig.cachewitness import Cachewitness, ProgramTrouble, Report
from rig.confusion import Confusion, compare
from rig.document import replace_section, table
from rig.fleet import Directory, Fleet, twelve_caches
from rig.origin import Origin
from rig.process import ServerTrouble
from rig.scenario import ASSETS, FAULTS, TENANTS, VARIANTS, Scenario
from rig.skipping import skip_or_fail

SHOWN_WRONG = 30


@dataclass(frozen=True)
class Outcome:
    report: Report
    confusion: Confusion
    seen_otherwise: list[str]
    is_reproduced: bool
    seconds: float

    @property
    def troubles(self) -> list[str]:
        gate = [] if self.report.exit_code == 1 else [f"exit code {self.report.exit_code}, not 1"]
        seen = [f"the cache itself shows otherwise: {line}" for line in self.seen_otherwise]
        again = [] if self.is_reproduced else ["judge makes another report of the same evidence"]
        return gate + again + self.confusion.wrong + seen


async def run(scenario: Scenario, program: Cachewitness) -> Outcome:
    started = time.monotonic()
    report = await scenario.run(program)
    seen_otherwise = await scenario.look()
    deserved = {cell: scenario.deserved(cell) for cell in scenario.cells()}
    confusion = compare(report, deserved)
    is_reproduced = await program.judge_again() == program.report_bytes()
    return Outcome(report, confusion, seen_otherwise, is_reproduced, time.monotonic() - started)


def tell(outcome: Outcome) -> None:
    print(f"\n{outcome.report.outcome}")
    probes = outcome.report.document["summary"]["probes"]
    print(f"{probes} probes; the scenario took {outcome.seconds:.1f} s\n")
    for row in [("planted", "reported", "cells"), *outcome.confusion.rows]:
        print(f"  {row[0]:<38}{row[1]:<38}{row[2]:>6}")
    troubles = outcome.troubles
    print(f"\n{len(troubles)} wrong" if troubles else "\nevery cell got the verdict that it deserves")
    for line in troubles[:SHOWN_WRONG]:
        print(f"  {line}")


def write_documentation(path: Path, fleet: Fleet, outcome: Outcome) -> None:
    caches = [
        (
            name,
            f"{cache.provider} {cache.version()}",
            cache.setup_note,
            cache.purge_note,
            "yes" if cache.sends_age else "no",
        )
        for name, cache in fleet.caches.items()
    ]
    faults = [
        (fault.cache, fault.story, str(len(fault.cells())), f"`{fault.verdict.cause}`")
        for fault in FAULTS
    ]
    planted = sum(len(fault.cells()) for fault in FAULTS)
    parts = [
        f"Measured on {_system()}: {len(fleet.caches)} caches x {len(TENANTS)} tenants x "
        f"{len(ASSETS)} assets x {len(VARIANTS)} variants = "
        f"{outcome.report.cells['total']:,} cells, {planted} of them in {len(FAULTS)} planted faults. "
        f"`{outcome.report.outcome}`",
        table(("cache", "server", "set-up", "proper purge", "sends Age"), caches),
        table(("cache", "planted fault", "cells", "deserved cause"), faults),
        "What Cachewitness said of them; `judge` made the same report, byte for byte, of the saved evidence:",
        table(("planted", "reported", "cells"), outcome.confusion.rows),
    ]
    replace_section(path, "run", "\n\n".join(parts))


def _system() -> str:
    release = platform.freedesktop_os_release()
    return f"{release.get('NAME', 'Linux')} {release.get('VERSION_ID', '')}".strip()


def main() -> int:
    options, _ = arguments.parse("Judges 12 real caches with planted faults.")
    try:
        with (
            Directory() as directory,
            Origin() as origin,
            twelve_caches(directory, [replica.address for replica in origin.replicas]) as fleet,
            arguments.working_directory(options.work, "real_caches") as files,
        ):
            scenario = Scenario(fleet, origin)
            outcome = asyncio.run(run(scenario, Cachewitness(options.binary, files)))
            tell(outcome)
            if options.write_docs and not outcome.troubles:
                write_documentation(options.source / "docs" / "interop.md", fleet, outcome)
    except ServerTrouble as trouble:
        return skip_or_fail(str(trouble))
    except ProgramTrouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 1 if outcome.troubles else 0


if __name__ == "__main__":
    sys.exit(main())
