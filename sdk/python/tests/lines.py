"""Lines of evidence and a report as cachewitness writes them, for the tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HEADER: dict[str, Any] = {
    "type": "header", "schema": "cachewitness.evidence/v1", "purpose": "verify", "run_id": "run-1", "tool_version": "0.1.0",
    "project": "shop", "started_at": "2026-11-23T03:00:59.000000001Z",
    "purge": {"requested_at": "2026-11-23T03:00:00.000000000Z", "acknowledged_at": "2026-11-23T03:00:01.500000000Z",
              "source": "--purged-at"}}
FOOTER: dict[str, Any] = {"type": "footer", "finished_at": "2026-11-23T03:02:00.000000000Z", "complete": True,
                          "cells_left_out": 0, "probes": 1, "checks": []}


def probe(**more: Any) -> dict[str, Any]:
    line: dict[str, Any] = {
        "type": "probe", "id": "e1", "environment": "production", "region": "us-west", "edge": "us-west-1", "tenant": "t",
        "asset": "/a.js", "variant": "identity", "sample": 0, "url": "https://t.example.com/a.js",
        "sent_at": "2026-11-23T03:01:00.250000000Z", "first_byte_at": "2026-11-23T03:01:00.251000000Z",
        "received_at": "2026-11-23T03:01:00.252000000Z",
        "path": {"connection": 1, "exchange": 0, "remote": "127.0.0.1:1", "local_port": 2}, "status": 200,
        "headers": {"etag": '"v"', "age": "5"}, "body": {"wire_bytes": 2, "decoded_bytes": 2, "sha256": "a" * 64},
        "head": "HTTP/1.1 200 OK\r\n"}
    line.update(more)
    return {key: value for key, value in line.items() if value is not None}


def failed_probe(cause: str) -> dict[str, Any]:
    return probe(id="e2", status=None, headers=None, body=None, head=None, first_byte_at=None,
                 failure={"stage": "connect", "cause": cause, "detail": "nothing listens"})


def write(path: Path, *lines: dict[str, Any], end: str = "") -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + end, encoding="utf-8")
    return path


REPORT: dict[str, Any] = {
    "schema": "cachewitness.report/v1", "tool_version": "0.1.0", "run_id": "run-1", "project": "shop",
    "manifest_sha256": "0" * 64, "started_at": "2026-11-23T03:00:59.000Z", "finished_at": "2026-11-23T03:02:00.000Z",
    "complete": True, "why_incomplete": "", "cells_left_out": 0, "environment": "production", "purge": None,
    "gate": {"passed": False, "exit_code": 1, "reasons": ["1 stale cell"]},
    "outcome": "PARTIAL_SUCCESS - 1/2 tenants verified. Flagged 1 for retry.",
    "summary": {"tenants": {"total": 2, "verified": 1, "flagged": 1}, "regions": 1, "edges": 1,
                "cells": {"total": 2, "fresh": 1, "stale": 1, "mismatch": 0, "leak": 0, "error": 0, "inconclusive": 0,
                          "proven": 1, "waived": 0}, "probes": 3, "parity_score": 0.5, "duration_ms": 10},
    "findings": [{"environment": "production", "region": "us-west", "edge": "us-west-1", "tenant": "t", "asset": "/a.js",
                  "variant": "identity", "url": "https://t.example.com/a.js", "state": "stale", "cause": "never-purged",
                  "grade": "none", "confidence": 0.99, "header": None, "expected": "new", "observed": "old", "why": "w",
                  "remedy": "r", "evidence": ["e1"], "rule": "x", "waived": False}],
    "edges": [], "origins": [], "propagation": {"deadline_s": 0, "deadline_at": None, "cells_within": 0}, "checks": [],
    "affected_tenants": ["t"], "unsure_tenants": []}
