"""The fleet: twelve caches of six makes, started side by side and stopped together."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

from .address import Address
from .caches import Apache, Cache, Haproxy, Nginx, Squid, TrafficServer, Varnish
from .caches.composed import shielded_nginx
from .process import hand_over


MEMORY = Path("/dev/shm")
# The caches' stores are sparse files and thousands of small ones; containers often give 64 MB to all of them.
LEAST_MEMORY_BYTES = 1 << 30


def _place() -> Path | None:
    """In memory where there is enough of it: a disk takes longer to drop the stores than the test to run."""
    is_wide = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= LEAST_MEMORY_BYTES
    return MEMORY if is_wide else None


class Directory:
    """A short-lived directory that the servers' user can enter, and whose path is short enough
    for a unix socket's name."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="cw-interop-", dir=_place()))
        self.path.chmod(0o755)
        hand_over(self.path)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


class Fleet:
    """Caches that live as long as a `with` block."""

    def __init__(self, caches: Iterable[Cache]) -> None:
        self.caches = {cache.name: cache for cache in caches}

    def __getitem__(self, name: str) -> Cache:
        return self.caches[name]

    def __enter__(self) -> Fleet:
        try:
            for cache in self.caches.values():
                cache.start()
            for cache in self.caches.values():
                cache.wait_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        for cache in self.caches.values():
            cache.begin_stop()
        for cache in self.caches.values():
            cache.finish_stop()


def twelve_caches(directory: Path, replicas: Sequence[Address]) -> Fleet:
    """The fleet of the acceptance run, spread over the origin's replicas."""
    first, second = replicas
    return Fleet(
        [
            Nginx("nginx-key", directory, first, Nginx.Keying.ENCODING_IN_KEY),
            Nginx("nginx-vary", directory, second, Nginx.Keying.NATIVE_VARY),
            Nginx("nginx-gzip", directory, first, Nginx.Keying.GZIP_AT_EDGE),
            Varnish("varnish", directory, second),
            Varnish("varnish-raw", directory, first, has_gzip_support=False),
            Varnish("varnish-soft", directory, second, has_gzip_support=False),
            TrafficServer("ats-1", directory, first),
            TrafficServer("ats-2", directory, second),
            Squid("squid", directory, first),
            Haproxy("haproxy", directory, second),
            Apache("apache", directory, first),
            shielded_nginx("shielded", directory, second),
        ]
    )
