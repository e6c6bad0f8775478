"""Surprises 13 to 19: header fields that say less, or something else, than they seem to."""

from __future__ import annotations

import asyncio

from rig.client import ask
from rig.clock import CLOCK_AHEAD_MINUTES
from rig.origin import Override, etag

from .case import SurpriseTest, new, old


class Headers(SurpriseTest):
    async def test_13_varnish_and_nginx_rewrite_the_etag(self) -> None:
        """Varnish gives identity clients the weak gzip ETag, nginx weakens it: the body is the witness."""
        caches = ("varnish", "nginx-gzip")
        release = self.release_on(*caches)
        await release.arm()
        release.deploy()
        asset = self.resource()
        for name in caches:
            await self.cache(name).purge([asset])
        await self.cache("varnish").get(asset, "gzip")
        naive = (await self.cache("varnish").get(asset, "identity")).headers["etag"]
        self.assertNotEqual(naive, etag(asset, 2))
        naive = (await self.cache("nginx-gzip").get(asset, "gzip")).headers["etag"]
        self.assertNotEqual(naive, etag(asset, 2, is_gzip=True))
        self.assert_all_fresh(await release.verify())

    async def test_14_nginx_repeats_the_age_of_its_shield_for_ever(self) -> None:
        """Behind a shield nginx says `Age: 0` for ever: a stale copy looks younger than the purge."""
        release = self.release_on("shielded")
        await release.arm()
        release.deploy()
        asset = self.resource()
        naive = await self.cache("shielded").get(asset)
        self.assertEqual((naive.body, naive.age), (old(asset), 0))
        report = await release.verify()
        for variant in ("identity", "gzip"):
            self.assert_verdict(report, release.cell(variant), "stale", "never-purged")

    async def test_15_x_cache_may_be_the_shields(self) -> None:
        """Traffic Server serves a hit that says `X-Cache: MISS`: the word is its shield's."""
        release = self.release_on("ats-shielded")
        await release.arm()
        release.deploy()
        asset = self.resource()
        await self.cache("shield").purge([asset])
        await self.cache("ats-shielded").purge([asset])
        await self.cache("ats-shielded").get(asset)
        naive = await self.cache("ats-shielded").get(asset)
        self.assertEqual(naive.headers["x-cache"], "MISS")
        self.assertRegex(naive.headers["via"], r"\[c[RH]s f \]")
        self.assert_all_fresh(await release.verify())

    async def test_16_a_clock_ahead_makes_fresh_content_look_old(self) -> None:
        """37 minutes ahead, Traffic Server sends a large Age with content that is new."""
        release = self.release_on("ats-ahead")
        release.deploy()
        asset = self.resource()
        naive = await self.cache("ats-ahead").get(asset)
        self.assertEqual(naive.body, new(asset))
        assert naive.age is not None
        self.assertGreaterEqual(naive.age, CLOCK_AHEAD_MINUTES * 60 - 5, "no surprise left")
        self.assert_all_fresh(await release.verify())

    async def test_17_haproxy_does_not_store_what_has_age_zero(self) -> None:
        """Behind a shield HAProxy caches nothing at first: a second probe is no hit, yet it is fresh."""
        release = self.release_on("haproxy-shielded")
        await release.arm()
        release.deploy()
        asset, haproxy = self.resource(), self.cache("haproxy-shielded")
        await self.cache("shield").purge([asset])
        await haproxy.purge([asset])
        answers = [await haproxy.get(asset) for _ in range(2)]
        self.assertEqual([each.headers["x-cache-status"] for each in answers], ["MISS", "MISS"])
        self.assert_all_fresh(await release.verify())

    async def test_18_stale_in_a_status_is_not_stale_content(self) -> None:
        """nginx says STALE when it refreshes in the background, also where its copy is the new release."""
        nginx, asset = self.cache("nginx-background"), self.resource()
        release = self.release_on("nginx-background", assets=["/asset.js", "/naive.js"])
        release.deploy()
        await nginx.warm(release.resources)
        await asyncio.sleep(2.1)
        naive = await nginx.get(self.resource("/naive.js"))
        self.assertEqual(naive.headers["x-cache-status"], "STALE")
        self.assertEqual(naive.body, new(self.resource("/naive.js")))
        report = await release.verify()
        self.assert_verdict(report, release.cell(), "fresh")
        self.assertEqual((await nginx.get(asset)).body, new(asset))

    async def test_19_a_cached_redirect_answers_200_at_its_target(self) -> None:
        """Followed, a cached 301 answers 200 at its target; not followed, it is a finding."""
        release = self.release_on("squid")
        asset, moved = self.resource(), self.resource("/moved.js")
        await release.arm()
        release.deploy()
        self.addCleanup(self.origin.clear_overrides, [asset])
        self.origin.override(asset, Override(301, f"http://{moved.host}{moved.target}"))
        await self.cache("squid").purge([asset])
        await self.cache("squid").warm([asset])
        self.origin.clear_overrides([asset])
        answer = await self.cache("squid").get(asset)
        self.assertEqual(answer.status, 301)
        self.assertEqual((await ask(self.cache("squid").address, moved)).status, 200)
        report = await release.verify()
        for variant in ("identity", "gzip"):
            self.assert_verdict(report, release.cell(variant), "stale", "redirect-cached")
