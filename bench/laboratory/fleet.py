"""The fleet that `cachewitness verify` probes: tenants, assets, twelve edges, and what the deploy says is true."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

from laboratory.servers import Site

TENANTS = 847  # the size that the figures of docs/performance.md are about


@dataclass(frozen=True)
class Fleet:
    """A manifest, but for where it is probed. Keys that are None are left out."""

    tenants: int = TENANTS
    assets: int = 20
    concurrency: int = 64
    pipeline: int | None = None
    http: str | None = None
    share: bool | None = None
    resume: bool | None = None
    server_name: str | None = None
    timeout: str = "20s"
    total: str = "2h"
    edges: int = 12

    @property
    def cells(self) -> int:
        return self.tenants * self.edges * self.assets

    def scaled(self, share: float) -> Fleet:
        """The same, with about that share of its cells."""
        tenants = max(1, round(self.tenants * share ** 0.5))
        assets = max(1, round(self.assets * share * self.tenants / tenants))
        return replace(self, tenants=tenants, assets=assets)


def host(tenant: int) -> str:
    return f"t{tenant:04}.example.test"


def asset(index: int) -> str:
    return f"/a{index:02}.js"


def write_expectations(fleet: Fleet, site: Site, folder: Path) -> str:
    """`origin.expect`: the same for all, or of each tenant and asset its own."""
    if not site.is_distinct:
        rows = [f"        - {{asset: {asset(a)}, sha256: {site.sha256}" +
                (f", etag: '{site.etag}'}}" if site.etag else "}") for a in range(fleet.assets)]
        return "\n".join(["      expect:", *rows])
    with open(folder / "expect.csv", "w", encoding="utf-8") as out:
        out.write("tenant,asset,sha256,etag\n")
        for tenant in range(fleet.tenants):
            name = host(tenant).encode()
            for index in range(fleet.assets):
                tag = f"{zlib.crc32(name + asset(index).encode()):08x}"
                digest = hashlib.sha256(tag.encode() + site.body[8:]).hexdigest()
                out.write(f'{tenant_id(tenant)},{asset(index)},{digest},"""{tag}-v2"""\n')
    return "      expect: {from: expect.csv}"


def tenant_id(tenant: int) -> str:
    return f"tenant-{tenant:04}"


def write_manifest(fleet: Fleet, site: Site, folder: Path) -> Path:
    with open(folder / "tenants.csv", "w", encoding="utf-8") as out:
        out.write("id,host\n")
        out.writelines(f"{tenant_id(tenant)},{host(tenant)}\n" for tenant in range(fleet.tenants))
    tls = {"ca": site.ca_file, "server_name": fleet.server_name,
           "share": None if fleet.share is None else "always" if fleet.share else "never",
           "resume": None if fleet.resume is None else str(fleet.resume).lower()}
    tls_keys = ", ".join(f"{key}: {value}" for key, value in tls.items() if value is not None)
    lines = [
        "version: 1", "project: laboratory", "tenants: {from: tenants.csv}",
        "assets: [" + ", ".join(asset(index) for index in range(fleet.assets)) + "]",
        "environments:", "  lab:", f'    url: "{site.scheme}://{{tenant.host}}{{asset}}"',
        f'    http: "{fleet.http}"' if fleet.http else "",
        "    origin:", write_expectations(fleet, site, folder),
        f"    tls: {{{tls_keys}}}" if site.is_tls else "",
        "    regions:", "      loopback:", "        edges:",
        *[f'          - {{name: edge-{i + 1:02}, address: "{site.edges[i]}:{site.port}"}}' for i in range(fleet.edges)],
        "policy: {body: hash}",
        f"limits: {{concurrency: {fleet.concurrency}, per_edge_rps: 0, timeout: {fleet.timeout}, total: {fleet.total}" +
        (f", pipeline: {fleet.pipeline}}}" if fleet.pipeline else "}")]
    path = folder / "cachewitness.yaml"
    path.write_text("\n".join(line for line in lines if line) + "\n", encoding="utf-8")
    return path
