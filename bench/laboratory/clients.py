"""The clients: how each is started, how many requests it did, and whether they all were right."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from laboratory.fleet import Fleet, asset, write_manifest
from laboratory.processes import CLIENT_CORE, CORES, Server, Unavailable, Usage, Wrong, run_client
from laboratory.servers import Responder, Site

DEADLINE_S = 7200


@dataclass(frozen=True)
class Run:
    """One run that counts."""

    requests: int
    usage: Usage

    @property
    def cpu_us(self) -> float:
        return self.usage.cpu_s / self.requests * 1e6


@dataclass(frozen=True)
class FloorRun(Run):
    """The floor counts the calls of its client's end alone, and says itself what they cost."""

    exchange_us: float = 0

    @property
    def cpu_us(self) -> float:
        return self.exchange_us


def found(match: re.Match[str] | None, usage: Usage, what: str) -> str:
    if match is None:
        raise Wrong(f"{what} is missing in: {(usage.out + usage.err)[-300:]}")
    return match[1]


def program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise Unavailable(f"{name} is not installed")
    return path


class Client:
    """`run` raises Wrong where a run does not count."""

    name = ""

    def prepare(self, server: Server, folder: Path) -> None:
        """Once, before the first run: files it needs. Raises Unavailable where it cannot run here."""

    def run(self, server: Server, folder: Path) -> Run:
        raise NotImplementedError


@dataclass
class Floor(Client):
    """Not a client of the server at all: what the machine asks of any client for one unpipelined exchange."""

    binary: Path
    name: str = "floor"

    def prepare(self, server: Server, folder: Path) -> None:
        if not self.binary.exists():
            raise Unavailable(f"{self.binary} is not built: cmake --build --preset release --target floor")

    def run(self, server: Server | None, folder: Path) -> FloorRun:
        usage = run_client([str(self.binary)], folder, 60)
        if usage.code != 0:
            raise Wrong(f"floor: {usage.err}")
        told = json.loads(usage.out)
        return FloorRun(told["exchanges"], usage, told["exchange_us"])


@dataclass
class Verify(Client):
    """`cachewitness verify` with the whole verdict: JSON report written, evidence only where asked for."""

    binary: Path
    fleet: Fleet
    name: str = "cachewitness"
    arguments: tuple[str, ...] = ()
    wrapper: tuple[str, ...] = ()  # a profiler, say
    # "full" or "resumed": what every TLS handshake of a run must have been, one at least for each cell.
    handshakes: str = ""
    has_all_cores: bool = False  # the servers' too

    def prepare(self, server: Server, folder: Path) -> None:
        if not self.binary.exists():
            raise Unavailable(f"{self.binary} is not built: cmake --build --preset release --target cachewitness")
        refused = self.check_manifest(server.site, folder)
        if refused and self.fleet.http == "http/1.1":  # before there was another version, there was no key either
            self.fleet = replace(self.fleet, http=None)
            refused = self.check_manifest(server.site, folder)
        if refused:
            raise Unavailable(f"this binary refuses the manifest: {refused}")
        if self.handshakes == "resumed":
            self.verify(folder)  # fetches the tickets

    def check_manifest(self, site: Site, folder: Path) -> str:
        """Why the binary refuses it; empty where it does not."""
        manifest = write_manifest(self.fleet, site, folder)
        usage = run_client([str(self.binary), "manifest", "check", "-m", str(manifest)], folder, 120)
        if usage.code not in (0, 2):
            raise Wrong(f"manifest check ended with {usage.code}: {usage.err[-300:]}")
        return "" if usage.code == 0 else usage.err.split("\n")[0].split("cachewitness.yaml:")[-1]

    def run(self, server: Server, folder: Path) -> Run:
        before = server.counts() if isinstance(server, Responder) else {}
        run = self.verify(folder)
        if self.handshakes:
            after = server.counts()
            done = after["handshakes"] - before["handshakes"]
            resumed = after["resumed"] - before["resumed"]
            if done < self.fleet.cells or resumed != (done if self.handshakes == "resumed" else 0):
                raise Wrong(f"{done} handshakes for {self.fleet.cells} cells, {resumed} of them resumed")
        return run

    def verify(self, folder: Path) -> Run:
        report_file = folder / "report.json"
        report_file.unlink(missing_ok=True)
        usage = run_client([*self.wrapper, str(self.binary), "verify", "-q", "--progress", "never", "-m", "cachewitness.yaml",
                            "--report", str(report_file), *self.arguments], folder, DEADLINE_S,
                           {"XDG_CACHE_HOME": str(folder / "cache"), "XDG_STATE_HOME": str(folder / "state")},
                           tuple(CORES) if self.has_all_cores else (CLIENT_CORE,))
        if usage.code != 0:
            raise Wrong(f"verify ended with {usage.code}: {(usage.out + usage.err)[-500:]}")
        report = json.loads(report_file.read_text(encoding="utf-8"))
        cells = report["summary"]["cells"]
        if cells["total"] != self.fleet.cells or cells["fresh"] != self.fleet.cells:
            raise Wrong(f"{self.fleet.cells} cells were planned, but the report has {cells}")
        return Run(self.fleet.cells, usage)


@dataclass
class Wrk(Client):
    seconds: int = 4
    script: str = ""  # Lua
    name: str = "wrk"

    def prepare(self, server: Server, folder: Path) -> None:
        program("wrk")
        (folder / "wrk.lua").write_text(self.script)

    def run(self, server: Server, folder: Path) -> Run:
        script = ["-s", "wrk.lua"] if self.script else []
        usage = run_client([program("wrk"), "-t1", "-c64", f"-d{self.seconds}s", *script, server.site.url()], folder, 120)
        requests = int(found(re.search(r"(\d+) requests in", usage.out), usage, "the number of requests"))
        if usage.code != 0 or "Non-2xx" in usage.out or "Socket errors" in usage.out or requests == 0:
            raise Wrong(f"wrk: {usage.out[-300:]}{usage.err[-300:]}")
        return Run(requests, usage)


@dataclass
class H2load(Client):
    """12 connections x 100 streams, or 64 connections of HTTP/1.1."""

    requests: int
    http1: bool = False
    name: str = "h2load"

    def prepare(self, server: Server, folder: Path) -> None:
        program("h2load")

    def run(self, server: Server, folder: Path) -> Run:
        shape = ["--h1", "-c64"] if self.http1 else ["-c12", "-m100"]
        usage = run_client([program("h2load"), *shape, "-n", str(self.requests), server.site.url()], folder, DEADLINE_S)
        done = int(found(re.search(r"(\d+) succeeded, 0 failed, 0 errored, 0 timeout", usage.out), usage, "success"))
        wanted = "http/1.1" if self.http1 else "h2"
        if done != self.requests or f"{done} 2xx" not in usage.out or wanted not in usage.out:
            raise Wrong(f"h2load: {usage.out[-500:]}")
        return Run(done, usage)


@dataclass
class Ab(Client):
    requests: int
    name: str = "ab"

    def prepare(self, server: Server, folder: Path) -> None:
        program("ab")

    def run(self, server: Server, folder: Path) -> Run:
        usage = run_client([program("ab"), "-q", "-k", "-c64", "-n", str(self.requests), server.site.url()], folder, 300)
        done = int(found(re.search(r"Complete requests:\s+(\d+)", usage.out), usage, "the number of requests"))
        kept = int(found(re.search(r"Keep-Alive requests:\s+(\d+)", usage.out), usage, "keep-alive"))
        if not re.search(r"Failed requests:\s+0\b", usage.out) or "Non-2xx" in usage.out or kept < done * 0.9:
            raise Wrong(f"ab: {usage.out[-500:]}")
        return Run(done, usage)


@dataclass
class Hey(Client):
    requests: int
    name: str = "hey"

    def prepare(self, server: Server, folder: Path) -> None:
        program("hey")

    def run(self, server: Server, folder: Path) -> Run:
        count = self.requests // 64 * 64  # hey gives every worker as many
        usage = run_client([program("hey"), "-c", "64", "-n", str(count), "-cpus", "1", server.site.url()], folder, 300)
        done = int(found(re.search(r"\[200\]\s+(\d+) responses", usage.out), usage, "the number of answers"))
        if done != count or "Error distribution" in usage.out:
            raise Wrong(f"hey: {usage.out[-500:]}")
        return Run(done, usage)


@dataclass
class Curl(Client):
    """`curl --parallel` with a file of URLs: over all edges, or a host each, and so a connection each."""

    requests: int
    http: str = "1.1"
    has_host_each: bool = False
    name: str = "curl --parallel"

    def prepare(self, server: Server, folder: Path) -> None:
        program("curl")
        site = server.site
        with open(folder / "urls.curl", "w", encoding="utf-8") as out:
            for i in range(self.requests):
                name = f"n{i}.example.test" if self.has_host_each else site.edges[i % len(site.edges)]
                out.write(f'url = "{site.scheme}://{name}:{site.port}{asset(i % 20)}"\noutput = "/dev/null"\n')

    def run(self, server: Server, folder: Path) -> Run:
        site = server.site
        options = ["--http2"] if self.http == "2" else ["--http1.1"]
        options += ["--cacert", str(site.ca_file)] if site.ca_file else []
        options += ["--connect-to", f"::{site.edges[0]}:{site.port}"] if self.has_host_each else []
        usage = run_client([program("curl"), "--silent", "--show-error", "--fail", "--parallel", "--parallel-max", "64",
                            "--write-out", "%{http_code} %{http_version} %{num_connects}\\n", *options,
                            "--config", "urls.curl"], folder, DEADLINE_S)
        lines = usage.out.split("\n")[:-1]
        wanted = f"200 {self.http} " + ("1" if self.has_host_each else "")
        if usage.code != 0 or len(lines) != self.requests or any(not line.startswith(wanted) for line in lines):
            raise Wrong(f"curl ended with {usage.code}, {len(lines)} answers: {usage.err[-300:]}")
        return Run(self.requests, usage)
