"""Every provider and kind through the whole program, against an emulator that validates as the vendors do."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from program import ProgramTest, main
from providers.cloudfront import CloudFront
from providers.emulator import Emulator
from providers.gcore import Gcore
from providers.manifest import host, manifest
from providers.messages import Eviction
from providers.setups import OTHER_SETUPS, SETUPS

URL, QUERY = "https://www.example.com/a.js", "https://www.example.com/b.css?v=2&w=1"
DIRECTORY = "https://www.example.com/img/"
HOST = "www.example.com"
BY_URL = ("--url", URL, "--url", QUERY)
BY_PREFIX = ("--prefix", DIRECTORY)
BY_HOST = ("--host", "a.example.com")
BY_TAG = ("--tag", "red", "--tag", "blue")
EVERYTHING = ("--everything", "--yes")
LANGUAGES = "{any: {}, german: {headers: {accept-language: de}}}"


def urls(host: str = HOST, **more: Any) -> list[Eviction]:
    return [Eviction("url", host, "/a.js", **more), Eviction("url", host, "/b.css?v=2&w=1", **more)]


def paths() -> list[Eviction]:
    return [Eviction("url", HOST, "/a.js", is_any_query=True), Eviction("url", HOST, "/b.css", is_any_query=True)]


def tags(**more: Any) -> list[Eviction]:
    return [Eviction("tag", tag="red", **more), Eviction("tag", tag="blue", **more)]


def prefix(host: str = HOST, **more: Any) -> list[Eviction]:
    return [Eviction("prefix", host, "/img/", **more)]


ALL = [Eviction("everything")]
# Provider, what is asked for, what the API must have understood.
KINDS: list[tuple[str, tuple[str, ...], list[Eviction]]] = [
    ("cloudflare", BY_URL, urls()),
    ("cloudflare", (*BY_URL, "--soft"), urls(is_soft=True)),
    ("cloudflare", BY_PREFIX, prefix()),
    ("cloudflare", (*BY_PREFIX, "--soft"), prefix(is_soft=True)),
    ("cloudflare", BY_HOST, [Eviction("host", "a.example.com")]),
    ("cloudflare", (*BY_HOST, "--soft"), [Eviction("host", "a.example.com", is_soft=True)]),
    ("cloudflare", BY_TAG, tags()),
    ("cloudflare", (*BY_TAG, "--soft"), tags(is_soft=True)),
    ("cloudflare", EVERYTHING, ALL),
    ("cloudflare", (*EVERYTHING, "--soft"), [Eviction("everything", is_soft=True)]),
    ("fastly", BY_URL, urls()),
    ("fastly", (*BY_URL, "--soft"), urls(is_soft=True)),
    ("fastly", BY_TAG, tags()),
    ("fastly", (*BY_TAG, "--soft"), tags(is_soft=True)),
    ("fastly", EVERYTHING, ALL),
    ("cloudfront", BY_URL, urls(host="")),
    ("cloudfront", BY_PREFIX, prefix(host="")),
    ("cloudfront", BY_TAG, tags()),
    ("cloudfront", EVERYTHING, ALL),
    ("akamai", BY_URL, urls()),
    ("akamai", (*BY_URL, "--soft"), urls(is_soft=True)),
    ("akamai", BY_TAG, tags()),
    ("akamai", (*BY_TAG, "--soft"), tags(is_soft=True)),
    ("akamai", EVERYTHING, ALL),
    ("akamai", (*EVERYTHING, "--soft"), [Eviction("everything", is_soft=True)]),
    # What stands in a query is no part of a path pattern.
    ("google-cloud-cdn", BY_URL, paths()),
    ("google-cloud-cdn", BY_PREFIX, prefix()),
    ("google-cloud-cdn", BY_HOST, [Eviction("host", "a.example.com")]),
    ("google-cloud-cdn", BY_TAG, [Eviction("tag", tag="red blue")]),
    ("google-cloud-cdn", EVERYTHING, ALL),
    ("google-media-cdn", BY_URL, paths()),
    ("google-media-cdn", BY_PREFIX, prefix()),
    ("google-media-cdn", BY_HOST, [Eviction("host", "a.example.com")]),
    ("google-media-cdn", BY_TAG, [Eviction("tag", tag="red blue")]),
    ("google-media-cdn", EVERYTHING, ALL),
    # What stands in a query is no part of the key there.
    ("azure-front-door", BY_URL, paths()),
    ("azure-front-door", BY_PREFIX, prefix()),
    ("azure-front-door", BY_HOST, [Eviction("host", "a.example.com")]),
    ("azure-front-door", EVERYTHING, ALL),
    ("bunny", BY_URL, urls()),
    ("bunny", ("--url", DIRECTORY), [Eviction("url", HOST, "/img/")]),
    ("bunny", BY_PREFIX, prefix()),
    ("bunny", BY_TAG, tags()),
    ("bunny", EVERYTHING, ALL),
    ("keycdn", BY_URL, urls()),
    ("keycdn", BY_TAG, tags()),
    ("keycdn", EVERYTHING, ALL),
    ("gcore", BY_URL, urls(host="")),
    ("gcore", BY_PREFIX, prefix(host="")),
    ("gcore", EVERYTHING, ALL),
    ("cdn77", BY_URL, urls(host="")),
    ("cdn77", BY_PREFIX, prefix(host="")),
    ("cdn77", EVERYTHING, ALL),
    ("vercel", BY_TAG, tags()),
    ("vercel", (*BY_TAG, "--soft"), tags(is_soft=True)),
    ("netlify", BY_TAG, tags()),
    ("netlify", BY_HOST, [Eviction("host", "a.example.com")]),
    ("netlify", EVERYTHING, ALL),
    ("souin", BY_URL, urls()),
    ("souin", (*BY_URL, "--soft"), urls(is_soft=True)),
    ("souin", BY_PREFIX, prefix()),
    ("souin", (*BY_PREFIX, "--soft"), prefix(is_soft=True)),
    ("souin", BY_HOST, [Eviction("host", "a.example.com")]),
    ("souin", (*BY_HOST, "--soft"), [Eviction("host", "a.example.com", is_soft=True)]),
    ("souin", BY_TAG, tags()),
    ("souin", EVERYTHING, ALL),
]
# A kind that each has.
USUAL = {provider: BY_TAG if provider in ("vercel", "netlify") else BY_URL for provider in SETUPS}
# They say when they are done, and are asked until then.
FOLLOWED = {"cloudfront", "google-cloud-cdn", "azure-front-door", "cdn77", "gcore"}


Row = TypeVar("Row")


class Purge:
    """One run in a folder of its own, against an emulator of its own: its limits are whole."""

    def __init__(self, test: ProgramTest, setup: str) -> None:
        self._test = test
        self._setup = {**SETUPS, **OTHER_SETUPS}[setup]
        self.emulator = Emulator()
        self._folder = Path(tempfile.mkdtemp(dir=test.folder))

    def __enter__(self) -> Purge:
        return self

    def __exit__(self, *_: object) -> None:
        self.emulator.close()

    def run(self, *arguments: str, environment: dict[str, str] | None = None, **more: Any) -> tuple[int, dict[str, Any]]:
        """`more`: the fleet's tenants, assets and variants, and options of the purge."""
        fleet = {name: more.pop(name) for name in ("tenants", "assets", "variants") if name in more}
        options = {**more.pop("options", {}), **more}
        path = self._folder / "cachewitness.yaml"
        path.write_text(manifest(self._setup.purge(self.emulator.api, **options),
                                 edge=self.emulator.api.removeprefix("http://"), **fleet), encoding="utf-8")
        variables = self._setup.environment if environment is None else environment
        ended = self._test.run_program("purge", "--no-origin-gate", "-m", str(path), "--format", "json", "--journal",
                                       str(self._folder / "purge.jsonl"), *arguments, environment=variables)
        for secret in variables.values():
            self._test.assertNotIn(secret, ended.out + ended.err + json.dumps(self.journal()))
        return ended.code, json.loads(ended.out) if ended.out.startswith("{") else {"err": ended.err, "out": ended.out}

    def journal(self) -> list[dict[str, Any]]:
        path = self._folder / "purge.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


class ProviderTest(ProgramTest):
    def each(self, rows: Iterable[Row], check: Callable[[Row], None]) -> None:
        """All rows, some at once: most of the time of each goes by in waiting."""
        with ThreadPoolExecutor(max_workers=10) as pool:
            for row, done in [(row, pool.submit(check, row)) for row in rows]:
                with self.subTest(row=row):
                    done.result()

    def test_each_kind_arrives_as_what_was_asked_for(self) -> None:
        def check(row: tuple[str, tuple[str, ...], list[Eviction]]) -> None:
            provider, arguments, expected = row
            with Purge(self, provider) as purge:
                code, result = purge.run(*arguments)
                self.assertEqual(code, 0, result)
                self.assertCountEqual(purge.emulator.evictions, expected)
                self.assertNotIn(429, purge.emulator.statuses)
                done = "completed" if provider in FOLLOWED else "accepted"
                self.assertEqual(result["items"][done], result["items"]["total"])

        self.each(KINDS, check)

    def test_what_a_provider_cannot_do_is_refused_before_anything_is_sent(self) -> None:
        tested = {(provider, arguments[0], "--soft" in arguments) for provider, arguments, _ in KINDS}
        kinds = (BY_URL, BY_PREFIX, BY_HOST, BY_TAG, EVERYTHING)

        def check(row: tuple[str, tuple[str, ...], bool]) -> None:
            provider, arguments, is_soft = row
            with Purge(self, provider) as purge:
                code, result = purge.run(*arguments, *(("--soft",) if is_soft else ()))
                self.assertEqual(code, 2, "it can: it wants a row in the table above")
                self.assertIn("it has: ", result["err"])
                self.assertEqual(purge.emulator.calls, [])

        self.each([(provider, arguments, is_soft) for provider in SETUPS for arguments in kinds
                   for is_soft in (False, True) if (provider, arguments[0], is_soft) not in tested], check)

    def test_what_is_kept_apart_under_a_url_is_purged_too(self) -> None:
        """Of one asset with a query of two parameters, in two languages."""
        language = (("accept-language", "de"),)
        kept, other = "/b.css?v=2&w=1", "/b.css?w=1&v=2"
        both = [Eviction("url", host(0), kept), Eviction("url", host(0), other)]
        apart = both + [Eviction("url", host(0), target, headers=language) for target in (kept, other)]
        path = [Eviction("url", host(0), "/b.css", is_any_query=True)]
        rows = {"cloudflare": apart, "google-cloud-cdn": path, "google-media-cdn": path, "azure-front-door": path,
                "cloudfront": [Eviction("url", "", kept), Eviction("url", "", other)],
                "gcore": [Eviction("url", "", kept), Eviction("url", "", other)],
                "cdn77": [Eviction("url", "", kept), Eviction("url", "", other)],
                **{provider: both for provider in ("fastly", "akamai", "bunny", "keycdn", "souin")}}
        self.assertEqual(set(rows), set(SETUPS) - {"vercel", "netlify"}, "each that purges by URL has a row")

        def check(provider: str) -> None:
            for options, expected in (({}, rows[provider]), ({"query_order": "sorted"}, rows[provider])):
                is_sorted = bool(options)
                if is_sorted and provider in ("google-cloud-cdn", "google-media-cdn", "azure-front-door"):
                    continue  # they know no queries
                with Purge(self, provider) as purge:
                    code, result = purge.run(tenants=1, assets=(kept,), variants=LANGUAGES, options=options)
                    self.assertEqual(code, 0, result)
                    if is_sorted:
                        expected = [each for each in expected if each.target != other]
                    self.assertCountEqual(purge.emulator.evictions, expected)

        self.each(rows, check)

    def test_the_cost_is_told_before(self) -> None:
        def check(row: tuple[str, str]) -> None:
            provider, says = row
            with Purge(self, provider) as purge:
                _, result = purge.run("--dry-run", tenants=1, assets=("/b.css?v=2&w=1",), variants=LANGUAGES)
                self.assertIn(says, result["out"])
                self.assertEqual(purge.emulator.calls, [])

        self.each([
            ("cloudflare", "1 URLs, 0 aliases, 1 in another order of the query; each for 2 variants by their "
                           "accept-language\n"),
            ("fastly", "1 URLs, 0 aliases, 1 in another order of the query; each for all variants at once\n"),
            ("azure-front-door", "1 URLs, 0 aliases, whatever their query; each for all variants at once\n"),
            ("gcore", "of several variants: of a URL that its origin varies, a purge by URL removes one version"),
        ], check)

    def test_each_other_way_to_name_what_is_purged_is_understood(self) -> None:
        def check(setup: str) -> None:
            with Purge(self, setup) as purge:
                code, result = purge.run(*BY_URL)
                self.assertEqual(code, 0, result)
                self.assertCountEqual([each.target for each in purge.emulator.evictions], ["/a.js", "/b.css?v=2&w=1"])

        self.each(OTHER_SETUPS, check)

    def test_a_limit_that_is_really_reached_loses_nothing(self) -> None:
        """bunny.net saves up 120 calls and gives 5 a second; 130 are sent as fast as can be."""
        with Purge(self, "bunny") as purge:
            urls = [f"https://www.example.com/{i}.js" for i in range(130)]
            code, result = purge.run(*(word for url in urls for word in ("--url", url)), rate=100_000)
            self.assertEqual((code, result["items"]["accepted"]), (0, 130))
            self.assertCountEqual(purge.emulator.purged, urls)
            self.assertIn(429, purge.emulator.statuses)

    def test_credentials_that_are_wrong_by_a_character_purge_nothing(self) -> None:
        def check(provider: str) -> None:
            with Purge(self, provider) as purge:
                code, result = purge.run(*USUAL[provider], environment=SETUPS[provider].bad_environment)
                self.assertEqual((code, result["items"]["not_taken"]), (3, result["items"]["total"]), result)
                self.assertEqual(purge.emulator.evictions, [])

        self.each([provider for provider, setup in SETUPS.items() if setup.secrets], check)

    def test_a_limit_and_a_trouble_are_waited_out(self) -> None:
        def check(provider: str) -> None:
            with Purge(self, provider) as purge:
                purge.emulator.faults = [429, 503]
                code, result = purge.run(*USUAL[provider][:2], rate=100)
                self.assertEqual((code, result["attempts"]), (0, 3), result)
                self.assertEqual(len(purge.emulator.evictions), 1)

        # These two ask to wait 5 and 20 seconds after a limit; that they do is told by provider_test.cpp.
        self.each([provider for provider in SETUPS if provider not in ("akamai", "cloudfront")], check)

    def test_a_connection_cut_after_sending_is_sent_again(self) -> None:
        def check(provider: str) -> None:
            with Purge(self, provider) as purge:
                purge.emulator.faults = ["cut"]
                code, result = purge.run(*USUAL[provider][:2], rate=100)
                self.assertEqual((code, result["attempts"]), (0, 2), result)
                # Where the API takes a key for that, the second call is the first.
                is_known_again = provider in ("cloudfront", "google-cloud-cdn")
                self.assertEqual(len(purge.emulator.evictions), 1 if is_known_again else 2)
                outcomes = [line["outcome"] for line in purge.journal() if line["type"] == "answer"]
                self.assertEqual(outcomes[0], "unknown")

        self.each(SETUPS, check)

    def test_a_page_of_a_gateway_is_no_yes(self) -> None:
        def check(provider: str) -> None:
            with Purge(self, provider) as purge:
                purge.emulator.faults = ["garbage"] * 9
                code, result = purge.run(*BY_URL[:2], "--timeout", "2s", rate=100)
                self.assertNotEqual(code, 0, result)
                self.assertEqual(result["items"]["accepted"] + result["items"]["completed"], 0)

        # Those that answer more than a status: the others have nothing that could be missing.
        self.each(["cloudflare", "fastly", "cloudfront", "akamai", "google-cloud-cdn", "google-media-cdn", "keycdn",
                   "cdn77"], check)

    def test_a_no_inside_a_yes_is_told(self) -> None:
        def check(row: tuple[str, str, tuple[str, ...], int]) -> None:
            provider, fault, arguments, refused = row
            with Purge(self, provider) as purge:
                purge.emulator.faults = [fault]
                code, result = purge.run(*arguments)
                self.assertEqual((code, result["items"]["refused"]), (1, refused), result)

        self.each([("cloudflare", "success-false", BY_URL, 2), ("fastly", "success-false", BY_URL[:2], 1),
                   ("fastly", "partial", BY_TAG, 1), ("keycdn", "success-false", BY_URL, 2),
                   ("cdn77", "partial", BY_URL, 1), ("gcore", "failed", BY_URL, 2),
                   ("google-cloud-cdn", "failed", BY_URL[:2], 1)], check)

    def test_a_job_that_is_not_done_yet_is_taken_and_not_complete(self) -> None:
        with Purge(self, "cloudfront") as purge:
            purge.emulator.of(CloudFront).polls_until_done = 1
            code, result = purge.run(*BY_URL, "--timeout", "1s")
            self.assertEqual((code, result["items"]["accepted"], result["complete"]), (3, 2, False))

    def test_a_resource_without_status_reports_has_taken_what_it_has_taken(self) -> None:
        with Purge(self, "gcore") as purge:
            purge.emulator.of(Gcore).is_reporting = False
            code, result = purge.run(*BY_URL)
            self.assertEqual((code, result["items"]["accepted"]), (0, 2))


if __name__ == "__main__":
    main()
