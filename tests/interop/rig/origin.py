"""The test origin: replicas whose content is a function of (host, target, release).

Each resource has an identity and a gzip representation with strong ETags of their own (the gzip
one's ends in `-gz`, as common origins name them) and says `Vary: Accept-Encoding`. A test moves
replicas to another release, overrides single resources with a 404 or a 301, and may record what
reaches a replica.
"""

from __future__ import annotations

import asyncio
import email.utils
import gzip
import hashlib
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from .address import Address, Resource, free_address

RELEASE_EPOCH = 1_760_000_000
MEDIA_TYPES = {
    "js": "application/javascript",
    "css": "text/css",
    "html": "text/html; charset=utf-8",
}
CACHE_CONTROL = "public, max-age=60, s-maxage=86400"


@dataclass(frozen=True)
class Override:
    """What the origin answers in place of a resource's own content."""

    status: int
    location: str = ""


@dataclass(frozen=True)
class Recorded:
    """A request as it reached a replica; header names as they were sent."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]

    @property
    def host(self) -> str:
        return next((value for name, value in self.headers if name.lower() == "host"), "")


@dataclass
class Replica:
    """One origin server. Its fields may be set from any thread: each is read once a request."""

    address: Address
    release: int = 1
    releases: dict[str, int] = field(default_factory=dict)  # of hosts that are deployed apart
    cache_control: str = CACHE_CONTROL
    tag_field: str = ""  # the field that tags every resource with its host; empty = none
    overrides: dict[Resource, Override] = field(default_factory=dict)
    pinned: dict[Resource, int] = field(default_factory=dict)  # resources that deploys leave behind
    frozen: set[Resource] = field(default_factory=set)  # whose validators stay those of release 1
    vary: str = "Accept-Encoding"  # empty = none
    has_validators: bool = True
    is_shop: bool = False  # names its tenants, trusts X-Forwarded-Host, has accounts
    recorded: list[Recorded] | None = None


def content(resource: Resource, release: int) -> bytes:
    """The identity body of a resource: about 2 KiB, different for each of the three inputs.

    The order of the parameters makes no difference, as at most origins.
    """
    path, mark, query = resource.target.partition("?")
    target = path + mark + "&".join(sorted(query.split("&")))
    seed = hashlib.sha256(f"{resource.host} {target} {release}".encode()).hexdigest()
    line = f"{resource.host} {target} release {release} {seed}\n"
    return (line * 16).encode()


class Origin:
    """All replicas on an event loop in a thread of their own."""

    def __init__(self, replicas: int = 2) -> None:
        self.replicas = [Replica(free_address()) for _ in range(replicas)]
        self._listeners: dict[Address, _Listener] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="origin")

    def __enter__(self) -> Origin:
        self._thread.start()
        for replica in self.replicas:
            self.open(replica)
        return self

    def __exit__(self, *_: object) -> None:
        for replica in self.replicas:
            if replica.address in self._listeners:
                self.close(replica)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def deploy(self, release: int, hosts: Iterable[str] = ()) -> None:
        """Every replica serves this release from now on: of these hosts, or of all that are not deployed apart."""
        of_hosts = dict.fromkeys(hosts, release)
        for replica in self.replicas:
            replica.releases.update(of_hosts)
            replica.release = replica.release if of_hosts else release

    def override(self, resource: Resource, override: Override) -> None:
        for replica in self.replicas:
            replica.overrides[resource] = override

    def clear_overrides(self, resources: Iterable[Resource]) -> None:
        for resource in resources:
            for replica in self.replicas:
                replica.overrides.pop(resource, None)

    def behind(self, upstream: Address) -> Replica:
        """The replica of that address."""
        return next(replica for replica in self.replicas if replica.address == upstream)

    def open_replicas(self) -> list[Replica]:
        return [replica for replica in self.replicas if replica.address in self._listeners]

    def open(self, replica: Replica) -> None:
        """The replica listens; also again, after `close`."""
        listener = _Listener(replica)
        asyncio.run_coroutine_threadsafe(listener.listen(), self._loop).result()
        self._listeners[replica.address] = listener

    def close(self, replica: Replica) -> None:
        """The replica dies: its address refuses connections, open ones are cut."""
        listener = self._listeners.pop(replica.address)
        asyncio.run_coroutine_threadsafe(listener.close(), self._loop).result()


class _Listener:
    """A replica's open port and the connections that came through it."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._server: asyncio.Server | None = None
        self._transports: set[asyncio.Transport] = set()

    async def listen(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self._replica, self._transports),
            self._replica.address.ip,
            self._replica.address.port,
            backlog=1024,
            reuse_address=True,
        )

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for transport in list(self._transports):
            transport.abort()


class _Connection(asyncio.Protocol):
    """One connection to a replica: requests without bodies, one after the other."""

    def __init__(self, replica: Replica, transports: set[asyncio.Transport]) -> None:
        self._replica = replica
        self._transports = transports
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._transports.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transports.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head, self._received = self._received[:end], self._received[end + 4 :]
            answer, keep = respond(self._replica, head.decode("latin-1"))
            self._transport.write(answer)
            if not keep:
                self._transport.close()


def respond(replica: Replica, head: str) -> tuple[bytes, bool]:
    """The bytes that answer one request head, and whether the connection is kept."""
    request_line, *lines = head.split("\r\n")
    method, target, protocol = request_line.split(" ")
    fields = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    if replica.recorded is not None:
        replica.recorded.append(Recorded(method, target, tuple(fields)))
    headers = {name.lower(): value for name, value in fields}
    if method not in ("GET", "HEAD"):
        return _message(405, ["Allow: GET, HEAD"], b"", replica), True
    resource = Resource(headers.get("host", "").split(":")[0].lower(), target)
    if replica.is_shop:
        return _shop(resource, headers, replica), True
    override = replica.overrides.get(resource)
    if override is not None:
        answer = _overridden(override, replica)
    else:
        is_gzip = "gzip" in headers.get("accept-encoding", "")
        answer = _represented(resource, is_gzip, headers.get("if-none-match", ""), replica)
    if method == "HEAD":
        answer = answer[: answer.index(b"\r\n\r\n") + 4]
    return answer, protocol == "HTTP/1.1" and headers.get("connection", "").lower() != "close"


ACCOUNT_PAGE = b"<p>Signed in as the test account.</p>\n"


def _shop(resource: Resource, headers: Mapping[str, str], replica: Replica) -> bytes:
    """A shop of many tenants: each page says whose it is and links to the host that it was asked by."""
    tenant = resource.host.partition(".")[0]
    lines = [f"X-Tenant: {tenant}", "Content-Type: text/html"]
    if resource.target.startswith("/account/"):  # whatever file the URL names below it
        is_signed_in = "session=" in headers.get("cookie", "")
        account = replace(replica, cache_control="private, no-store")
        body = ACCOUNT_PAGE if is_signed_in else b"sign in first\n"
        return _message(200 if is_signed_in else 403, lines, body, account)
    host = headers.get("x-forwarded-host", resource.host)
    return _message(200, lines, f"<link rel=canonical href=https://{host}/>{tenant}\n".encode(), replica)


def _overridden(override: Override, replica: Replica) -> bytes:
    lines = ["Vary: Accept-Encoding", "Content-Type: text/plain"]
    if override.location:
        lines.append(f"Location: {override.location}")
    return _message(override.status, lines, f"status {override.status}\n".encode(), replica)


def etag(resource: Resource, release: int, is_gzip: bool = False) -> str:
    """The strong ETag of a representation, as the origin sends it."""
    return _representation(resource, is_gzip, release)[0]


@lru_cache(maxsize=65536)
def _representation(resource: Resource, is_gzip: bool, release: int) -> tuple[str, bytes]:
    body = content(resource, release)
    digest = hashlib.sha256(body).hexdigest()[:16]
    return (f'"{digest}-gz"', gzip.compress(body, 6, mtime=0)) if is_gzip else (f'"{digest}"', body)


def _represented(resource: Resource, is_gzip: bool, condition: str, replica: Replica) -> bytes:
    release = replica.pinned.get(resource, replica.releases.get(resource.host, replica.release))
    validator, body = _representation(resource, is_gzip, release)
    if resource in replica.frozen:
        release = 1
        validator, _ = _representation(resource, is_gzip, release)
    modified = email.utils.formatdate(RELEASE_EPOCH + release * 3600, usegmt=True)
    extension = resource.target.split("?")[0].rpartition(".")[2]
    lines = [f"ETag: {validator}", f"Last-Modified: {modified}"] if replica.has_validators else []
    lines += [f"Vary: {replica.vary}"] if replica.vary else []
    if replica.tag_field:
        lines.append(f"{replica.tag_field}: {resource.host}")
    if condition and validator in condition:
        return _message(304, lines, b"", replica)
    lines.append(f"Content-Type: {MEDIA_TYPES.get(extension, 'text/plain')}")
    if is_gzip:
        lines.append("Content-Encoding: gzip")
    return _message(200, lines, body, replica)


_REASONS = {200: "OK", 301: "Moved Permanently", 304: "Not Modified", 403: "Forbidden", 404: "Not Found",
            405: "Method Not Allowed"}  # fmt: skip


def _message(status: int, lines: Sequence[str], body: bytes, replica: Replica) -> bytes:
    date = email.utils.formatdate(time.time(), usegmt=True)
    head = [f"HTTP/1.1 {status} {_REASONS[status]}", f"Date: {date}", "Server: test-origin"]
    head += [*lines, f"Cache-Control: {replica.cache_control}"]
    if status != 304:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode() + body
