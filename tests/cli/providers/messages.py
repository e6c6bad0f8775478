"""What goes into and comes out of an emulated API."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Eviction:
    """What a purge removes. Without a host: at every host of the CDN, for some APIs know paths alone."""

    kind: str  # url, prefix, host, tag, everything
    host: str = ""
    target: str = ""  # of a URL its path and query, of a prefix its path
    tag: str = ""
    is_soft: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    is_any_query: bool = False  # of a URL: the API knows paths alone

    def covers(self, host: str, target: str, tags: tuple[str, ...] = ()) -> bool:
        """Whether it removes what is cached of that URL."""
        if self.kind == "tag":
            return bool(set(self.tag.split()) & set(tags))
        if self.host and self.host != host:
            return False
        if self.kind == "url":
            return self.target == (target.partition("?")[0] if self.is_any_query else target)
        return self.kind != "prefix" or target.startswith(self.target)

    @staticmethod
    def of_url(url: str, **more: Any) -> Eviction:
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return Eviction("url", parts.netloc, (parts.path or "/") + query, **more)

    @property
    def text(self) -> str:
        """The item as a manifest names it, as far as the API was told."""
        if self.kind in ("url", "prefix"):
            return f"https://{self.host}{self.target}" if self.host else self.target
        return self.tag or self.host


@dataclass(frozen=True)
class Call:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]  # by lower-case name
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(self.target.partition("?")[2], True).items()}

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    def json(self) -> dict[str, Any]:
        """The body, which must be one JSON object that says that it is one."""
        if self.header("content-type").partition(";")[0].strip() != "application/json":
            raise Refused(400, "Content-Type is not application/json")
        try:
            value = json.loads(self.body)
        except ValueError as error:
            raise Refused(400, "the body is no JSON") from error
        if not isinstance(value, dict):
            raise Refused(400, "the body is no JSON object")
        return value


@dataclass
class Reply:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def of_json(status: int, value: Any, **headers: str) -> Reply:
        fields = {name.replace("_", "-"): text for name, text in headers.items()}
        return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json", **fields})


class Refused(Exception):
    """Why a request is not taken; the API words it in its own way."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code  # the vendor's word for it


def only(value: dict[str, Any], *known: str) -> None:
    """Refuses what the vendor's schema does not have."""
    if unknown := set(value) - set(known):
        raise Refused(400, f"unknown field {sorted(unknown)[0]}")


def texts(value: Any, most: int, longest: int = 1 << 16) -> list[str]:
    """A list of 1 to `most` texts."""
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise Refused(400, "expected a list of texts")
    if not 1 <= len(value) <= most:
        raise Refused(400, f"expected 1 to {most} items, found {len(value)}")
    if any(len(each) > longest for each in value):
        raise Refused(400, f"an item is longer than {longest} characters")
    return value
