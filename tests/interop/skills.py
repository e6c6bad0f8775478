#!/usr/bin/env python3
"""Skills executed on real caches: two Varnish that were not purged after a deploy are found, purged, and proven."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from rig import arguments
from rig.address import Resource
from rig.caches import Varnish
from rig.cells import host_of
from rig.fleet import Directory, Fleet
from rig.manifest import SHORT_LOOKS, EdgeEntry, Manifest
from rig.origin import Origin
from rig.process import ServerTrouble
from rig.skipping import skip_or_fail

TENANTS = ("alpha", "beta", "gamma")
ASSETS = ("/app.js", "/app.css")
CELLS = 2 * len(TENANTS) * len(ASSETS) * 2  # caches, variants
RUN_SECONDS = 120


class Skills:
    """Runs them, each in a directory of its own."""

    def __init__(self, binary: Path, source: Path, files: Path) -> None:
        self._binary, self._source, self._files = binary.resolve(), source.resolve(), files

    def run(self, name: str, *words: str) -> tuple[int, Path]:
        """The exit code, and where the run's files lie."""
        directory = self._files / f"{name}-{len(list(self._files.iterdir()))}"
        ended = subprocess.run(
            [str(self._binary), "run", str(self._source / "skills" / name), "manifest=cachewitness.yaml",
             "--run-directory", str(directory), *words],
            capture_output=True, text=True, check=False, timeout=RUN_SECONDS, cwd=self._files,
            env=dict(os.environ, PATH=f"{self._binary.parent}:{os.environ['PATH']}"),
        )  # fmt: skip
        print(ended.stdout + ended.stderr)
        return ended.returncode, directory / "work"


def report(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


def troubles(skills: Skills, origin: Origin) -> list[str]:
    """What went otherwise than it should."""
    wrong = []
    origin.deploy(2)
    code, incident = skills.run("incident-stale-content", "tenants=beta")
    found = report(incident / "incident.json")
    if code != 0 or found["affected_tenants"] != ["beta"] or found["summary"]["cells"]["stale"] != CELLS // len(TENANTS):
        wrong.append(f"the incident is told as {found['outcome']}")
    code, proof = skills.run("purge-and-prove", "environment=production", "tenants=*", "--yes")
    proven = report(proof / "report.json")["summary"]["cells"]["proven"]
    if code != 0 or proven != CELLS:
        wrong.append(f"{proven} of {CELLS} cells are proven, exit code {code}")
    origin.deploy(3)
    code, gate = skills.run("deploy-gate", "environment=production", "deploy=/bin/true", "rollback=/bin/true", "--yes")
    if code != 0 or not report(gate / "report.json")["gate"]["passed"]:
        wrong.append(f"the gate did not open, exit code {code}")
    return wrong


def main() -> int:
    options, _ = arguments.parse("Runs the shipped skills on real caches.")
    try:
        with (
            Directory() as directory,
            Origin(replicas=1) as origin,
            Fleet(Varnish(f"varnish-{number}", directory, origin.replicas[0].address) for number in (1, 2)) as fleet,
            arguments.working_directory(options.work, "skills") as files,
        ):  # fmt: skip
            resources = [Resource(host_of(tenant), asset) for tenant in TENANTS for asset in ASSETS]
            for cache in fleet.caches.values():
                asyncio.run(cache.warm(resources))
            Manifest([EdgeEntry.of(cache) for cache in fleet.caches.values()], [origin.replicas[0].address], TENANTS,
                     ASSETS, purge="{provider: varnish}", total=SHORT_LOOKS).write(files / "cachewitness.yaml")  # fmt: skip
            wrong = troubles(Skills(options.binary, options.source, files), origin)
    except ServerTrouble as trouble:
        return skip_or_fail(str(trouble))
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
