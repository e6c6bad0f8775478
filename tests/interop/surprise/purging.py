"""Surprises 8 to 12: what a purge really covers."""

from __future__ import annotations

from rig.cells import Cell, host_of
from rig.address import Resource
from rig.client import ask

from .case import SurpriseTest, new, old


class Purging(SurpriseTest):
    async def test_08_the_next_get_brings_hidden_variants_back(self) -> None:
        """A PURGE in Squid and nginx hides the other variants; the next GET brings them back, stale."""
        caches = ("squid", "nginx-vary")
        release = self.release_on(*caches, assets=["/asset.js"])
        await release.arm()
        release.deploy()
        asset = self.resource()
        for name in caches:
            (answer,) = await self.cache(name).send_purges([asset], ["identity"])
            self.assertEqual(answer.status, 200, name)
        report = await release.verify()
        for name in caches:
            self.assert_verdict(report, release.cell("identity", cache=name), "fresh")
            self.assert_verdict(
                report, release.cell("gzip", cache=name), "stale", "variant-not-purged"
            )

    async def test_08_purges_in_a_row_do_not_help(self) -> None:
        """PURGEs of every variant in a row leave two of four stale in Squid: they find no index."""
        strings = {"identity": "identity", "gzip": "gzip", "browser": "gzip, deflate, br"}
        named = {name: {"accept-encoding": value} for name, value in strings.items()}
        release = self.release_on("squid", variants={"absent": {}, **named})
        await release.arm()
        release.deploy()
        squid, asset = self.cache("squid"), self.resource()
        answers = await squid.send_purges([asset], [None, *strings.values()])
        self.assertEqual([answer.status for answer in answers], [200, 200, 404, 404])
        report = await release.verify()
        stale = {
            name
            for name in release.variants
            if (await squid.get(asset, strings.get(name))).body == old(asset)
        }
        self.assertEqual(len(stale), 2, "no surprise left")
        for name in release.variants:
            self.assert_verdict(
                report, release.cell(name), "stale" if name in stale else "fresh"
            )

    async def test_09_a_404_to_purge_does_not_mean_absent(self) -> None:
        """nginx answers 404 to a PURGE while the copy stays; Varnish 200 for what it never had."""
        release = self.release_on("nginx-vary")
        await release.arm()
        release.deploy()
        asset = self.resource()
        (answer,) = await self.cache("nginx-vary").send_purges([asset], [None])
        self.assertEqual(answer.status, 404)
        never_had = self.resource("/never-asked-for.js")
        (answer,) = await self.cache("varnish").send_purges([never_had], [None])
        self.assertEqual(answer.status, 200)
        self.assert_verdict(await release.verify(), release.cell(), "stale", "never-purged")

    async def test_10_nginx_hides_a_gzip_variant_of_its_own(self) -> None:
        """With gzip at the edge nginx still varies on the client's header: one purge leaves gzip stale."""
        release = self.release_on("nginx-gzip-vary")
        await release.arm()
        release.deploy()
        asset, nginx = self.resource(), self.cache("nginx-gzip-vary")
        (answer,) = await nginx.send_purges([asset], ["identity"])
        self.assertEqual(answer.status, 200)
        self.assertEqual((await nginx.get(asset)).body, new(asset), "a good first probe")
        self.assertEqual((await nginx.get(asset, "gzip")).body, old(asset), "no surprise left")
        report = await release.verify()
        self.assert_verdict(report, release.cell("identity"), "fresh")
        self.assert_verdict(report, release.cell("gzip"), "stale", "variant-not-purged")

    async def test_11_a_ban_on_an_absent_header_matches_nothing(self) -> None:
        """A Varnish ban on `Content-Encoding !~ gzip` spares objects that have no such header."""
        release = self.release_on("varnish-raw")
        await release.arm()
        release.deploy()
        varnish, asset = self.cache("varnish-raw"), self.resource()
        ban = f"obj.http.content-encoding !~ gzip && req.http.host == {asset.host}"
        answer = await ask(varnish.address, asset, {"x-ban": ban}, "BAN")
        self.assertEqual(answer.status, 200)
        self.assert_verdict(await release.verify(), release.cell(), "stale", "never-purged")

    async def test_11_a_purge_does_not_cover_the_query(self) -> None:
        """PURGE of /asset.js leaves /asset.js?v=1 as it was."""
        release = self.release_on("varnish", assets=["/asset.js", "/asset.js?v=1"])
        await release.arm()
        release.deploy()
        await self.cache("varnish").purge([self.resource()])
        report = await release.verify()
        self.assert_verdict(report, release.cell(), "fresh")
        self.assert_verdict(report, release.cell(asset="/asset.js?v=1"), "stale")

    async def test_12_traffic_server_shares_one_object_between_tenants(self) -> None:
        """The cachekey plugin keys on the remapped URL: tenants that differ in Host share one object."""
        tenants = [f"{self.tenant}-{name}" for name in ("a", "b")]
        release = self.release_on("ats-cachekey", tenants=tenants)
        release.deploy()
        a, b = (Resource(host_of(tenant), "/asset.js") for tenant in tenants)
        ats = self.cache("ats-cachekey")
        await ats.warm([a])
        self.assertEqual((await ats.get(b)).body, new(a), "no surprise left")
        report = await release.verify()
        for variant in ("identity", "gzip"):
            self.assert_verdict(report, Cell(ats.name, tenants[0], "/asset.js", variant), "fresh")
            leaked = report.verdict(Cell(ats.name, tenants[1], "/asset.js", variant))
            self.assertNotIn(leaked.state, ("fresh", "inconclusive"), report.document["findings"])
