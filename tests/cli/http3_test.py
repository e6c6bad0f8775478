#!/usr/bin/env python3
"""Verifying over HTTP/3: against caddy and gtlsserver, which share no code, with a wildcard certificate."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
import unittest
from pathlib import Path

from http2_test import make_certificate
from program import ProgramTest, main

PATHS = "/usr/sbin:/usr/bin"
CADDY = shutil.which("caddy", path=PATHS)
GTLSSERVER = shutil.which("gtlsserver", path=PATHS)
TENANTS = 40
NEW = b"new page\n" * 100
OLD = b"old page\n" * 100


def free_port() -> int:
    """For TCP and for UDP, a moment ago."""
    while True:
        with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            stream.bind(("127.0.0.1", 0))
            try:
                datagrams.bind(stream.getsockname())
            except OSError:
                continue
            return stream.getsockname()[1]


@unittest.skipIf(CADDY is None, "caddy is not installed")
class Http3Test(ProgramTest):
    """An origin without TLS and an edge, both caddy."""

    def setUp(self) -> None:
        super().setUp()
        self.folder.chmod(0o755)
        make_certificate(self.folder, "*.example.test")
        for name, page in (("new", NEW), ("old", OLD)):
            (self.folder / name).mkdir()
            (self.folder / name / "asset.js").write_bytes(page)
        self.origin, self.edge = free_port(), free_port()

    def spawn(self, *argv: str) -> None:
        with open(self.folder / "server.log", "ab") as log:
            child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                                     env={"HOME": str(self.folder), "PATH": PATHS})
        self.addCleanup(child.wait, 20)
        self.addCleanup(child.kill)

    def start(self, protocols: str = "h1 h2 h3") -> None:
        """Both, the edge with those protocols."""
        files = f"root * {self.folder}/new\nheader Cache-Control max-age=60\nfile_server\n"
        (self.folder / "Caddyfile").write_text(
            f"{{\nadmin off\nauto_https off\nservers 127.0.0.1:{self.edge} {{\nprotocols {protocols}\n}}\n}}\n"
            f"https://:{self.edge} {{\nbind 127.0.0.1\nlog {{\noutput file {self.folder}/access.log\n}}\n"
            f"tls {self.folder}/ca.pem {self.folder}/key.pem\n{files}}}\n"
            f"http://:{self.origin} {{\nbind 127.0.0.1\n{files}}}\n")
        self.spawn(CADDY, "run", "--config", str(self.folder / "Caddyfile"), "--adapter", "caddyfile")
        self.await_port("tcp", self.origin)
        self.await_port("tcp", self.edge)
        if "h3" in protocols:
            self.await_port("udp", self.edge)

    def gtlsserver(self, page: str) -> None:
        self.spawn(GTLSSERVER, "-q", "-d", str(self.folder / page), "127.0.0.1", str(self.edge),
                   str(self.folder / "key.pem"), str(self.folder / "ca.pem"))
        self.await_port("udp", self.edge)

    def await_port(self, protocol: str, port: int) -> None:
        """By the kernel's table, for nobody can see that a UDP port is taken without speaking to it or taking it."""
        self.wait_until(lambda: f" 0100007F:{port:04X} " in Path(f"/proc/net/{protocol}").read_text(),
                        f"nobody listens at {protocol} port {port}")

    def verify(self, code: int, tls: str = "", edges: str = "", limits: str = "",
               compare: str = "status, etag, last-modified") -> list[dict]:
        """The evidence of edges, one object a line."""
        (self.folder / "tenants.csv").write_text(
            "id,host\n" + "".join(f"t{i},t{i}.example.test\n" for i in range(TENANTS)))
        self.write("cachewitness.yaml", f"""version: 1
tenants: {{from: tenants.csv}}
assets: [/asset.js]
environments:
  production:
    url: "https://{{tenant.host}}{{asset}}"
    origin: {{replicas: ["http://127.0.0.1:{self.origin}"]}}
    http: h3
    tls: {{ca: ca.pem{tls}}}
    regions:
      here:
        edges:
          - {{name: edge, address: "127.0.0.1:{self.edge}"}}
          {edges}
policy: {{propagation: 0s, compare: [{compare}]}}
limits: {{concurrency: 16, per_edge_rps: 0{limits}}}
""")
        ended = self.run_program("verify", "--report", "r.json", "--evidence", "e.jsonl")
        self.assertEqual(ended.code, code, f"{ended}\n{(self.folder / 'server.log').read_text()[-2000:]}")
        lines = [json.loads(line) for line in (self.folder / "e.jsonl").read_text().splitlines()]
        again = self.run_program("judge", "e.jsonl", "--report", "again.json")
        self.assertEqual(again.code, code, again)
        self.assertEqual((self.folder / "again.json").read_bytes(), (self.folder / "r.json").read_bytes())
        return [line for line in lines if line["type"] == "probe"]

    def cells(self) -> dict[str, int]:
        return json.loads((self.folder / "r.json").read_text())["summary"]["cells"]

    def versions(self, probes: list[dict]) -> set[str]:
        return {probe["head"].split(" ")[0] for probe in probes}

    def connections(self, probes: list[dict]) -> int:
        return len({probe["path"]["connection"] for probe in probes})

    def test_one_connection_serves_every_tenant(self) -> None:
        self.start()
        probes = self.verify(0)
        self.assertEqual(self.cells()["fresh"], TENANTS)
        self.assertEqual(self.versions(probes), {"HTTP/3"})
        self.assertEqual(self.connections(probes), 1)
        self.assertEqual(len([probe for probe in probes if "shared_name" in probe["path"]]), TENANTS - 1)
        path = {key: {probe["path"].get(key) for probe in probes} for key in ("tls_version", "certificate_sha256")}
        self.assertEqual(path["tls_version"], {"TLSv1.3"})
        self.assertEqual(len(path["certificate_sha256"]), 1)
        for probe in probes:
            self.assertLessEqual(probe["sent_at"], probe["first_byte_at"])
        log = [json.loads(line) for line in (self.folder / "access.log").read_text().splitlines()]
        self.assertEqual({entry["request"]["proto"] for entry in log}, {"HTTP/3.0"})

    def test_each_thread_has_connections_of_its_own(self) -> None:
        self.start()
        probes = self.verify(0, edges=f'- {{name: other, address: "127.0.0.1:{self.edge}"}}', limits=", threads: 2")
        self.assertEqual(self.cells()["fresh"], 2 * TENANTS)
        self.assertEqual(self.versions(probes), {"HTTP/3"})
        self.assertEqual(self.connections(probes), 2)

    def test_sharing_can_be_switched_off(self) -> None:
        self.start()
        probes = self.verify(0, tls=", share: never")
        self.assertEqual(self.connections(probes), TENANTS)
        self.assertFalse([probe for probe in probes if "shared_name" in probe["path"]])

    def test_one_address_may_be_asked_in_two_versions(self) -> None:
        self.start()
        probes = self.verify(0, edges=f'- {{name: edge-tcp, address: "127.0.0.1:{self.edge}", http: auto}}')
        self.assertEqual(self.cells()["fresh"], 2 * TENANTS)
        self.assertEqual(self.versions(probes), {"HTTP/3", "HTTP/2"})

    @unittest.skipIf(GTLSSERVER is None, "gtlsserver is not installed")
    def test_what_is_old_over_http_3_alone_is_found(self) -> None:
        self.start(protocols="h1 h2")
        self.gtlsserver("old")
        edge = f'- {{name: edge-tcp, address: "127.0.0.1:{self.edge}", http: auto}}'
        probes = self.verify(1, edges=edge, compare="status")
        old = hashlib.sha256(OLD).hexdigest()
        self.assertEqual(self.cells()["fresh"], TENANTS)
        self.assertEqual(self.versions([probe for probe in probes if probe["body"]["sha256"] == old]), {"HTTP/3"})
        self.assertEqual(self.versions([probe for probe in probes if probe["body"]["sha256"] != old]), {"HTTP/2"})

    def test_an_edge_without_http_3_is_told(self) -> None:
        self.start(protocols="h1 h2")
        probes = self.verify(3)
        self.assertEqual({(probe["failure"]["stage"], probe["failure"]["cause"]) for probe in probes},
                         {("connect", "refused")})

    def test_an_edge_that_swallows_datagrams_is_told(self) -> None:
        self.start(protocols="h1 h2")
        with socket.socket(type=socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", self.edge))
            probes = self.verify(3, limits=", timeout: 500ms")
        self.assertEqual({(probe["failure"]["stage"], probe["failure"]["cause"]) for probe in probes},
                         {("connect", "timeout")})
        self.assertIn("without any datagram in answer", probes[0]["failure"]["detail"])

    def test_a_certificate_for_another_name_is_told(self) -> None:
        self.start()
        probes = self.verify(3, tls=", server_name: www.example.org")
        self.assertEqual({probe["failure"]["stage"] for probe in probes}, {"tls"})
        self.assertIn("www.example.org", probes[0]["failure"]["detail"])

    @unittest.skipIf(GTLSSERVER is None, "gtlsserver is not installed")
    def test_another_implementation(self) -> None:
        self.start(protocols="h1 h2")
        self.gtlsserver("new")
        probes = self.verify(0, compare="status")
        self.assertEqual(self.cells()["fresh"], TENANTS)
        self.assertEqual(self.versions(probes), {"HTTP/3"})


if __name__ == "__main__":
    main()
