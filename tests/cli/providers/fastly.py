"""www.fastly.com/documentation/reference/api/purging."""

from __future__ import annotations

import re
from typing import Any

from .allowance import Bucket
from .api import Api, Cdn
from .messages import Call, Eviction, Refused, Reply, only, texts

SERVICE = "s1"
MOST_KEYS = 256


class Fastly(Api):
    prefixes = ("/purge/", "/service/")

    def __init__(self, cdn: Cdn) -> None:
        super().__init__(cdn)
        self._purges = 0
        self._calls = Bucket(100_000 / 3600, 100)
        self._writes = Bucket(1000 / 3600, 1000)

    def serve(self, call: Call, fault: Any) -> Reply:
        self.check_token(call, "fastly-key")
        is_soft = call.header("fastly-soft-purge") == "1"
        if call.method != "POST":
            raise Refused(405, "Method not allowed")
        if call.path.startswith("/purge/"):
            self.spend(self._calls)
            url = "https://" + call.target.removeprefix("/purge/")
            if not re.match(r"https://[^/]+/", url):
                raise Refused(400, "no such URL")
            return self._one(Eviction.of_url(url, is_soft=is_soft), fault)
        found = re.fullmatch(r"/service/([^/]+)/(purge|purge_all)", call.path)
        if found is None or found[1] != SERVICE:
            raise Refused(404, "Record not found")
        if found[2] == "purge_all":
            self.spend(self._writes)
            if is_soft:
                raise Refused(400, "Purge all is never soft")
            return self._one(Eviction("everything"), fault)
        self.spend(self._calls)
        body = call.json()
        only(body, "surrogate_keys")
        keys = texts(body.get("surrogate_keys"), MOST_KEYS, longest=1024)
        taken = keys[:-1] if fault == "partial" else keys
        for key in taken:
            self.cdn.evict(Eviction("tag", tag=key, is_soft=is_soft))
        return Reply.of_json(200, {key: self._id() for key in taken})

    def _one(self, eviction: Eviction, fault: Any) -> Reply:
        if fault == "success-false":
            return Reply.of_json(200, {"status": "error"})
        self.cdn.evict(eviction)
        return Reply.of_json(200, {"status": "ok", "id": self._id()})

    def _id(self) -> str:
        self._purges += 1
        return f"108-1391560174-{self._purges}"

    def refuse(self, refused: Refused) -> Reply:
        return Reply.of_json(refused.status, {"msg": refused.message, "detail": ""})
