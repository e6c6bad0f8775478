"""What every cache of the rig has in common: life, version, warming, purging."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..address import Address, Resource, free_address
from ..client import Answer, Client, Question, ask, ask_all
from ..process import Process, ServerTrouble, find_program, hand_over

# The raw Accept-Encoding strings that clients of the rig send; caches with native Vary keep a
# variant for each string.
ENCODINGS = ("identity", "gzip")
READY = Resource("ready.test", "/ready.txt")


class Cache(ABC):
    """One cache server in front of one upstream (an origin replica, or another cache)."""

    provider: str  # what the manifest calls this kind of server
    program: str
    version_arguments: Sequence[str] = ("-v",)
    sends_age = True
    servers = 1  # that hide behind its address
    # For docs/interop.md: how it is set up, and how a person purges it properly.
    setup_note = ""
    purge_note: str

    def __init__(self, name: str, directory: Path, upstream: Address) -> None:
        self.name = name
        self.directory = directory / name
        self.upstream = upstream
        self.address = free_address()
        self.directory.mkdir(mode=0o755)
        hand_over(self.directory)
        self.process = Process(name, self.directory)

    @abstractmethod
    def start(self) -> None:
        """Writes the configuration and spawns the server; `wait_ready` follows."""

    @abstractmethod
    async def purge(self, resources: Iterable[Resource]) -> None:
        """Invalidates every variant of the resources, the way this server needs it."""

    def wait_ready(self) -> None:
        """Waits until the server answers through its upstream."""
        self.process.wait_until(self._answers)

    def _answers(self) -> bool:
        try:
            with socket.create_connection((self.address.ip, self.address.port), 1) as connection:
                connection.settimeout(2)
                request = f"GET {READY.target} HTTP/1.1\r\nHost: {READY.host}\r\nConnection: close\r\n\r\n"
                connection.sendall(request.encode())
                return connection.recv(64).split(b" ")[1:2] == [b"200"]
        except OSError:
            return False

    def write(self, name: str, text: str) -> Path:
        """A configuration file in the server's directory, readable by the server."""
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o644)
        return path

    def make_directory(self, name: str) -> Path:
        path = self.directory / name
        path.mkdir(parents=True, exist_ok=True)
        hand_over(path)
        return path

    def version(self) -> str:
        """The first version number that the program prints about itself."""
        printed = subprocess.run(
            [find_program(self.program), *self.version_arguments],
            capture_output=True, text=True, check=False, timeout=10,
        )  # fmt: skip
        found = re.search(r"\d+\.\d+(\.\d+)?", printed.stdout + printed.stderr)
        if found is None:
            raise ServerTrouble(f"{self.program} prints no version")
        return found.group()

    async def get(self, resource: Resource, encoding: str | None = "identity") -> Answer:
        """A plain GET on a connection of its own (none = without Accept-Encoding)."""
        return await ask(
            self.address, resource, {} if encoding is None else {"accept-encoding": encoding}
        )

    async def warm(self, resources: Iterable[Resource]) -> None:
        """Asks for every resource in every encoding, encodings outermost as real traffic mixes."""
        wanted = list(resources)
        for encoding in ENCODINGS:
            await self.fill(wanted, {"accept-encoding": encoding})

    async def fill(self, resources: Iterable[Resource], headers: Mapping[str, str]) -> None:
        """Asks for every resource with these headers."""
        wanted = list(resources)
        answers = await ask_all(self.address, [Question(resource, headers) for resource in wanted])
        for resource, answer in zip(wanted, answers, strict=True):
            if answer.status >= 500 or answer.status == 0:
                raise ServerTrouble(f"{self.name} answered {answer.status} for {resource}")

    async def send_purges(
        self, resources: Iterable[Resource], encodings: Sequence[str | None], method: str = "PURGE"
    ) -> list[Answer]:
        """One PURGE a resource and encoding (none = without the header)."""
        questions = [
            Question(resource, {} if encoding is None else {"accept-encoding": encoding}, method)
            for resource in resources
            for encoding in encodings
        ]
        # One connection, so that the servers see them in order: with native Vary the order counts.
        answers = await ask_all(self.address, questions, connections=1)
        for answer in answers:
            # 404 and 412 are the words of caches that held nothing (surprise 9).
            if answer.status not in (200, 204, 404, 412):
                raise ServerTrouble(f"{self.name} answered {answer.status} to {method}")
        return answers

    async def purge_and_get_in_turn(self, resources: Iterable[Resource]) -> None:
        """PURGE, GET, PURGE, GET: for caches whose Vary index hides variants (surprise 8).

        The PURGE of one variant drops the index too; only the GET that follows rebuilds it and
        uncovers the next variant.
        """
        todo = list(resources)

        async def work() -> None:
            async with Client(self.address) as client:
                while todo:
                    resource = todo.pop()
                    for encoding in ENCODINGS:
                        lines = {"accept-encoding": encoding}
                        await client.ask(resource, "PURGE", lines)
                        await client.ask(resource, "GET", lines)

        await asyncio.gather(*(work() for _ in range(4)))

    def stop(self) -> None:
        """Until the next `start`; what it keeps on disk stays there."""
        self.begin_stop()
        self.finish_stop()

    def begin_stop(self) -> None:
        self.process.begin_stop()

    def finish_stop(self) -> None:
        self.process.finish_stop()
