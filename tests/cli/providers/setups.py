"""How a manifest names each emulated provider, and what stands for its secrets."""

from __future__ import annotations

from dataclasses import dataclass, field

from .akamai import ACCOUNT, CP_CODE
from .azure import SETTINGS as AZURE
from .bunny import PULL_ZONE
from .cdn77 import CDN
from .cloudflare import ENVIRONMENT, ZONE
from .cloudfront import DISTRIBUTION, TENANT
from .emulator import TOKEN
from .fastly import SERVICE
from .gcore import RESOURCE
from .google import MEDIA_SERVICE, PROJECT, URL_MAP
from .keycdn import ZONE as KEYCDN_ZONE
from .netlify import SITE
from .signatures import AKAMAI, AWS_KEY_ID, AWS_SECRET
from .vercel import PROJECT as VERCEL_PROJECT
from .vercel import TEAM


@dataclass(frozen=True)
class Setup:
    """A provider with its options; each secret is an environment variable of its own."""

    provider: str
    options: dict[str, str | int]
    secrets: dict[str, str] = field(default_factory=lambda: {"token": TOKEN})
    is_at_edges: bool = False  # asked at every edge, and so without an API's address

    def purge(self, api: str, **more: str | int) -> str:
        """The `purge` of an environment, as YAML."""
        pairs = [f"{name}: {value}" for name, value in {**self.options, **more}.items()]
        references = [f"{name}: {{env: {name.upper()}}}" for name in self.secrets]
        place = [] if self.is_at_edges else [f'api: "{api}"']
        return f"{{{', '.join([f'provider: {self.provider}', *pairs, *references, *place])}}}"

    @property
    def environment(self) -> dict[str, str]:
        return {name.upper(): value for name, value in self.secrets.items()}

    @property
    def bad_environment(self) -> dict[str, str]:
        """Each a character longer, so that nothing but its value is wrong."""
        return {name.upper(): value + "x" for name, value in self.secrets.items()}


# Further ways to name what is purged.
OTHER_SETUPS = {
    "a version of a zone": Setup("cloudflare", {"zone": ZONE, "zone_environment": ENVIRONMENT}),
    "a tenant of a distribution": Setup("cloudfront", {"distribution_tenant": TENANT.partition("/")[2]},
                                        {"access_key_id": AWS_KEY_ID, "secret_access_key": AWS_SECRET}),
    "another account": Setup("akamai", {"host": "akab-x.luna.akamaiapis.net", "account_switch_key": f'"{ACCOUNT}"'},
                             dict(AKAMAI)),
    "source images": Setup("vercel", {"vercel_project": VERCEL_PROJECT, "team": TEAM, "source_images": "true"}),
}
SETUPS = {setup.provider: setup for setup in (
    Setup("cloudflare", {"zone": ZONE}),
    Setup("fastly", {"service": SERVICE}),
    Setup("cloudfront", {"distribution": DISTRIBUTION.partition("/")[2]},
          {"access_key_id": AWS_KEY_ID, "secret_access_key": AWS_SECRET}),
    Setup("akamai", {"host": "akab-x.luna.akamaiapis.net", "cp_code": CP_CODE}, dict(AKAMAI)),
    Setup("google-cloud-cdn", {"gcp_project": PROJECT, "url_map": URL_MAP}),
    Setup("google-media-cdn", {"gcp_project": PROJECT, "service": MEDIA_SERVICE}),
    Setup("azure-front-door", dict(AZURE)),
    Setup("bunny", {"pull_zone": PULL_ZONE}, {"access_key": TOKEN}),
    Setup("keycdn", {"zone": KEYCDN_ZONE}, {"api_key": TOKEN}),
    Setup("gcore", {"resource": RESOURCE}),
    Setup("cdn77", {"cdn": CDN}),
    Setup("vercel", {"vercel_project": VERCEL_PROJECT, "team": TEAM}),
    Setup("netlify", {"site": SITE}),
    Setup("souin", {}, {}, is_at_edges=True),
)}
