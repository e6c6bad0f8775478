"""Runs the cachewitness program and reads what it reported."""

from __future__ import annotations

import asyncio
import datetime
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .cells import FRESH, Cell, Verdict
from .manifest import Manifest

RUN_SECONDS = 90.0


class ProgramTrouble(Exception):
    """cachewitness did not finish, or left no report; carries what it printed."""


@dataclass(frozen=True)
class Report:
    """A run's report, by cell. A cell without a finding is fresh."""

    exit_code: int
    document: dict[str, Any]

    @property
    def findings(self) -> dict[Cell, Verdict]:
        return {
            Cell(one["edge"], one["tenant"], one["asset"], one["variant"]): Verdict(
                one["state"], one["cause"]
            )
            for one in self.document["findings"]
        }

    def verdict(self, cell: Cell) -> Verdict:
        return self.findings.get(cell, FRESH)

    @property
    def cells(self) -> dict[str, int]:
        counts: dict[str, int] = self.document["summary"]["cells"]
        return counts

    @property
    def outcome(self) -> str:
        return str(self.document["outcome"])

    def why(self, cell: Cell) -> str:
        for one in self.document["findings"]:
            if (one["edge"], one["tenant"], one["asset"], one["variant"]) == (
                cell.cache, cell.tenant, cell.asset, cell.variant,
            ):  # fmt: skip
                return f"{one['why']} expected {one['expected']!r}, observed {one['observed']!r}"
        return "no finding"


def rfc3339(seconds: float) -> str:
    """A moment as `--purged-at` takes it, to the millisecond."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Cachewitness:
    """The program under test, in a directory that keeps what its runs leave."""

    def __init__(self, binary: Path, directory: Path) -> None:
        self._binary = binary.resolve()
        self.directory = directory.resolve()
        self.secrets: dict[str, str] = {}  # variables that the program finds

    async def arm(self, manifest: Manifest, name: str = "arm") -> Path:
        """Records the baseline and returns its evidence file."""
        evidence = self.directory / f"{name}.jsonl"
        path = manifest.write(self.directory / f"{name}.yaml")
        code, printed = await self._run(
            ["arm", "-m", str(path), "--progress", "never", "--evidence", str(evidence)]
        )
        if code != 0:
            raise ProgramTrouble(f"arm ended with {code}:\n{printed}")
        return evidence

    async def purge(self, manifest: Manifest, name: str, seconds: int) -> Path:
        """Purges, whatever becomes of it, for so long at most; returns the journal."""
        journal = self.directory / f"{name}.journal"
        journal.unlink(missing_ok=True)
        path = manifest.write(self.directory / f"{name}.yaml")
        code, printed = await self._run(
            ["purge", "-m", str(path), "--progress", "never", "--journal", str(journal), "--timeout", f"{seconds}s"]
        )
        if not journal.exists():
            raise ProgramTrouble(f"purge ended with {code} and left no journal:\n{printed}")
        return journal

    async def verify(
        self,
        manifest: Manifest,
        *,
        baseline: Path | None = None,
        purged_at: float | Path | None = None,  # a time, or a journal
        name: str = "verify",
    ) -> Report:
        """Verifies and returns the report, whatever the gate made of it."""
        report = self.directory / f"{name}.json"
        report.unlink(missing_ok=True)
        path = manifest.write(self.directory / f"{name}.yaml")
        arguments = ["verify", "-m", str(path), "--progress", "never", "--report", str(report)]
        arguments += ["--evidence", str(self.directory / f"{name}.jsonl")]
        if baseline is not None:
            arguments += ["--baseline", str(baseline)]
        if isinstance(purged_at, Path):
            arguments += ["--purged-at", "journal", "--journal", str(purged_at)]
        elif purged_at is not None:
            arguments += ["--purged-at", rfc3339(purged_at)]
        code, printed = await self._run(arguments)
        if not report.exists():
            raise ProgramTrouble(f"verify ended with {code} and left no report:\n{printed}")
        return Report(code, json.loads(report.read_text()))

    async def judge_again(self, name: str = "verify") -> bytes:
        """The report that the saved evidence of a run gives, without any network."""
        report = self.directory / f"{name}-again.json"
        evidence = self.directory / f"{name}.jsonl"
        code, printed = await self._run(
            ["judge", "--evidence", str(evidence), "--report", str(report)]
        )
        if not report.exists():
            raise ProgramTrouble(f"judge ended with {code} and left no report:\n{printed}")
        return report.read_bytes()

    def report_bytes(self, name: str = "verify") -> bytes:
        return (self.directory / f"{name}.json").read_bytes()

    async def _run(self, arguments: Sequence[str]) -> tuple[int, str]:
        child = await asyncio.create_subprocess_exec(
            str(self._binary), *arguments, "--no-color",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self.directory,
            env={"PATH": os.environ.get("PATH", ""), "TZ": "UTC", **self.secrets},
        )  # fmt: skip
        try:
            printed, _ = await asyncio.wait_for(child.communicate(), RUN_SECONDS)
        except TimeoutError:
            child.kill()
            await child.wait()
            raise ProgramTrouble(f"{arguments[0]} hung for {RUN_SECONDS:.0f} s") from None
        assert child.returncode is not None
        return child.returncode, printed.decode(errors="replace")
