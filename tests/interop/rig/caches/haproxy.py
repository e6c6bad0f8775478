"""HAProxy: its small-object cache, and its load balancer.

The cache has no PURGE. Every URL gets a generation from a map, and the generation is part of the
path that the cache keys on; to purge is to raise the generation over the stats socket.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
import socket
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..address import Address, Resource
from ..process import ServerTrouble
from .cache import Cache

_GLOBAL = """\
global
  maxconn 2000
  nbthread 1
  stats socket {directory}/stats.sock mode 600 level admin
  stats timeout 30s
defaults
  mode {mode}
  timeout connect 2s
  timeout client 60s
  timeout server 10s
"""
_CACHE = """\
cache c
  total-max-size 32
  max-age 86400
  process-vary on
frontend edge
  bind {address}
  http-request set-var(txn.pq) pathq
  http-request set-var(txn.key) req.hdr(host),concat(,txn.pq)
  http-request set-var(txn.gen) var(txn.key),map({directory}/gen.map,0)
  http-request set-uri /_g/%[var(txn.gen)]%[var(txn.pq)]
  http-request cache-use c
  http-response cache-store c
  http-response set-header X-Cache-Status MISS if {{ srv_id -m found }}
  http-response set-header X-Cache-Status HIT unless {{ srv_id -m found }}
  default_backend up
backend up
  http-request set-uri %[var(txn.pq)]
  server up {upstream}
"""
# The stats socket takes several commands in one line, but not a long one.
_COMMANDS_PER_LINE = 50


class _HaproxyProcess(Cache):
    """One haproxy and its stats socket."""

    provider = "haproxy"
    program = "haproxy"

    def _spawn(self, configuration: str, mode: str) -> None:
        text = (_GLOBAL + configuration).format(
            directory=self.directory, address=self.address, upstream=self.upstream, mode=mode
        )
        self.process.spawn(
            ["haproxy", "-db", "-f", str(self.write("haproxy.cfg", text))],
            stop_signal=signal.SIGKILL,
        )

    async def command(self, line: str) -> None:
        """One line for the stats socket, which answers nothing where all is well."""
        reader, writer = await asyncio.open_unix_connection(str(self.directory / "stats.sock"))
        writer.write(f"{line}\n".encode())
        answer = (await reader.read()).decode().strip()
        writer.close()
        if answer:
            raise ServerTrouble(f"{self.name} answered {answer!r} on its stats socket")


class Haproxy(_HaproxyProcess):
    """One HAProxy with a cache section."""

    setup_note = "cache section with process-vary"
    purge_note = "raise the URL's generation in a map, over the stats socket"

    def __init__(self, name: str, directory: Path, upstream: Address) -> None:
        super().__init__(name, directory, upstream)
        self._generations = itertools.count(1)
        self._known: set[str] = set()

    def start(self) -> None:
        self.write("gen.map", "")
        self._spawn(_CACHE, "http")

    async def purge(self, resources: Iterable[Resource]) -> None:
        generation = next(self._generations)
        keys = [resource.host + resource.target for resource in resources]
        commands = [
            f"{'set' if key in self._known else 'add'} map {self.directory}/gen.map {key} {generation}"
            for key in keys
        ]
        self._known.update(keys)
        for first in range(0, len(commands), _COMMANDS_PER_LINE):
            await self.command(";".join(commands[first : first + _COMMANDS_PER_LINE]))


_BALANCER = """\
frontend edge
  bind {{address}} {binding}
  default_backend up
backend up
  balance roundrobin
"""


class HaproxyBalancer(_HaproxyProcess):
    """HAProxy without a cache, round robin over several caches: a VIP, with TLS or without."""

    purge_note = "purge every cache behind it"

    def __init__(
        self,
        name: str,
        directory: Path,
        members: Sequence[Cache],
        mode: str,
        certificate: Path | None = None,
    ) -> None:
        super().__init__(name, directory, members[0].address)
        self.members = members
        self.servers = len(members)
        self._mode = mode
        self._certificate = certificate

    def start(self) -> None:
        text = _BALANCER.format(binding=f"ssl crt {self._certificate}" if self._certificate else "")
        text += "".join(f"  server {member.name} {member.address}\n" for member in self.members)
        self._spawn(text, self._mode)

    def _answers(self) -> bool:
        # A readiness check in the clear cannot ask a TLS port: there it is enough that it listens.
        if self._certificate is None:
            return super()._answers()
        with socket.socket() as probe:
            return probe.connect_ex((self.address.ip, self.address.port)) == 0

    async def purge(self, resources: Iterable[Resource]) -> None:
        wanted = list(resources)
        for member in self.members:
            await member.purge(wanted)


# Host, path, query and variant: what is asked for. How often, the table counts.
_TAKEOVER = """\
frontend edge
  bind {address}
  stick-table type string len 256 size 20k expire 1h store http_req_cnt
  http-request set-var(txn.pq) pathq
  http-request set-var(txn.ae) req.hdr(accept-encoding)
  http-request track-sc0 req.hdr(host),concat(,txn.pq),concat(" ",txn.ae)
  use_backend second if {{ sc0_http_req_cnt gt 1 }}
  default_backend first
"""


class HaproxyTakeover(HaproxyBalancer):
    """Over two caches: the first one answers each question once, and then the second takes over."""

    def __init__(self, name: str, directory: Path, members: Sequence[Cache]) -> None:
        super().__init__(name, directory, members, "http")

    def start(self) -> None:
        first, second = (f"backend {word}\n  server {member.name} {member.address}\n"
                         for word, member in zip(("first", "second"), self.members, strict=True))  # fmt: skip
        self._spawn(_TAKEOVER + first + second, "http")

    async def give_back(self) -> None:
        """The first one is there again, for another answer to each question."""
        await self.command("clear table edge")
