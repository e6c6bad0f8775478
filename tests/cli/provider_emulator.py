"""One test server that speaks providers' APIs: it validates, checks credentials, keeps limits, and fails as told.

Accepted URLs are purged at the edges behind it, so that a test can prove the effect and not the answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

TOKEN = "a-good-token"


class Emulator:
    """`faults` are taken one a call: a status, "success-false", "cut" (no answer, after it took effect)."""

    def __init__(self, evict: Callable[[str], None] | None = None) -> None:
        self.evict = evict
        self.faults: list[int | str] = []
        self.calls: list[tuple[str, str, Any]] = []
        self.purged: list[str] = []
        self.polls_until_done = 2
        self.lock = threading.Lock()
        emulator = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def answer(self, status: int, body: str, **fields: str) -> None:
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                with emulator.lock:
                    emulator.serve(self, body)

            do_POST = do_GET = do_DELETE = handle_any

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128  # as many calls come at once

            def handle_error(self, *_: Any) -> None:
                pass  # a client that was killed does not wait for its answers

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.api = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, urls: list[str]) -> None:
        self.purged += urls
        for url in urls:
            if self.evict is not None:
                self.evict(url)

    def serve(self, call: Any, body: str) -> None:
        path = call.path
        self.calls.append((call.command, path, body))
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, int):
            return call.answer(fault, "{}", **({"Retry_After": "0"} if fault == 429 else {}))
        if path.startswith("/client/v4/zones/z1/"):
            return self.serve_cloudflare(call, body, fault)
        if path.startswith(("/purge/", "/service/")):
            return self.serve_fastly(call, path, body, fault)
        if path.startswith("/v3/cdn/c1/job"):
            return self.serve_cdn77(call, path, body)
        return call.answer(404, "{}")

    def serve_cloudflare(self, call: Any, body: str, fault: Any) -> None:
        if call.headers.get("Authorization") != f"Bearer {TOKEN}":
            return call.answer(403, json.dumps({"success": False, "errors": [{"code": 10000, "message": "no"}]}))
        selectors = json.loads(body)
        if len(selectors) != 1 or len(selectors.get("files", [])) > 100:
            return call.answer(400, json.dumps({"success": False, "errors": [{"message": "one selector, 100 files"}]}))
        if fault == "success-false":
            return call.answer(200, json.dumps({"success": False, "errors": [{"message": "zone is paused"}]}))
        self.take([each if isinstance(each, str) else each["url"] for each in selectors.get("files", [])])
        if fault == "cut":
            call.close_connection = True
            return None
        return call.answer(200, json.dumps({"success": True, "errors": [], "result": {"id": f"id{len(self.calls)}"}}))

    def serve_fastly(self, call: Any, path: str, body: str, fault: Any) -> None:
        if call.headers.get("Fastly-Key") != TOKEN:
            return call.answer(401, json.dumps({"msg": "Provided credentials are missing or invalid"}))
        if path.startswith("/purge/"):
            self.take(["http://" + path.removeprefix("/purge/")])
            return call.answer(200, json.dumps({"status": "ok", "id": f"108-{len(self.calls)}"}))
        keys = json.loads(body)["surrogate_keys"]
        taken = keys[:-1] if fault == "partial" else keys
        return call.answer(200, json.dumps({key: f"108-{key}" for key in taken}))

    def serve_cdn77(self, call: Any, path: str, body: str) -> None:
        if call.headers.get("Authorization") != f"Bearer {TOKEN}":
            return call.answer(401, "{}")
        if call.command == "POST":
            self.take(json.loads(body)["paths"])
            return call.answer(202, json.dumps({"id": "job1", "state": "queued", "ignored_paths": []}))
        self.polls_until_done -= 1
        return call.answer(200, json.dumps({"id": "job1", "state": "done" if self.polls_until_done <= 0 else "processing"}))


def path_of(url: str) -> tuple[str, str]:
    """Host and path of a purged URL."""
    parts = urlsplit(url)
    return parts.netloc, parts.path
