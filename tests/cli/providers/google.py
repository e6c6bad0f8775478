"""cloud.google.com: Cloud CDN's urlMaps.invalidateCache and its operations, and Media CDN's invalidateCache."""

from __future__ import annotations

import re
import uuid
from typing import Any

from .allowance import Bucket
from .api import Api, Cdn
from .messages import Call, Eviction, Refused, Reply, only, texts

PROJECT, URL_MAP, MEDIA_SERVICE = "p1", "m1", "ec1"
MOST_TAGS = 10


def eviction_of(body: dict[str, Any]) -> Eviction:
    """Both take the same body."""
    only(body, "path", "host", "cacheTags")
    host, path = body.get("host", ""), body.get("path", "")
    if ":" in host:
        raise Refused(400, "Invalid value for field 'host'")
    if "cacheTags" in body:
        tags = texts(body["cacheTags"], MOST_TAGS)
        return Eviction("tag", host, tag=" ".join(tags))
    # A pattern is held against the path alone, and cannot have a "?" in it.
    if not re.fullmatch(r"/[^*?#]*|/([^*?#]*/)?\*", path):
        raise Refused(400, "Invalid value for field 'path'")
    if path == "/*":
        return Eviction("host", host) if host else Eviction("everything")
    if path.endswith("*"):
        return Eviction("prefix", host, path[:-1])
    return Eviction("url", host, path, is_any_query=True)


def refusal(refused: Refused) -> Reply:
    words = {429: "RESOURCE_EXHAUSTED", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 400: "INVALID_ARGUMENT"}
    return Reply.of_json(refused.status, {"error": {"code": refused.status, "message": refused.message,
                                                    "status": words.get(refused.status, "UNAVAILABLE")}})


class Google(Api):
    prefixes = ("/compute/v1/",)

    def __init__(self, cdn: Cdn) -> None:
        super().__init__(cdn)
        self.polls_until_done = 1
        self._calls = Bucket(500 / 60, 500)
        self._operations: dict[str, dict[str, Any]] = {}  # by requestId
        self._polls: dict[str, int] = {}  # by name

    def serve(self, call: Call, fault: Any) -> Reply:
        self.check_token(call, "authorization", "Bearer ")
        root = f"/compute/v1/projects/{PROJECT}/global"
        if call.method == "GET" and call.path.startswith(f"{root}/operations/"):
            return self._poll(call.path.rpartition("/")[2])
        if call.method != "POST" or call.path != f"{root}/urlMaps/{URL_MAP}/invalidateCache":
            raise Refused(404, "The resource was not found")
        self.spend(self._calls)
        request_id = call.query.get("requestId", "")
        try:
            uuid.UUID(request_id)
        except ValueError as error:
            raise Refused(400, "Invalid value for field 'requestId'") from error
        if request_id not in self._operations:
            self.cdn.evict(eviction_of(call.json()))
            operation = {"kind": "compute#operation", "name": f"operation-{len(self._operations) + 1}", "status": "PENDING"}
            if fault == "failed":
                operation["error"] = {"errors": [{"code": "INTERNAL", "message": "the invalidation failed"}]}
            self._operations[request_id] = operation
            self._polls[operation["name"]] = self.polls_until_done
        return Reply.of_json(200, {**self._operations[request_id], "error": {}})

    def _poll(self, name: str) -> Reply:
        operation = next((each for each in self._operations.values() if each["name"] == name), None)
        if operation is None:
            raise Refused(404, "The operation was not found")
        self._polls[name] -= 1
        operation["status"] = "DONE" if self._polls[name] <= 0 else "RUNNING"
        return Reply.of_json(200, operation if operation["status"] == "DONE" else {**operation, "error": {}})

    def refuse(self, refused: Refused) -> Reply:
        return refusal(refused)


class MediaCdn(Api):
    prefixes = ("/v1/projects/",)

    def serve(self, call: Call, fault: Any) -> Reply:
        self.check_token(call, "authorization", "Bearer ")
        root = f"/v1/projects/{PROJECT}/locations/global/edgeCacheServices/{MEDIA_SERVICE}"
        if call.method != "POST" or call.path != f"{root}:invalidateCache":
            raise Refused(404, "The resource was not found")
        self.cdn.evict(eviction_of(call.json()))
        return Reply.of_json(200, {})

    def refuse(self, refused: Refused) -> Reply:
        return refusal(refused)
