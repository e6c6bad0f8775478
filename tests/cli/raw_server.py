"""Servers of raw sockets, for answers that no HTTP library would send."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

Answer = Callable[[socket.socket], None]


def page(body: bytes = b"new page\n", *fields: bytes, status: bytes = b"200 OK") -> bytes:
    """A whole response; `fields` are raw header lines without their CRLF."""
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), b'ETag: "v2"', *fields]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


class RawServer:
    """Reads one request head a time and lets `answer` do what it likes with the connection."""

    def __init__(self, answer: Answer | bytes, family: int = socket.AF_INET) -> None:
        self._answer = (lambda peer: peer.sendall(answer)) if isinstance(answer, bytes) else answer
        self.over = threading.Event()
        self.requests: list[bytes] = []
        self._listener = socket.socket(family)
        self._listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self._listener.listen(128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        host = self._listener.getsockname()[0]
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    def close(self) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer, contextlib.suppress(OSError):
            peer.settimeout(30)
            while not self.over.is_set():
                head = b""
                while b"\r\n\r\n" not in head:
                    chunk = peer.recv(65536)
                    if not chunk:
                        return
                    head += chunk
                self.requests.append(head)
                self._answer(peer)
