"""Apache Traffic Server under a run root of its own."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..address import Address, Resource
from .cache import Cache

_RECORDS = """\
CONFIG proxy.config.http.server_ports STRING {address.port}:ip-in={address.ip}
CONFIG proxy.config.admin.user_id STRING #-1
CONFIG proxy.config.exec_thread.autoconfig INT 0
CONFIG proxy.config.exec_thread.limit INT 1
CONFIG proxy.config.cache.ram_cache.size INT 16777216
CONFIG proxy.config.url_remap.pristine_host_hdr INT 1
CONFIG proxy.config.url_remap.remap_required INT 1
CONFIG proxy.config.http.insert_response_via_str INT 2
CONFIG proxy.config.http.insert_age_in_response INT 1
CONFIG proxy.config.http.cache.required_headers INT 2
CONFIG proxy.config.http.keep_alive_no_activity_timeout_in INT 60
CONFIG proxy.config.log.logging_enabled INT 0
CONFIG proxy.config.diags.output.status STRING O
CONFIG proxy.config.diags.output.note STRING O
CONFIG proxy.config.diags.output.warning STRING O
"""
_IP_ALLOW = "ip_allow:\n  - {{apply: in, ip_addrs: 127.0.0.0/8, action: allow, methods: {methods}}}\n"
# The server ends at once where one of these is missing, and where sni.yaml holds a bare key.
_EMPTY_FILES = (
    "cache.config", "hosting.config", "logging.yaml", "parent.config", "plugin.config",
    "sni.yaml", "socks.config", "splitdns.config", "ssl_multicert.config", "strategies.yaml",
    "volume.config",
)  # fmt: skip


class TrafficServer(Cache):
    """One traffic_server. `plugins` is appended to its remap rule."""

    provider = "traffic-server"
    program = "traffic_server"
    version_arguments = ("-V",)
    setup_note = "pristine Host, Via codes"
    purge_note = "PURGE once (drops all alternates)"

    def __init__(
        self,
        name: str,
        directory: Path,
        upstream: Address,
        plugins: str = "",
        environment: Mapping[str, str] | None = None,
        methods: str = "ALL",
    ) -> None:
        super().__init__(name, directory, upstream)
        self._plugins = plugins
        self._environment = environment or {}
        self._methods = methods  # that it allows

    def start(self) -> None:
        for folder in ("etc", "run", "log", "store"):
            self.make_directory(folder)
        for name in _EMPTY_FILES:
            self.write(f"etc/{name}", "")
        self.write("etc/records.config", _RECORDS.format(address=self.address))
        self.write("etc/ip_allow.yaml", _IP_ALLOW.format(methods=self._methods))
        self.write("etc/storage.config", f"{self.directory}/store 64M\n")
        rule = f"regex_map http://(.*)/ http://{self.upstream}/ {self._plugins}\n"
        self.write("etc/remap.config", rule)
        self.process.spawn(
            ["traffic_server", f"--run-root={self.write('runroot.yaml', self._run_root())}"],
            environment=self._environment,
            stop_signal=signal.SIGKILL,  # It holds nothing worth a second of drain time.
        )

    def _run_root(self) -> str:
        own = {"sysconfdir": "etc", "localstatedir": "run", "runtimedir": "run", "logdir": "log",
               "cachedir": "store"}  # fmt: skip
        system = {"exec_prefix": "/usr", "bindir": "/usr/bin", "sbindir": "/usr/sbin",
                  "datadir": "/usr/share", "includedir": "/usr/include",
                  "libdir": "/usr/lib/trafficserver",
                  "libexecdir": "/usr/lib/trafficserver/modules"}  # fmt: skip
        places = {"prefix": str(self.directory), **system}
        places |= {key: str(self.directory / folder) for key, folder in own.items()}
        return "".join(f"{key}: {place}\n" for key, place in places.items())

    async def purge(self, resources: Iterable[Resource]) -> None:
        await self.send_purges(resources, [None])
