"""Caches behind a Varnish shield of their own: two tiers that count as one edge."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..address import Address, Resource
from .cache import Cache
from .nginx import Nginx
from .traffic_server import TrafficServer
from .varnish import Varnish


class Tiered(Cache):
    """What the tiered caches share: the shield lives and is purged with its edge."""

    shield: Varnish
    setup_note = "behind a Varnish shield"
    purge_note = "PURGE the shield, then the edge"

    def start(self) -> None:
        self.shield.start()
        super().start()

    def wait_ready(self) -> None:
        self.shield.wait_ready()
        super().wait_ready()

    async def purge(self, resources: Iterable[Resource]) -> None:
        wanted = list(resources)
        await self.shield.purge(wanted)
        await self.purge_edge(wanted)

    async def purge_edge(self, resources: Iterable[Resource]) -> None:
        """Leaves the shield as it is."""
        await super().purge(resources)

    def begin_stop(self) -> None:
        super().begin_stop()
        self.shield.begin_stop()

    def finish_stop(self) -> None:
        super().finish_stop()
        self.shield.finish_stop()


class TieredVarnish(Tiered, Varnish):
    def __init__(self, name: str, directory: Path, upstream: Address) -> None:
        self.shield = Varnish(f"{name}-shield", directory, upstream)
        super().__init__(name, directory, self.shield.address)
        self.setup_note = Tiered.setup_note


class TieredTrafficServer(Tiered, TrafficServer):
    def __init__(self, name: str, directory: Path, upstream: Address) -> None:
        self.shield = Varnish(f"{name}-shield", directory, upstream)
        super().__init__(name, directory, self.shield.address)
        self.setup_note = Tiered.setup_note


class Shielded(Tiered, Nginx):
    """An nginx edge, which repeats the shield's Age as it was when the edge filled, for ever
    (surprise 14)."""

    def __init__(self, name: str, directory: Path, upstream: Address) -> None:
        self.shield = Varnish(f"{name}-shield", directory, upstream)
        super().__init__(name, directory, self.shield.address, Nginx.Keying.ENCODING_IN_KEY)
        self.setup_note = "behind a Varnish shield, whose Age it repeats as stored"
        self.purge_note = "PURGE the shield, then the edge once an encoding"
