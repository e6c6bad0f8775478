"""client.cdn77.com/support/api-reference/v3/jobs."""

from __future__ import annotations

import re
from typing import Any

from .api import Api, Cdn
from .messages import Call, Eviction, Refused, Reply, only, texts

CDN = "c1"


class Cdn77(Api):
    prefixes = ("/v3/cdn/",)

    def __init__(self, cdn: Cdn) -> None:
        super().__init__(cdn)
        self.polls_until_done = 1
        self._jobs: list[dict[str, Any]] = []
        self._polls: list[int] = []

    def serve(self, call: Call, fault: Any) -> Reply:
        self.check_token(call, "authorization", "Bearer ")
        found = re.fullmatch(r"/v3/cdn/([^/]+)/job/(purge|purge-all|job-\d+)", call.path)
        if found is None or found[1] != CDN:
            raise Refused(404, "CDN resource not found")
        if call.method == "GET" and found[2].startswith("job-"):
            return self._poll(int(found[2].removeprefix("job-")))
        if call.method != "POST":
            raise Refused(405, "Method not allowed")
        if found[2] == "purge-all":
            self.cdn.evict(Eviction("everything"))
            return self._queue("purge-all", [], [])
        body = call.json()
        only(body, "paths")
        paths = texts(body.get("paths"), 2000)
        ignored = [path for path in paths if not path.startswith("/") or "*" in path[:-1]]
        if fault == "partial":
            ignored.append(paths[-1])
        for path in paths:
            if path not in ignored:
                self.cdn.evict(Eviction("prefix", target=path[:-1]) if path.endswith("*") else Eviction("url", target=path))
        return self._queue("purge", paths, ignored)

    def _queue(self, kind: str, paths: list[str], ignored: list[str]) -> Reply:
        job = {"id": f"job-{len(self._jobs)}", "type": kind, "cdn": {"id": CDN}, "paths": paths,
               "paths_count": len(paths), "ignored_paths": ignored, "state": "queued", "queued_at": 1, "done_at": None}
        self._jobs.append(job)
        self._polls.append(self.polls_until_done)
        return Reply.of_json(202, job)

    def _poll(self, number: int) -> Reply:
        if number >= len(self._jobs):
            raise Refused(404, "Job not found")
        self._polls[number] -= 1
        self._jobs[number]["state"] = "done" if self._polls[number] <= 0 else "processing"
        return Reply.of_json(200, self._jobs[number])

    def refuse(self, refused: Refused) -> Reply:
        return Reply.of_json(refused.status, {"message": refused.message})
