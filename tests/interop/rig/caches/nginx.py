"""nginx with proxy_cache and the cache_purge module.

`proxy_cache_purge PURGE from ...` inside the proxy location crashes the worker with Debian's
module (2.3-4), so PURGE is rewritten to a location of its own.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..address import Address, Resource
from ..client import Question, ask_all
from ..process import ServerTrouble
from .cache import ENCODINGS, Cache

_CONFIGURATION = """\
load_module /usr/lib/nginx/modules/ngx_http_cache_purge_module.so;
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 100000;
  client_body_temp_path {directory}/body; fastcgi_temp_path {directory}/fastcgi;
  proxy_temp_path {directory}/proxy; scgi_temp_path {directory}/scgi; uwsgi_temp_path {directory}/uwsgi;
  proxy_cache_path {directory}/store keys_zone=c:8m levels=1:2 inactive=24h;
  map $http_accept_encoding $enc {{ default identity; ~gzip gzip; }}
  {http}
  upstream up {{ server {upstream}; keepalive 16; }}
  server {{
    listen {address} backlog=1024;
    set $ck "$host$request_uri";
    if ($request_method = PURGE) {{ rewrite ^ /__purge last; }}
    location = /__purge {{ internal; {purgers} proxy_cache_purge c "{key}"; }}
    location / {{
      proxy_pass http://up;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_cache c;
      proxy_cache_key "{key}";
      {status}
      {location}
    }}
  }}
}}
"""


# The headers of each kind of device, for a cache that keeps them apart.
DEVICES: Mapping[str, Mapping[str, str]] = {
    device: {"accept-encoding": "identity", "x-device": device} for device in ("desktop", "mobile")
}


class Nginx(Cache):
    """One nginx; `Keying` says how it tells variants apart."""

    provider = "nginx"
    program = "nginx"
    sends_age = False

    class Keying(enum.Enum):
        ENCODING_IN_KEY = "key holds the encoding, Vary ignored"
        NATIVE_VARY = "native Vary"
        GZIP_AT_EDGE = "identity from the origin, gzip at the edge"
        GZIP_AT_EDGE_WITH_VARY = "gzip at the edge, the origin's Vary not ignored"
        HOST_NOT_IN_KEY = "key without the Host"
        QUERY_NOT_IN_KEY = "key without the query"
        DEVICE_IN_KEY = "key holds the kind of device, which Vary does not name"

    def __init__(
        self,
        name: str,
        directory: Path,
        upstream: Address,
        keying: Keying,
        extra: str = "",
        tells_status: bool = True,
        http: str = "",
        purgers: str = "allow 127.0.0.0/8; deny all;",
    ) -> None:
        super().__init__(name, directory, upstream)
        self.keying = keying
        self._extra = extra
        self._tells_status = tells_status
        self._http = http
        self._purgers = purgers
        self.setup_note = keying.value
        self.purge_note = {
            self.Keying.ENCODING_IN_KEY: "PURGE once an encoding",
            self.Keying.NATIVE_VARY: "PURGE, GET, PURGE, GET over all Accept-Encoding strings",
        }.get(keying, "PURGE once")

    def start(self) -> None:
        text = _CONFIGURATION.format(
            directory=self.directory,
            upstream=self.upstream,
            address=self.address,
            key=self._key,
            http=self._http,
            purgers=self._purgers,
            status="add_header X-Cache-Status $upstream_cache_status always;" if self._tells_status else "",
            location="\n      ".join([*self._location_lines(), self._extra]),
        )
        configuration = self.write("nginx.conf", text)
        self.process.spawn(
            ["nginx", "-e", str(self.directory / "error.log"), "-p", str(self.directory),
             "-c", str(configuration)]
        )  # fmt: skip

    @property
    def _key(self) -> str:
        """nginx's own expression for what tells stored answers apart."""
        return {
            self.Keying.ENCODING_IN_KEY: "$ck|$enc",
            self.Keying.DEVICE_IN_KEY: "$ck|$enc|$http_x_device",
            self.Keying.HOST_NOT_IN_KEY: "$request_uri",
            self.Keying.QUERY_NOT_IN_KEY: "$host$uri",
        }.get(self.keying, "$ck")

    def _location_lines(self) -> list[str]:
        ignore_vary = "proxy_ignore_headers Vary;"
        gzip_here = [
            'proxy_set_header Accept-Encoding "";',
            "gzip on; gzip_min_length 1; gzip_proxied any;",
            "gzip_types application/javascript text/css text/plain;",
        ]
        return {
            self.Keying.ENCODING_IN_KEY: [ignore_vary, "proxy_set_header Accept-Encoding $enc;"],
            self.Keying.DEVICE_IN_KEY: [ignore_vary, "proxy_set_header Accept-Encoding $enc;"],
            self.Keying.NATIVE_VARY: [],
            self.Keying.HOST_NOT_IN_KEY: [],
            self.Keying.QUERY_NOT_IN_KEY: [],
            self.Keying.GZIP_AT_EDGE: [ignore_vary, *gzip_here],
            self.Keying.GZIP_AT_EDGE_WITH_VARY: gzip_here,
        }[self.keying]

    async def purge(self, resources: Iterable[Resource]) -> None:
        if self.keying is self.Keying.NATIVE_VARY:
            await self.purge_and_get_in_turn(resources)
        elif self.keying is self.Keying.ENCODING_IN_KEY:
            await self.send_purges(resources, ENCODINGS)
        elif self.keying is self.Keying.DEVICE_IN_KEY:
            wanted = list(resources)
            for device in DEVICES:
                await self.purge_for_device(wanted, device)
        else:
            await self.send_purges(resources, [None])

    async def purge_for_device(self, resources: Iterable[Resource], device: str) -> None:
        """Removes what is stored for one kind of device alone."""
        questions = [Question(resource, DEVICES[device], "PURGE") for resource in resources]
        for answer in await ask_all(self.address, questions, connections=1):
            if answer.status not in (200, 404, 412):
                raise ServerTrouble(f"{self.name} answered {answer.status} to PURGE")
