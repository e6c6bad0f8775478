"""Surprises 1 to 7: the way of asking changes, or misses, what is measured."""

from __future__ import annotations

import asyncio

from rig.address import Resource
from rig.caches import HaproxyBalancer, Varnish
from rig.client import Client, ask
from rig.manifest import EdgeEntry, Manifest
from rig.origin import etag

from .case import SurpriseTest, new, old

FORBIDDEN = {
    "cache-control", "pragma", "range", "if-none-match", "if-match", "if-modified-since",
    "if-unmodified-since", "if-range",
}  # fmt: skip


class Probing(SurpriseTest):
    async def test_01_a_conditional_request_heals_apache(self) -> None:
        """If-None-Match with the new ETag makes Apache fetch: it reports fresh and heals the fault."""
        release = self.release_on("apache", assets=["/asset.js", "/naive.js"])
        await release.arm()
        release.deploy()
        naive = self.resource("/naive.js")
        apache = self.cache("apache")
        condition = {"accept-encoding": "identity", "if-none-match": etag(naive, 2)}
        answer = await ask(apache.address, naive, condition)
        self.assertIn(answer.status, (200, 304))
        self.assertEqual((await apache.get(naive)).body, new(naive), "the naive probe healed it")
        report = await release.verify()
        self.assert_verdict(report, release.cell(), "stale", "never-purged")
        asset = self.resource()
        self.assertEqual((await apache.get(asset)).body, old(asset), "the verification healed it")

    async def test_01_a_probe_asks_plainly(self) -> None:
        """A probe is a GET with Host (no port), User-Agent, Accept and the variant's headers only."""
        replica = self.origin.replicas[0]
        replica.recorded = []  # of every test that is under way
        try:
            manifest = Manifest(
                edges=[EdgeEntry("origin-as-edge", replica.address, "nginx")],
                replicas=[self.origin.replicas[1].address],
                tenants=[self.tenant],
                assets=["/asset.js?v=1"],
            )
            await self.program.verify(manifest, name=self.tenant)
            recorded = [one for one in replica.recorded if one.host == self.resource().host]
        finally:
            replica.recorded = None
        self.assertGreaterEqual(len(recorded), 2)
        for request in recorded:
            names = [name.lower() for name, _ in request.headers]
            self.assertEqual((request.method, request.target), ("GET", "/asset.js?v=1"))
            self.assertEqual(
                sorted(names), ["accept", "accept-encoding", "host", "user-agent"], request
            )
            self.assertFalse(FORBIDDEN & set(names))

    async def test_02_no_cache_leaves_the_stale_entry_in_haproxy(self) -> None:
        """`Cache-Control: no-cache` gets fresh content from HAProxy and leaves users the stale entry."""
        release = self.release_on("haproxy")
        await release.arm()
        release.deploy()
        haproxy, asset = self.cache("haproxy"), self.resource()
        naive = await ask(haproxy.address, asset, {"cache-control": "no-cache"})
        self.assertEqual(naive.body, new(asset))
        self.assertEqual((await haproxy.get(asset)).body, old(asset))
        self.assert_verdict(await release.verify(), release.cell(), "stale", "never-purged")

    async def test_03_a_port_in_host_is_another_cache_entry(self) -> None:
        """A Host with a port misses the entry that users get: Varnish, Squid and Apache look fresh."""
        caches = ("varnish", "squid", "apache")
        release = self.release_on(*caches)
        await release.arm()
        release.deploy()
        asset = self.resource()
        for name in caches:
            address = self.cache(name).address
            with_port = Resource(f"{asset.host}:{address.port}", asset.target)
            naive = await ask(address, with_port, {"accept-encoding": "identity"})
            self.assertEqual(naive.body, new(asset), name)
        report = await release.verify()
        for name in caches:
            self.assert_verdict(report, release.cell(cache=name), "stale", "purge-misaddressed")

    async def test_04_squid_keeps_the_answer_to_head_apart(self) -> None:
        """Squid stores HEAD as an entry of its own: HEAD says old while GET serves the new one."""
        squid, asset = self.cache("squid"), self.resource()
        lines = {"accept-encoding": "identity"}
        await ask(squid.address, asset, lines, "HEAD")
        release = self.release_on("squid")
        release.deploy()
        self.assertEqual((await squid.get(asset)).body, new(asset))
        naive = await ask(squid.address, asset, lines, "HEAD")
        self.assertEqual(naive.headers["etag"], etag(asset, 1))
        self.assert_all_fresh(await release.verify())

    async def test_05_one_request_uses_up_a_soft_purge(self) -> None:
        """A soft-purged copy is served once; a health check before the probe hides the fault."""
        release = self.release_on("varnish-soft", assets=["/asset.js", "/naive.js"])
        await release.arm()
        release.deploy()
        varnish, naive = self.cache("varnish-soft"), self.resource("/naive.js")
        assert isinstance(varnish, Varnish)
        await varnish.soft_purge(release.resources)
        await ask(varnish.address, naive, {"accept-encoding": "identity"}, "HEAD")
        await asyncio.sleep(0.1)
        self.assertEqual((await varnish.get(naive)).body, new(naive))
        report = await release.verify()
        for variant in ("identity", "gzip"):
            self.assert_verdict(report, release.cell(variant), "stale", "stale-while-revalidate")
        self.assert_verdict(report, release.cell("identity", "/naive.js"), "fresh")

    async def test_06_a_kept_connection_sees_one_server_of_a_vip(self) -> None:
        """Behind a TCP balancer a kept connection sees one server only; half the users see another."""
        release = self.release_on("balancer", servers=2)
        balancer, asset = self.cache("balancer"), self.resource()
        assert isinstance(balancer, HaproxyBalancer)
        for name in ("member-1", "member-2"):
            await self.cache(name).warm([asset])
        await release.arm()
        release.deploy()
        await self.cache("member-1").purge([asset])
        async with Client(balancer.address) as client:
            lines = {"accept-encoding": "identity"}
            bodies = {(await client.ask(asset, headers=lines)).body for _ in range(8)}
        self.assertEqual(len(bodies), 1, "the kept connection saw both servers")
        report = await release.verify()
        for variant in ("identity", "gzip"):
            self.assert_verdict(report, release.cell(variant), "stale")

    async def test_07_squid_keeps_a_variant_for_every_raw_string(self) -> None:
        """Squid keys on the raw Accept-Encoding: a browser's own string survives a purge of the others."""
        variants: dict[str, dict[str, str]] = {
            "absent": {},
            "identity": {"accept-encoding": "identity"},
            "gzip": {"accept-encoding": "gzip"},
            "browser": {"accept-encoding": "gzip, deflate, br"},
        }
        release = self.release_on("squid", variants=variants)
        await release.arm()
        release.deploy()
        asset, address = self.resource(), self.cache("squid").address
        for name in ("absent", "identity", "gzip"):
            await ask(address, asset, variants[name], "PURGE")
            self.assertEqual((await ask(address, asset, variants[name])).body, new(asset), name)
        report = await release.verify()
        for name in ("absent", "identity", "gzip"):
            self.assert_verdict(report, release.cell(name), "fresh")
        self.assert_verdict(report, release.cell("browser"), "stale", "variant-not-purged")

    async def test_07_haproxy_serves_gzip_to_clients_that_did_not_ask(self) -> None:
        """HAProxy answers a request without Accept-Encoding with cached gzip: decode before comparing."""
        release = self.release_on("haproxy", variants={"absent": {}})
        release.deploy()
        haproxy, asset = self.cache("haproxy"), self.resource()
        await haproxy.get(asset, "gzip")
        naive = await ask(haproxy.address, asset)
        self.assertNotEqual(naive.raw_body, new(asset))
        self.assertEqual(naive.body, new(asset))
        self.assert_all_fresh(await release.verify())


