#!/usr/bin/env python3
"""The rig tested by itself: without it, a wrong rig would look like a wrong Cachewitness."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import unittest

from rig.address import Resource
from rig.caches import Varnish
from rig.cachewitness import Report
from rig.cells import Cell, Verdict
from rig.client import Answer
from rig.confusion import Confusion, compare
from rig.fleet import Directory, Fleet, twelve_caches
from rig.manifest import ENCODING_VARIANTS
from rig.origin import Origin, content
from rig.process import ServerTrouble
from rig.scenario import FAULTS, Scenario
from rig.side_by_side import AsyncTest, SideBySide
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


class Odd(unittest.TestCase):
    """What `Runner` runs; nobody else does."""

    def test_errs(self) -> None:
        raise OSError("on purpose")

    def test_fails(self) -> None:
        self.fail("on purpose")

    def test_fails_in_a_part(self) -> None:
        for number in (1, 2):
            with self.subTest(number=number):
                self.assertEqual(number, 1)

    def test_passes(self) -> None:
        pass


class Runner(unittest.TestCase):
    """A runner that swallows a failure would make every test that it runs one that cannot fail."""

    def test_tells_what_fails(self) -> None:
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(Odd)
        with contextlib.redirect_stdout(io.StringIO()) as told:
            outcome = SideBySide(2).run(suite)
        counts = (outcome.testsRun, len(outcome.failures), len(outcome.errors))
        self.assertEqual((counts, outcome.wasSuccessful()), ((4, 2, 1), False))
        words = {line.partition(" (")[0] for line in told.getvalue().splitlines() if " ... " in line}
        self.assertEqual(words, {"Odd.test_errs ... FAILED", "Odd.test_fails ... FAILED",
                                 "Odd.test_fails_in_a_part ... FAILED", "Odd.test_passes ... ok"})  # fmt: skip


class Comparison(unittest.TestCase):
    """What must not pass for a good report."""

    CELL = Cell("edge", "tenant", "/asset.js", "identity")

    def compare(self, deserved: Verdict, **changes: object) -> Confusion:
        finding = {"edge": "edge", "tenant": "tenant", "asset": "/asset.js", "variant": "identity", "state": "stale",
                   "cause": "never-purged", "why": "", "expected": "", "observed": ""}  # fmt: skip
        document = {"findings": [finding], "summary": {"cells": {"stale": 1, "total": 1, "proven": 0}}, "complete": True}
        return compare(Report(1, {**document, **changes}), {self.CELL: deserved})

    def test_another_verdict_a_wrong_count_and_an_early_end_are_told(self) -> None:
        kept = Verdict("stale", "never-purged")
        self.assertEqual(self.compare(kept).wrong, [])
        self.assertEqual(len(self.compare(Verdict("stale", "regression")).misjudged), 1)
        lacking = {"cells": {"stale": 0, "total": 1, "proven": 0}}
        self.assertEqual(self.compare(kept, summary=lacking).troubles, ["the summary counts 0 cells stale, not 1"])
        early = self.compare(kept, complete=False, why_incomplete="total deadline")
        self.assertEqual(early.troubles, ["the run ended early: total deadline"])


def load_tests(loader: unittest.TestLoader, *_: object) -> unittest.TestSuite:
    cases = (EveryCache, EveryFault, Trouble, Runner, Comparison)
    return unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in cases)


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
