#!/usr/bin/env python3
"""The canned responder answers as HTTP asks, or what is measured against it means nothing."""

from __future__ import annotations

import os
import re
import socket
import ssl
import struct
import subprocess
import tempfile
import time
import unittest
import zlib
from pathlib import Path

from laboratory.servers import BODY, ETAG, Responder, make_certificate

PROGRAM = Path(os.environ["CACHEWITNESS_BUILD"]) / "bench" / "responder"
DEADLINE_S = 30
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 4, 6, 7, 8
# :method GET, :scheme http, :path / of the static table, and a literal :authority.
GET_BLOCK = b"\x82\x86\x84\x01\x0ea.example.test"


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


class ResponderTest(unittest.TestCase):
    """A folder and, on demand, a responder for every test."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="cachewitness-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def start(self, **options) -> Responder:
        responder = Responder(PROGRAM, self.folder, edges=options.pop("edges", ["127.0.0.1"]), **options)
        self.addCleanup(responder.__exit__)
        return responder

    def connect(self, responder: Responder, edge: int = 0) -> socket.socket:
        connection = socket.create_connection((responder.site.edges[edge], responder.site.port), DEADLINE_S)
        self.addCleanup(connection.close)
        return connection

    def receive(self, connection: socket.socket, size: int) -> bytes:
        got = b""
        while len(got) < size:
            more = connection.recv(size - len(got))
            self.assertTrue(more, f"ended after {got!r}")
            got += more
        return got

    def run_program(self, *argv: str) -> str:
        ended = subprocess.run(argv, cwd=self.folder, capture_output=True, text=True, timeout=DEADLINE_S)
        self.assertEqual(ended.returncode, 0, ended)
        return ended.stdout


class Http1(ResponderTest):
    """HTTP/1.1: one answer, many answers, no answer."""

    def test_an_answer_is_of_the_size_that_was_asked_for(self) -> None:
        for head_bytes, body_bytes in ((379, 64), (1280, 0), (400, 16384)):
            responder = self.start(body_bytes=body_bytes, more=("--head-bytes", str(head_bytes)))
            connection = self.connect(responder)
            connection.sendall(b"GET /a.js HTTP/1.1\r\nHost: a.example.test\r\n\r\n")
            answer = self.receive(connection, head_bytes + body_bytes)
            head, _, body = answer.partition(b"\r\n\r\n")
            self.assertEqual(len(head) + 4, head_bytes)
            self.assertEqual(body, responder.site.body)
            self.assertTrue(head.startswith(b"HTTP/1.1 200 OK\r\n"))
            self.assertIn(f"\r\nContent-Length: {body_bytes}\r\n".encode(), head)
            self.assertIn(f"\r\nETag: {ETAG}".encode(), head)
            for name in (b"Date", b"Last-Modified", b"Cache-Control", b"Age", b"X-Cache"):
                self.assertRegex(head, b"\r\n" + name + b": .")

    def test_head_has_no_body(self) -> None:
        connection = self.connect(self.start())
        connection.sendall(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
        answers = self.receive(connection, 2 * 379 + 64)
        self.assertEqual([match.start() for match in re.finditer(b"HTTP/1.1 200", answers)], [0, 379])

    def test_pipelined_requests_however_they_are_cut(self) -> None:
        responder = self.start(is_distinct=True)
        requests = b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % i for i in range(100))
        for size in (len(requests), 37, 1):
            connection = self.connect(responder)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for at in range(0, len(requests), size):
                connection.sendall(requests[at:at + size])
            answers = self.receive(connection, 100 * (379 + 64))
            tags = re.findall(rb'ETag: "([0-9a-f]{8})-v2"', answers)
            self.assertEqual(tags, [b"%08x" % zlib.crc32(b"a/%d" % i) for i in range(100)])

    def test_more_answers_than_the_peer_reads_wait_for_it(self) -> None:
        connection = self.connect(self.start(body_bytes=16384))
        count = 1000  # 16 MB: beyond what the kernel buffers
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * count)
        answers = self.receive(connection, count * (379 + 16384))
        self.assertEqual(answers.count(b"HTTP/1.1 200 OK"), count)

    def test_what_is_no_get_is_refused(self) -> None:
        connection = self.connect(self.start())
        connection.sendall(b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)

    def test_every_address_listens_and_all_is_counted(self) -> None:
        responder = self.start(edges=[f"127.0.0.{i}" for i in range(11, 23)])
        for edge in range(12):
            connection = self.connect(responder, edge)
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.receive(connection, 379 + 64)
        self.assertEqual(responder.counts(), {"requests": 12, "connections": 12, "handshakes": 0, "resumed": 0})


class Http2(ResponderTest):
    """HTTP/2 with prior knowledge: two clients of repute, and frames by hand."""

    def test_curl(self) -> None:
        # One URL a time: curl 7.88 cannot use a connection of prior knowledge twice, whatever the server.
        responder = self.start(is_distinct=True)
        host = f"a.example.test:{responder.site.port}"
        for path in ("/0", "/1"):
            out = self.run_program("curl", "-si", "--http2-prior-knowledge", "--connect-to",
                                   f"::127.0.0.1:{responder.site.port}", f"http://{host}{path}")
            tag = f"{zlib.crc32(f'{host}{path}'.encode()):08x}"
            self.assertIn("HTTP/2 200", out)
            self.assertIn(f'etag: "{tag}-v2"', out)
            self.assertIn(f"\n{tag} canned\n", out)

    def test_h2load_with_and_without_a_dynamic_table(self) -> None:
        responder = self.start()
        for options in ((), ("--header-table-size=0",), ("--header-table-size=1K", "-w10", "-W12")):
            out = self.run_program("h2load", "-n", "5000", "-c", "4", "-m", "100", *options, responder.site.url())
            self.assertIn("5000 succeeded, 0 failed, 0 errored", out)
            self.assertIn("status codes: 5000 2xx", out)
            self.assertIn("(320000) data", out)

    def open(self, responder: Responder, settings: bytes = b"") -> socket.socket:
        connection = self.connect(responder)
        connection.sendall(PREFACE + frame(SETTINGS, 0, 0, settings))
        return connection

    def frames(self, connection: socket.socket, count: int) -> list[tuple[int, int, int, bytes]]:
        out = []
        for _ in range(count):
            head = self.receive(connection, 9)
            size = int.from_bytes(head[:3], "big")
            out.append((head[3], head[4], int.from_bytes(head[5:9], "big"), self.receive(connection, size)))
        return out

    def test_settings_and_pings_are_acknowledged(self) -> None:
        connection = self.open(self.start())
        connection.sendall(frame(PING, 0, 0, b"12345678"))
        self.assertEqual([(kind, flags) for kind, flags, _, _ in self.frames(connection, 3)],
                         [(SETTINGS, 0), (SETTINGS, 1), (PING, 1)])

    def test_answers_wait_for_the_peers_windows(self) -> None:
        connection = self.open(self.start(), struct.pack(">HI", 4, 10))  # SETTINGS_INITIAL_WINDOW_SIZE
        self.frames(connection, 2)
        connection.sendall(frame(HEADERS, 5, 1, GET_BLOCK) + frame(PING, 0, 0, b"12345678"))
        self.assertEqual(self.frames(connection, 1)[0][0], PING)
        connection.sendall(frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 54)))
        first, second = self.frames(connection, 2)
        self.assertEqual((first[0], first[2], second[0], second[1], second[3]), (HEADERS, 1, DATA, 1, BODY))

    def test_a_frame_beyond_the_limit_ends_the_connection(self) -> None:
        connection = self.open(self.start())
        connection.sendall(b"\xff\xff\xff" + frame(DATA, 0, 1)[3:])
        kind, _, _, payload = self.frames(connection, 3)[2]
        self.assertEqual((kind, payload[4:]), (GOAWAY, struct.pack(">I", 6)))
        self.assertEqual(connection.recv(1), b"")

    def test_a_field_section_that_does_not_decode_ends_the_connection(self) -> None:
        connection = self.open(self.start(is_distinct=True))
        connection.sendall(frame(HEADERS, 5, 1, b"\xff\xff\xff\xff\xff"))
        kind, _, _, payload = self.frames(connection, 3)[2]
        self.assertEqual((kind, payload[4:]), (GOAWAY, struct.pack(">I", 9)))


class Tls(ResponderTest):
    """TLS: both versions by ALPN, and tickets."""

    def setUp(self) -> None:
        super().setUp()
        self.certificate = make_certificate(self.folder / "certificate")

    def test_curl_and_h2load(self) -> None:
        responder = self.start(tls=self.certificate)
        for version in ("1.1", "2"):
            out = self.run_program("curl", "-s", f"--http{version}", "--cacert", str(self.certificate.authority),
                                   "--write-out", "%{http_version} %{http_code}", responder.site.url())
            self.assertEqual(out, f"{BODY.decode()}{version} 200")
        for options in ((), ("--h1",)):
            out = self.run_program("h2load", "-n", "500", "-c", "4", "-m", "10", *options, responder.site.url())
            self.assertIn("500 succeeded, 0 failed, 0 errored", out)

    def test_every_answer_on_a_connection_has_all_fields(self) -> None:
        responder = self.start(tls=self.certificate, is_distinct=True)
        authority = responder.site.url(path="").removeprefix("https://")
        out = self.run_program("curl", "-si", "--http2", "--cacert", str(self.certificate.authority),
                               *[responder.site.url(path=f"/{i}") for i in range(3)])
        tags = [f"{zlib.crc32(f'{authority}/{i}'.encode()):08x}" for i in range(3)]
        self.assertEqual(re.findall(r'etag: "([0-9a-f]{8})-v2"', out), tags)
        for line in ("HTTP/2 200 ", "content-length: 64\n", "cache-control: public, max-age=3600\n", "x-cache: HIT\n"):
            self.assertEqual(out.count(line), 3, line)
        self.assertEqual(responder.counts()["connections"], 1)

    def test_a_ticket_is_given_and_taken(self) -> None:
        responder = self.start(tls=self.certificate)
        context = ssl.create_default_context(cafile=str(self.certificate.authority))
        session = None
        for _ in range(2):
            with context.wrap_socket(self.connect(responder), server_hostname="t1.example.test", session=session) as tls:
                tls.sendall(b"GET / HTTP/1.1\r\nHost: t1.example.test\r\n\r\n")
                got = b""
                while len(got) < 379 + 64:
                    got += tls.recv(4096)
                self.assertEqual(tls.session_reused, session is not None)
                session = tls.session
        self.assertEqual(responder.counts(), {"requests": 2, "connections": 2, "handshakes": 2, "resumed": 1})


class Delayed(ResponderTest):
    """Never early, and in order where the protocol wants it."""

    def test_http1_answers_come_late_and_in_order(self) -> None:
        responder = self.start(is_distinct=True, delay="20-40")
        connection = self.connect(responder)
        start = time.monotonic()
        connection.sendall(b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % i for i in range(50)))
        answers = self.receive(connection, 50 * (379 + 64))
        self.assertGreaterEqual(time.monotonic() - start, 0.020)
        tags = re.findall(rb'ETag: "([0-9a-f]{8})-v2"', answers)
        self.assertEqual(tags, [b"%08x" % zlib.crc32(b"a/%d" % i) for i in range(50)])

    def test_http2_answers_come_late(self) -> None:
        responder = self.start(delay="50")
        out = self.run_program("h2load", "-n", "400", "-c", "2", "-m", "100", responder.site.url())
        self.assertIn("400 succeeded, 0 failed, 0 errored", out)
        least = re.search(r"time for request:\s+([\d.]+)ms", out)
        self.assertIsNotNone(least, out)
        self.assertGreaterEqual(float(least[1]), 50)

    def test_a_peer_that_leaves_before_its_answer_is_forgotten(self) -> None:
        responder = self.start(delay="20")
        for _ in range(20):
            connection = self.connect(responder)
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            connection.close()
        connection = self.connect(responder)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        self.receive(connection, 379 + 64)


class Misuse(unittest.TestCase):
    def test_options_that_make_no_sense(self) -> None:
        for options in (["--port", "70000"], ["--addresses", "127.0.0.x"], ["--addresses", "127.0.0.20-500"],
                        ["--delay", "9-1"], ["--delay", "5000"], ["--body-bytes", "20000"], ["--key", "k"], ["surplus"],
                        ["--certificate", "/nowhere", "--key", "/nowhere"]):
            ended = subprocess.run([PROGRAM, *options], capture_output=True, text=True, timeout=DEADLINE_S)
            self.assertEqual((ended.returncode, ended.stdout), (2, ""), options)
            self.assertRegex(ended.stderr, "^(usage: )?responder")


if __name__ == "__main__":
    unittest.main(verbosity=2)
