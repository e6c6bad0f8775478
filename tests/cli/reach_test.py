#!/usr/bin/env python3
"""How edges are reached: through the proxy of a bastion and by no other way, from a given address, by a name."""

from __future__ import annotations

import base64
import json
import socket

from program import ProgramTest, main
from proxies import PROXY_SOURCE, ConnectProxy, Proxy, SocksProxy
from raw_server import RawServer, page
from small_fleet import small_fleet

PAGE = page(b"new page\n", b"Cache-Control: max-age=60", b"Age: 3")


class ReachTest(ProgramTest):
    """An origin that is asked directly, and an edge that remembers who came."""

    def setUp(self) -> None:
        super().setUp()
        self.visitors: list[str] = []
        self.edge = RawServer(self.note_and_answer)
        self.origin = RawServer(PAGE)
        for server in (self.edge, self.origin):
            self.addCleanup(server.close)

    def note_and_answer(self, peer: socket.socket) -> None:
        self.visitors.append(peer.getpeername()[0])
        peer.sendall(PAGE)

    def start(self, proxy: Proxy) -> Proxy:
        self.addCleanup(proxy.close)
        return proxy

    def write_manifest(self, edge: str, environment: str = "", address: str = "") -> None:
        self.write("cachewitness.yaml", small_fleet(
            self.origin.address, {"us-west-1": address or self.edge.address}, tenants=("abc", "xyz"), edge_keys=edge,
            environment_keys=environment, limits="timeout: 5s, total: 20s"))

    def verify(self, code: int, *arguments: str, **environment: str) -> dict:
        ended = self.run_program("verify", "--report", "r.json", "--evidence", "e.jsonl", *arguments,
                                 environment=environment)
        self.assertEqual(ended.code, code, ended)
        self.err = ended.err
        return json.loads((self.folder / "r.json").read_text())

    def paths(self) -> list[dict]:
        lines = [json.loads(line) for line in (self.folder / "e.jsonl").read_text().splitlines()]
        return [line["path"] for line in lines if line["type"] == "probe"]

    def why(self) -> str:
        """Of an edge that could not be reached; nobody came to it."""
        findings = self.verify(3)["findings"]
        self.assertEqual({finding["state"] for finding in findings}, {"error"})
        self.assertEqual(self.visitors, [])
        return findings[0]["why"]


class Bastions(ReachTest):
    """Proxies of both kinds."""

    def assert_only_through(self, proxy: Proxy) -> None:
        self.assertEqual(set(self.visitors), {PROXY_SOURCE})
        self.assertEqual(set(proxy.asked), {("127.0.0.1", self.edge.port)})
        for path in self.paths():
            self.assertEqual((path["remote"], path["detour"]), (self.edge.address, f"through {proxy.url}"))

    def assert_unseen(self, *secrets: str) -> None:
        for file in self.folder.iterdir():
            for secret in secrets:
                if file.name not in ("user", "password"):
                    self.assertNotIn(secret, file.read_text(errors="replace"), file.name)

    def test_connect_with_credentials_of_the_environment(self) -> None:
        proxy = self.start(ConnectProxy())
        self.write_manifest(f", proxy: '{proxy.url}', proxy_user: {{env: BASTION_USER}}, "
                            "proxy_password: {env: BASTION_PASSWORD}")
        report = self.verify(0, BASTION_USER="some-prober", BASTION_PASSWORD="hunter2:hunter2")
        self.assertEqual(report["summary"]["cells"]["fresh"], 2)
        self.assert_only_through(proxy)
        expected = base64.b64encode(b"some-prober:hunter2:hunter2").decode()
        self.assertEqual(set(proxy.credentials), {f"Basic {expected}"})
        self.assert_unseen("some-prober", "hunter2", expected)

    def test_socks_with_credentials_of_files(self) -> None:
        proxy = self.start(SocksProxy())
        self.write("user", "some-prober\n")
        self.write("password", "hunter2hunter2\n")
        self.write_manifest(f", proxy: '{proxy.url}', proxy_user: {{file: user}}, proxy_password: {{file: password}}")
        self.verify(0)
        self.assert_only_through(proxy)
        self.assertEqual(set(proxy.credentials), {"some-prober:hunter2hunter2"})
        self.assert_unseen("some-prober", "hunter2hunter2")

    def test_an_environments_proxy_is_for_replicas_too_and_an_edge_may_go_without(self) -> None:
        proxy = self.start(ConnectProxy())
        environment = f"    proxy: http://localhost:{proxy.port}\n    family: 4\n"
        self.write_manifest("", environment)
        self.verify(0)
        self.assertEqual(set(proxy.asked), {("127.0.0.1", self.edge.port), ("127.0.0.1", self.origin.port)})
        proxy.asked.clear()
        self.visitors.clear()
        self.write_manifest(", proxy: direct", environment)
        self.verify(0)
        self.assertEqual(set(proxy.asked), {("127.0.0.1", self.origin.port)})
        self.assertEqual(set(self.visitors), {"127.0.0.1"})

    def test_a_refusal_is_told_and_not_gone_around(self) -> None:
        proxy = self.start(ConnectProxy(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno\n"))
        self.write_manifest(f", proxy: '{proxy.url}'")
        self.assertIn(f"proxy 127.0.0.1:{proxy.port} answered CONNECT with 403 Forbidden", self.why())

    def test_a_proxy_that_names_its_credentials_does_not_make_us_write_them(self) -> None:
        proxy = self.start(ConnectProxy(b"HTTP/1.1 407 hunter2hunter2 is wrong\r\n\r\n"))
        self.write_manifest(f", proxy: '{proxy.url}', proxy_user: {{env: U}}, proxy_password: {{env: P}}")
        self.verify(3, U="some-prober", P="hunter2hunter2")
        self.assert_unseen("hunter2")
        self.assertEqual(self.visitors, [])

    def test_a_proxy_that_wants_credentials(self) -> None:
        proxy = self.start(SocksProxy())
        self.write_manifest(f", proxy: '{proxy.url}'")
        self.assertIn("wants credentials; give it proxy_user and proxy_password", self.why())

    def test_a_proxy_that_is_silent_is_named(self) -> None:
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        port = silent.getsockname()[1]
        self.write_manifest(f", proxy: 'socks5://127.0.0.1:{port}'")
        self.assertIn(f"while connecting through socks5://127.0.0.1:{port}", self.why())

    def test_a_proxy_that_is_down_is_not_gone_around(self) -> None:
        gone = ConnectProxy()
        gone.close()
        self.write_manifest(f", proxy: '{gone.url}'")
        self.assertIn(f"proxy 127.0.0.1:{gone.port} is out of reach: Connection refused", self.why())

    def test_a_proxy_without_an_address(self) -> None:
        self.write_manifest(", proxy: 'http://no-such-name.invalid:3128'")
        self.assertIn('proxy: cannot resolve "no-such-name.invalid"', self.why())

    def test_proxies_of_the_environment_variables_are_ignored(self) -> None:
        self.write_manifest("")
        elsewhere = "http://127.0.0.1:9"
        self.verify(0, HTTP_PROXY=elsewhere, http_proxy=elsewhere, HTTPS_PROXY=elsewhere, ALL_PROXY=elsewhere)
        self.assertEqual(set(self.visitors), {"127.0.0.1"})

    def test_a_missing_secret_is_told_before_anything_is_sent(self) -> None:
        self.write_manifest(", proxy: 'http://127.0.0.1:9', proxy_user: {env: BASTION_USER}, proxy_password: {env: P}")
        ended = self.run_program("verify", environment={"P": "hunter2hunter2"})
        self.assertEqual(ended.code, 2, ended)
        self.assertIn("BASTION_USER", ended.err)
        self.assertEqual(self.origin.requests, [])

    def test_a_user_that_http_cannot_carry(self) -> None:
        self.write_manifest(", proxy: 'http://127.0.0.1:9', proxy_user: {env: U}, proxy_password: {env: P}")
        ended = self.run_program("verify", environment={"U": "domain:prober", "P": "hunter2hunter2"})
        self.assertEqual(ended.code, 2, ended)
        self.assertIn("colon", ended.err)
        self.assertNotIn("prober", ended.err)


class Addresses(ReachTest):
    """Where connections come from and where names lead."""

    def test_an_edge_sees_the_source(self) -> None:
        self.write_manifest(", source: 127.0.0.7", "    source: 127.0.0.8\n")
        self.verify(0)
        self.assertEqual(set(self.visitors), {"127.0.0.7"})

    def test_a_source_that_is_not_ours(self) -> None:
        self.write_manifest(", source: 192.0.2.7")
        self.assertIn("cannot connect from 192.0.2.7", self.why())

    def test_a_name_has_the_family_that_is_asked_for(self) -> None:
        self.write_manifest(", family: 4", address=f"localhost:{self.edge.port}")
        self.verify(0)
        self.assertEqual({path["remote"] for path in self.paths()}, {self.edge.address})


if __name__ == "__main__":
    main()
