"""One server for all the APIs. What they take is evicted from the caches behind them, so that a test can prove the
effect and not the answer; and it fails as told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from .akamai import Akamai
from .any_http import AnyHttp
from .api import Api
from .azure import Azure
from .bunny import Bunny
from .cdn77 import Cdn77
from .cloudflare import Cloudflare
from .cloudfront import CloudFront
from .fastly import Fastly
from .gcore import Gcore
from .google import Google, MediaCdn
from .keycdn import KeyCdn
from .messages import Call, Eviction, Refused, Reply
from .netlify import Netlify
from .souin import Souin
from .tokens import AzureTokens, GoogleTokens
from .vercel import Vercel

TOKEN = "a-good-token"
APIS = (Cloudflare, Fastly, CloudFront, Akamai, Google, MediaCdn, GoogleTokens, Azure, AzureTokens, Bunny, KeyCdn, Gcore,
        Cdn77, Vercel, Netlify, Souin, AnyHttp)

OneApi = TypeVar("OneApi", bound=Api)


class Emulator:
    """`faults` are taken one a purge call: None for none, a status that the API answers instead, or a word:

    success-false, partial, failed   as the API itself says that something is not done
    idle        a yes, with nothing evicted
    cut         it takes effect, and the connection ends without an answer
    cut-before  the connection ends, and nothing took effect
    slow        it takes effect, and the answer comes when the emulator closes
    expired     the credentials are no longer good, for this call alone
    garbage     200 with a page of a gateway's"""

    def __init__(self, evict: Callable[[Eviction], None] | None = None) -> None:
        self.tokens = {TOKEN}
        self.is_limiting = True
        self.faults: list[int | str | None] = []
        self.calls: list[Call] = []
        self.statuses: list[int] = []  # of what was answered
        self.evictions: list[Eviction] = []
        # Called before a purge call is looked at, and after it took effect: "arrived", "effected".
        self.on_purge: Callable[[int, str], None] = lambda number, stage: None
        self._purges = 0
        self._evict = evict
        self._is_idle = False
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._apis = [api(self) for api in APIS]
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.api = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def of(self, kind: type[OneApi]) -> OneApi:
        """One of the APIs, to be told how it behaves."""
        return next(api for api in self._apis if isinstance(api, kind))

    @property
    def purged(self) -> list[str]:
        return [each.text for each in self.evictions]

    def evict(self, eviction: Eviction) -> None:
        if self._is_idle:
            return
        self.evictions.append(eviction)
        if self._evict is not None:
            self._evict(eviction)

    def answer(self, call: Call) -> Reply | None:
        """None: the connection is to end."""
        with self._lock:
            self.calls.append(call)
            api = next((each for each in self._apis if each.claims(call)), None)
            if api is None:
                reply = Reply(404)
                fault = None
            else:
                reply, fault = self._served(api, call)
            self.statuses.append(reply.status)
        if fault == "slow":
            self._closing.wait()
        return None if fault in ("cut", "cut-before", "slow") else reply

    def _served(self, api: Api, call: Call) -> tuple[Reply, int | str | None]:
        is_purge = api.is_purge(call)
        fault = self.faults.pop(0) if is_purge and self.faults else None
        if is_purge:
            self._purges += 1
            self.on_purge(self._purges, "arrived")
        self._is_idle = fault == "idle"
        good = self.tokens
        try:
            if isinstance(fault, int):
                raise Refused(fault, "as told")
            if fault in ("garbage", "cut-before"):
                return Reply(200, b"<html>Please sign in</html>", {"Content-Type": "text/html"}), fault
            self.tokens = set() if fault == "expired" else good
            reply = api.serve(call, fault)
            if is_purge:
                self.on_purge(self._purges, "effected")
            return reply, fault
        except Refused as refused:
            return api.refuse(refused), fault
        finally:
            if fault == "expired":
                self.tokens = good


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # as many calls come at once

    def handle_error(self, *_: Any) -> None:
        pass  # a client that was killed does not wait for its answers


def _handler_of(emulator: Emulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: Any) -> None:
            pass

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = emulator.answer(Call(self.command, self.path, headers, body))
            if reply is None:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_POST = do_GET = do_DELETE = do_PUT = do_PURGE = handle_any

    return Handler
