"""The servers that clients are measured against: the canned responder, nginx, nghttpd; and their certificate."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from laboratory.processes import Server, Unavailable, Wrong

EDGES = [f"127.0.0.{i}" for i in range(11, 23)]
BODY = (b"00000000 canned\n" * 4)
ETAG = '"00000000-v2"'


@dataclass(frozen=True)
class Site:
    """Where a server listens and what it serves, as a manifest and a URL need it."""

    port: int
    is_tls: bool = False
    edges: list[str] = field(default_factory=lambda: EDGES)
    etag: str | None = ETAG
    body: bytes = BODY
    ca_file: Path | None = None
    is_distinct: bool = False

    @property
    def scheme(self) -> str:
        return "https" if self.is_tls else "http"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    def url(self, edge: int = 0, path: str = "/a00.js") -> str:
        return f"{self.scheme}://{self.edges[edge]}:{self.port}{path}"


@dataclass(frozen=True)
class Certificate:
    """One for every tenant and every edge, and the authority that signed it."""

    certificate: Path
    key: Path
    authority: Path


def make_certificate(folder: Path) -> Certificate:
    """A P-256 authority and leaf, as CDNs use them, made by the openssl program."""
    folder.mkdir(exist_ok=True)
    made = Certificate(folder / "leaf.pem", folder / "leaf.key", folder / "ca.pem")
    if made.certificate.exists():
        return made
    if shutil.which("openssl") is None:
        raise Unavailable("openssl is not installed")
    names = ["DNS:*.example.test", "DNS:localhost", "IP:127.0.0.1"] + [f"IP:{edge}" for edge in EDGES]
    (folder / "leaf.ext").write_text(f"subjectAltName={','.join(names)}\nbasicConstraints=critical,CA:FALSE\n"
                                     "extendedKeyUsage=serverAuth\n")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for command in (
            ["req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=laboratory",
             "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"],
            ["req", *curve, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=*.example.test"],
            ["x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
             "-extfile", "leaf.ext", "-out", "leaf.pem"]):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    return made


class Responder(Server):
    """The canned responder. `counts` tells what it has done so far."""

    def __init__(self, program: Path, folder: Path, *, tls: Certificate | None = None, delay: str = "",
                 is_distinct: bool = False, edges: list[str] | None = None, body_bytes: int = 64,
                 more: tuple[str, ...] = ()) -> None:
        if not program.exists():
            raise Unavailable(f"{program} is not built: cmake --build --preset release --target responder")
        argv = [str(program), "--addresses", ",".join(edges or EDGES), "--body-bytes", str(body_bytes), *more]
        argv += ["--certificate", str(tls.certificate), "--key", str(tls.key)] if tls else []
        argv += ["--delay", delay] if delay else []
        argv += ["--distinct"] if is_distinct else []
        super().__init__(argv, folder)
        words = self.child.stdout.readline().split()
        if len(words) != 2:
            raise Wrong(f"responder did not start: {self.words()}")
        body = (b"00000000 canned\n" * (body_bytes // 16 + 1))[:body_bytes]
        self.site = Site(int(words[1]), tls is not None, edges or EDGES, ETAG, body, tls.authority if tls else None,
                         is_distinct)

    def counts(self) -> dict[str, int]:
        self.child.send_signal(signal.SIGUSR1)
        return json.loads(self.child.stdout.readline())


def free_port(addresses: list[str]) -> int:
    """One that is free at all of them; nginx and nghttpd cannot choose one themselves."""
    for _ in range(16):
        with socket.socket() as first:
            first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            first.bind((addresses[0], 0))
            port = first.getsockname()[1]
            try:
                for address in addresses[1:]:
                    with socket.socket() as other:
                        other.bind((address, port))
                return port
            except OSError:
                continue
    raise Wrong("no port is free at all edges")


def wait_until_open(server: Server, address: str, port: int) -> None:
    deadline = time.monotonic() + 10
    while server.child.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((address, port)) == 0:
                return
        time.sleep(0.02)
    raise Wrong(f"{server.child.args[0]} did not start: {server.words()}")


NGINX = """
daemon off;
worker_processes 1;
error_log stderr error;
pid {folder}/nginx.pid;
{user}
events {{ worker_connections 16384; }}
http {{
  access_log off;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  types {{ application/javascript js; }}
  sendfile on; tcp_nopush off; keepalive_requests 100000000; keepalive_timeout 300s;
  open_file_cache max=100; open_file_cache_valid 300s;
  server {{
    {listens}
    {tls}
    root {folder}/www;
    location / {{
      try_files /asset.js =404;
      add_header Cache-Control "public, max-age=3600";
      add_header Age 12;
      add_header X-Cache HIT;
    }}
  }}
}}
"""


class Nginx(Server):
    """One worker that serves a static file to every Host and path, with ETag and Last-Modified of its own."""

    def __init__(self, folder: Path, *, tls: Certificate | None = None, http2: bool = False) -> None:
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
        if program is None:
            raise Unavailable("nginx is not installed")
        (folder / "www").mkdir(exist_ok=True)
        file = folder / "www" / "asset.js"
        file.write_bytes(BODY)
        os.utime(file, (1_763_262_000, 1_763_262_000))
        port = free_port(EDGES)
        extra = (" ssl" if tls else "") + (" http2" if http2 else "")
        text = NGINX.format(
            folder=folder, user="user root;" if os.geteuid() == 0 else "",
            listens="\n    ".join(f"listen {edge}:{port}{extra} backlog=4096;" for edge in EDGES),
            tls=f"ssl_certificate {tls.certificate}; ssl_certificate_key {tls.key};" if tls else "")
        (folder / "nginx.conf").write_text(text)
        super().__init__([program, "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")], folder)
        wait_until_open(self, EDGES[0], port)
        etag = f'"{1_763_262_000:x}-{len(BODY):x}"'
        self.site = Site(port, tls is not None, EDGES, etag, BODY, tls.authority if tls else None)


class Nghttpd(Server):
    """HTTP/2 with prior knowledge, dynamic table on; sends no ETag, and listens at one address only."""

    def __init__(self, folder: Path, paths: list[str]) -> None:
        program = shutil.which("nghttpd") or shutil.which("nghttpd", path="/usr/sbin:/usr/local/bin")
        if program is None:
            raise Unavailable("nghttpd is not installed")
        (folder / "www").mkdir(exist_ok=True)
        for path in paths:
            (folder / "www" / path.lstrip("/")).write_bytes(BODY)
        port = free_port([EDGES[0]])
        super().__init__([program, "--no-tls", "-a", EDGES[0], "-d", str(folder / "www"), str(port)], folder)
        wait_until_open(self, EDGES[0], port)
        self.site = Site(port, False, [EDGES[0]] * len(EDGES), None)
