"""Small proxies of both kinds, which note what they were asked for and leave from an address of their own."""

from __future__ import annotations

import contextlib
import socket
import threading

# Where a proxy's own connections come from, so that an edge can tell them from direct ones.
PROXY_SOURCE = "127.0.0.9"


class Proxy:
    """Accepts on loopback; `greet` says where a stream is to go, or ends it."""

    scheme = ""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.credentials: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def greet(self, client: socket.socket) -> tuple[str, int] | None:
        raise NotImplementedError

    def agree(self, client: socket.socket) -> None:
        raise NotImplementedError

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            client.settimeout(30)
            target = self.greet(client)
            if target is None:
                return
            self.asked.append(target)
            with socket.create_connection(target, timeout=30, source_address=(PROXY_SOURCE, 0)) as edge:
                self.agree(client)
                back = threading.Thread(target=pump, args=(edge, client), daemon=True)
                back.start()
                pump(client, edge)
                back.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def read_exactly(peer: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = peer.recv(count - len(data))
        if not part:
            raise OSError("the client is gone")
        data += part
    return data


class ConnectProxy(Proxy):
    """RFC 9110 9.3.6. With `answer` it gives that one instead of a tunnel."""

    scheme = "http"

    def __init__(self, answer: bytes = b"") -> None:
        self._answer = answer
        super().__init__()

    def greet(self, client: socket.socket) -> tuple[str, int] | None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += read_exactly(client, 1)
        lines = head.decode("latin-1").split("\r\n")
        self.credentials += [line.split(": ", 1)[1] for line in lines if line.startswith("Proxy-Authorization: ")]
        if self._answer:
            client.sendall(self._answer)
            return None
        method, authority, version = lines[0].split(" ")
        assert (method, version) == ("CONNECT", "HTTP/1.1"), lines
        host, port = authority.rsplit(":", 1)
        return host, int(port)

    def agree(self, client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")


class SocksProxy(Proxy):
    """RFC 1928 with user and password of RFC 1929, which it insists on."""

    scheme = "socks5"

    def greet(self, client: socket.socket) -> tuple[str, int] | None:
        version, count = read_exactly(client, 2)
        methods = read_exactly(client, count)
        if version != 5 or 2 not in methods:
            client.sendall(b"\x05\xff")
            return None
        client.sendall(b"\x05\x02")
        user = read_exactly(client, read_exactly(client, 2)[1])
        password = read_exactly(client, read_exactly(client, 1)[0])
        self.credentials.append(f"{user.decode()}:{password.decode()}")
        client.sendall(b"\x01\x00")
        assert read_exactly(client, 4) == b"\x05\x01\x00\x01"
        host = socket.inet_ntoa(read_exactly(client, 4))
        return host, int.from_bytes(read_exactly(client, 2), "big")

    def agree(self, client: socket.socket) -> None:
        client.sendall(b"\x05\x00\x00\x01" + socket.inet_aton(PROXY_SOURCE) + b"\x10\x00")
