"""learn.microsoft.com/rest/api/frontdoor: AFD Endpoints - Purge Content, a long-running operation."""

from __future__ import annotations

import re
from typing import Any

from .api import Api, Cdn
from .messages import Call, Eviction, Refused, Reply, only, texts

SETTINGS = {"subscription": "sub1", "resource_group": "g1", "profile": "p1", "endpoint": "e1"}
ENDPOINT = ("/subscriptions/sub1/resourceGroups/g1/providers/Microsoft.Cdn/profiles/p1/afdEndpoints/e1")
RESULTS = "/subscriptions/sub1/providers/Microsoft.Cdn/operationresults/"
MOST_PATHS = 100


class Azure(Api):
    prefixes = ("/subscriptions/",)

    def __init__(self, cdn: Cdn) -> None:
        super().__init__(cdn)
        self.polls_until_done = 1
        self._polls: list[int] = []

    def serve(self, call: Call, fault: Any) -> Reply:
        self.check_token(call, "authorization", "Bearer ")
        if "api-version" not in call.query:
            raise Refused(400, "The api-version query parameter (?api-version=) is required")
        if call.method == "GET" and call.path.startswith(RESULTS):
            return self._poll(int(call.path.removeprefix(RESULTS)))
        if call.method != "POST" or call.path != f"{ENDPOINT}/purge":
            raise Refused(404, "The resource was not found")
        body = call.json()
        only(body, "contentPaths", "domains")
        paths = texts(body.get("contentPaths"), MOST_PATHS)
        domains = texts(body["domains"], 100) if "domains" in body else [""]
        if not all(re.fullmatch(r"/[^*?]*|/([^*?]*/)?\*", path) for path in paths):
            raise Refused(400, "a content path is not one")
        for domain in domains:
            for path in paths:
                self.cdn.evict(self._eviction(domain, path))
        self._polls.append(self.polls_until_done)
        return self._under_way(len(self._polls) - 1)

    @staticmethod
    def _eviction(domain: str, path: str) -> Eviction:
        if path == "/*":
            return Eviction("host", domain) if domain else Eviction("everything")
        return Eviction("prefix", domain, path[:-1]) if path.endswith("*") else Eviction("url", domain, path, is_any_query=True)

    def _poll(self, number: int) -> Reply:
        self._polls[number] -= 1
        return self._under_way(number) if self._polls[number] > 0 else Reply(200)

    @staticmethod
    def _under_way(number: int) -> Reply:
        # The API names itself by its public host, whatever gateway stands before it.
        where = f"https://management.azure.com{RESULTS}{number}?api-version=2023-05-01"
        return Reply(202, b"", {"Location": where, "Retry-After": "1"})

    def refuse(self, refused: Refused) -> Reply:
        return Reply.of_json(refused.status, {"error": {"code": refused.code or "Error", "message": refused.message}})
