"""developers.cloudflare.com/cache/how-to/purge-cache, as a zone of the free plan."""

from __future__ import annotations

import math
import re
from typing import Any

from .allowance import Bucket, Window
from .api import Api, Cdn, LimitReached
from .messages import Call, Eviction, Refused, Reply, only, texts

ZONE, ENVIRONMENT = "z1", "e1"
MOST_OPERATIONS = 100


class Cloudflare(Api):
    prefixes = ("/client/v4/",)

    def __init__(self, cdn: Cdn) -> None:
        super().__init__(cdn)
        self._whole_api = Window(1200, 300)
        self._selectors = Bucket(5 / 60, 25)
        self._urls = Bucket(800, 800)
        self._purges = 0

    def serve(self, call: Call, fault: Any) -> Reply:
        self.check_token(call, "authorization", "Bearer ", status=403)
        self.spend(self._whole_api)
        found = re.fullmatch(rf"/client/v4/zones/([^/]+)/(?:environments/{ENVIRONMENT}/)?(purge_cache|invalidate_cache)",
                             call.path)
        if found is None or call.method != "POST" or found[1] != ZONE:
            raise Refused(404, "Could not route to the zone")
        evictions = self._evictions(call.json(), is_soft=found[2] == "invalidate_cache")
        if evictions[0].kind == "url":
            self.spend(self._urls, len(evictions))
        else:
            self.spend(self._selectors)
        if fault == "success-false":
            return self._envelope(200, False, "zone is paused")
        for eviction in evictions:
            self.cdn.evict(eviction)
        self._purges += 1
        return Reply.of_json(200, {"success": True, "errors": [], "messages": [], "result": {"id": f"cf{self._purges}"}})

    def _evictions(self, body: dict[str, Any], is_soft: bool) -> list[Eviction]:
        only(body, "files", "prefixes", "hosts", "tags", "purge_everything")
        if len(body) != 1:
            raise Refused(400, "expected exactly one selector")
        selector, value = next(iter(body.items()))
        if selector == "purge_everything":
            if value is not True:
                raise Refused(400, "purge_everything must be true")
            return [Eviction("everything", is_soft=is_soft)]
        if selector == "files":
            if not isinstance(value, list) or not 1 <= len(value) <= MOST_OPERATIONS:
                raise Refused(400, f"expected 1 to {MOST_OPERATIONS} files")
            return [self._file(each, is_soft) for each in value]
        items = texts(value, MOST_OPERATIONS, longest=1024)
        if selector == "prefixes":
            for each in items:
                if "://" in each or "?" in each or "#" in each or each.count("/") > 31:
                    raise Refused(400, f"no such prefix: {each}")
            return [Eviction("prefix", host, "/" + path, is_soft=is_soft)
                    for host, _, path in (each.partition("/") for each in items)]
        if selector == "hosts":
            return [Eviction("host", each, is_soft=is_soft) for each in items]
        if not all(each.isascii() and each.isprintable() and " " not in each for each in items):
            raise Refused(400, "a tag has characters that tags have not")
        return [Eviction("tag", tag=each, is_soft=is_soft) for each in items]

    @staticmethod
    def _file(value: Any, is_soft: bool) -> Eviction:
        url, headers = (value, {}) if isinstance(value, str) else (value.get("url"), value.get("headers"))
        if not isinstance(url, str) or not re.match(r"https?://[^/]+/", url) or url.endswith("*"):
            raise Refused(400, f"no such file: {value}")
        return Eviction.of_url(url, is_soft=is_soft, headers=tuple(sorted(headers.items())))

    def refuse(self, refused: Refused) -> Reply:
        reply = self._envelope(refused.status, False, refused.message)
        if refused.status == 429:
            reply.headers["retry-after"] = str(math.ceil(refused.wait) if isinstance(refused, LimitReached) else 0)
        return reply

    @staticmethod
    def _envelope(status: int, is_success: bool, message: str) -> Reply:
        errors = [{"code": 10000, "message": message}]
        return Reply.of_json(status, {"success": is_success, "errors": errors, "messages": [], "result": None})
