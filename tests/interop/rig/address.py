"""Where a server listens, and what a resource is called."""

from __future__ import annotations

import itertools
import os
import socket
from dataclasses import dataclass

_serial = itertools.count(1)


@dataclass(frozen=True, order=True)
class Address:
    """A numeric address and a port, written as `ip:port`."""

    ip: str
    port: int

    def __str__(self) -> str:
        return f"{self.ip}:{self.port}"


@dataclass(frozen=True, order=True)
class Resource:
    """What a cache keys on: the Host as a browser sends it (no port) and the request target."""

    host: str
    target: str


def free_address() -> Address:
    """An address that nobody listens on: an ip that only this process uses, and a free port.

    The ip differs for every call, so that two servers never meet on a port that one of them has
    just given back.
    """
    serial = next(_serial)
    return free_port(f"127.{20 + os.getpid() % 200}.{serial // 250}.{serial % 250 + 1}")


def free_port(ip: str, kind: socket.SocketKind = socket.SOCK_STREAM) -> Address:
    """A further port of an ip that only this process uses."""
    with socket.socket(type=kind) as probe:
        probe.bind((ip, 0))
        return Address(ip, probe.getsockname()[1])
