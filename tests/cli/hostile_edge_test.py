#!/usr/bin/env python3
"""Edges that lie, stall, flood and inject: every one is evidence, none hangs the run, and nothing of theirs acts."""

from __future__ import annotations

import gzip
import json
import re
import socket
import time
import unicodedata
import xml.etree.ElementTree as xml

from program import DEADLINE_S, ProgramTest, main
from raw_server import RawServer, page
from small_fleet import small_fleet

TRUTH = page(b"new page\n", b"Cache-Control: max-age=60")
INJECTED = [
    b'ETag: "\xc2\x9b31mred\x9b0m"',                       # C1 controls, as UTF-8 and raw
    "Content-Type: text/\u202ehtml\u2066".encode(),         # bidirectional overrides
    b"Cache-Control: max-age=1 </script><script>alert(1)</script>",
    b"Vary: ::error title=x::pwned %0A::error::pwned",
    b"Last-Modified: =cmd|'/c calc'!A1 ]]> --> &lt; \xff\xfe",
    b'Cache-Status: "</td><img src=x onerror=alert(1)>"; hit',
]


def drip(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        peer.sendall(b"x")
        time.sleep(0.05)


def injected(peer: socket.socket) -> None:
    # The Age of an old object grows; one that stands still would be a shield's, and prove nothing.
    age = b"Age: %d" % (900_000 + int(time.monotonic()))
    peer.sendall(answer_of(*INJECTED, age, b"Content-Length: 9", body=b"old page\n"))


def endless(head: bytes, piece: bytes):
    def answer(peer: socket.socket) -> None:
        peer.sendall(head)
        while True:
            peer.sendall(piece)

    return answer


def answer_of(*fields: bytes, status: bytes = b"200 OK", body: bytes = b"") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


BOMB = gzip.compress(bytes(64 << 20), 9)

# name: (what the edge does, the cause it is reported with)
EDGES = {
    "escape-in-head": (answer_of(b"X-A: \x1b[2J", b"Content-Length: 0"), "malformed-response"),
    "nul-in-head": (answer_of(b"X-A: a\0b", b"Content-Length: 0"), "malformed-response"),
    "escape-in-reason": (answer_of(b"Content-Length: 0", status=b"200 \x1b[31mOK"), "malformed-response"),
    "not-http": (b"SSH-2.0-OpenSSH_9.2 \x1b[5m\r\n\r\n", "malformed-response"),
    "two-lengths": (answer_of(b"Content-Length: 5", b"Content-Length: 6", body=b"hello!"), "malformed-response"),
    "smuggled-length": (answer_of(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
                        "malformed-response"),
    "huge-chunk": (answer_of(b"Transfer-Encoding: chunked", body=b"F" * 17 + b"\r\nx"), "malformed-response"),
    "endless-extension": (endless(answer_of(b"Transfer-Encoding: chunked", body=b"1;"), b"x" * 65536),
                          "malformed-response"),
    "bad-redirect": (answer_of(b"Location: \x1b]0;owned\x07", b"Content-Length: 0", status=b"301 Moved"),
                     "malformed-response"),
    "huge-head": (answer_of(b"X-A: " + b"a" * 10_000_000), "too-large"),
    "endless-body": (endless(answer_of(), b"x" * 65536), "too-large"),
    "endless-chunks": (endless(answer_of(b"Transfer-Encoding: chunked"), (b"40\r\n" + b"x" * 64 + b"\r\n") * 1000), "too-large"),
    "endless-hints": (endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"), "too-large"),
    "bomb": (answer_of(b"Content-Encoding: gzip", b"Content-Length: %d" % len(BOMB), body=BOMB), "too-large"),
    "drip": (drip, "timeout"),
    "silence": (lambda peer: time.sleep(5), "timeout"),
    "cut-off": (lambda peer: peer.close(), "reset"),
}


def acts_in_a_terminal(character: str) -> bool:
    return character != "\n" and (unicodedata.category(character) in ("Cc", "Cf") or character in "\u2028\u2029")


class HostileEdges(ProgramTest):
    """One fleet of them all, verified once."""

    def setUp(self) -> None:
        super().setUp()
        origin = RawServer(TRUTH)
        self.servers = {name: RawServer(answer) for name, (answer, _) in EDGES.items()}
        self.servers["injected"] = RawServer(injected)
        for server in (origin, *self.servers.values()):
            self.addCleanup(server.close)
        self.write("cachewitness.yaml", small_fleet(
            origin.address, {name: server.address for name, server in self.servers.items()}, tenants=("abc", "xyz"),
            policy="body: hash, propagation: 0s, compare: [status, etag, last-modified, cache-control, content-type, vary]",
            limits="timeout: 2s, total: 10s, max_body_bytes: 1MiB"))
        started_at = time.monotonic()
        self.ended = self.run_program("verify", "--purged-at", f"{time.time():.3f}", "--report", "r.json", "--html",
                                      "r.html", "--junit", "r.xml", "--log", "l.json", "--evidence", "e.jsonl", "-v")
        self.took_s = time.monotonic() - started_at

    def test_each_is_named_and_nothing_of_theirs_acts(self) -> None:
        self.assertEqual((self.ended.code, self.ended.err), (1, ""), self.ended)
        # Every exchange has its own end, and looks at suspects that limits.total would cut short are left out.
        self.assertLess(self.took_s, DEADLINE_S / 12)
        causes: dict[str, set[str]] = {}
        for finding in json.loads((self.folder / "r.json").read_text())["findings"]:
            causes.setdefault(finding["edge"], set()).add(finding["cause"])
        self.assertEqual({name: causes.get(name) for name in EDGES}, {name: {cause} for name, (_, cause) in EDGES.items()})
        self.assertIn("injected", causes)
        texts = self.every_output()
        for name, text in texts.items():
            with self.subTest(name):
                self.assertEqual({hex(ord(c)) for c in text if acts_in_a_terminal(c)}, set())
        self.assert_inert_html(texts["r.html"])
        self.assert_inert_html(texts["r.xml"])
        for line in texts["github"].splitlines():
            self.assertRegex(line, r"^::(error|warning|notice) title=[^:,]*::")
            self.assertEqual(len(re.findall(r"::error|::warning", line.split("::", 2)[2])), 0, line)

    def every_output(self) -> dict[str, str]:
        texts = {"verify": self.ended.out}
        for name in ("r.json", "r.html", "r.xml", "l.json", "e.jsonl"):
            texts[name] = (self.folder / name).read_text(encoding="utf-8")  # strict: every file is UTF-8
        for name, arguments in {"github": ["judge", "e.jsonl", "--format", "github"],
                                "explain": ["explain", "e.jsonl", "--most", "1000"]}.items():
            texts[name] = self.run_program(*arguments).out
        for name in ("r.json", "l.json"):
            json.loads(texts[name])
        for line in texts["e.jsonl"].splitlines():
            json.loads(line)
        xml.fromstring(texts["r.xml"])
        return texts

    def assert_inert_html(self, text: str) -> None:
        for words in ("<script>alert", "<img", "</script><"):
            self.assertNotIn(words, text)


if __name__ == "__main__":
    main()
