"""Surprises 20 and 21: servers that drip, cut, hang, or lose their origin."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from rig.address import Address, free_address
from rig.cachewitness import Report
from rig.cells import Cell
from rig.manifest import EdgeEntry, Manifest

from .case import SurpriseTest, old

WELL_WITHIN_SECONDS = 15.0  # of a minute that a drip would take
Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Six bytes every half second: no pause is ever long enough for a timeout between reads."""
    await reader.readuntil(b"\r\n\r\n")
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" + b"X-Padding: drip\r\n" * 40
    for first in range(0, len(head), 6):
        writer.write(head[first : first + 6])
        await writer.drain()
        await asyncio.sleep(0.5)


async def cut_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ends within the head: some clients take this for a complete 200 without a body."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nETag: "x"\r\n')


async def cut_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ends before the promised length."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")


@contextlib.asynccontextmanager
async def raw_server(behaviour: Behaviour) -> AsyncIterator[Address]:
    """A server that treats every connection by `behaviour` and then closes it."""

    served: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        served.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            try:
                await behaviour(reader, writer)
                await writer.drain()
            finally:
                writer.close()
                await writer.wait_closed()

    address = free_address()
    server = await asyncio.start_server(serve, address.ip, address.port)
    try:
        yield address
    finally:
        server.close()
        for task in served:
            task.cancel()
        await asyncio.gather(*served, return_exceptions=True)


class Errors(SurpriseTest):
    async def _verify_edge(self, address: Address) -> tuple[Report, Cell]:
        manifest = Manifest(
            edges=[EdgeEntry("edge", address, "nginx")],
            replicas=[self.origin.replicas[0].address],
            tenants=[self.tenant],
            assets=["/asset.js"],
            variants={"identity": {"accept-encoding": "identity"}},
            timeout="1s",
        )
        started = time.monotonic()
        report = await self.program.verify(manifest, name=self.tenant)
        self.assertLess(time.monotonic() - started, WELL_WITHIN_SECONDS)
        return report, Cell("edge", self.tenant, "/asset.js", "identity")

    async def test_20_a_drip_runs_into_the_overall_deadline(self) -> None:
        """Six bytes every half second never trip a timeout between reads: the whole probe has one."""
        async with raw_server(drip) as address:
            report, cell = await self._verify_edge(address)
        self.assert_verdict(report, cell, "error", "timeout")

    async def test_20_a_head_cut_by_the_end_is_no_answer(self) -> None:
        """A head that ends with the connection is malformed, not a 200 without a body."""
        async with raw_server(cut_head) as address:
            report, cell = await self._verify_edge(address)
        self.assert_verdict(report, cell, "error")
        self.assertIn(report.verdict(cell).cause, ("malformed-response", "reset"))

    async def test_20_a_body_cut_by_the_end_is_no_answer(self) -> None:
        """A body shorter than its Content-Length is incomplete, whatever its head says."""
        async with raw_server(cut_body) as address:
            report, cell = await self._verify_edge(address)
        self.assert_verdict(report, cell, "error")
        self.assertIn(report.verdict(cell).cause, ("malformed-response", "reset"))

    async def test_20_a_stopped_server_accepts_and_says_nothing(self) -> None:
        """A stopped process still accepts connections: only the deadline ends the probe."""
        haproxy = self.cache("haproxy-stopped")
        os.kill(haproxy.process.pid, signal.SIGSTOP)
        try:
            report, cell = await self._verify_edge(haproxy.address)
        finally:
            os.kill(haproxy.process.pid, signal.SIGCONT)
        self.assert_verdict(report, cell, "error", "timeout")

    async def test_21_a_dead_origin_shows_as_5xx_and_hits_stay_old(self) -> None:
        """Behind a dead origin a purged URL is a 502 or 503, and what was not purged is served old."""
        caches = ("nginx-orphaned", "varnish-orphaned")
        alive, dead = self.origin.replicas[0], self.origin.behind(self.cache(caches[0]).upstream)
        release = self.release_on(*caches, assets=["/asset.js", "/kept.js"], replicas=[dead, alive])
        await release.arm()
        release.deploy()
        asset = self.resource()
        self.origin.close(dead)
        for name in caches:
            await self.cache(name).purge([asset])
            self.assertIn((await self.cache(name).get(asset)).status, (502, 503))
            kept = self.resource("/kept.js")
            self.assertEqual((await self.cache(name).get(kept)).body, old(kept))
        report = await release.verify()
        for name in caches:
            self.assert_verdict(report, release.cell(cache=name), "error", "status-5xx")
            self.assert_verdict(report, release.cell(asset="/kept.js", cache=name), "stale")

    async def test_21_without_any_origin_nothing_is_fresh(self) -> None:
        """With every replica dead there is no truth: a cached copy is not called fresh."""
        only = self.origin.behind(self.cache("varnish-alone").upstream)
        release = self.release_on("varnish-alone", replicas=[only], variants={"identity": {"accept-encoding": "identity"}})
        await release.arm()
        self.origin.close(only)
        report = await release.verify()
        self.assert_verdict(report, release.cell(), "inconclusive", "origin-unreachable")
        self.assertNotEqual(report.exit_code, 0)
