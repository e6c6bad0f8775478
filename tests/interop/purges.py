#!/usr/bin/env python3
"""Purges, proven on real caches: through each provider's API with caches behind an emulator of it, and at caches of
one's own in every way that they take. What a provider only says it did, `verify` finds out.

Exit status: 0 all is as it should be; 1 something is not; 77 a server cannot start here (1 where CI is set).
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import subprocess
import sys
import unittest
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rig import arguments
from rig.address import Address, Resource
from rig.caches import Cache, Nginx, Squid, TrafficServer, Varnish
from rig.cells import host_of
from rig.fleet import Directory, Fleet
from rig.manifest import ENCODING_VARIANTS, SHORT_LOOKS, EdgeEntry, Manifest
from rig.origin import Origin, content
from rig.process import ServerTrouble
from rig.side_by_side import SideBySide
from rig.skipping import skip_or_fail

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))
from providers.emulator import Emulator  # noqa: E402
from providers.messages import Eviction  # noqa: E402
from providers.setups import SETUPS  # noqa: E402

TENANTS = ("alpha", "beta", "gamma")
ASSETS = ("/app.js", "/css/site.css?v=2")
RESOURCES = [Resource(host_of(tenant), asset) for tenant in TENANTS for asset in ASSETS]
RUN_SECONDS = 60
TESTS_AT_ONCE = 6
TAGS = [word for tenant in TENANTS for word in ("--tag", host_of(tenant))]
HOSTS = [word for tenant in TENANTS for word in ("--host", host_of(tenant))]
PREFIXES = [word for tenant in TENANTS for word in ("--prefix", f"http://{host_of(tenant)}/")]
EVERYTHING = ["--everything", "--yes"]
Test = TypeVar("Test", bound=Callable[..., Any])

binary: Path
files: Path
rigs: dict[str, Rig] = {}  # by the test's name

MAKE: dict[str, Callable[[str, Path, Address], Cache]] = {
    "varnish": lambda name, directory, upstream: Varnish(name, directory, upstream, has_keys=True),
    "nginx": lambda name, directory, upstream: Nginx(name, directory, upstream, Nginx.Keying.ENCODING_IN_KEY),
    "nginx-vary": lambda name, directory, upstream: Nginx(name, directory, upstream, Nginx.Keying.NATIVE_VARY),
    "ats": TrafficServer,
    "squid": Squid,
    "squid-shut": lambda name, directory, upstream: Squid(name, directory, upstream, is_htcp_allowed=False),
}


@dataclass
class Rig:
    """What one test has for itself: the tests run side by side."""

    origin: Origin
    caches: dict[str, Cache]
    release: int = 0


def at(*caches: str) -> Callable[[Test], Test]:
    """The caches that a test is for."""

    def mark(test: Test) -> Test:
        caches_of[test.__name__] = caches
        return test

    return mark


caches_of: dict[str, tuple[str, ...]] = {}


def send(cache: Cache, resource: Resource, method: str, headers: Mapping[str, str]) -> int:
    connection = http.client.HTTPConnection(cache.address.ip, cache.address.port, timeout=10)
    connection.request(method, resource.target, headers={"Host": resource.host, **headers})
    status = connection.getresponse().status
    connection.close()
    return status


@dataclass(frozen=True)
class Outcome:
    code: int
    printed: str


class Purges(unittest.TestCase):
    """Release after release: warmed, armed, deployed, purged, verified."""

    def setUp(self) -> None:
        self.rig = rigs[self._testMethodName]
        self.folder = files / self.id().rpartition(".")[2]
        self.folder.mkdir(exist_ok=True)

    def run_program(self, *words: str, environment: Mapping[str, str] | None = None) -> Outcome:
        ended = subprocess.run(
            [str(binary), *words], cwd=self.folder, capture_output=True, text=True, timeout=RUN_SECONDS, check=False,
            env={"PATH": os.environ["PATH"], "TZ": "UTC", **(environment or {})},
        )  # fmt: skip
        return Outcome(ended.returncode, ended.stdout + ended.stderr)

    def prepare(self, edges: Iterable[str], purge: str, variants: Mapping[str, Mapping[str, str]]) -> None:
        """A release is cached and armed, and the next one is at the origin."""
        caches, origin = [self.rig.caches[name] for name in edges], self.rig.origin
        Manifest([EdgeEntry.of(cache) for cache in caches], [origin.replicas[0].address], TENANTS, ASSETS,
                 variants=variants, purge=purge, gate="{require_grade: proven}", total=SHORT_LOOKS,
                 ).write(self.folder / "cachewitness.yaml")  # fmt: skip
        for name in ("purge.jsonl", "baseline.jsonl"):
            (self.folder / name).unlink(missing_ok=True)
        self.rig.release += 2
        origin.deploy(self.rig.release)
        asyncio.run(_empty_and_warm(caches))
        armed = self.run_program("arm")
        self.assertEqual(armed.code, 0, armed.printed)
        origin.deploy(self.rig.release + 1)

    def verify(self, rounds: int = 0) -> Outcome:
        return self.run_program("verify", "--baseline", "baseline.jsonl", "--purged-at", "journal",
                                "--report", "report.json", "--repurge", str(rounds))  # fmt: skip

    def prove(self, rounds: int = 0) -> None:
        proven = self.verify(rounds)
        self.assertEqual(proven.code, 0, proven.printed)
        self.assertIn("SUCCESS - 3/3 tenants verified", proven.printed)

    def assert_old(self, edge: str) -> None:
        """Nothing was evicted."""
        for resource in RESOURCES:
            answer = asyncio.run(self.rig.caches[edge].get(resource, "gzip"))
            self.assertEqual(answer.body, content(resource, self.rig.release))

    def cells(self) -> dict[str, int]:
        summary: dict[str, int] = json.loads((self.folder / "report.json").read_text())["summary"]["cells"]
        return summary


async def _empty_and_warm(caches: Iterable[Cache]) -> None:
    for cache in caches:
        await cache.purge(RESOURCES)
        await cache.warm(RESOURCES)


class ThroughAnApi(Purges):
    """The provider is asked; the caches behind it are a Varnish and an nginx."""

    EDGES = ("varnish", "nginx")

    def setUp(self) -> None:
        super().setUp()
        self.emulator = Emulator(self.evict)
        self.addCleanup(self.emulator.close)

    def evict(self, eviction: Eviction) -> None:
        """What the edges behind an API do: each cache drops what the eviction covers, in its own way."""
        varnish, nginx = (self.rig.caches[edge] for edge in self.EDGES)
        for resource in RESOURCES:
            if eviction.covers(resource.host, resource.target, (resource.host,)):
                assert send(varnish, resource, "SOFTPURGE" if eviction.is_soft else "PURGE", {}) == 200
                for encoding in ("identity", "gzip"):
                    assert send(nginx, resource, "PURGE", {"accept-encoding": encoding}) in (200, 404, 412)

    def purge(self, provider: str, *words: str) -> Outcome:
        setup = SETUPS[provider]
        self.prepare(self.EDGES, setup.purge(self.emulator.api, rate=100), ENCODING_VARIANTS)
        return self.run_program("purge", *words, environment=setup.environment)

    @at(*EDGES)
    def test_each_provider_is_proven(self) -> None:
        for provider in (name for name, setup in SETUPS.items() if not setup.is_at_edges):
            with self.subTest(provider=provider):
                purged = self.purge(provider, *(TAGS if provider in ("vercel", "netlify") else []))
                self.assertEqual(purged.code, 0, purged.printed)
                self.prove()

    @at(*EDGES)
    def test_other_kinds_are_proven(self) -> None:
        for provider, words in (("cloudflare", PREFIXES), ("cloudflare", HOSTS), ("fastly", TAGS), ("fastly", EVERYTHING),
                                ("google-cloud-cdn", TAGS), ("bunny", PREFIXES)):
            with self.subTest(provider=provider, words=words):
                purged = self.purge(provider, *words)
                self.assertEqual(purged.code, 0, purged.printed)
                self.prove()

    @at(*EDGES)
    def test_a_yes_that_evicted_nothing_is_found_out(self) -> None:
        for provider in ("fastly", "cloudflare", "akamai"):
            with self.subTest(provider=provider):
                self.emulator.faults = ["idle"] * len(RESOURCES)
                purged = self.purge(provider)
                self.emulator.faults = []
                self.assertEqual(purged.code, 0, "the API says yes\n" + purged.printed)
                found = self.verify()
                self.assertEqual(found.code, 1, found.printed)
                self.assertEqual(self.cells()["stale"], self.cells()["total"])

    @at(*EDGES)
    def test_a_url_that_was_left_out_is_found_out(self) -> None:
        self.emulator.faults = [None, "idle"]
        self.purge("fastly")
        found = self.verify()
        self.assertEqual(found.code, 1, found.printed)
        # Its two variants, at Varnish (one object) and at nginx.
        self.assertEqual(self.cells()["stale"], 4)


class AtOnesOwnCaches(Purges):
    """Every edge is asked by itself."""

    def check(self, edge: str, purge: str, *words: str, environment: Mapping[str, str] | None = None,
              rounds: int = 0) -> None:  # fmt: skip
        with self.subTest(edge=edge, purge=purge, words=words):
            self.prepare([edge], purge, ENCODING_VARIANTS)
            purged = self.run_program("purge", *words, environment=environment)
            self.assertEqual(purged.code, 0, purged.printed)
            self.prove(rounds)

    @at("varnish")
    def test_varnish_by_its_vcl(self) -> None:
        self.check("varnish", "{provider: varnish}")
        self.check("varnish", "{provider: varnish}", *TAGS)
        for ban_on in ("request", "object"):
            for words in (PREFIXES, HOSTS, EVERYTHING):
                self.check("varnish", f"{{provider: varnish, ban: expression, ban_on: {ban_on}}}", *words)

    @at("varnish")
    def test_varnish_by_its_command_line(self) -> None:
        port, secret = _cli(self.rig.caches["varnish"])
        for ban_on in ("request", "object"):
            for words in ([], PREFIXES, HOSTS, TAGS, EVERYTHING):
                self.check("varnish", f"{{provider: varnish-cli, port: {port}, secret: {{env: SECRET}}, ban_on: {ban_on}}}",
                           *words, environment={"SECRET": secret})  # fmt: skip

    @at("varnish")
    def test_varnish_softly_is_stale_once_and_then_new(self) -> None:
        self.prepare(["varnish"], "{provider: varnish, soft_method: SOFTPURGE}", ENCODING_VARIANTS)
        purged = self.run_program("purge", "--soft")
        self.assertEqual(purged.code, 0, purged.printed)
        asyncio.run(_empty_by_visitors(self.rig.caches["varnish"]))
        self.prove()

    @at("varnish")
    def test_a_bad_secret_bans_nothing(self) -> None:
        port, secret = _cli(self.rig.caches["varnish"])
        self.prepare(["varnish"], f"{{provider: varnish-cli, port: {port}, secret: {{env: SECRET}}}}", ENCODING_VARIANTS)
        purged = self.run_program("purge", environment={"SECRET": secret.rstrip("\n")})
        self.assertEqual(purged.code, 3, purged.printed)
        self.assertIn("the provider refuses the credentials", purged.printed)
        self.assert_old("varnish")

    @at("nginx")
    def test_nginx_by_each_variant(self) -> None:
        self.check("nginx", "{provider: nginx}")

    @at("ats")
    def test_traffic_server(self) -> None:
        self.check("ats", "{provider: trafficserver}")

    @at("squid")
    def test_squid_by_each_variant_in_turn(self) -> None:
        # Its index of variants hides the others from a purge until one was fetched (docs/interop.md, surprise 8).
        self.check("squid", "{provider: squid}")

    @at("squid")
    def test_squid_by_htcp_and_a_round_for_the_variant_that_comes_back(self) -> None:
        port = _htcp(self.rig.caches["squid"]).port
        self.check("squid", f"{{provider: squid-htcp, port: {port}}}", rounds=1)
        report = json.loads((self.folder / "report.json").read_text())
        self.assertEqual({one["variant"] for one in report["repurge"]["healed"]}, {"gzip"})

    @at("nginx-vary")
    def test_an_nginx_that_obeys_vary_by_each_variant_in_turn(self) -> None:
        self.check("nginx-vary", "{provider: nginx, variants: in-turn}")

    @at("squid-shut")
    def test_what_squid_does_not_allow_stays_in_doubt(self) -> None:
        port = _htcp(self.rig.caches["squid-shut"]).port
        self.prepare(["squid-shut"], f"{{provider: squid-htcp, port: {port}, timeout: 500ms}}",
                     {"gzip": ENCODING_VARIANTS["gzip"]})  # fmt: skip
        purged = self.run_program("purge", "--timeout", "2s")
        self.assertEqual(purged.code, 3, purged.printed)
        self.assert_old("squid-shut")


async def _empty_by_visitors(cache: Cache) -> None:
    """The first visitor after a soft purge gets the old copy, and sets off the fetch of the new one."""
    for _ in range(20):
        await cache.warm(RESOURCES)
        await asyncio.sleep(0.05)


def _cli(cache: Cache) -> tuple[int, str]:
    """The port of its command line, and what it takes for a secret: the whole file, the line feed too."""
    assert isinstance(cache, Varnish)
    return cache.cli_address.port, cache.secret.read_text()


def _htcp(cache: Cache) -> Address:
    assert isinstance(cache, Squid)
    return cache.htcp_address


@contextlib.contextmanager
def standing(directory: Path) -> Iterator[None]:
    """A rig for each test."""
    with contextlib.ExitStack() as stack:
        for number, (test, wanted) in enumerate(caches_of.items(), 1):
            origin = stack.enter_context(Origin(replicas=1))
            origin.replicas[0].tag_field = "xkey"
            upstream = origin.replicas[0].address
            rigs[test] = Rig(origin, {each: MAKE[each](f"{each}-{number}", directory, upstream) for each in wanted})
        stack.enter_context(Fleet(cache for rig in rigs.values() for cache in rig.caches.values()))
        yield


def main() -> int:
    global binary, files
    options, rest = arguments.parse("Purges real caches, and proves it.")
    binary = options.binary.resolve()
    try:
        with (
            Directory() as directory,
            standing(directory),
            arguments.working_directory(options.work, "purges") as files,
        ):
            outcome = unittest.main(argv=[sys.argv[0], *rest], exit=False, testRunner=SideBySide(TESTS_AT_ONCE)).result
    except ServerTrouble as trouble:
        return skip_or_fail(str(trouble))
    return 0 if outcome.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
