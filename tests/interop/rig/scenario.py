"""The acceptance scenario: 12 caches x 50 tenants x 3 assets x 2 variants, with planted faults.

Warm, arm, note the purge time, deploy, purge all but the planted cells, verify. Then the rig looks
at every cell with its own eyes, so that neither a planted fault nor a fresh cell is a mere claim.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .address import Resource
from .cachewitness import Cachewitness, Report
from .caches import Cache
from .cells import FRESH, Cell, Verdict, host_of
from .client import Answer, Question, ask_all
from .faults import (
    BEYOND_AGE_GRANULARITY_SECONDS,
    CachedOverride,
    Fault,
    NeverPurged,
    PurgedTooEarly,
    SoftPurged,
    VariantNotPurged,
)
from .fleet import Fleet
from .manifest import ENCODING_VARIANTS, EdgeEntry, Manifest
from .origin import Origin, Override, Replica, content

TENANTS = [f"tenant-{number:02}" for number in range(1, 51)]
ASSETS = ["/app.js", "/css/site.css?v=2", "/welcome.html"]
VARIANTS = list(ENCODING_VARIANTS)
PURGE_SECONDS = 5
# Leaves out the last look at suspects, after 8 s: nothing here turns so late.
SHORTER_LOOKS = "20s"

FAULTS: list[Fault] = [
    NeverPurged(
        "varnish", ["tenant-03", "tenant-17", "tenant-42"], ASSETS, VARIANTS,
        Verdict("stale", "never-purged"),
        "three tenants left out of the purge; Age proves it",
    ),
    VariantNotPurged(
        "nginx-key", ["tenant-07", "tenant-21"], ASSETS, ["gzip"],
        Verdict("stale", "variant-not-purged"),
        "only the identity key was purged",
    ),
    CachedOverride(
        "nginx-gzip", ["tenant-12"], ["/app.js"], VARIANTS,
        Verdict("stale", "negative-cached"),
        "filled after the purge while the origin answered 404; no Age",
        override=Override(404),
    ),
    CachedOverride(
        "ats-2", ["tenant-33"], ["/welcome.html"], VARIANTS,
        Verdict("stale", "negative-cached"),
        "filled after the purge while the origin answered 404; with Age",
        override=Override(404),
    ),
    PurgedTooEarly(
        "ats-1", ["tenant-05", "tenant-25"], ASSETS, VARIANTS,
        Verdict("stale", "purged-before-origin-ready"),
        "purged, filled with the old release, then deployed",
    ),
    CachedOverride(
        "squid", ["tenant-28"], ["/css/site.css?v=2"], VARIANTS,
        Verdict("stale", "redirect-cached"),
        "filled after the purge while the origin answered 301",
        override=Override(301, "http://tenant-28.example.test/moved.css"),
    ),
    NeverPurged(
        "nginx-vary", ["tenant-44"], ASSETS, VARIANTS,
        Verdict("stale", "never-purged"),
        "one tenant left out of the purge on a cache that never sends Age; the baseline proves it",
    ),
    SoftPurged(
        "varnish-soft", ["tenant-09", "tenant-39"], ASSETS, VARIANTS,
        Verdict("stale", "stale-while-revalidate"),
        "soft purge with grace: the first visitor gets the old copy, the second the new one",
    ),
]  # fmt: skip


@dataclass
class Scenario:
    """The cells of a fleet, the verdict that each deserves, and the acts of a release."""

    fleet: Fleet
    origin: Origin
    tell: Callable[[str], None] = print
    faults: list[Fault] = field(default_factory=lambda: FAULTS)
    tenants: Sequence[str] = field(default_factory=lambda: TENANTS)
    assets: Sequence[str] = field(default_factory=lambda: ASSETS)
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: ENCODING_VARIANTS)
    replicas: Sequence[Replica] = ()  # that the manifest names; none = all of the origin
    settings: Mapping[str, Any] = field(default_factory=dict)  # further fields of the manifest
    is_armed: bool = True
    name: str = "verify"

    @property
    def resources(self) -> list[Resource]:
        return [Resource(host_of(tenant), asset) for tenant in self.tenants for asset in self.assets]

    def cells(self) -> list[Cell]:
        return [
            Cell(cache, tenant, asset, variant)
            for cache in self.fleet.caches
            for tenant in self.tenants
            for asset in self.assets
            for variant in self.variants
        ]

    def planted(self) -> dict[Cell, Fault]:
        return {cell: fault for fault in self.faults for cell in fault.cells()}

    def deserved(self, cell: Cell) -> Verdict:
        fault = self.planted().get(cell)
        return fault.verdict if fault else FRESH

    def manifest(self) -> Manifest:
        settings: dict[str, Any] = {"total": SHORTER_LOOKS, **self.settings}
        return Manifest(
            edges=[EdgeEntry.of(cache, cache.servers) for cache in self.fleet.caches.values()],
            replicas=[replica.address for replica in self.replicas or self.origin.replicas],
            tenants=self.tenants,
            assets=self.assets,
            variants=self.variants,
            **settings,
        )

    async def warm(self) -> None:
        for headers in self.variants.values():
            await asyncio.gather(
                *(cache.fill(self.resources, headers) for cache in self.fleet.caches.values())
            )
        await self._plant(lambda fault, cache: fault.before_arming(cache))
        self.tell(f"warmed {len(self.cells())} cells of {len(self.fleet.caches)} caches")

    async def release(self, program: Cachewitness | None = None) -> float | Path:
        """Deploys and purges, planting the faults. Returns the purge time (wall clock, t_p0), or the journal of the
        program that purged."""
        await asyncio.sleep(BEYOND_AGE_GRANULARITY_SECONDS)
        purged_at: float | Path = time.time()
        await self._plant(lambda fault, cache: fault.before_deploy(cache, self.origin))
        self.origin.deploy(2)
        await self._plant(lambda fault, cache: fault.after_deploy(cache, self.origin))
        if "purge" in self.settings:
            assert program is not None
            purged_at = await program.purge(self.manifest(), f"{self.name}-purge", PURGE_SECONDS)
        else:
            await asyncio.gather(*(self._purge(cache) for cache in self.fleet.caches.values()))
        await self._plant(lambda fault, cache: fault.after_purge(cache))
        self.tell(f"deployed, and purged all but {len(self.planted())} planted cells")
        return purged_at

    async def _plant(self, act: Callable[[Fault, Cache], Awaitable[None]]) -> None:
        """One act of every fault: at all caches at once, at one of them one after the other."""

        async def plant_in(cache: Cache) -> None:
            for fault in self.faults:
                if fault.cache == cache.name:
                    await act(fault, cache)

        await asyncio.gather(*map(plant_in, self.fleet.caches.values()))

    async def _purge(self, cache: Cache) -> None:
        spared = {
            resource
            for fault in self.faults
            if fault.cache == cache.name
            for resource in fault.resources()
        }
        await cache.purge(resource for resource in self.resources if resource not in spared)

    async def run(self, program: Cachewitness) -> Report:
        """The whole scenario around the program under test."""
        manifest = self.manifest()
        await self.warm()
        baseline = await program.arm(manifest, f"{self.name}-arm") if self.is_armed else None
        purged_at = await self.release(program)
        # Past the manifest's propagation time: what is old now is old for good.
        await asyncio.sleep(1.1)
        return await program.verify(
            manifest, baseline=baseline, purged_at=purged_at, name=self.name
        )

    async def look(self) -> list[str]:
        """Asks every cell plainly and says what is not as it was planted. Heals soft purges."""
        surprises: list[str] = []
        planted = self.planted()
        for cache in self.fleet.caches.values():
            cells = [cell for cell in self.cells() if cell.cache == cache.name]
            questions = [Question(cell.resource, self.variants[cell.variant]) for cell in cells]
            for cell, answer in zip(cells, await _answers(cache, questions), strict=True):
                fault = planted.get(cell)
                if fault is None:
                    is_as_planted = answer.body == content(cell.resource, 2)
                else:
                    is_as_planted = fault.is_visible_in(answer, cell.resource)
                if not is_as_planted:
                    surprises.append(f"{cell} answers {answer.status} {answer.body[:60]!r}")
        return surprises


async def _answers(cache: Cache, questions: Sequence[Question]) -> list[Answer]:
    """Status 0 of a cache that does not answer."""
    try:
        return await ask_all(cache.address, questions)
    except OSError:
        return [Answer(0)] * len(questions)
