"""The cases: which server, which clients, who is the peer, and the goal of the ratio to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from laboratory.clients import Ab, Client, Curl, Floor, H2load, Hey, Verify, Wrk
from laboratory.fleet import Fleet, asset
from laboratory.processes import Server, run_client
from laboratory.servers import Certificate, Nghttpd, Nginx, Responder, make_certificate


@dataclass(frozen=True)
class Laboratory:
    """What every case needs to know."""

    build: Path
    folder: Path
    is_quick: bool
    wrapper: tuple[str, ...] = ()

    @property
    def binary(self) -> Path:
        return self.build / "cachewitness"

    def responder(self, folder: Path, **options) -> Server:
        return Responder(self.build / "bench" / "responder", folder, **options)

    def floor(self) -> Floor:
        return Floor(self.build / "bench" / "floor")

    def knows(self, key: str) -> bool:
        """Whether this binary's manifests have such a key."""
        told = run_client([str(self.binary), "manifest", "schema"], self.folder, 60)
        return f'"{key}"' in told.out

    def certificate(self) -> Certificate:
        return make_certificate(self.folder / "certificate")

    def requests(self, count: int) -> int:
        return max(640, count // 40) if self.is_quick else count

    def wrk(self, **options) -> Wrk:
        return Wrk(seconds=1 if self.is_quick else 4, **options)

    def verify(self, fleet: Fleet, **options) -> Verify:
        return Verify(self.binary, fleet.scaled(1 / 40) if self.is_quick else fleet, wrapper=self.wrapper, **options)


@dataclass(frozen=True)
class Case:
    """Clients against one server. Ratios are those of the first client to each of the others."""

    name: str
    title: str
    server: Callable[[Laboratory, Path], Server]
    clients: Callable[[Laboratory], list[Client]]
    goals: dict[str, str] = field(default_factory=dict)  # peer's name -> what the ratio to it must be
    most_rounds: int = 1000
    group: str = ""  # also chosen by that name


def plain(lab: Laboratory, folder: Path) -> Server:
    return lab.responder(folder)


def tls(lab: Laboratory, folder: Path) -> Server:
    return lab.responder(folder, tls=lab.certificate())


def nginx(lab: Laboratory, folder: Path) -> Server:
    return Nginx(folder)


def nginx_h2c(lab: Laboratory, folder: Path) -> Server:
    return Nginx(folder, http2=True)


def nginx_tls_h2(lab: Laboratory, folder: Path) -> Server:
    return Nginx(folder, tls=lab.certificate(), http2=True)


def nghttpd(lab: Laboratory, folder: Path) -> Server:
    return Nghttpd(folder, [asset(index) for index in range(Fleet().assets)])


def delayed(lab: Laboratory, folder: Path) -> Server:
    return lab.responder(folder, delay="50")


def distinct(lab: Laboratory, folder: Path) -> Server:
    return lab.responder(folder, is_distinct=True)


PIPELINED = Fleet(pipeline=16, concurrency=1024)
H2 = Fleet(http="h2", concurrency=1200)  # 12 connections of 100 streams
SHARED_NAME = "www.example.test"  # one server name: what a request costs, without a handshake for every tenant


def h1_clients(lab: Laboratory) -> list[Client]:
    count = lab.requests(200_000)
    return [lab.verify(Fleet()),
            lab.verify(Fleet(), name="cachewitness, evidence kept", arguments=("--evidence", "evidence.jsonl.zst")),
            lab.wrk(), H2load(count, http1=True, name="h2load --h1"), Ab(count), Hey(count // 2), lab.floor()]


def h2_clients(lab: Laboratory) -> list[Client]:
    return [lab.verify(H2), H2load(lab.requests(400_000))]


PIPELINING_LUA = """
init = function(args)
  local batch = {}
  for i = 1, 16 do batch[i] = wrk.format("GET") end
  all = table.concat(batch)
end
request = function() return all end
"""


def pipelined_clients(lab: Laboratory) -> list[Client]:
    return [lab.verify(PIPELINED, name="cachewitness, 16 pipelined"), lab.wrk(),
            lab.wrk(name="wrk, 16 pipelined", script=PIPELINING_LUA)]


def curl_clients(fleet: Fleet, http: str) -> Callable[[Laboratory], list[Client]]:
    return lambda lab: [lab.verify(fleet), Curl(lab.requests(20_000), http=http)]


# As many handshakes as there are tenants at edges: 10,164.
EACH_NAME = Fleet(assets=1, http="http/1.1")


def full_handshakes(lab: Laboratory) -> list[Client]:
    # A binary without the key resumes nothing, and shares nothing.
    fleet = replace(EACH_NAME, resume=False, share=False) if lab.knows("resume") else EACH_NAME
    return [lab.verify(fleet, handshakes="full"), Curl(lab.requests(4_000), has_host_each=True)]


def resumed_handshakes(lab: Laboratory) -> list[Client]:
    return [lab.verify(replace(EACH_NAME, resume=True, share=False), handshakes="resumed"),
            Curl(lab.requests(4_000), has_host_each=True)]


def seed_clients(lab: Laboratory) -> list[Client]:
    seed = Fleet(assets=1, concurrency=512)
    return [lab.verify(replace(seed, share=True), name="cachewitness, shared"),
            lab.verify(replace(seed, share=True), name="cachewitness, shared, evidence kept",
                       arguments=("--evidence", "evidence.jsonl.zst", "--html", "report.html")),
            lab.verify(seed, name="cachewitness, as it comes")]


def sni_clients(lab: Laboratory) -> list[Client]:
    fleet = Fleet(assets=1, concurrency=512, resume=True, share=False)
    return [lab.verify(fleet, name="cachewitness, resumed", handshakes="resumed"),
            lab.verify(fleet, name="cachewitness, resumed, all cores", handshakes="resumed", has_all_cores=True)]


def million_clients(lab: Laboratory) -> list[Client]:
    million = Fleet(assets=99, timeout="30s")  # 1,006,236 cells
    return [lab.verify(replace(million, http="h2", concurrency=9600), name="cachewitness, HTTP/2"),
            lab.verify(replace(million, pipeline=16, concurrency=9600), name="cachewitness, 16 pipelined"),
            lab.verify(replace(million, concurrency=4800), name="cachewitness, HTTP/1.1")]


TEN_MILLION = Fleet(assets=984)  # 10,001,376 cells


def memory_clients(lab: Laboratory) -> list[Client]:
    fleet = replace(TEN_MILLION, pipeline=16, concurrency=1024) if lab.knows("pipeline") else TEN_MILLION
    return [lab.verify(fleet)]


def growth_clients(lab: Laboratory) -> list[Client]:
    clients = [lab.verify(replace(TEN_MILLION, assets=assets)) for assets in (984, 99, 10, 1)]
    return [replace(client, name=f"cachewitness, {client.fleet.cells} cells") for client in clients]


CASES = [
    Case("h1", "HTTP/1.1, client-bound", plain, h1_clients, {"wrk": "<= 0.85"}),
    Case("h1-nginx", "HTTP/1.1, nginx", nginx,
         lambda lab: [lab.verify(Fleet()), lab.wrk(), H2load(lab.requests(200_000), http1=True, name="h2load --h1")],
         {"wrk": "<= 0.90"}),
    Case("floor", "HTTP/1.1 against one send and one receive", plain, lambda lab: [lab.verify(Fleet()), lab.floor()],
         {"floor": "<= 1.35"}),
    Case("pipelined", "HTTP/1.1, 16 pipelined, client-bound", plain, pipelined_clients, {"wrk": "<= 0.15"}),
    Case("tls-h1", "HTTP/1.1 over TLS, client-bound", tls,
         lambda lab: [lab.verify(Fleet(http="http/1.1", server_name=SHARED_NAME)), lab.wrk()], {"wrk": "<= 0.95"}),
    Case("tls-h2", "HTTP/2 over TLS, nginx", nginx_tls_h2,
         lambda lab: [lab.verify(replace(H2, server_name=SHARED_NAME)), H2load(lab.requests(400_000))],
         {"h2load": "<= 0.70"}),
    Case("h2c-nginx", "HTTP/2, nginx", nginx_h2c, h2_clients, {"h2load": "<= 0.50"}, group="h2c"),
    Case("h2c-nghttpd", "HTTP/2, nghttpd", nghttpd, h2_clients, {"h2load": "<= 0.50"}, group="h2c"),
    Case("h2c-responder", "HTTP/2, client-bound", plain, h2_clients, {"h2load": "<= 0.50"}, group="h2c"),
    Case("curl-h1", "curl, HTTP/1.1, nginx", nginx, curl_clients(Fleet(), "1.1"), {"curl --parallel": "<= 0.20"},
         group="curl"),
    Case("curl-pipelined", "curl, HTTP/1.1, ours with 16 pipelined, nginx", nginx, curl_clients(PIPELINED, "1.1"),
         {"curl --parallel": "<= 0.10"}, group="curl"),
    Case("curl-tls-h2", "curl, HTTP/2 over TLS, nginx", nginx_tls_h2,
         curl_clients(replace(H2, server_name=SHARED_NAME), "2"), {"curl --parallel": "<= 0.10"}, group="curl"),
    Case("handshakes-full", "a new TLS connection for each request", tls, full_handshakes,
         {"curl --parallel": "<= 0.70"}, group="handshakes"),
    Case("handshakes-resumed", "the same, resumed by tickets of an earlier run", tls, resumed_handshakes,
         {"curl --parallel": "<= 0.35"}, group="handshakes"),
    Case("seed", "847 tenants at 12 edges, TLS, one certificate for all", tls, seed_clients),
    Case("sni", "the same with a server name for each tenant, resumed", tls, sni_clients),
    Case("million", "a million cells, answers after 50 ms", delayed, million_clients, most_rounds=1),
    Case("memory", "ten million cells, each tenant's assets of their own", distinct, memory_clients, most_rounds=1),
    Case("growth", "from ten million cells to ten thousand", plain, growth_clients, most_rounds=1),
]
