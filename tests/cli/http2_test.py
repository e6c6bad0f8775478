#!/usr/bin/env python3
"""Which HTTP is spoken, and over how many connections: against nginx with TLS, HTTP/2 and a wildcard certificate."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import unittest
from pathlib import Path

from program import ProgramTest, main

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
TENANTS = 40
PAGE = b"new page\n" * 100


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder: Path, *names: str) -> None:
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=test", "-keyout", folder / "key.pem", "-out", folder / "ca.pem",
                    "-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in names)],
                   check=True, capture_output=True, timeout=20)


@unittest.skipIf(NGINX is None, "nginx is not installed")
class Http2Test(ProgramTest):
    """An origin without TLS and an edge, both nginx and both with the same files."""

    def setUp(self) -> None:
        super().setUp()
        make_certificate(self.folder, "*.example.test")
        (self.folder / "www").mkdir()
        (self.folder / "www" / "asset.js").write_bytes(PAGE)
        # The workers of nginx may run as another user.
        self.folder.chmod(0o755)

    def start(self, listen: str = "ssl http2", server: str = "") -> None:
        self.origin, self.edge, self.plain = free_port(), free_port(), free_port()
        common = f"root {self.folder}/www; server_name *.example.test; add_header Cache-Control max-age=60;"
        (self.folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {self.folder}/nginx.pid; error_log stderr warn;\n"
            "events { worker_connections 1024; }\n"
            f"http {{ access_log {self.folder}/access.log combined; etag on; keepalive_requests 10000;\n"
            f"  client_body_temp_path {self.folder}/b; proxy_temp_path {self.folder}/p; fastcgi_temp_path {self.folder}/f;\n"
            f"  uwsgi_temp_path {self.folder}/u; scgi_temp_path {self.folder}/s;\n"
            f"  ssl_certificate {self.folder}/ca.pem; ssl_certificate_key {self.folder}/key.pem;\n"
            f"  server {{ listen 127.0.0.1:{self.origin}; {common} }}\n"
            f"  server {{ listen 127.0.0.1:{self.plain} http2; {common} }}\n"
            f"  server {{ listen 127.0.0.1:{self.edge} {listen}; {common} {server} }} }}\n")
        nginx = subprocess.Popen([NGINX, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(nginx.wait, 20)
        self.addCleanup(nginx.terminate)
        self.wait_until(self.answers, "nginx does not start")

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.edge)) == 0

    def verify(self, code: int, http: str = "", tls: str = "", url: str = "https", limits: str = "",
               body: str = "hash", edges: tuple[str, ...] = ("",)) -> list[dict]:
        """The evidence of edges, one object a line."""
        port = self.edge if url == "https" else self.plain
        listed = "\n".join(f'          - {{name: edge-{i}, address: "127.0.0.1:{port}"{more}}}'
                           for i, more in enumerate(edges))
        (self.folder / "tenants.csv").write_text(
            "id,host\n" + "".join(f"t{i},t{i}.example.test\n" for i in range(TENANTS)))
        self.write("cachewitness.yaml", f"""version: 1
tenants: {{from: tenants.csv}}
assets: [/asset.js]
environments:
  production:
    url: "{url}://{{tenant.host}}{{asset}}"
    origin: {{replicas: ["http://127.0.0.1:{self.origin}"]}}
    {http}
    tls: {{ca: ca.pem{tls}}}
    regions:
      here:
        edges:
{listed}
policy: {{propagation: 0s, body: {body}, compare: [status, etag, last-modified]}}
limits: {{concurrency: 16, per_edge_rps: 0{limits}}}
""")
        ended = self.run_program("verify", "--report", "r.json", "--evidence", "e.jsonl",
                                 environment={"XDG_CACHE_HOME": str(self.folder / "cache")})
        self.assertEqual(ended.code, code, ended)
        lines = [json.loads(line) for line in (self.folder / "e.jsonl").read_text().splitlines()]
        probes = [line for line in lines if line["type"] == "probe"]
        if code == 0:
            report = json.loads((self.folder / "r.json").read_text())
            self.assertEqual(report["summary"]["cells"]["fresh"], TENANTS * len(edges))
            again = self.run_program("judge", "e.jsonl", "--report", "again.json")
            self.assertEqual(again.code, 0, again)
            self.assertEqual((self.folder / "again.json").read_bytes(), (self.folder / "r.json").read_bytes())
        return probes

    def versions(self, probes: list[dict]) -> set[str]:
        return {probe["head"].split(" ")[0] for probe in probes}

    def connections(self, probes: list[dict]) -> int:
        return len({probe["path"]["connection"] for probe in probes})

    def test_alpn_settles_it_and_one_connection_serves_every_tenant(self) -> None:
        self.start()
        probes = self.verify(0)
        self.assertEqual(self.versions(probes), {"HTTP/2"})
        self.assertEqual(self.connections(probes), 1)
        shared = [probe for probe in probes if "shared_name" in probe["path"]]
        self.assertEqual(len(shared), TENANTS - 1)
        self.assertIn('"GET /asset.js HTTP/2.0" 200', (self.folder / "access.log").read_text())

    def test_the_manifest_may_ask_for_http_1_1(self) -> None:
        self.start()
        probes = self.verify(0, "http: http/1.1")
        self.assertEqual(self.versions(probes), {"HTTP/1.1"})
        self.assertEqual(self.connections(probes), TENANTS, "browsers share no connections of HTTP/1.1")
        shared = self.verify(0, "http: http/1.1", tls=", share: always")
        self.assertLessEqual(self.connections(shared), 16)

    def test_one_address_may_be_asked_in_two_versions(self) -> None:
        self.start()
        probes = self.verify(0, edges=("", ", http: http/1.1"))
        edges = {version: {probe["edge"] for probe in probes if probe["head"].startswith(version)}
                 for version in ("HTTP/2", "HTTP/1.1")}
        self.assertEqual([len(seen) for seen in edges.values()], [1, 1])
        self.assertEqual(self.versions(probes), set(edges))

    def test_an_edge_without_http_2_is_asked_in_http_1_1(self) -> None:
        self.start("ssl")
        self.assertEqual(self.versions(self.verify(0)), {"HTTP/1.1"})

    def test_an_edge_that_must_speak_http_2_and_does_not_is_told(self) -> None:
        self.start("ssl")
        probes = self.verify(3, "http: h2")
        self.assertEqual({probe["failure"]["stage"] for probe in probes}, {"tls"})

    def test_http_2_without_tls(self) -> None:
        self.start()
        self.assertEqual(self.versions(self.verify(0, "http: h2", url="http")), {"HTTP/2"})

    def test_sharing_can_be_switched_off(self) -> None:
        self.start()
        probes = self.verify(0, tls=", share: never")
        self.assertEqual(self.connections(probes), TENANTS)
        self.assertFalse([probe for probe in probes if "shared_name" in probe["path"]])

    def test_an_edge_that_answers_421_gets_a_connection_for_each(self) -> None:
        self.start(server="if ($ssl_server_name != $host) { return 421; }")
        probes = self.verify(0)
        self.assertEqual({probe["status"] for probe in probes}, {200})
        self.assertEqual(self.connections(probes), TENANTS)

    def test_a_pipeline(self) -> None:
        self.start()
        probes = self.verify(0, "http: http/1.1", tls=", share: always", limits=", pipeline: 8")
        self.assertEqual({probe["status"] for probe in probes}, {200})

    def test_streams_that_are_reset_after_their_head(self) -> None:
        self.start()
        probes = self.verify(0, body="head")
        self.assertEqual(self.versions(probes), {"HTTP/2"})
        self.assertFalse([probe for probe in probes if "sha256" in probe["body"]])


if __name__ == "__main__":
    main()
