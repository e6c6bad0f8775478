"""An API of one's own, as the provider `http` is told by templates: a list of URLs a call, at a pace."""

from __future__ import annotations

import json
from typing import Any

from .allowance import Bucket
from .api import Api, Cdn
from .messages import Call, Eviction, Refused, Reply, texts

MOST_URLS = 100


class AnyHttp(Api):
    prefixes = ("/own/purge",)

    def __init__(self, cdn: Cdn) -> None:
        super().__init__(cdn)
        self._calls = Bucket(50, 50)

    def serve(self, call: Call, fault: Any) -> Reply:
        self.check_token(call, "x-key")
        self.spend(self._calls)
        for url in texts(json.loads(call.body), MOST_URLS):
            self.cdn.evict(Eviction.of_url(url))
        return Reply(202)

    def refuse(self, refused: Refused) -> Reply:
        return Reply.of_json(refused.status, {"message": refused.message})
