"""techdocs.akamai.com/purge-cache, Fast Purge API v3."""

from __future__ import annotations

import re
from typing import Any

from .allowance import Bucket
from .api import Api, Cdn
from .messages import Call, Eviction, Refused, Reply, only
from .signatures import check_edgegrid

CP_CODE, ACCOUNT = 12345, "1-A:2"
MOST_BODY = 50_000


class Akamai(Api):
    prefixes = ("/ccu/v3/",)

    def __init__(self, cdn: Cdn) -> None:
        super().__init__(cdn)
        self._nonces: set[str] = set()
        self._calls = Bucket(50, 100)
        self._objects = {"url": Bucket(12_000 / 60, 10_000), "tag": Bucket(500 / 60, 5000), "cpcode": Bucket(0.5, 300)}
        self._purges = 0

    def serve(self, call: Call, fault: Any) -> Reply:
        check_edgegrid(call, self._nonces)
        if call.query.get("accountSwitchKey", ACCOUNT) != ACCOUNT:
            raise Refused(403, "Not authorized for this account")
        found = re.fullmatch(r"/ccu/v3/(invalidate|delete)/(url|tag|cpcode)(?:/(staging|production))?", call.path)
        if found is None or call.method != "POST":
            raise Refused(404, "Not found")
        if len(call.body) > MOST_BODY:
            raise Refused(413, "Request body too large")
        self.spend(self._calls)
        body = call.json()
        only(body, "objects")
        what, objects = found[2], body.get("objects")
        wanted = int if what == "cpcode" else str
        if not isinstance(objects, list) or not objects or not all(type(each) is wanted for each in objects):
            raise Refused(400, "Bad request: objects")
        self.spend(self._objects[what], len(objects))
        for each in objects:
            self.cdn.evict(self._eviction(what, each, is_soft=found[1] == "invalidate"))
        self._purges += 1
        return Reply.of_json(201, {"httpStatus": 201, "estimatedSeconds": 5, "purgeId": f"ak{self._purges}",
                                   "supportId": "17PY1", "detail": "Request accepted"})

    @staticmethod
    def _eviction(what: str, each: Any, is_soft: bool) -> Eviction:
        if what == "cpcode":
            if each != CP_CODE:
                raise Refused(403, "unauthorized cpcode")
            return Eviction("everything", is_soft=is_soft)
        if what == "tag":
            if len(each) > 128 or re.search(r'[\s*"(),:;<=>?@\\\[\]{}]', each):
                raise Refused(400, "invalid tag")
            return Eviction("tag", tag=each, is_soft=is_soft)
        if not re.match(r"https?://[^/]+/", each):
            raise Refused(403, "unauthorized arl")
        return Eviction.of_url(each, is_soft=is_soft)

    def refuse(self, refused: Refused) -> Reply:
        title = "URL Rate Limit exceeded" if refused.status == 429 else refused.message
        return Reply.of_json(refused.status, {"title": title, "httpStatus": refused.status, "describedBy": "https://x"},
                             Content_Type="application/problem+json")
