"""docs.bunny.net: purge of a URL, and of a pull zone."""

from __future__ import annotations

import json
import math
from typing import Any

from .allowance import Bucket
from .api import Api, Cdn, LimitReached
from .messages import Call, Eviction, Refused, Reply

PULL_ZONE = "7"


class Bunny(Api):
    prefixes = ("/pullzone/",)

    def __init__(self, cdn: Cdn) -> None:
        super().__init__(cdn)
        self._exact = Bucket(5, 120)
        self._many = Bucket(0.5, 20)

    def claims(self, call: Call) -> bool:
        return call.path == "/purge" or super().claims(call)

    def serve(self, call: Call, fault: Any) -> Reply:
        self.check_token(call, "accesskey")
        if call.method != "POST":
            raise Refused(405, "The method is not allowed")
        if call.path == "/purge":
            return self._purge_url(call.query)
        if call.path != f"/pullzone/{PULL_ZONE}/purgeCache":
            raise Refused(404, "The requested Pull Zone does not exist")
        self.spend(self._many)
        tag = json.loads(call.body)["CacheTag"] if call.body else ""
        self.cdn.evict(Eviction("tag", tag=tag) if tag else Eviction("everything"))
        return Reply(204)

    def _purge_url(self, query: dict[str, str]) -> Reply:
        url = query.get("url", "")
        if not url.startswith(("http://", "https://")):
            raise Refused(400, "The URL is not one")
        is_exact = query.get("exactPath") == "true"
        # A slash at the end means all below it, unless told otherwise.
        is_prefix = url.endswith("*") or (url.endswith("/") and not is_exact)
        self.spend(self._many if is_prefix else self._exact)
        eviction = Eviction.of_url(url.rstrip("*"))
        self.cdn.evict(Eviction("prefix", eviction.host, eviction.target) if is_prefix else eviction)
        return Reply(200)

    def refuse(self, refused: Refused) -> Reply:
        reply = Reply.of_json(refused.status, {"ErrorKey": "error", "Message": refused.message})
        if isinstance(refused, LimitReached):
            reply.headers["Retry-After"] = str(math.ceil(refused.wait))
        return reply
