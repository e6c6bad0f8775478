"""What every emulated API has in common."""

from __future__ import annotations

from typing import Any, Protocol

from .messages import Call, Eviction, Refused, Reply


class Limit(Protocol):
    """allowance.Bucket or allowance.Window."""

    def take(self, tokens: float = 1) -> float: ...


class Cdn(Protocol):
    """What stands behind the APIs."""

    tokens: set[str]  # those that are good now
    is_limiting: bool

    def evict(self, eviction: Eviction) -> None: ...


class Api:
    """One vendor's. A subclass says which paths are its own, and serves them."""

    prefixes: tuple[str, ...] = ()

    def __init__(self, cdn: Cdn) -> None:
        self.cdn = cdn

    def claims(self, call: Call) -> bool:
        return call.path.startswith(self.prefixes)

    def is_purge(self, call: Call) -> bool:
        """Whether it asks to purge, and not how an earlier purge goes: faults are for these."""
        return call.method != "GET"

    def serve(self, call: Call, fault: Any) -> Reply:
        """Does what is asked. `fault` is one that the API words itself: success-false, partial, failed; or None."""
        raise NotImplementedError

    def refuse(self, refused: Refused) -> Reply:
        """The vendor's way to say no."""
        raise NotImplementedError

    def check_token(self, call: Call, header: str, prefix: str = "", status: int = 401) -> None:
        given = call.header(header)
        if not given.startswith(prefix) or given.removeprefix(prefix) not in self.cdn.tokens:
            raise Refused(status, "the credentials are missing or no good")

    def spend(self, limit: Limit, tokens: float = 1) -> None:
        if self.cdn.is_limiting and (wait := limit.take(tokens)) > 0:
            raise LimitReached(wait)


class LimitReached(Refused):
    """429, with the seconds until there is room again."""

    def __init__(self, wait: float) -> None:
        super().__init__(429, "rate limit exceeded", "Throttling")
        self.wait = wait
