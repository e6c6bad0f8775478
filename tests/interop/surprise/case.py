"""What the tests of surprises share: the standing rig, and a release of a few cells."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rig.address import Address, Resource
from rig.cachewitness import Cachewitness, Report
from rig.caches import Cache, Haproxy, HaproxyBalancer, Nginx, TrafficServer, Varnish
from rig.cells import DOMAIN, Cell, Verdict, host_of
from rig.certificates import Authority
from rig.client import Question, ask_all
from rig.clock import clock_ahead
from rig.faults import BEYOND_AGE_GRANULARITY_SECONDS
from rig.fleet import Fleet, twelve_caches
from rig.manifest import ENCODING_VARIANTS, EdgeEntry, Manifest
from rig.origin import Origin, Replica, content
from rig.side_by_side import AsyncTest


def surprising_caches(
    directory: Path, replicas: Sequence[Address], authority: Authority
) -> Fleet:
    """The twelve caches of the acceptance run, and those set-ups that surprise in a way of their own.

    Tests run side by side, so that what a test stops or orphans is its own.
    """
    first, _, orphaning, last = replicas
    key, stale = Nginx.Keying.ENCODING_IN_KEY, "proxy_cache_use_stale updating error timeout;"
    one_second = "proxy_ignore_headers Cache-Control Expires; proxy_cache_valid 200 1s;"
    shield = Varnish("shield", directory, first)
    members = [Nginx(f"member-{number}", directory, first, key) for number in (1, 2)]
    background = f"{one_second} {stale} proxy_cache_background_update on;"
    extra: list[Cache] = [
        shield,
        *members,
        HaproxyBalancer("balancer", directory, members, mode="tcp"),
        HaproxyBalancer("tls-edge", directory, members, "http", authority.issue(f"*.{DOMAIN}")),
        HaproxyBalancer("tls-other", directory, members, "http", authority.issue("*.other.test")),
        Nginx("nginx-gzip-vary", directory, first, Nginx.Keying.GZIP_AT_EDGE_WITH_VARY),
        Nginx("nginx-background", directory, first, key, extra=background),
        TrafficServer("ats-cachekey", directory, first, plugins="@plugin=cachekey.so"),
        TrafficServer("ats-ahead", directory, first, environment=clock_ahead()),
        TrafficServer("ats-shielded", directory, shield.address),
        Haproxy("haproxy-shielded", directory, shield.address),
        Haproxy("haproxy-stopped", directory, first),
        Nginx("nginx-orphaned", directory, orphaning, key),
        Varnish("varnish-orphaned", directory, orphaning, has_gzip_support=False),
        Varnish("varnish-alone", directory, last),
    ]
    return Fleet([*twelve_caches(directory, replicas[:2]).caches.values(), *extra])


@dataclass
class Rig:
    """What stands while the tests run."""

    origin: Origin
    fleet: Fleet
    program: Cachewitness
    authority: Path  # that signed the certificates of the fleet's TLS edges


class SurpriseTest(AsyncTest):
    """A test on the standing rig. Every test has a tenant of its own, so that none disturbs another."""

    rig: Rig  # Set once by the program that runs the tests.

    def setUp(self) -> None:
        self.tenant = self.id().rpartition(".")[2].replace("_", "-")[:40].strip("-")

    @property
    def origin(self) -> Origin:
        return self.rig.origin

    @property
    def program(self) -> Cachewitness:
        return self.rig.program

    def cache(self, name: str) -> Cache:
        return self.rig.fleet[name]

    def resource(self, asset: str = "/asset.js") -> Resource:
        return Resource(host_of(self.tenant), asset)

    def release_on(self, *caches: str, **settings: object) -> Release:
        """A release of this test's tenant; `settings` are fields of Release."""
        return Release(self, [self.cache(name) for name in caches], **settings)  # type: ignore[arg-type]

    def assert_verdict(self, report: Report, cell: Cell, state: str, cause: str | None = None) -> None:
        found = report.verdict(cell)
        self.assertEqual(found.state, state, f"{cell}: {report.why(cell)}")
        if cause is not None:
            self.assertEqual(found, Verdict(state, cause), f"{cell}: {report.why(cell)}")

    def assert_all_fresh(self, report: Report) -> None:
        self.assertEqual(report.document["findings"], [])
        self.assertEqual(report.cells["fresh"], report.cells["total"])
        self.assertGreater(report.cells["total"], 0)


@dataclass
class Release:
    """The acts of a release, on the tenant of one test and a few caches: arm, deploy, verify."""

    test: SurpriseTest
    caches: list[Cache]
    assets: Sequence[str] = ("/asset.js",)
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: ENCODING_VARIANTS)
    servers: int = 1
    tenants: Sequence[str] = ()
    replicas: Sequence[Replica] = ()  # that the manifest names
    is_tls: bool = False
    authority: Path | None = None
    baseline: Path | None = None
    purged_at: float | None = None

    def __post_init__(self) -> None:
        self.tenants = self.tenants or [self.test.tenant]
        self.replicas = self.replicas or self.test.origin.replicas[:2]

    @property
    def resources(self) -> list[Resource]:
        return [Resource(host_of(tenant), asset) for tenant in self.tenants for asset in self.assets]

    def manifest(self) -> Manifest:
        return Manifest(
            edges=[EdgeEntry.of(cache, self.servers) for cache in self.caches],
            replicas=[replica.address for replica in self.replicas],
            tenants=self.tenants,
            assets=self.assets,
            variants=self.variants,
            propagation="0s",
            total="8s",  # time for two further looks at suspects: none of these caches turns later
            is_tls=self.is_tls,
            authority=self.authority,
        )

    def cell(self, variant: str = "identity", asset: str = "/asset.js", cache: str = "") -> Cell:
        return Cell(cache or self.caches[0].name, self.tenants[0], asset, variant)

    async def warm(self) -> None:
        """Fills every cache with every cell, by the variants' own headers.

        A TLS edge holds nothing itself: what is behind it is warmed by the arming.
        """
        for cache in [] if self.is_tls else self.caches:
            for headers in self.variants.values():
                await ask_all(cache.address, [Question(each, headers) for each in self.resources])

    async def arm(self) -> None:
        """Warms, records the baseline, and lets the copies grow older than Age's granularity."""
        await self.warm()
        self.baseline = await self.test.program.arm(self.manifest(), f"{self.test.tenant}-arm")
        await asyncio.sleep(BEYOND_AGE_GRANULARITY_SECONDS)

    def deploy(self) -> None:
        """Notes the purge time and brings the new release to every replica."""
        self.purged_at = time.time()
        self.test.origin.deploy(2, map(host_of, self.tenants))

    async def verify(self) -> Report:
        return await self.test.program.verify(
            self.manifest(),
            baseline=self.baseline,
            purged_at=self.purged_at,
            name=self.test.tenant,
        )


def old(resource: Resource) -> bytes:
    return content(resource, 1)


def new(resource: Resource) -> bytes:
    return content(resource, 2)
