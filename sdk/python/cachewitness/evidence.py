"""An evidence file (`cachewitness.evidence/v1`) as an iterator: a million lines in constant memory.

    with read_evidence("after.jsonl.zst") as evidence:
        for seen in evidence:
            if seen.role == "probe" and seen.failure:
                print(seen.cell.edge, seen.failure.cause)
        print(evidence.is_complete)

Header values are what strangers sent. They come as they are: escape them before a terminal, a page or a shell.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Iterator, Mapping, Optional, Union

from ._reading import Members, UnreadableError

SCHEMA = "cachewitness.evidence/v1"
# Age counts whole seconds (RFC 9111 section 5.1).
_AGE_STEP_NS = 1_000_000_000
_ROLES = ("probe", "baseline", "origin", "leak")


@dataclass(frozen=True)
class Purge:
    """When the CDN was asked to invalidate, by the clock of whoever asked; nanoseconds since 1970."""

    requested_at_ns: int
    acknowledged_at_ns: int


@dataclass(frozen=True)
class Header:
    """The first line: what the run knew. `values` has all of it."""

    purpose: str  # "verify", "arm" or "parity"
    run_id: str
    tool_version: str
    project: str
    started_at_ns: int
    purge: Optional[Purge]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Footer:
    """The last line. A file without one comes from a run that was killed."""

    finished_at_ns: int
    complete: bool
    why_incomplete: str
    probes: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """The unit of judgement. For the origin `region` and `edge` are empty."""

    environment: str
    region: str
    edge: str
    tenant: str
    asset: str
    variant: str


@dataclass(frozen=True)
class Body:
    wire_bytes: int
    decoded_bytes: int
    sha256: Optional[str]  # of the decoded body, hexadecimal
    decode_error: Optional[str]


@dataclass(frozen=True)
class Response:
    """An answer. `headers` has lower-case names, the lines of one name joined by a comma; `head` is the raw head."""

    status: int
    headers: Mapping[str, str]
    body: Optional[Body]
    head: str


@dataclass(frozen=True)
class Failure:
    stage: str  # "resolve", "connect", "tls", "request", "head" or "body"
    cause: str  # "timeout", "refused", "reset", ...
    detail: str


@dataclass(frozen=True)
class LeakStep:
    """Which step of a leak check it was (docs/leaks.md)."""

    check: str         # "cross_tenant", "poisoning" or "deception"
    step: str          # "first", "again", "other", "prime" or "ask"
    header: str        # that was tried; of poisoning only
    canary: str        # the value that was sent in it
    other_tenant: str  # whose answer it must not be


@dataclass(frozen=True)
class Observation:
    """What one request saw: a probe of an edge, what `arm` saw before (baseline), what the origin serves, or a step of
    a leak check (leak). The last says nothing about a cell's freshness: ask `role` before you count."""

    role: str  # "probe", "baseline", "origin" or "leak"
    id: str
    cell: Cell
    replica: str  # URL; of the origin only
    sample: int   # counts the requests for that cell, from 0
    url: str
    sent_at_ns: int
    first_byte_at_ns: Optional[int]
    received_at_ns: int
    response: Optional[Response]
    failure: Optional[Failure]
    values: Mapping[str, Any]
    round: int = 0                    # of the closed loop; 0 = the verification before it
    leak: Optional[LeakStep] = None   # of the role "leak", and only there

    @property
    def age_s(self) -> Optional[int]:
        """The Age field in seconds; None where there is none, or where it is no number (RFC 9111 section 5.1)."""
        text = self.response.headers.get("age", "") if self.response else ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else None

    @property
    def generated_between_ns(self) -> Optional[tuple[int, int]]:
        """After the first and not after the second of these the object was generated or last validated, by the prober's
        own clock. None without Age. Never reckoned from Date, which is another machine's clock."""
        age = self.age_s
        if age is None:
            return None
        age_ns = age * 1_000_000_000
        return self.sent_at_ns - age_ns - _AGE_STEP_NS, self.received_at_ns - age_ns


def _observation(role: str, line: Members) -> Observation:
    failure = line.find_object("failure")
    return Observation(
        role=role,
        id=line.text("id"),
        cell=Cell(line.text("environment"), line.find_text("region") or "", line.find_text("edge") or "",
                  line.text("tenant"), line.text("asset"), line.text("variant")),
        replica=line.find_text("replica") or "",
        sample=line.integer("sample"),
        url=line.text("url"),
        sent_at_ns=line.time_ns("sent_at"),
        first_byte_at_ns=line.time_ns("first_byte_at") if line.find_text("first_byte_at") else None,
        received_at_ns=line.time_ns("received_at"),
        response=_response(line) if "status" in line.values else None,
        failure=Failure(failure.text("stage"), failure.text("cause"), failure.find_text("detail") or "") if failure else None,
        values=line.values,
        round=line.integer("round") if "round" in line.values else 0,
        leak=_leak_step(line.object("leak")) if role == "leak" else None)


def _leak_step(leak: Members) -> LeakStep:
    return LeakStep(leak.text("check"), leak.text("step"), leak.find_text("header") or "", leak.find_text("canary") or "",
                    leak.find_text("other_tenant") or "")


def _response(line: Members) -> Response:
    headers = line.find_object("headers")
    body = line.find_object("body")
    if headers is not None and not all(isinstance(value, str) for value in headers.values.values()):
        raise line.fault("headers", "an object of texts")
    return Response(
        status=line.integer("status"),
        headers=dict(headers.values) if headers else {},
        body=Body(body.integer("wire_bytes"), body.integer("decoded_bytes"), body.find_text("sha256"),
                  body.find_text("decode_error")) if body else None,
        head=line.find_text("head") or "")


def _header(line: Members) -> Header:
    if line.values.get("type") != "header" or line.values.get("schema") != SCHEMA:
        raise UnreadableError("%s: no header of %s" % (line.where, SCHEMA))
    purge = line.find_object("purge")
    return Header(line.text("purpose"), line.text("run_id"), line.text("tool_version"), line.find_text("project") or "",
                  line.time_ns("started_at"),
                  Purge(purge.time_ns("requested_at"), purge.time_ns("acknowledged_at")) if purge else None, line.values)


def _footer(line: Members) -> Footer:
    return Footer(line.time_ns("finished_at"), line.flag("complete"), line.find_text("why_incomplete") or "",
                  line.integer("probes"), line.values)


class _Zstd:
    """The lines of a compressed file, through the program `zstd`."""

    def __init__(self, path: Path) -> None:
        try:
            self._child = subprocess.Popen(["zstd", "-dcq", "--", str(path)], stdin=subprocess.DEVNULL,
                                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except OSError as error:
            raise UnreadableError("%s is compressed and zstd cannot be run (%s): install zstd, or write plain lines with "
                                  "--evidence FILE.jsonl" % (path, error.strerror)) from error
        assert self._child.stdout is not None and self._child.stderr is not None
        self._path = path
        self.lines: BinaryIO = self._child.stdout  # type: ignore[assignment]
        self._errors = self._child.stderr

    def check_end(self) -> None:
        """A file that was cut short, as a killed run leaves it, ends like one without a footer."""
        said = self._errors.read().decode("utf-8", errors="backslashreplace").strip()
        if self._child.wait() != 0 and "premature" not in said and "truncated" not in said:
            raise UnreadableError("%s: zstd cannot decompress it: %s" % (self._path, said))

    def close(self) -> None:
        self.lines.close()
        self._errors.close()
        self._child.kill()
        self._child.wait()


class EvidenceFile:
    """An open evidence file: `header` at once, the observations by iterating (once), `footer` after the last."""

    def __init__(self, path: Union[str, Path]) -> None:
        self.path = Path(path)
        self.footer: Optional[Footer] = None
        self._zstd = _Zstd(self.path) if self.path.suffix == ".zst" else None
        self._lines: BinaryIO = self._zstd.lines if self._zstd else open(self.path, "rb")
        self._number = 0
        try:
            first = self._next()
            if first is None:
                raise UnreadableError("%s is empty" % self.path)
            self.header = _header(first)
        except BaseException:
            self.close()
            raise

    @property
    def is_complete(self) -> bool:
        """Whether the run saw all that it planned; known after the last line."""
        return self.footer is not None and self.footer.complete

    def __iter__(self) -> Iterator[Observation]:
        for line in iter(self._next, None):
            if self.footer is not None:
                raise UnreadableError("%s: a line after the footer" % line.where)
            kind = line.values.get("type")
            if kind == "footer":
                self.footer = _footer(line)
            elif isinstance(kind, str) and kind in _ROLES:
                yield _observation(kind, line)
            elif kind == "round":  # of a closed loop; what was seen in it comes as observations
                pass
            else:
                raise UnreadableError("%s: unknown type of line %r; a later version wrote this" % (line.where, kind))

    def _next(self) -> Optional[Members]:
        text = self._lines.readline()
        if not text:
            if self._zstd:
                self._zstd.check_end()
            return None
        self._number += 1
        where = "%s:%d" % (self.path, self._number)
        try:
            value = json.loads(text)
        except ValueError:
            # Forgiven at the very end only: a killed run cuts its last line short.
            if self._lines.readline() or self._number == 1:
                raise UnreadableError("%s: not JSON" % where) from None
            return None
        if not isinstance(value, dict):
            raise UnreadableError("%s: not a JSON object" % where)
        return Members(value, where)

    def close(self) -> None:
        if self._zstd:
            self._zstd.close()
        else:
            self._lines.close()

    def __enter__(self) -> EvidenceFile:
        return self

    def __exit__(self, kind: Optional[type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()


def read_evidence(path: Union[str, Path]) -> EvidenceFile:
    """Opens what `--evidence` wrote; a name that ends in `.zst` is decompressed by the program zstd.

    Raises OSError where the file cannot be opened and UnreadableError where it is no evidence, also while iterating.
    """
    return EvidenceFile(path)
