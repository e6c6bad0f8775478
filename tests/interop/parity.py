#!/usr/bin/env python3
"""Three environments of real caches that differ by three planted settings: `parity` names exactly these.

Each environment is an nginx, a Varnish and a Traffic Server. Production's nginx tells shared caches
ten minutes where the origin says a day, staging's Varnish hides that its answers vary, and dev's
Traffic Server strips Last-Modified.
"""

from __future__ import annotations

import asyncio
import email.utils
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from rig import arguments
from rig.address import Address, Resource
from rig.caches import Cache, Nginx, TrafficServer, Varnish
from rig.fleet import Directory, Fleet
from rig.origin import RELEASE_EPOCH, Origin
from rig.process import ServerTrouble
from rig.skipping import skip_or_fail

ENVIRONMENTS = ("dev", "staging", "production")
TENANTS = ("alpha", "beta", "gamma", "delta")
ASSETS = ("/app.js", "/app.css")
RUN_SECONDS = 60
MODIFIED = email.utils.formatdate(RELEASE_EPOCH + 3600, usegmt=True)  # of the first release
# What is compared, the environment that deviates, its edge, what it is and what the others are.
PLANTED = {
    ("cache-policy", "production", "production/loopback/nginx"): (
        ["stored 600 s (cache-control s-maxage); max-age=60, public",
         "stored 86400 s (cache-control s-maxage); max-age=60, public"], False),
    ("vary", "staging", "staging/loopback/varnish"): (["accept-encoding"], True),
    ("last-modified", "dev", "dev/loopback/ats"): ([MODIFIED], True),
}  # fmt: skip


def caches(environment: str, directory: Path, upstream: Address) -> list[Cache]:
    ten_minutes = (
        'proxy_hide_header Cache-Control; add_header Cache-Control "public, max-age=60, s-maxage=600";'
    )
    stripping = directory / "strip.config"
    stripping.write_text("cond %{SEND_RESPONSE_HDR_HOOK}\nrm-header Last-Modified\n")
    stripping.chmod(0o644)
    return [
        Nginx(f"{environment}-nginx", directory, upstream, Nginx.Keying.ENCODING_IN_KEY,
              extra=ten_minutes if environment == "production" else ""),
        Varnish(f"{environment}-varnish", directory, upstream,
                deliver="unset resp.http.Vary;" if environment == "staging" else ""),
        TrafficServer(f"{environment}-ats", directory, upstream,
                      plugins=f"@plugin=header_rewrite.so @pparam={stripping}" if environment == "dev" else ""),
    ]  # fmt: skip


def manifest(fleet: Fleet, origin: Address) -> str:
    lines = ["version: 1", "project: interop", "tenants:", "  inline:"]
    lines += [f"    - {{id: {tenant}, host: {tenant}.test}}" for tenant in TENANTS]
    lines += [f"assets: [{', '.join(ASSETS)}]", "variants:", "  identity: {headers: {accept-encoding: identity}}",
              "  gzip: {headers: {accept-encoding: gzip}}", "environments:"]  # fmt: skip
    for environment in ENVIRONMENTS:
        lines += [f"  {environment}:", '    url: "http://{tenant.host}{asset}"',
                  f'    origin: {{replicas: ["http://{origin}"]}}', "    regions:", "      loopback:",
                  "        edges:"]  # fmt: skip
        for name, cache in fleet.caches.items():
            owner, _, edge = name.partition("-")
            if owner == environment:
                lines.append(f'          - {{name: {edge}, address: "{cache.address}"}}')
    return "\n".join([*lines, "parity: {version: same}", ""])


def run(binary: Path, files: Path, *words: str) -> tuple[int, dict[str, Any]]:
    report = files / "parity.json"
    ended = subprocess.run(
        [str(binary.resolve()), "parity", "--progress", "never", "--report", str(report), *words],
        capture_output=True, text=True, check=False, timeout=RUN_SECONDS, cwd=files,
    )  # fmt: skip
    print(ended.stdout + ended.stderr)
    return ended.returncode, json.loads(report.read_text())


def troubles(code: int, report: dict[str, Any]) -> list[str]:
    """How the report differs from what was planted."""
    wrong = [] if code == 1 else [f"exit code {code}, not 1"]
    found: dict[tuple[str, str, str], tuple[list[str], bool]] = {}
    for finding in report["findings"]:
        who = ",".join(finding["deviating"])
        side = next(side for side in finding["sides"] if side["environment"] == finding["deviating"][0])
        found[finding["what"], who, ",".join(finding["edges"])] = (side["values"], side["absent"])
    wrong += [f"not found: {key}" for key in PLANTED if key not in found]
    wrong += [f"not planted: {key} {value}" for key, value in found.items() if key not in PLANTED]
    wrong += [f"{key}: {found[key]}, not {value}" for key, value in PLANTED.items()
              if key in found and found[key] != value]  # fmt: skip
    return wrong


async def warm(fleet: Fleet) -> None:
    resources = [Resource(f"{tenant}.test", asset) for tenant in TENANTS for asset in ASSETS]
    await asyncio.gather(*(cache.warm(resources) for cache in fleet.caches.values()))


def main() -> int:
    options, _ = arguments.parse("Compares three environments of real caches.")
    try:
        with (
            Directory() as directory,
            Origin(replicas=1) as origin,
            Fleet(cache for environment in ENVIRONMENTS
                  for cache in caches(environment, directory, origin.replicas[0].address)) as fleet,
            arguments.working_directory(options.work, "parity") as files,
        ):  # fmt: skip
            asyncio.run(warm(fleet))
            (files / "cachewitness.yaml").write_text(manifest(fleet, origin.replicas[0].address))
            wrong = troubles(*run(options.binary, files, "--evidence", "parity.jsonl"))
            offline = troubles(*run(options.binary, files, "--from", "parity.jsonl"))
    except ServerTrouble as trouble:
        return skip_or_fail(str(trouble))
    for line in [*wrong, *(f"offline: {line}" for line in offline)]:
        print(line, file=sys.stderr)
    return 1 if wrong or offline else 0


if __name__ == "__main__":
    sys.exit(main())
