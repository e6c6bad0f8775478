"""The clients: how each is started, how many requests it did, and whether they all were right."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from laboratory.fleet import Fleet, asset, write_manifest
from laboratory.processes import Unavailable, Usage, Wrong, run_client
from laboratory.servers import Site

DEADLINE_S = 1800


@dataclass(frozen=True)
class Run:
    """One run that counts."""

    requests: int
    usage: Usage

    @property
    def cpu_us(self) -> float:
        return self.usage.cpu_s / self.requests * 1e6


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

    def prepare(self, site: Site, folder: Path) -> None:
        """Once, before the first run: files it needs. Raises Unavailable where it cannot run here."""

    def run(self, site: Site, folder: Path) -> Run:
        raise NotImplementedError


@dataclass
class Verify(Client):
    """`cachewitness verify` with the whole verdict: JSON report written, evidence only where asked for."""

    binary: Path
    fleet: Fleet
    name: str = "cachewitness"
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def prepare(self, site: Site, folder: Path) -> None:
        if not self.binary.exists():
            raise Unavailable(f"{self.binary} is not built: cmake --build --preset release --target cachewitness")
        manifest = write_manifest(self.fleet, site, folder)
        usage = run_client([str(self.binary), "manifest", "check", "-m", str(manifest)], folder, 120)
        if usage.code == 2:
            raise Unavailable("this binary refuses the manifest: " + usage.err.strip().split("\n")[0])
        if usage.code != 0:
            raise Wrong(f"manifest check ended with {usage.code}: {usage.err[-300:]}")

    def run(self, site: Site, folder: Path) -> Run:
        report_file = folder / "report.json"
        report_file.unlink(missing_ok=True)
        usage = run_client([str(self.binary), "verify", "-q", "--progress", "never", "-m", "cachewitness.yaml",
                            "--report", str(report_file), *self.arguments], folder, DEADLINE_S, self.environment)
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

    def prepare(self, site: Site, folder: Path) -> None:
        program("wrk")
        (folder / "wrk.lua").write_text(self.script)

    def run(self, site: Site, folder: Path) -> Run:
        script = ["-s", "wrk.lua"] if self.script else []
        usage = run_client([program("wrk"), "-t1", "-c64", f"-d{self.seconds}s", *script, site.url()], folder, 120)
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

    def prepare(self, site: Site, folder: Path) -> None:
        program("h2load")

    def run(self, site: Site, folder: Path) -> Run:
        shape = ["--h1", "-c64"] if self.http1 else ["-c12", "-m100"]
        usage = run_client([program("h2load"), *shape, "-n", str(self.requests), site.url()], folder, DEADLINE_S)
        done = int(found(re.search(r"(\d+) succeeded, 0 failed, 0 errored, 0 timeout", usage.out), usage, "success"))
        wanted = "http/1.1" if self.http1 else "h2"
        if done != self.requests or f"{done} 2xx" not in usage.out or wanted not in usage.out:
            raise Wrong(f"h2load: {usage.out[-500:]}")
        return Run(done, usage)


@dataclass
class Ab(Client):
    requests: int
    name: str = "ab"

    def prepare(self, site: Site, folder: Path) -> None:
        program("ab")

    def run(self, site: Site, folder: Path) -> Run:
        usage = run_client([program("ab"), "-q", "-k", "-c64", "-n", str(self.requests), site.url()], folder, 300)
        done = int(found(re.search(r"Complete requests:\s+(\d+)", usage.out), usage, "the number of requests"))
        kept = int(found(re.search(r"Keep-Alive requests:\s+(\d+)", usage.out), usage, "keep-alive"))
        if not re.search(r"Failed requests:\s+0\b", usage.out) or "Non-2xx" in usage.out or kept < done * 0.9:
            raise Wrong(f"ab: {usage.out[-500:]}")
        return Run(done, usage)


@dataclass
class Hey(Client):
    requests: int
    name: str = "hey"

    def prepare(self, site: Site, folder: Path) -> None:
        program("hey")

    def run(self, site: Site, folder: Path) -> Run:
        count = self.requests // 64 * 64  # hey gives every worker as many
        usage = run_client([program("hey"), "-c", "64", "-n", str(count), "-cpus", "1", site.url()], folder, 300)
        done = int(found(re.search(r"\[200\]\s+(\d+) responses", usage.out), usage, "the number of answers"))
        if done != count or "Error distribution" in usage.out:
            raise Wrong(f"hey: {usage.out[-500:]}")
        return Run(done, usage)


@dataclass
class Curl(Client):
    """`curl --parallel` with a file of URLs: over all edges, or a host each, and so a connection each."""

    requests: int
    options: tuple[str, ...] = ()
    host_each: bool = False
    name: str = "curl --parallel"

    def prepare(self, site: Site, folder: Path) -> None:
        program("curl")
        with open(folder / "urls.curl", "w", encoding="utf-8") as out:
            for i in range(self.requests):
                edge = site.edges[i % len(site.edges)]
                name = f"n{i}.example.test:{site.port}" if self.host_each else f"{edge}:{site.port}"
                out.write(f'url = "{site.scheme}://{name}{asset(i % 20)}"\noutput = "/dev/null"\n')

    def run(self, site: Site, folder: Path) -> Run:
        trust = ["--cacert", str(site.ca_file)] if site.ca_file else []
        trust += ["--connect-to", f"::{site.edges[0]}:{site.port}"] if self.host_each else []
        usage = run_client([program("curl"), "--silent", "--show-error", "--fail", "--parallel", "--parallel-max", "64",
                            "--write-out", "%{http_code} %{num_connects}\\n", *trust, *self.options,
                            "--config", "urls.curl"], folder, DEADLINE_S)
        lines = usage.out.split("\n")[:-1]
        if usage.code != 0 or len(lines) != self.requests or any(not line.startswith("200 ") for line in lines):
            raise Wrong(f"curl ended with {usage.code}, {len(lines)} answers: {usage.err[-300:]}")
        if self.host_each and any(line != "200 1" for line in lines):
            raise Wrong("curl used a connection twice")
        return Run(self.requests, usage)

