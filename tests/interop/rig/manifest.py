"""Writes the Cachewitness manifest of a rig: every cache an edge, its address pinned."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .address import Address
from .caches import Cache
from .cells import host_of

# limits.total that leaves out the looks at suspects after 4 and 8 s, for what turns at once or never.
SHORT_LOOKS = "12s"
ENCODING_VARIANTS = {
    "identity": {"accept-encoding": "identity"},
    "gzip": {"accept-encoding": "gzip"},
}


@dataclass(frozen=True)
class EdgeEntry:
    name: str
    address: Address
    provider: str
    servers: int = 1

    @staticmethod
    def of(cache: Cache, servers: int = 1) -> EdgeEntry:
        return EdgeEntry(cache.name, cache.address, cache.provider, servers)


@dataclass(frozen=True)
class Manifest:
    """What differs between the rig's runs; everything else is Cachewitness' default.

    The URL has no port, so that the Host has none either: the edge's address carries the port
    (surprise 3: a Host with a port is another cache entry).
    """

    edges: Sequence[EdgeEntry]
    replicas: Sequence[Address]
    tenants: Sequence[str]
    assets: Sequence[str]
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: ENCODING_VARIANTS)
    timeout: str = "5s"
    propagation: str = "1s"
    total: str = "60s"
    concurrency: int = 64
    body: str = "hash"
    is_tls: bool = False
    authority: Path | None = None  # of the edges' certificates; none = the system's
    purge: str = ""  # the environment's section of that name, in braces
    leaks: str = ""  # the section of that name; then every tenant opts in
    gate: str = ""  # likewise, in braces

    def text(self) -> str:
        """The manifest as YAML. JSON strings are YAML 1.2 strings, whatever they hold."""
        return "\n".join([*self._head(), *self._environment(), *self._limits()]) + "\n"

    def write(self, path: Path) -> Path:
        path.write_text(self.text())
        return path

    def _head(self) -> Iterable[str]:
        yield "version: 1"
        yield "project: interop"
        yield "tenants:"
        yield "  inline:"
        for tenant in self.tenants:
            tags = ", tags: [leak-checks]" if self.leaks else ""
            yield f"    - {{id: {_quoted(tenant)}, host: {_quoted(host_of(tenant))}{tags}}}"
        yield f"assets: [{', '.join(map(_quoted, self.assets))}]"
        yield "variants:"
        for name, headers in self.variants.items():
            fields = ", ".join(f"{_quoted(key)}: {_quoted(value)}" for key, value in headers.items())
            yield f"  {name}: " + (f"{{headers: {{{fields}}}}}" if headers else "{}")

    def _environment(self) -> Iterable[str]:
        urls = ", ".join(_quoted(f"http://{address}") for address in self.replicas)
        yield "environments:"
        yield "  production:"
        yield f'    url: "{"https" if self.is_tls else "http"}://{{tenant.host}}{{asset}}"'
        if self.authority is not None:
            yield f"    tls: {{ca: {_quoted(str(self.authority))}}}"
        if self.purge:
            yield f"    purge: {self.purge}"
        yield f"    origin: {{replicas: [{urls}]}}"
        yield "    regions:"
        yield "      loopback:"
        yield "        edges:"
        for edge in self.edges:
            words = f"name: {_quoted(edge.name)}, address: {_quoted(str(edge.address))}"
            words += f", provider: {_quoted(edge.provider)}"
            if edge.servers != 1:
                words += f", servers: {edge.servers}"
            yield f"          - {{{words}}}"

    def _limits(self) -> Iterable[str]:
        yield f"policy: {{body: {self.body}, propagation: {self.propagation}}}"
        pace = f"concurrency: {self.concurrency}, per_edge_rps: 2000"
        yield f"limits: {{{pace}, timeout: {self.timeout}, total: {self.total}}}"
        if self.gate:
            yield f"gate: {self.gate}"
        if self.leaks:
            yield self.leaks


def _quoted(text: str) -> str:
    return json.dumps(text)
