"""The manifest of a small fleet: one environment, its origin and a few edges by their addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def small_fleet(origin: str, edges: Mapping[str, str], *, tenants: Iterable[str] = ("abc",), edge_keys: str = "",
                environment_keys: str = "", policy: str = "body: hash, propagation: 0s", limits: str = "",
                more: str = "") -> str:
    """`origin` and the edges' values are addresses, the `_keys` whole YAML: of each edge with a comma before, of the
    environment as lines; `more` follows at the end."""
    named = ", ".join(f"{{id: tenant-{name}, host: {name}.example.com}}" for name in tenants)
    listed = "".join(f'          - {{name: {name}, address: "{address}"{edge_keys}}}\n'
                     for name, address in edges.items())
    return f"""\
version: 1
project: shop
tenants: {{inline: [{named}]}}
assets: [/asset.js]
environments:
  production:
    url: "http://{{tenant.host}}{{asset}}"
    origin: {{replicas: ["http://{origin}"]}}
{environment_keys}    regions:
      us-west:
        edges:
{listed}policy: {{{policy}}}
""" + (f"limits: {{{limits}}}\n" if limits else "") + more
