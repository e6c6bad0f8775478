"""The cases: which server, which clients, who is the peer, and the goal of the ratio to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from laboratory.clients import Ab, Client, Curl, H2load, Hey, Verify, Wrk
from laboratory.fleet import Fleet
from laboratory.processes import Server
from laboratory.servers import Certificate, Nghttpd, Nginx, Responder, make_certificate


@dataclass(frozen=True)
class Laboratory:
    """What every case needs to know."""

    build: Path
    folder: Path
    is_quick: bool

    @property
    def binary(self) -> Path:
        return self.build / "cachewitness"

    def responder(self, folder: Path, **options) -> Server:
        return Responder(self.build / "bench" / "responder", folder, **options)

    def certificate(self) -> Certificate:
        return make_certificate(self.folder / "certificate")

    def requests(self, count: int) -> int:
        return max(640, count // 40) if self.is_quick else count

    def wrk(self, **options) -> Wrk:
        return Wrk(seconds=1 if self.is_quick else 4, **options)

    def verify(self, fleet: Fleet, **options) -> Verify:
        return Verify(self.binary, fleet.scaled(1 / 40) if self.is_quick else fleet, **options)


@dataclass(frozen=True)
class Case:
    """Clients against one server; ratios are those of `subject` to each of the others."""

    name: str
    title: str
    server: Callable[[Laboratory, Path], Server]
    clients: Callable[[Laboratory], list[Client]]
    goals: dict[str, str]  # peer's name, or "floor" -> what the ratio must be


def case_h1(lab: Laboratory) -> list[Client]:
    fleet = Fleet()
    count = lab.requests(200_000)
    return [lab.verify(fleet), lab.verify(fleet, name="cachewitness, evidence kept",
                                          arguments=("--evidence", "evidence.jsonl.zst")),
            lab.wrk(), H2load(count, http1=True, name="h2load --h1"), Ab(count), Hey(count // 2)]


CASES = [
    Case("h1", "HTTP/1.1, client-bound", lambda lab, folder: lab.responder(folder), case_h1,
         {"wrk": "<= 0.85", "floor": "<= 1.35"}),
]
