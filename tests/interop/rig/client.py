"""A small HTTP/1.1 client: plain requests over a kept connection, answers as they came.

It sends exactly the header lines that it is given, so that a test can ask the naive question as
well as the right one. It never follows, never retries a different way, never decodes unasked.
"""

from __future__ import annotations

import asyncio
import gzip
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .address import Address, Resource

TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Answer:
    """One response. Header names are lower case; repeated fields are joined as RFC 9110 5.3 does."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    raw_body: bytes = b""

    @property
    def body(self) -> bytes:
        """The body with its content coding removed."""
        if self.headers.get("content-encoding") == "gzip":
            return gzip.decompress(self.raw_body)
        return self.raw_body

    @property
    def age(self) -> int | None:
        return int(self.headers["age"]) if "age" in self.headers else None


class Client:
    """One kept connection to one server. Not for concurrent use."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def ask(
        self, resource: Resource, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Sends one request. A kept connection that the server has closed meanwhile is replaced."""
        lines = {"host": resource.host, **(headers or {})}
        head = f"{method} {resource.target} HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in lines.items()
        )
        was_kept = self._writer is not None
        try:
            return await self._exchange(method, head)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.close()
            if not was_kept:
                raise
        return await self._exchange(method, head)

    async def _exchange(self, method: str, head: str) -> Answer:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await self._send_and_receive(method, head)

    async def _send_and_receive(self, method: str, head: str) -> Answer:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(
                self.address.ip, self.address.port
            )
        self._writer.write(f"{head}\r\n".encode())
        raw_head = await self._reader.readuntil(b"\r\n\r\n")
        status, headers = _parse_head(raw_head)
        body = b"" if method == "HEAD" else await self._read_body(self._reader, headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, body)

    async def _read_body(self, reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return await _read_chunks(reader)
        if "content-length" in headers:
            return await reader.readexactly(int(headers["content-length"]))
        body = await reader.read()
        self.close()
        return body


def _parse_head(raw: bytes) -> tuple[int, dict[str, str]]:
    start_line, *field_lines = raw.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in field_lines:
        name, colon, value = line.partition(":")
        if not colon:
            continue
        name, value = name.lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return int(start_line.split(" ", 2)[1]), headers


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    while (await reader.readline()).strip():
        pass
    return body


@dataclass(frozen=True)
class Question:
    """What `ask_all` is to send."""

    resource: Resource
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"


async def ask(
    address: Address,
    resource: Resource,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
) -> Answer:
    """One request on a connection of its own."""
    async with Client(address) as client:
        return await client.ask(resource, method, headers)


async def ask_all(
    address: Address, questions: Iterable[Question], connections: int = 4
) -> list[Answer]:
    """Every question over a few kept connections; the answers are in the questions' order."""
    todo = deque(enumerate(questions))
    answers: list[Answer] = [Answer(0)] * len(todo)

    async def work() -> None:
        async with Client(address) as client:
            while todo:
                index, question = todo.popleft()
                answers[index] = await client.ask(
                    question.resource, question.method, question.headers
                )

    await asyncio.gather(*(work() for _ in range(connections)))
    return answers
