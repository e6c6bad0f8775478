"""Cells and verdicts as the rig speaks of them: the words of Cachewitness' own report."""

from __future__ import annotations

from dataclasses import dataclass

from .address import Resource

DOMAIN = "example.test"


@dataclass(frozen=True, order=True)
class Cell:
    """The unit of judgement; the cache's name is the edge's."""

    cache: str
    tenant: str
    asset: str
    variant: str

    @property
    def resource(self) -> Resource:
        return Resource(host_of(self.tenant), self.asset)


@dataclass(frozen=True, order=True)
class Verdict:
    """A state, and the cause's slug (empty where the cell is fresh)."""

    state: str
    cause: str = ""

    def __str__(self) -> str:
        return f"{self.state}: {self.cause}" if self.cause else self.state


FRESH = Verdict("fresh")


def host_of(tenant: str) -> str:
    return f"{tenant}.{DOMAIN}"
