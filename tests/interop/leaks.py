#!/usr/bin/env python3
"""Leak checks against real nginx and Varnish: each set up wrongly in one way, and rightly.

Exit status: 0 exactly the planted leaks are found; 1 not, or the program failed; 77 a server cannot
start here (1 where CI is set).
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rig import arguments
from rig.address import Address
from rig.cachewitness import Cachewitness, ProgramTrouble, Report
from rig.caches import Cache, Nginx, Varnish
from rig.document import replace_section, table
from rig.fleet import Directory, Fleet
from rig.manifest import EdgeEntry, Manifest
from rig.origin import ACCOUNT_PAGE, Origin
from rig.process import ServerTrouble
from rig.skipping import skip_or_fail

TENANTS = ("alpha", "beta", "gamma")
ASSETS = ("/page.html",)
COOKIE = "session=of-the-test-account"
SECTION = f"""\
leaks:
  per_edge_rps: 50
  cross_tenant: {{marker: {{header: x-tenant}}}}
  poisoning: {{headers: [x-forwarded-host, x-host]}}
  deception:
    paths: ["/account/{{buster}}.css"]
    headers: {{cookie: {{env: TEST_ACCOUNT}}}}
    private: {ACCOUNT_PAGE.decode().partition(">")[2].partition(".")[0]}
"""
# How each cache is set up, and the cause that it deserves; none: it is right.
PLANTED = {
    "nginx-shared": ("the key leaves out the Host", "cross-tenant"),
    "varnish-shared": ("`vcl_hash` without the Host", "cross-tenant"),
    "nginx-reflecting": ("passes X-Forwarded-Host on", "poisoned"),
    "varnish-reflecting": ("passes X-Forwarded-Host on", "poisoned"),
    "nginx-files": ("stores whatever ends in .css", "deception"),
    "varnish-files": ("stores whatever ends in .css", "deception"),
    "nginx-right": ("drops X-Forwarded-Host, heeds Cache-Control", ""),
    "varnish-right": ("drops X-Forwarded-Host, heeds Cache-Control", ""),
    "nginx-silent": ("passes X-Forwarded-Host on, says nothing of its store", ""),
    "nginx-path-only": ("passes X-Forwarded-Host on, key without the query", ""),
}


def caches(directory: Path, upstream: Address) -> list[Cache]:
    vary, shared = Nginx.Keying.NATIVE_VARY, Nginx.Keying.HOST_NOT_IN_KEY
    dropped = 'proxy_set_header X-Forwarded-Host "";'
    files = f"{dropped} proxy_ignore_headers Cache-Control; proxy_cache_valid 200 1m;"
    drop = "unset req.http.X-Forwarded-Host;"
    hashed = "sub vcl_hash { hash_data(req.url); return (lookup); }"
    stored = 'sub vcl_backend_response { if (bereq.url ~ "[.]css$") { set beresp.ttl = 60s; return (deliver); } }'
    return [
        Nginx("nginx-shared", directory, upstream, shared, extra=dropped),
        Varnish("varnish-shared", directory, upstream, receive=drop, further=hashed),
        Nginx("nginx-reflecting", directory, upstream, vary),
        Varnish("varnish-reflecting", directory, upstream),
        Nginx("nginx-files", directory, upstream, vary, extra=files),
        Varnish("varnish-files", directory, upstream, further=stored,
                receive=drop + ' if (req.url ~ "[.]css$") { return (hash); }'),
        Nginx("nginx-right", directory, upstream, vary, extra=dropped),
        Varnish("varnish-right", directory, upstream, receive=drop),
        Nginx("nginx-silent", directory, upstream, vary, tells_status=False),
        Nginx("nginx-path-only", directory, upstream, Nginx.Keying.QUERY_NOT_IN_KEY),
    ]  # fmt: skip


def manifest(edges: Sequence[Cache], origin: Origin) -> Manifest:
    return Manifest(
        edges=[EdgeEntry.of(cache) for cache in edges],
        replicas=[replica.address for replica in origin.replicas],
        tenants=TENANTS,
        assets=ASSETS,
        variants={"identity": {}},
        leaks=SECTION,
    )


def troubles(report: Report, edges: Sequence[str]) -> list[str]:
    """How the report differs from what was planted."""
    found: dict[str, Counter[str]] = {edge: Counter() for edge in edges}
    for one in report.document["findings"]:
        found[one["edge"]][f"{one['state']}: {one['cause']}"] += 1
    wrong = []
    for edge in edges:
        cause = PLANTED[edge][1]
        wanted = {f"leak: {cause}"} if cause else set()
        if set(found[edge]) != wanted:
            wrong.append(f"{edge} ({PLANTED[edge][0]}) deserves {wanted or 'nothing'}, got {dict(found[edge])}")
    return wrong


def harmful(evidence: Path) -> set[str]:
    """Edges that were sent a header that could do harm."""
    lines = [line for line in evidence.read_text().splitlines() if '"step":"prime","header"' in line]
    return {line.partition('"edge":"')[2].partition('"')[0] for line in lines}


async def check(program: Cachewitness, fleet: Fleet, origin: Origin) -> tuple[list[str], Report]:
    every = list(fleet.caches)
    report = await program.verify(manifest(list(fleet.caches.values()), origin))
    wrong = troubles(report, every)
    wrong += [] if report.exit_code == 1 else [f"exit code {report.exit_code}, not 1"]
    sent = harmful(program.directory / "verify.jsonl")
    for edge in ("nginx-silent", "nginx-path-only"):
        wrong += [f"{edge} cannot show that it keeps cache-busters apart, and was tried"] if edge in sent else []
    if await program.judge_again() != program.report_bytes():
        wrong.append("judge makes another report of the same evidence")
    if COOKIE in (program.directory / "verify.jsonl").read_text():
        wrong.append("the account's cookie is in the evidence")
    right = [edge for edge in every if edge.endswith("-right")]
    alone = await program.verify(manifest([fleet[edge] for edge in right], origin), name="right")
    wrong += troubles(alone, right)
    wrong += [] if alone.exit_code == 0 else [f"right caches alone: exit code {alone.exit_code}, not 0"]
    clear = {one["check"]: one["clear"] for one in alone.document["leak_checks"]}
    if any(clear.get(name, 0) != len(right) * len(TENANTS) for name in ("cross_tenant", "poisoning", "deception")):
        wrong.append(f"not every check was made at the right caches: {alone.document['leak_checks']}")
    return wrong, report


def write_documentation(path: Path, report: Report) -> None:
    found = Counter((one["edge"], one["cause"]) for one in report.document["findings"])
    rows = [
        (edge, story, f"`{cause}`" if cause else "nothing", str(found[edge, cause]) if cause else "0")
        for edge, (story, cause) in PLANTED.items()
    ]
    replace_section(path, "leaks", table(("cache", "set-up", "deserves", "cells found"), rows))


def main() -> int:
    options, _ = arguments.parse("Finds what real caches leak.")
    try:
        with (
            Directory() as directory,
            Origin(replicas=1) as origin,
            Fleet(caches(directory, origin.replicas[0].address)) as fleet,
            arguments.working_directory(options.work, "leaks") as files,
        ):
            origin.replicas[0].is_shop = True
            program = Cachewitness(options.binary, files)
            program.secrets["TEST_ACCOUNT"] = COOKIE
            wrong, report = asyncio.run(check(program, fleet, origin))
    except ServerTrouble as trouble:
        return skip_or_fail(str(trouble))
    except ProgramTrouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print(report.outcome, *(str(one) for one in report.document["leak_checks"]), sep="\n")
    for line in wrong:
        print(line, file=sys.stderr)
    if options.write_docs and not wrong:
        write_documentation(options.source / "docs" / "interop.md", report)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
