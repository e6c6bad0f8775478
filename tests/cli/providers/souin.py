"""docs.souin.io: the API of Souin's cache at its own node, without credentials. It says 204 whatever it held."""

from __future__ import annotations

from typing import Any

from .api import Api
from .messages import Call, Eviction, Refused, Reply, only, texts

ROOT = "/souin-api/souin"
KINDS = {"uri": "url", "uri-prefix": "prefix", "origin": "host"}


class Souin(Api):
    prefixes = ("/souin-api/",)

    def serve(self, call: Call, fault: Any) -> Reply:
        match call.method, call.path:
            case "PURGE", p if p == f"{ROOT}/flush":
                self.cdn.evict(Eviction("everything"))
            case "PURGE", p if p == ROOT and call.header("surrogate-key"):
                for tag in call.header("surrogate-key").split(","):
                    self.cdn.evict(Eviction("tag", tag=tag.strip()))
            case "POST", p if p == ROOT:
                return self._invalidate(call.json())
            case _:
                raise Refused(404, "no such endpoint")
        return Reply(204)

    def _invalidate(self, body: dict[str, Any]) -> Reply:
        only(body, "type", "selectors", "groups", "purge")
        kind = KINDS.get(body.get("type", ""))
        if kind is None or not isinstance(body.get("purge"), bool):
            raise Refused(400, "no such invalidation")
        for selector in texts(body.get("selectors"), 1 << 16):
            if "//" in selector:
                continue  # it passes over these without a word
            host, slash, path = selector.partition("/")
            self.cdn.evict(Eviction(kind, host, slash + path if kind != "host" else "", is_soft=not body["purge"]))
        return Reply(200)

    def refuse(self, refused: Refused) -> Reply:
        return Reply(refused.status)
