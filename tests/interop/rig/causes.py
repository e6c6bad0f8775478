"""Every cause that real caches can be made to show: three fleets, and what is planted in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .address import Address, Resource
from .caches import Apache, Haproxy, HaproxyBalancer, Nginx, Squid, TrafficServer, Varnish
from .caches.tiered import Shielded, TieredTrafficServer, TieredVarnish
from .cells import Verdict
from .faults import (
    CachedOverride,
    DeadUpstream,
    EdgeOnlyPurged,
    Fault,
    FrozenValidators,
    Healing,
    HiddenVariant,
    LaggingReplica,
    Misaddressed,
    Misconfigured,
    NeverPurged,
    OneKeyPurged,
    OneServerPurged,
    PurgedTooEarly,
    RefilledByProbe,
    SoftPurged,
    VariantNotPurged,
)
from .fleet import Fleet
from .manifest import ENCODING_VARIANTS
from .origin import Override

ASSETS = ["/app.js", "/welcome.html"]
BOTH = list(ENCODING_VARIANTS)
DEVICES: Mapping[str, Mapping[str, str]] = {
    device: {"accept-encoding": "identity", "x-device": device} for device in ("desktop", "mobile")
}
CONTROL = "plain"  # a tenant without a fault, but for caches that are set up wrongly
# Copies that outlive their second are what stale answers are made of.
ONE_SECOND = "proxy_ignore_headers Cache-Control Expires; proxy_cache_valid 200 1s;"



def stale(cause: str) -> Verdict:
    return Verdict("stale", cause)


def plant(kind: type[Fault], cache: str, tenant: str, verdict: Verdict, story: str,
          variants: Sequence[str] = BOTH, **more: object) -> Fault:  # fmt: skip
    return kind(cache, [tenant], ASSETS, variants, verdict, story, **more)  # type: ignore[arg-type]


def on_each(caches: Sequence[str], kind: type[Fault], tenant: str, verdict: Verdict, story: str,
            variants: Sequence[str] = BOTH, **more: object) -> list[Fault]:  # fmt: skip
    """The same fault at several caches, each for a tenant of its own."""
    return [plant(kind, cache, f"{tenant}-{number}", verdict, story, variants, **more)
            for number, cache in enumerate(caches, 1)]  # fmt: skip


def holding_fleet(directory: Path, replicas: Sequence[Address]) -> Fleet:
    first, second, own = replicas
    key = Nginx.Keying.ENCODING_IN_KEY
    members = [Nginx(f"member-{number}", directory, first, key) for number in (1, 2)]
    return Fleet(
        [
            Nginx("nginx-key", directory, first, key),
            Nginx("nginx-vary", directory, second, Nginx.Keying.NATIVE_VARY),
            Nginx("nginx-gzip", directory, first, Nginx.Keying.GZIP_AT_EDGE),
            Varnish("varnish", directory, second),
            Varnish("varnish-raw", directory, first, has_gzip_support=False),
            TrafficServer("ats", directory, first),
            Squid("squid", directory, second),
            Haproxy("haproxy", directory, first),
            Apache("apache", directory, second),
            Shielded("nginx-tier", directory, first),
            TieredVarnish("varnish-tier", directory, first),
            TieredTrafficServer("ats-tier", directory, first),
            Varnish("varnish-own", directory, own, has_gzip_support=False),
            Balanced("vip", directory, members),
        ]
    )


class Balanced(HaproxyBalancer):
    """One address for several caches, which live and die with it."""

    setup_note = "round robin over two nginx, a server for each connection"

    def __init__(self, name: str, directory: Path, members: Sequence[Nginx]) -> None:
        super().__init__(name, directory, members, mode="tcp")

    def start(self) -> None:
        for member in self.members:
            member.start()
        super().start()

    def wait_ready(self) -> None:
        for member in self.members:
            member.wait_ready()
        super().wait_ready()

    async def fill(self, resources: Iterable[Resource], headers: Mapping[str, str]) -> None:
        wanted = list(resources)
        for member in self.members:
            await member.fill(wanted, headers)

    def finish_stop(self) -> None:
        super().finish_stop()
        for member in self.members:
            member.begin_stop()
            member.finish_stop()


def holding_faults(fleet: Fleet, second: Address) -> list[Fault]:
    every = list(fleet.caches)
    dated = ["varnish", "ats", "squid", "haproxy", "apache"]
    behind_second = [name for name, cache in fleet.caches.items() if cache.upstream == second]
    faults = on_each(
        [*dated, "nginx-vary", "nginx-key"], NeverPurged, "kept", stale("never-purged"),
        "left out of the purge",
    )  # fmt: skip
    faults += [
        plant(Misaddressed, cache, "misaddressed", stale("purge-misaddressed"),
              "the purge named another path, at every cache")
        for cache in every
    ]  # fmt: skip
    faults += on_each(
        ["nginx-tier", "varnish-tier", "ats-tier"], EdgeOnlyPurged, "tier", stale("shield-not-purged"),
        "the edge was purged, its shield was not",
    )  # fmt: skip
    faults += on_each(dated, PurgedTooEarly, "early", stale("purged-before-origin-ready"),
                      "purged, filled with the old release, then deployed")  # fmt: skip
    faults += [
        plant(LaggingReplica, cache, "lagging", stale("stale-origin-replica"),
              "purged, and filled from a replica that the deploy has not reached")
        for cache in behind_second
    ]  # fmt: skip
    faults += on_each(["nginx-key"], VariantNotPurged, "identity", stale("variant-not-purged"),
                      "only the identity key was purged", ["gzip"])  # fmt: skip
    faults += on_each(["squid", "nginx-vary"], HiddenVariant, "hidden", stale("variant-not-purged"),
                      "one PURGE, which hides the gzip variant until the next GET", ["gzip"])  # fmt: skip
    faults += on_each(["nginx-gzip", "ats", "varnish", "apache"], CachedOverride, "missing",
                      stale("negative-cached"), "filled after the purge while the origin answered 404",
                      override=Override(404))  # fmt: skip
    faults += on_each(["squid", "varnish-raw", "nginx-key"], CachedOverride, "moved",
                      stale("redirect-cached"), "filled after the purge while the origin answered 301",
                      override=Override(301, "http://elsewhere.example.test/moved"))  # fmt: skip
    faults += on_each(["varnish-raw"], SoftPurged, "soft", stale("stale-while-revalidate"),
                      "soft purge: the first visitor gets the old copy")  # fmt: skip
    faults += on_each(["vip"], OneServerPurged, "half", stale("mixed-servers"),
                      "two servers behind one address, one of them purged")  # fmt: skip
    faults += on_each(["varnish-own"], RefilledByProbe, "refilled", stale("probe-refilled"),
                      "purged; the verifier's own probe filled it from an origin that is still old")  # fmt: skip
    return faults


def expiring_fleet(directory: Path, replicas: Sequence[Address]) -> Fleet:
    first = replicas[0]
    device = Nginx.Keying.DEVICE_IN_KEY
    background = "proxy_cache_use_stale updating; proxy_cache_background_update on;"
    return Fleet(
        [
            Nginx("nginx-device", directory, first, device),
            Nginx("nginx-background", directory, first, device, extra=f"{ONE_SECOND} {background}"),
            Nginx("nginx-revalidate", directory, first, device,
                  extra=f"{ONE_SECOND} proxy_cache_revalidate on;"),
        ]
    )  # fmt: skip


def expiring_faults(_fleet: Fleet, _second: Address) -> list[Fault]:
    both = list(DEVICES)
    return [
        plant(OneKeyPurged, "nginx-device", "device", stale("cache-key-not-purged"),
              "the purge was for the key of desktops alone", ["mobile"]),
        plant(Healing, "nginx-background", "background", stale("stale-while-revalidate"),
              "expired, and refreshed behind the first visitor's back", both),
        plant(FrozenValidators, "nginx-revalidate", "frozen", stale("false-revalidation"),
              "expired, and confirmed by an origin that did not change its validators", both),
    ]  # fmt: skip


def broken_fleet(directory: Path, replicas: Sequence[Address]) -> Fleet:
    first, _, own = replicas
    key = Nginx.Keying.ENCODING_IN_KEY
    drift = 'proxy_hide_header Cache-Control; add_header Cache-Control "public, max-age=31536000";'
    passing = "proxy_cache_bypass 1; proxy_no_cache 1;"
    on_error = f"{ONE_SECOND} proxy_cache_use_stale error timeout;"
    return Fleet(
        [
            Nginx("nginx-drift", directory, first, key, extra=drift),
            Nginx("nginx-pass", directory, first, key, extra=passing),
            Nginx("nginx-on-error", directory, own, key, extra=on_error),
            Varnish("varnish", directory, first),
        ]
    )


def broken_faults(_fleet: Fleet, _second: Address) -> list[Fault]:
    tenants = [CONTROL, "another"]
    return [
        Misconfigured("nginx-drift", tenants, ASSETS, BOTH, Verdict("mismatch", "header-drift"),
                      "sends a Cache-Control of its own"),
        Misconfigured("nginx-pass", tenants, ASSETS, BOTH, Verdict("mismatch", "not-cached"),
                      "passes everything through"),
        DeadUpstream("nginx-on-error", tenants, ASSETS, BOTH, stale("stale-if-error"),
                     "expired, and its origin replica is dead"),
    ]  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One scenario of the matrix; an origin of three replicas stands behind its fleet."""

    name: str
    fleet: Callable[[Path, Sequence[Address]], Fleet]
    faults: Callable[[Fleet, Address], list[Fault]]  # given the second replica
    variants: Mapping[str, Mapping[str, str]]
    named_replicas: int  # that the manifest knows of
    vary: str = "Accept-Encoding"


PARTS = (
    Part("holding", holding_fleet, holding_faults, ENCODING_VARIANTS, 2),
    Part("expiring", expiring_fleet, expiring_faults, DEVICES, 2, vary=""),
    Part("broken", broken_fleet, broken_faults, ENCODING_VARIANTS, 3),
)
