"""Several servers that count as one edge: tiers, and machines that stand in for each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from ..address import Address, Resource
from .cache import Cache
from .haproxy import HaproxyBalancer
from .nginx import Nginx
from .varnish import Varnish


class Composed(Cache):
    """Servers that live and die together. To the outside they are `face`, the one that is asked."""

    def __init__(self, face: Cache, behind: Sequence[Cache]) -> None:
        self.face = face
        self._all = [*behind, face]
        self.name, self.directory, self.upstream = face.name, face.directory, face.upstream
        self.address, self.process, self.servers = face.address, face.process, face.servers
        self.provider, self.sends_age = face.provider, face.sends_age
        self.program, self.version_arguments = face.program, face.version_arguments
        self.setup_note, self.purge_note = face.setup_note, face.purge_note

    def start(self) -> None:
        for cache in self._all:
            cache.start()

    def wait_ready(self) -> None:
        for cache in self._all:
            cache.wait_ready()

    async def purge(self, resources: Iterable[Resource]) -> None:
        wanted = list(resources)
        for cache in self._all:
            await cache.purge(wanted)

    def begin_stop(self) -> None:
        for cache in reversed(self._all):
            cache.begin_stop()

    def finish_stop(self) -> None:
        for cache in reversed(self._all):
            cache.finish_stop()


class Tiered(Composed):
    """A cache in front of another one, which is purged first."""

    def __init__(self, face: Cache, inner: Cache) -> None:
        super().__init__(face, [inner])
        self.inner = inner
        self.setup_note = "behind a Varnish shield"
        self.purge_note = f"PURGE the shield, then the edge: {face.purge_note}"


def shielded(
    make: Callable[[str, Path, Address], Cache], name: str, directory: Path, upstream: Address
) -> Tiered:
    """An edge behind a Varnish of its own."""
    shield = Varnish(f"{name}-shield", directory, upstream)
    return Tiered(make(name, directory, shield.address), shield)


def shielded_nginx(name: str, directory: Path, upstream: Address) -> Tiered:
    """An nginx edge repeats the shield's Age as it was when the edge filled, for ever (surprise 14)."""

    def keyed(name: str, directory: Path, upstream: Address) -> Cache:
        return Nginx(name, directory, upstream, Nginx.Keying.ENCODING_IN_KEY)

    tiered = shielded(keyed, name, directory, upstream)
    tiered.setup_note += ", whose Age it repeats as stored"
    return tiered


def rewritten(
    make: Callable[[str, Path, Address], Cache], name: str, directory: Path, upstream: Address
) -> Tiered:
    """An edge behind a page optimiser: an nginx that stores nothing and rewrites what it passes on."""
    optimiser = Nginx(f"{name}-optimiser", directory, upstream, Nginx.Keying.NATIVE_VARY, tells_status=False,
                      extra=f"proxy_cache_bypass 1; proxy_no_cache 1; {REWRITING}")  # fmt: skip
    tiered = Tiered(make(name, directory, optimiser.address), optimiser)
    tiered.setup_note = "behind an nginx that rewrites bodies"
    return tiered


# nginx directives. The validators go with the bytes that they are of, as nginx does it by itself.
REWRITING = (
    'proxy_set_header Accept-Encoding ""; sub_filter_types *; sub_filter_once off; sub_filter " release " " Release ";'
)


class Balanced(Composed):
    """One address for several caches."""

    def __init__(self, face: HaproxyBalancer, setup_note: str) -> None:
        super().__init__(face, face.members)
        self.members = face.members
        self.setup_note = setup_note

    async def fill(self, resources: Iterable[Resource], headers: Mapping[str, str]) -> None:
        wanted = list(resources)
        for member in self.members:
            await member.fill(wanted, headers)

    async def purge(self, resources: Iterable[Resource]) -> None:
        await self.face.purge(resources)


class Standby(Composed):
    """Two servers of one address, of which one is there at a time; what each keeps is on its disk."""

    def __init__(self, first: Cache, second: Cache) -> None:
        super().__init__(first, [])
        second.address = first.address
        self.first, self.second = first, second

    def swap(self, there: Cache) -> None:
        """The other one goes, and this one comes."""
        self.face.stop()
        self.face, self._all = there, [there]
        there.start()
        there.wait_ready()

    async def purge(self, resources: Iterable[Resource]) -> None:
        await self.face.purge(resources)
