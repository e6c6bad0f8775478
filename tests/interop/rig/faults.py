"""Faults to plant: what is done to a cache in place of a proper purge, and the verdict it deserves."""

from __future__ import annotations

import asyncio
from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass

from .address import Resource
from .caches import Cache, Varnish
from .cells import Cell, Verdict, host_of
from .client import Answer
from .origin import Origin, Override, content

# A copy must be this much younger than the purge for its Age, which counts whole seconds
# (RFC 9111 5.1), to prove it.
BEYOND_AGE_GRANULARITY_SECONDS = 2.5


@dataclass(frozen=True)
class Fault(ABC):
    """A set of cells of one cache that the scenario leaves in a known bad state.

    The base class is the simplest fault: the cache is not purged at all.
    """

    cache: str
    tenants: Sequence[str]
    assets: Sequence[str]
    variants: Sequence[str]
    verdict: Verdict
    story: str

    def cells(self) -> list[Cell]:
        return [
            Cell(self.cache, tenant, asset, variant)
            for tenant in self.tenants
            for asset in self.assets
            for variant in self.variants
        ]

    def resources(self) -> list[Resource]:
        return [Resource(host_of(tenant), asset) for tenant in self.tenants for asset in self.assets]

    async def before_deploy(self, cache: Cache, origin: Origin) -> None:
        """Runs after the purge time was noted, while the origin still has the old release."""

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        """Runs when the origin has the new release, before every other cell is purged."""

    def is_visible_in(self, answer: Answer, resource: Resource) -> bool:
        """Whether bytes that the cache served show the fault, in the rig's own eyes."""
        return answer.body == content(resource, 1)


@dataclass(frozen=True)
class NeverPurged(Fault):
    """The purge never reached the cache for these tenants."""


@dataclass(frozen=True)
class VariantNotPurged(Fault):
    """The purge named only the other variant's cache key."""

    purged_encoding: str = "identity"

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        await cache.send_purges(self.resources(), [self.purged_encoding])


@dataclass(frozen=True)
class CachedOverride(Fault):
    """Purged in time, then filled while the origin answered something else for a moment."""

    override: Override = Override(404)

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        for resource in self.resources():
            origin.override(resource, self.override)
        await cache.purge(self.resources())
        await cache.warm(self.resources())
        origin.clear_overrides()

    def is_visible_in(self, answer: Answer, resource: Resource) -> bool:
        return answer.status == self.override.status


@dataclass(frozen=True)
class PurgedTooEarly(Fault):
    """Purged before the deploy, and filled again with the old release."""

    async def before_deploy(self, cache: Cache, origin: Origin) -> None:
        await cache.purge(self.resources())
        await asyncio.sleep(BEYOND_AGE_GRANULARITY_SECONDS)
        await cache.warm(self.resources())


@dataclass(frozen=True)
class SoftPurged(Fault):
    """Marked as out of date; the next visitor is answered with the old copy, once."""

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        assert isinstance(cache, Varnish)
        await cache.soft_purge(self.resources())

    def is_visible_in(self, answer: Answer, resource: Resource) -> bool:
        """The probes of the run have used the old copy up: what shows now is that it healed."""
        return answer.body == content(resource, 2)
