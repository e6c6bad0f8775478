"""Faults to plant: what is done to a cache in place of a proper purge, and the verdict it deserves."""

from __future__ import annotations

import asyncio
import os
import signal
from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass

from .address import Resource
from .caches import Cache, HaproxyTakeover, Nginx, Varnish
from .caches.composed import Balanced, Composed, Standby, Tiered
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

    async def before_arming(self, cache: Cache) -> None:
        """Runs when every cache holds the old release."""

    async def before_deploy(self, cache: Cache, origin: Origin) -> None:
        """Runs after the purge time was noted, while the origin still has the old release."""

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        """Runs when the origin has the new release, before every other cell is purged."""

    async def after_purge(self, cache: Cache) -> None:
        """Runs when every other cell was purged."""

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
        origin.clear_overrides(self.resources())

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


@dataclass(frozen=True)
class EdgeOnlyPurged(Fault):
    """The edge was purged, the shield behind it was not."""

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        assert isinstance(cache, Tiered)
        await cache.face.purge(self.resources())


@dataclass(frozen=True)
class Misaddressed(Fault):
    """The purge named another path than the one that is served."""

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        others = [Resource(each.host, "/wrong" + each.target) for each in self.resources()]
        await cache.warm(others)  # some servers refuse to purge what they do not have
        await cache.purge(others)


@dataclass(frozen=True)
class OneServerPurged(Fault):
    """Of the servers behind one address only the first was purged."""

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        assert isinstance(cache, Balanced)
        await cache.members[0].purge(self.resources())

    def is_visible_in(self, answer: Answer, resource: Resource) -> bool:
        """Whichever server is met shows one of the two."""
        return answer.body in (content(resource, 1), content(resource, 2))


@dataclass(frozen=True)
class HiddenVariant(Fault):
    """One PURGE, without the GET that uncovers the variant which it hides (surprise 8)."""

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        await cache.send_purges(self.resources(), ["identity"])


@dataclass(frozen=True)
class LaggingReplica(Fault):
    """Purged, and filled again from the origin replica that the deploy has not reached."""

    release: int = 1  # that the replica has

    async def before_deploy(self, cache: Cache, origin: Origin) -> None:
        origin.behind(cache.upstream).pinned.update(dict.fromkeys(self.resources(), self.release))

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        await cache.purge(self.resources())
        await asyncio.sleep(BEYOND_AGE_GRANULARITY_SECONDS)
        await cache.warm(self.resources())


@dataclass(frozen=True)
class RefilledByProbe(LaggingReplica):
    """Purged; the first to ask for it again is the verifier, and its upstream is still old."""

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        await cache.purge(self.resources())


@dataclass(frozen=True)
class RolledBack(LaggingReplica):
    """Purged, and filled again from a replica that went back to the release before the last one."""

    release: int = 0

    def is_visible_in(self, answer: Answer, resource: Resource) -> bool:
        return answer.body == content(resource, self.release)


@dataclass(frozen=True)
class InnerOnlyPurged(Fault):
    """Purged behind a cache that nobody knows of."""

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        assert isinstance(cache, Tiered)
        await cache.inner.purge(self.resources())


@dataclass(frozen=True)
class Returned(Fault):
    """Purged; then a machine takes the place that was away since before the arming, with what it has on its disk."""

    async def before_arming(self, cache: Cache) -> None:
        assert isinstance(cache, Standby)
        cache.swap(cache.second)
        await cache.warm(self.resources())
        cache.swap(cache.first)

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        await cache.purge(self.resources())

    async def after_purge(self, cache: Cache) -> None:
        assert isinstance(cache, Standby)
        cache.swap(cache.second)


@dataclass(frozen=True)
class TakenOver(OneServerPurged):
    """The server that was purged answers once; then the other one takes over."""

    async def after_purge(self, cache: Cache) -> None:
        assert isinstance(cache, Composed)
        assert isinstance(cache.face, HaproxyTakeover)
        await cache.face.give_back()


@dataclass(frozen=True)
class AwayDuringPurge(Fault):
    """The cache is not there when the purge comes, and has its disk when it is back."""

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        cache.stop()

    async def after_purge(self, cache: Cache) -> None:
        cache.start()
        cache.wait_ready()


@dataclass(frozen=True)
class Gone(Fault):
    """Nobody answers at the cache's address any more."""

    async def after_purge(self, cache: Cache) -> None:
        cache.stop()

    def is_visible_in(self, answer: Answer, resource: Resource) -> bool:
        return answer.status == 0


@dataclass(frozen=True)
class Frozen(Gone):
    """Its process stands still: the kernel takes connections, and nobody answers."""

    async def after_purge(self, cache: Cache) -> None:
        os.kill(cache.process.pid, signal.SIGSTOP)


@dataclass(frozen=True)
class FrozenValidators(Fault):
    """Expired, and confirmed by an origin that changed the content and not its validators."""

    async def before_deploy(self, cache: Cache, origin: Origin) -> None:
        for replica in origin.replicas:
            replica.frozen.update(self.resources())


@dataclass(frozen=True)
class OneKeyPurged(Fault):
    """The purge was for the cache key of one kind of device."""

    purged_device: str = "desktop"

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        assert isinstance(cache, Nginx)
        await cache.purge_for_device(self.resources(), self.purged_device)


@dataclass(frozen=True)
class Healing(Fault):
    """Expired; the first visitor is answered with the old copy while a new one is fetched."""

    def is_visible_in(self, answer: Answer, resource: Resource) -> bool:
        return answer.body == content(resource, 2)


@dataclass(frozen=True)
class DeadUpstream(Fault):
    """Expired, and the origin replica that it is fetched from is dead."""

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        replica = origin.behind(cache.upstream)
        if replica in origin.open_replicas():
            origin.close(replica)


@dataclass(frozen=True)
class PurgedBeforeDeadUpstream(DeadUpstream):
    """Purged, and the origin replica that it would be fetched from is dead."""

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        await super().after_deploy(cache, origin)
        await cache.purge(self.resources())

    def is_visible_in(self, answer: Answer, resource: Resource) -> bool:
        return answer.status >= 500


@dataclass(frozen=True)
class Misconfigured(Fault):
    """A setting of the cache that no purge mends: the content is new."""

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        await cache.purge(self.resources())

    def is_visible_in(self, answer: Answer, resource: Resource) -> bool:
        return answer.body == content(resource, 2)


@dataclass(frozen=True)
class Rewritten(Misconfigured):
    """The content is new, and not the origin's own."""

    def is_visible_in(self, answer: Answer, resource: Resource) -> bool:
        return answer.body == content(resource, 2).replace(b" release ", b" Release ")


@dataclass(frozen=True)
class ClockAhead(Rewritten):
    """The content is not the origin's own, and Age is reckoned with a clock that is wrong.

    That shows by Date and Age alone, and only where Date lies further back than a slow origin or an ordinary drift
    would explain; by how much the clock is wrong, only where Dates differ by more than their grain.
    """

    async def after_deploy(self, cache: Cache, origin: Origin) -> None:
        await super().after_deploy(cache, origin)
        first, *others = self.resources()
        await cache.warm([first])
        await asyncio.sleep(4)
        await cache.warm(others)
        await asyncio.sleep(6)


@dataclass(frozen=True)
class Mislabelled(Misconfigured):
    """The content is new, under a content coding that it does not have."""

    def is_visible_in(self, answer: Answer, resource: Resource) -> bool:
        return answer.headers["content-encoding"] == "gzip" and answer.raw_body == content(resource, 2)
