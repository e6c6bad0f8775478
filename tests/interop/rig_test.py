#!/usr/bin/env python3
"""The rig tested by itself: without it, a wrong rig would look like a wrong Cachewitness."""

from __future__ import annotations

import asyncio
import sys
import unittest

from rig.address import Resource
from rig.caches import Varnish
from rig.cells import Cell
from rig.client import Answer
from rig.fleet import Directory, Fleet, twelve_caches
from rig.manifest import ENCODING_VARIANTS
from rig.origin import Origin, content
from rig.process import ServerTrouble
from rig.scenario import FAULTS, Scenario
from rig.side_by_side import AsyncTest
from rig.skipping import skip_or_fail

origin: Origin
fleet: Fleet


def is_hit(cache_name: str, answer: Answer) -> bool:
    """Whether the server's own words say that it answered from its store."""
    headers = answer.headers
    if cache_name.startswith("ats"):
        return "[cRs f ]" in headers["via"] or "[cHs f ]" in headers["via"]
    words = headers.get("x-cache-status", headers.get("x-cache", ""))
    return words.startswith("HIT")


class EveryCache(AsyncTest):
    """The three things that every test of the rig relies on, for each of the twelve."""

    def setUp(self) -> None:
        origin.deploy(1)

    async def _bodies(self, cache_name: str, resource: Resource) -> list[bytes]:
        return [(await fleet[cache_name].get(resource, each)).body for each in ENCODING_VARIANTS]

    async def test_keeps_the_old_release_until_it_is_purged(self) -> None:
        for name, cache in fleet.caches.items():
            with self.subTest(cache=name):
                resource = Resource("life.rig.test", f"/{name}.js?v=1")
                origin.deploy(1)
                await cache.warm([resource])
                origin.deploy(2)
                old, new = content(resource, 1), content(resource, 2)
                self.assertEqual(await self._bodies(name, resource), [old, old])
                self.assertTrue(is_hit(name, await cache.get(resource)))
                await cache.purge([resource])
                self.assertEqual(await self._bodies(name, resource), [new, new])
                self.assertEqual(await self._bodies(name, resource), [new, new])

    async def test_sends_age_where_it_says_so(self) -> None:
        for name, cache in fleet.caches.items():
            with self.subTest(cache=name):
                resource = Resource("age.rig.test", f"/{name}.css")
                await cache.warm([resource])
                # The shielded nginx repeats the Age of its shield, frozen: that is its point.
                sends_age = cache.sends_age or name == "shielded"
                self.assertEqual((await cache.get(resource)).age is not None, sends_age)

    def test_tells_its_version(self) -> None:
        for name, cache in fleet.caches.items():
            with self.subTest(cache=name):
                self.assertRegex(cache.version(), r"^\d+\.\d+")


class EveryFault(AsyncTest):
    """A planted fault that raw requests do not show would make the acceptance run a tautology."""

    async def test_is_visible_on_the_wire_and_nothing_else_is(self) -> None:
        origin.deploy(1)
        tenants = sorted({tenant for fault in FAULTS for tenant in fault.tenants}) + ["without-a-fault"]
        scenario = Scenario(fleet, origin, tell=lambda _: None, tenants=tenants)
        await scenario.warm()
        await scenario.release()
        soft = {cell for fault in FAULTS if fault.cache == "varnish-soft" for cell in fault.cells()}
        for cell in sorted(soft):
            with self.subTest(cell=cell):
                self.assertEqual(await self._body(cell), content(cell.resource, 1))
        await asyncio.sleep(0.2)  # The background fetches that those answers have set off.
        self.assertEqual(await scenario.look(), [])

    @staticmethod
    async def _body(cell: Cell) -> bytes:
        return (await fleet[cell.cache].get(cell.resource, cell.variant)).body


class Trouble(unittest.TestCase):
    def test_a_server_that_cannot_start_shows_the_end_of_its_log(self) -> None:
        with Directory() as directory:
            cache = Varnish("broken", directory, origin.replicas[0].address)
            cache.process.spawn(["varnishd", "-F", "-j", "none", "-n", str(directory), "-f", "/nowhere"])
            with self.assertRaisesRegex(ServerTrouble, "ended with status .*\n.*nowhere"):
                cache.wait_ready()


def main() -> int:
    global origin, fleet
    try:
        with Directory() as directory, Origin() as origin:
            replicas = [replica.address for replica in origin.replicas]
            with twelve_caches(directory, replicas) as fleet:
                outcome = unittest.main(verbosity=2, exit=False).result
    except ServerTrouble as trouble:
        return skip_or_fail(str(trouble))
    return 0 if outcome.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
