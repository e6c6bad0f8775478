"""Apache httpd with mod_cache_disk. It knows no PURGE: htcacheclean deletes URLs from its disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..address import Address, Resource
from ..process import ServerTrouble, find_program, unprivileged_user
from .cache import Cache

_CONFIGURATION = """\
ServerRoot {directory}
DefaultRuntimeDir {directory}
PidFile {directory}/httpd.pid
ErrorLog {directory}/error.log
LogLevel warn
ServerName {name}.test
UseCanonicalName Off
{modules}
Listen {address}
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
StartServers 1
MaxRequestWorkers 100
ThreadsPerChild 50
ServerLimit 2
<Location "/">
  Require all granted
</Location>
CacheRoot {directory}/store
CacheEnable disk "/"
CacheQuickHandler on
CacheHeader on
CacheDetailHeader on
ProxyPreserveHost On
ProxyPass "/" "http://{upstream}/"
{extra}
"""
_MODULES = ("mpm_event", "authz_core", "proxy", "proxy_http", "cache", "cache_disk")
_URLS_PER_CALL = 200


class Apache(Cache):
    """One apache2 in the foreground."""

    provider = "apache"
    program = "apache2"
    setup_note = "mod_cache_disk, quick handler"
    purge_note = "`htcacheclean -p ROOT http://host:80/path?`"

    def __init__(
        self,
        name: str,
        directory: Path,
        upstream: Address,
        extra: str = "",
        further_modules: Sequence[str] = (),
    ) -> None:
        super().__init__(name, directory, upstream)
        self._extra = extra
        self._modules = [*_MODULES, *further_modules]

    def start(self) -> None:
        self.make_directory("store")
        modules = "\n".join(
            f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in self._modules
        )
        text = _CONFIGURATION.format(
            directory=self.directory, address=self.address, upstream=self.upstream, name=self.name,
            modules=modules, extra=self._extra,
        )  # fmt: skip
        configuration = self.write("httpd.conf", text)
        self.process.spawn(["apache2", "-D", "FOREGROUND", "-f", str(configuration)])

    async def purge(self, resources: Iterable[Resource]) -> None:
        urls = [self._key(resource) for resource in resources]
        for first in range(0, len(urls), _URLS_PER_CALL):
            await self._delete(urls[first : first + _URLS_PER_CALL])

    @staticmethod
    def _key(resource: Resource) -> str:
        """The cache's own name of a URL: port 80 whatever the port, and always a question mark."""
        query = "" if "?" in resource.target else "?"
        return f"http://{resource.host}:80{resource.target}{query}"

    async def _delete(self, urls: list[str]) -> None:
        user = unprivileged_user()
        credentials = {"user": user, "group": "nogroup", "extra_groups": []} if user else {}
        child = await asyncio.create_subprocess_exec(
            find_program("htcacheclean"), "-p", str(self.directory / "store"), *urls,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, **credentials,
        )  # fmt: skip
        printed, _ = await child.communicate()
        if child.returncode != 0:
            raise ServerTrouble(f"htcacheclean: {printed.decode(errors='replace').strip()}")
