"""netlify/open-api: purgeCache. An empty list of tags purges nothing, none at all the whole site, or what its domain
serves."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from .allowance import Window
from .api import Api, Cdn
from .messages import Call, Eviction, Refused, Reply, only

SITE, DOMAIN = "n1", "a.example.com"


class Netlify(Api):
    prefixes = ("/api/v1/purge",)

    def __init__(self, cdn: Cdn) -> None:
        super().__init__(cdn)
        self._limits: dict[str, Window] = defaultdict(lambda: Window(2, 5))

    def serve(self, call: Call, fault: Any) -> Reply:
        self.check_token(call, "authorization", "Bearer ")
        if call.method != "POST" or call.path != "/api/v1/purge":
            raise Refused(404, "Not Found")
        body = call.json()
        only(body, "site_id", "site_slug", "cache_tags", "deploy_alias", "domain")
        if len({"site_id", "site_slug", "domain"} & set(body)) != 1:
            raise Refused(400, "Name the site by one of site_id, site_slug and domain")
        if (body.get("site_id"), body.get("domain")) not in ((SITE, None), (None, DOMAIN)):
            raise Refused(404, "Site not found")
        tags = body.get("cache_tags")
        for key in [SITE] if tags is None else tags:
            self.spend(self._limits[key])
        if tags is None:
            self.cdn.evict(Eviction("host", DOMAIN) if "domain" in body else Eviction("everything"))
        for tag in tags or []:
            self.cdn.evict(Eviction("tag", tag=tag))
        return Reply(202)

    def refuse(self, refused: Refused) -> Reply:
        return Reply.of_json(refused.status, {"code": refused.status, "message": refused.message})
