"""Varnish: PURGE, soft purge and bans through its VCL."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..address import Address, Resource, free_port
from .cache import Cache

_VCL = """\
vcl 4.1;
import purge;
{imports}
backend up {{ .host = "{upstream.ip}"; .port = "{upstream.port}"; }}
acl purgers {{ "127.0.0.0"/8; }}
sub vcl_recv {{
  {receive}
  if (req.method == "PURGE" || req.method == "SOFTPURGE" || req.method == "BAN") {{
    if (client.ip !~ purgers) {{ return (synth(403)); }}
    {by_key}
    if (req.method == "PURGE") {{ return (purge); }}
    if (req.method == "SOFTPURGE") {{ return (hash); }}
    ban(req.http.x-ban);
    return (synth(200));
  }}
}}
# The purge of an object's head covers every variant of it, also where this request met none.
sub vcl_hit {{ if (req.method == "SOFTPURGE") {{ purge.soft(0s, 24h, 0s); return (synth(200)); }} }}
sub vcl_miss {{ if (req.method == "SOFTPURGE") {{ purge.soft(0s, 24h, 0s); return (synth(200)); }} }}
{further}
# For bans that the lurker can work off.
sub vcl_backend_response {{
  set beresp.http.x-url = bereq.url;
  set beresp.http.x-host = bereq.http.host;
}}
sub vcl_deliver {{
  unset resp.http.x-url;
  unset resp.http.x-host;
  if (obj.hits > 0) {{ set resp.http.X-Cache = "HIT"; }} else {{ set resp.http.X-Cache = "MISS"; }}
  {deliver}
}}
"""

_BY_KEY = """\
    if (req.http.xkey && req.method == "PURGE") { set req.http.n = xkey.purge(req.http.xkey); }
    if (req.http.xkey && req.method == "SOFTPURGE") { set req.http.n = xkey.softpurge(req.http.xkey); }
    if (req.http.xkey) { return (synth(200, "Invalidated " + req.http.n + " objects")); }
"""


class Varnish(Cache):
    """One varnishd. With its gzip support on it keeps one object for both encodings."""

    provider = "varnish"
    program = "varnishd"
    version_arguments = ("-V",)
    purge_note = "PURGE once (VCL `return (purge)`)"

    def __init__(
        self,
        name: str,
        directory: Path,
        upstream: Address,
        has_gzip_support: bool = True,
        deliver: str = "",
        has_keys: bool = False,  # vmod xkey, of varnish-modules
        receive: str = "",
        further: str = "",
    ) -> None:
        super().__init__(name, directory, upstream)
        self._has_gzip_support = has_gzip_support
        self._deliver = deliver  # statements of vcl_deliver
        self._has_keys = has_keys
        self.cli_address = free_port(self.address.ip)
        self.secret = self.directory / "secret"
        self._receive = receive  # and of vcl_recv
        self._further = further  # whole subroutines
        self.setup_note = "one object for both encodings" if has_gzip_support else "gzip support off"

    def start(self) -> None:
        vcl = self.write("edge.vcl", _VCL.format(
            upstream=self.upstream, deliver=self._deliver, receive=self._receive, further=self._further,
            imports="import xkey;" if self._has_keys else "",
            by_key=_BY_KEY if self._has_keys else ""))  # fmt: skip
        self.write("secret", f"of {self.name}\n")
        parameters = {
            "http_gzip_support": "on" if self._has_gzip_support else "off",
            "thread_pools": "1",
            "thread_pool_min": "20",
            # The VCL runs a few thousand times: compiling it well costs more than that gains.
            "cc_command": "exec gcc -O0 -w -pthread -fpic -shared -o %o %s",
        }
        self.process.spawn(
            ["varnishd", "-F", "-j", "none", "-n", str(self.make_directory("run")),
             "-a", str(self.address), "-f", str(vcl), "-s", "malloc,32m",
             "-T", str(self.cli_address), "-S", str(self.secret),
             *(word for name, value in parameters.items() for word in ("-p", f"{name}={value}"))],
            environment={"TMPDIR": str(self.directory)},
        )  # fmt: skip

    async def purge(self, resources: Iterable[Resource]) -> None:
        await self.send_purges(resources, [None])

    async def soft_purge(self, resources: Iterable[Resource]) -> None:
        """Marks every variant as out of date; one more GET of each is answered with it."""
        await self.send_purges(resources, [None], method="SOFTPURGE")
