#!/usr/bin/env python3
"""Fleets of every shape: IPv6 and named edges, several environments, narrowing, tenants of a command, expectations."""

from __future__ import annotations

import hashlib
import json
import os
import socket

from program import ProgramTest, main
from raw_server import RawServer, page

NEW = page(b"new page\n", b"Cache-Control: max-age=60", b"Age: 3")
OLD = page(b"old page\n", b"Cache-Control: max-age=60", b"Age: 900000").replace(b'"v2"', b'"v1"')


class FleetTest(ProgramTest):
    """Edges that serve the new page, or the old one."""

    def setUp(self) -> None:
        super().setUp()
        self.new = self.serve(NEW)
        self.old = self.serve(OLD)

    def serve(self, answer: bytes, family: int = socket.AF_INET) -> RawServer:
        server = RawServer(answer, family)
        self.addCleanup(server.close)
        return server

    def environment(self, name: str, edges: dict[str, str], origin: str = "") -> str:
        lines = "".join(f"          - {{name: {edge}, address: '{address}'}}\n" for edge, address in edges.items())
        asked = f"{{replicas: ['http://{self.new.address}']}}"
        return (f"  {name}:\n    url: 'http://{{tenant.host}}{{asset}}'\n    origin: {origin or asked}\n"
                f"    regions:\n      us-west:\n        edges:\n{lines}")

    def write_manifest(self, *environments: str, tenants: str = "", more: str = "", assets: str = "[/asset.js]",
                       policy: str = "body: hash, propagation: 0s") -> None:
        inline = "{inline: [{id: tenant-abc, host: abc.example.com}]}"
        self.write("cachewitness.yaml", f"version: 1\nproject: shop\ntenants: {tenants or inline}\nassets: {assets}\n"
                   f"environments:\n{''.join(environments)}policy: {{{policy}}}\n"
                   f"limits: {{total: 5s}}  # the old edge says nothing that would end the looks at it sooner\n{more}")

    def verify(self, code: int, *arguments: str) -> dict:
        ended = self.run_program("verify", "--report", "r.json", "--evidence", "e.jsonl", *arguments)
        self.assertEqual(ended.code, code, ended)
        return json.loads((self.folder / "r.json").read_text())


class Edges(FleetTest):
    """Where requests are sent."""

    def test_addresses_of_every_kind_and_names_that_do_not_resolve(self) -> None:
        six = self.serve(NEW, socket.AF_INET6)
        self.write_manifest(self.environment("production", {
            "four": self.new.address, "six": six.address, "hosts-file": f"localhost:{self.new.port}",
            "nowhere": "no-such-name.invalid:80"}))
        report = self.verify(3)
        self.assertEqual(report["summary"]["cells"]["fresh"], 3)
        self.assertEqual([(f["edge"], f["state"]) for f in report["findings"]], [("nowhere", "error")])
        self.assertIn("no-such-name.invalid", report["findings"][0]["why"])
        # Pinned: the edge's address is connected to, the tenant's name is asked for.
        self.assertTrue(all(b"Host: abc.example.com\r\n" in head for head in six.requests))

    def test_edges_of_one_name_in_two_environments_are_told_apart(self) -> None:
        self.write_manifest(self.environment("staging", {"edge": self.new.address}),
                            self.environment("production", {"edge": self.old.address}))
        report = self.verify(1, "-e", "staging,production")
        self.assertEqual([(f["environment"], f["edge"]) for f in report["findings"]], [("production", "edge")])
        self.assertEqual(report["environment"], "staging,production")
        self.assertEqual(self.verify(0, "-e", "staging")["environment"], "staging")
        story = self.run_program("explain", "e.jsonl", "-e", "stagin")
        self.assertEqual(story.code, 2, story)
        self.assertIn('did you mean "staging"?', story.err)

    def test_what_was_narrowed_away_is_not_asked(self) -> None:
        other = self.serve(OLD)
        self.write_manifest(self.environment("production", {"a-1": self.new.address, "b-1": other.address}))
        self.assertEqual(self.verify(0, "--edges", "a-*")["summary"]["cells"]["total"], 1)
        self.assertEqual(other.requests, [])


class Tenants(FleetTest):
    """Where tenants come from."""

    def write_command(self, script: str) -> None:
        os.chmod(self.write("list-tenants", "#!/bin/sh\n" + script), 0o755)
        self.write_manifest(self.environment("production", {"edge": self.new.address}),
                            tenants="{command: [./list-tenants, --active]}")

    def test_a_command_lists_them_with_assets_of_their_own(self) -> None:
        self.write_command('test "$1" = --active && printf \'%s\\n\' \'{"id":"a","host":"a.example.com"}\' '
                           '\'{"id":"b","host":"b.example.com","assets":["/extra.css"]}\'\n')
        summary = self.verify(0)["summary"]
        self.assertEqual((summary["tenants"]["total"], summary["cells"]["total"]), (2, 3))

    def test_a_command_that_fails_half_way_verifies_nothing(self) -> None:
        self.write_command("echo '{\"id\":\"a\",\"host\":\"a.example.com\"}'; printf 'no \\033[31m database' >&2; exit 3\n")
        ended = self.run_program("verify")
        self.assertEqual(ended.code, 2, ended)
        self.assertIn("exited with code 3", ended.err)
        self.assertIn("database", ended.err)
        self.assertNotIn("\x1b", ended.err)
        self.assertEqual(self.new.requests, [])


class Expectations(FleetTest):
    """What the deploy says instead of an origin, and what the policy and the gate let through."""

    def test_a_digest_stands_for_the_origin(self) -> None:
        digest = hashlib.sha256(b"new page\n").hexdigest()
        self.write_manifest(self.environment("production", {"new": self.new.address, "old": self.old.address},
                                             f"{{expect: [{{asset: /asset.js, sha256: {digest}}}]}}"))
        self.assertEqual([f["edge"] for f in self.verify(1)["findings"]], ["old"])

    def test_an_asset_without_truth_is_told_as_such(self) -> None:
        self.write_manifest(self.environment("production", {"new": self.new.address},
                                             "{replicas: ['http://127.0.0.1:9']}"))
        finding = self.verify(3)["findings"][0]
        self.assertEqual((finding["cause"], finding["expected"]), ("origin-unreachable", ""))

    def test_a_cause_is_tolerated_until_its_day(self) -> None:
        for until, code in (("2120-01-01T00:00:00Z", 0), ("2020-01-01T00:00:00Z", 1)):
            with self.subTest(until):
                self.write_manifest(self.environment("production", {"old": self.old.address}),
                                    policy="body: hash, propagation: 0s, "
                                           f"allow: [{{cause: unknown-version, until: {until}}}]")
                self.verify(code)

    def test_the_gate_lets_through_what_it_was_told_to(self) -> None:
        edges = self.environment("production", {"new": self.new.address, "old": self.old.address})
        self.write_manifest(edges, more="gate: {max_stale_cells: 1, min_parity: 0.5}\n")
        report = self.verify(0)
        self.assertTrue(report["gate"]["passed"])
        self.assertFalse(report["outcome"].startswith("FAILURE"), report["outcome"])
        self.write_manifest(edges, more="gate: {max_stale_cells: 1, min_parity: 0.6}\n")
        self.verify(1)

    def test_without_the_body_the_validators_are_compared(self) -> None:
        self.write_manifest(self.environment("production", {"new": self.new.address, "old": self.old.address}),
                            policy="body: none, propagation: 0s")
        self.assertEqual([f["edge"] for f in self.verify(1)["findings"]], ["old"])


if __name__ == "__main__":
    main()
