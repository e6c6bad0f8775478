"""Squid as a reverse proxy (accelerator), memory cache only."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterable
from pathlib import Path

from ..address import Address, Resource, free_port
from .cache import Cache

_CONFIGURATION = """\
http_port {address.ip}:{address.port} accel defaultsite=edge.test vhost
cache_peer {upstream.ip} parent {upstream.port} 0 no-query originserver name=up
visible_hostname {name}
unique_hostname {name}
acl PURGE method PURGE
http_access allow PURGE
http_access allow all
never_direct allow all
cache_peer_access up allow all
cache_mem 64 MB
access_log none
cache_store_log none
cache_log {directory}/cache.log
pid_filename {directory}/squid.pid
coredump_dir {directory}
netdb_filename none
pinger_enable off
icp_port 0
htcp_port {htcp.port}
udp_incoming_address {htcp.ip}
acl htcp_peers src 127.0.0.0/8
htcp_access allow htcp_peers
htcp_clr_access {htcp_clr} htcp_peers
shutdown_lifetime 0 seconds
"""


class Squid(Cache):
    """One squid process (`-N`), under a service name of its own (`-n`)."""

    provider = "squid"
    program = "squid"
    setup_note = "accelerator, memory cache"
    purge_note = "PURGE, GET, PURGE, GET over all Accept-Encoding strings"

    def __init__(
        self, name: str, directory: Path, upstream: Address, is_htcp_allowed: bool = True
    ) -> None:
        super().__init__(name, directory, upstream)
        self.htcp_address = free_port(self.address.ip, socket.SOCK_DGRAM)
        self._is_htcp_allowed = is_htcp_allowed

    def start(self) -> None:
        text = _CONFIGURATION.format(
            address=self.address, upstream=self.upstream, name=self.name, directory=self.directory,
            htcp=self.htcp_address, htcp_clr="allow" if self._is_htcp_allowed else "deny",
        )  # fmt: skip
        # Two squids of one service name fight over a shared memory segment.
        service = f"{self.name}{self.address.port}".replace("-", "")
        self.process.spawn(
            ["squid", "-N", "-n", service, "-f", str(self.write("squid.conf", text))],
            stop_signal=signal.SIGKILL,
        )

    async def purge(self, resources: Iterable[Resource]) -> None:
        await self.purge_and_get_in_turn(resources)
