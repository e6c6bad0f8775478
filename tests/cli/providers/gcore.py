"""gcore.com/docs/api-reference: purge of a CDN resource, and the list of purges with their states."""

from __future__ import annotations

import datetime
from typing import Any

from .allowance import Window
from .api import Api, Cdn
from .messages import Call, Eviction, Refused, Reply, only, texts

RESOURCE = 5
MOST = {"urls": 100, "paths": 10}


def now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Gcore(Api):
    prefixes = ("/cdn/",)

    def __init__(self, cdn: Cdn) -> None:
        super().__init__(cdn)
        self.polls_until_done = 1
        self.is_reporting = True  # a resource may have its status reports off
        self._limits = {"purge_by_url": Window(2, 60), "purge_by_pattern": Window(1, 60), "purge_all": Window(1, 60)}
        self.purges: list[dict[str, Any]] = []  # newest first, as the API lists them
        self._polls: dict[int, int] = {}

    def serve(self, call: Call, fault: Any) -> Reply:
        self.check_token(call, "authorization", "APIKey ")
        if call.method == "GET" and call.path == "/cdn/purge_statuses":
            return self._list(call.query)
        if call.method != "POST" or call.path != f"/cdn/resources/{RESOURCE}/purge":
            raise Refused(404, "Not found.")
        body = call.json()
        only(body, "urls", "paths")
        if len(body) != 1:
            raise Refused(400, "Provide urls or paths.")
        kind, evictions = self._evictions(body)
        self.spend(self._limits[kind])
        for eviction in evictions:
            self.cdn.evict(eviction)
        self._add(kind, body, "Failed" if fault == "failed" else "Successful")
        return Reply(201)

    @staticmethod
    def _evictions(body: dict[str, Any]) -> tuple[str, list[Eviction]]:
        if body.get("paths") == []:
            return "purge_all", [Eviction("everything")]
        selector = next(iter(body))
        items = texts(body[selector], MOST[selector])
        if not all(each.startswith("/") and "*" not in each[:-1] for each in items):
            raise Refused(400, "A path starts with a slash, and has its * at the end.")
        if selector == "urls":
            return "purge_by_url", [Eviction("url", target=each) for each in items]
        return "purge_by_pattern", [Eviction("prefix", target=each.rstrip("*")) for each in items]

    def _add(self, kind: str, body: dict[str, Any], end: str) -> None:
        number = len(self.purges) + 1
        self._polls[number] = self.polls_until_done
        self.purges.insert(0, {"purge_id": number, "purge_type": kind, "status": "In progress", "created": now(),
                               "payload": body, "resource": {"id": RESOURCE, "cname": "cdn.example.com"}, "end": end})

    def _list(self, query: dict[str, str]) -> Reply:
        since = query.get("from_created", "")
        found = [each for each in self.purges
                 if each["created"] >= since and query.get("purge_type", each["purge_type"]) == each["purge_type"]]
        for each in found:
            self._polls[each["purge_id"]] -= 1
            if not self.is_reporting:
                each["status"] = "Status report disabled"
            elif self._polls[each["purge_id"]] <= 0:
                each["status"] = each["end"]
        shown = [{name: value for name, value in each.items() if name != "end"} for each in found]
        return Reply.of_json(200, {"count": len(shown), "next": None, "previous": None, "results": shown})

    def refuse(self, refused: Refused) -> Reply:
        return Reply.of_json(refused.status, {"message": refused.message})
