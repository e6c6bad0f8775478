"""keycdn.com/api: zones/purge, purgeurl, purgetag."""

from __future__ import annotations

import base64
from typing import Any

from .allowance import Bucket
from .api import Api, Cdn
from .messages import Call, Eviction, Refused, Reply, only, texts

ZONE = "9"
MOST_BODY = 64 << 10


class KeyCdn(Api):
    prefixes = ("/zones/",)

    def __init__(self, cdn: Cdn) -> None:
        super().__init__(cdn)
        self._calls = Bucket(20 / 60, 20)

    def is_purge(self, call: Call) -> bool:
        return True  # to purge all is a GET

    def serve(self, call: Call, fault: Any) -> Reply:
        given = call.header("authorization").removeprefix("Basic ")
        if given not in {base64.b64encode(f"{token}:".encode()).decode() for token in self.cdn.tokens}:
            raise Refused(401, "Authentication failed")
        if len(call.body) > MOST_BODY:
            raise Refused(413, "Request too large")
        self.spend(self._calls)
        for eviction in self._evictions(call):
            if fault == "success-false":
                return Reply.of_json(200, {"status": "error", "description": "Zone is locked."})
            self.cdn.evict(eviction)
        return Reply.of_json(200, {"status": "success", "description": "Cache has been cleared."})

    @staticmethod
    def _evictions(call: Call) -> list[Eviction]:
        match call.method, call.path:
            case "GET", p if p == f"/zones/purge/{ZONE}.json":
                return [Eviction("everything")]
            case "DELETE", p if p == f"/zones/purgeurl/{ZONE}.json":
                body = call.json()
                only(body, "urls")
                urls = texts(body.get("urls"), 1 << 16)
                if any("://" in url or "/" not in url for url in urls):
                    raise Refused(400, "A URL is host and path, without a scheme")
                return [Eviction.of_url("https://" + url) for url in urls]
            case "DELETE", p if p == f"/zones/purgetag/{ZONE}.json":
                body = call.json()
                only(body, "tags")
                return [Eviction("tag", tag=tag) for tag in texts(body.get("tags"), 1 << 16, longest=128)]
        raise Refused(404, "Zone not found")

    def refuse(self, refused: Refused) -> Reply:
        return Reply.of_json(refused.status, {"status": "error", "description": refused.message})
