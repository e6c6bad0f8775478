"""The lab as a child process: a CDN on loopback to deploy to, to purge, and to break."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import ssl
import subprocess
from pathlib import Path
from typing import Any

from program import BINARY, DEADLINE_S


def host_of(edge: dict[str, Any]) -> str:
    """What an edge of the lab is asked for."""
    return f"cdn-{edge['region']}.example.com"


class Lab:
    """A running `cachewitness lab`; its manifest and tenants stand in `folder`."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self._child = subprocess.Popen([BINARY, "lab", "--directory", str(folder), *arguments], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                       env={"PATH": os.environ["PATH"]})
        self.greeting = ""
        for line in self._child.stdout:
            self.greeting += line
            if line.startswith("Ctrl-C"):
                break
        found = re.search(r"http://(127\.0\.0\.1):(\d+)/deploy", self.greeting)
        if found is None:
            self.close()
            raise AssertionError("the lab did not start: " + self.greeting)
        self._control = (found.group(1), int(found.group(2)))
        self._is_tls = "--tls" in arguments
        self.tenants = (folder / "tenants.csv").read_text(encoding="utf-8").split()[1:]

    def close(self) -> int:
        """Ends the lab as Ctrl-C does, and gives its exit code."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGINT)
        code = self._child.wait(timeout=DEADLINE_S)
        self._child.stdout.close()
        self._child.stderr.close()
        return code

    def ask(self, method: str, path: str) -> dict[str, Any]:
        connection = http.client.HTTPConnection(*self._control, timeout=DEADLINE_S)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            text = answer.read().decode()
            assert answer.status == 200, text
            return json.loads(text)
        finally:
            connection.close()

    @property
    def control(self) -> str:
        return "http://%s:%d" % self._control

    @property
    def edges(self) -> list[dict[str, Any]]:
        return self.ask("GET", "/")["edges"]

    def deploy(self, release: int) -> None:
        self.ask("POST", f"/deploy?release={release}")

    def plant(self, kind: str, edge: str, tenant: str = "") -> None:
        self.ask("POST", f"/fault?kind={kind}&edge={edge}&tenant={tenant}")

    @property
    def caches(self) -> dict[str, list[str]]:
        """The edges' addresses by the host that they are asked for."""
        found: dict[str, list[str]] = {}
        for edge in self.edges:
            found.setdefault(host_of(edge), []).append(edge["address"])
        return found

    def add_purge(self, purge: str) -> str:
        """Puts `purge: PURGE` into the manifest, which it returns."""
        manifest = self.folder / "cachewitness.yaml"
        text = manifest.read_text(encoding="utf-8")
        assert text.count("    origin:") == 1, "the lab has one environment"
        place = text.index("    origin:")
        text = f"{text[:place]}    purge: {purge}\n{text[place:]}"
        manifest.write_text(text, encoding="utf-8")
        return text

    def purge(self, edge: dict[str, Any], tenant: str) -> int:
        return self.purge_url(edge, host_of(edge), f"/{tenant}/asset.js")

    def purge_url(self, edge: dict[str, Any], host: str, target: str) -> int:
        """PURGE at one edge; its status."""
        address, port = edge["address"].split(":")
        connection = http.client.HTTPConnection(address, int(port), timeout=DEADLINE_S)
        try:
            connection.connect()
            if self._is_tls:
                context = ssl.create_default_context(cafile=str(self.folder / "lab-ca.pem"))
                connection.sock = context.wrap_socket(connection.sock, server_hostname=host)
            connection.request("PURGE", target, headers={"Host": host})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def purge_everything(self) -> None:
        for edge in self.edges:
            for tenant in self.tenants:
                assert self.purge(edge, tenant) == 200
