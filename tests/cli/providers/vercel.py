"""vercel.com/docs/rest-api/edge-cache: by tags and source images, softly and hard."""

from __future__ import annotations

import re
from typing import Any

from .api import Api
from .messages import Call, Eviction, Refused, Reply, only, texts

PROJECT, TEAM = "shop", "t1"


class Vercel(Api):
    prefixes = ("/v1/edge-cache/",)

    def serve(self, call: Call, fault: Any) -> Reply:
        self.check_token(call, "authorization", "Bearer ", status=403)
        found = re.fullmatch(r"/v1/edge-cache/(invalidate|dangerously-delete)-by-(tags|src-images)", call.path)
        if found is None or call.method != "POST":
            raise Refused(404, "Not Found", "not_found")
        if (call.query.get("projectIdOrName"), call.query.get("teamId")) != (PROJECT, TEAM):
            raise Refused(404, "Project not found", "not_found")
        is_soft = found[1] == "invalidate"
        body = call.json()
        if found[2] == "src-images":
            only(body, "srcImages", "revalidationDeadlineSeconds")
            for image in texts(body.get("srcImages"), 8, longest=8192):
                self.cdn.evict(Eviction("url", target=image, is_soft=is_soft))
            return Reply(200)
        only(body, "tags", "target", "revalidationDeadlineSeconds")
        if body.get("target", "production") not in ("production", "preview"):
            raise Refused(400, "Invalid request: `target`", "bad_request")
        for tag in texts(body.get("tags"), 16, longest=256):
            self.cdn.evict(Eviction("tag", tag=tag, is_soft=is_soft))
        return Reply(200)

    def refuse(self, refused: Refused) -> Reply:
        return Reply.of_json(refused.status, {"error": {"code": refused.code, "message": refused.message}})
