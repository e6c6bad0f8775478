"""The manifest of a fleet that is purged: tenants t0, t1, ... with a host each, two assets, one edge."""

from __future__ import annotations

ASSETS = ("/a.js", "/b.css")
NOBODY = "127.0.0.1:9"  # where nothing listens


def host(tenant: int) -> str:
    return f"t{tenant}.example.com"


def urls(tenants: int) -> list[str]:
    """Everything that is planned."""
    return [f"https://{host(tenant)}{asset}" for tenant in range(tenants) for asset in ASSETS]


def manifest(purge: str, tenants: int = 2, edge: str = NOBODY, assets: tuple[str, ...] = ASSETS, variants: str = "") -> str:
    """`purge` is that of the one environment, as YAML; so are `variants`."""
    listed = ", ".join(f"{{id: t{tenant}, host: {host(tenant)}}}" for tenant in range(tenants))
    written = ", ".join(f'"{asset}"' for asset in assets)
    return f"""version: 1
tenants: [{listed}]
assets: [{written}]
variants: {variants or "{identity: {}}"}
environments:
  production:
    url: "https://{{tenant.host}}{{asset}}"
    origin: {{replicas: ["http://{NOBODY}"]}}
    regions: {{us: {{edges: [{{name: us-1, address: "{edge}"}}]}}}}
    purge: {purge}
"""
