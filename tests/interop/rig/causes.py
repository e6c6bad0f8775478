"""Every cause that real caches can be made to show: fleets, and what is planted in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .address import Address
from .caches import Apache, Cache, Haproxy, HaproxyBalancer, HaproxyTakeover, Nginx, Squid, TrafficServer, Varnish
from .caches.composed import REWRITING, Balanced, Standby, Tiered, rewritten, shielded, shielded_nginx
from .caches.nginx import DEVICES
from .cells import Verdict
from .clock import clock_ahead
from .faults import (
    AwayDuringPurge,
    CachedOverride,
    ClockAhead,
    DeadUpstream,
    EdgeOnlyPurged,
    Fault,
    Frozen,
    FrozenValidators,
    Gone,
    Healing,
    HiddenVariant,
    InnerOnlyPurged,
    LaggingReplica,
    Misaddressed,
    Misconfigured,
    Mislabelled,
    NeverPurged,
    OneKeyPurged,
    OneServerPurged,
    PurgedBeforeDeadUpstream,
    PurgedTooEarly,
    RefilledByProbe,
    Returned,
    Rewritten,
    RolledBack,
    SoftPurged,
    TakenOver,
    VariantNotPurged,
)
from .manifest import ENCODING_VARIANTS
from .origin import Override

ASSETS = ["/app.js", "/welcome.html"]
SPELLINGS = ["/app.js?a=1&b=2", "/app.js?b=2&a=1"]  # of one resource
BOTH = list(ENCODING_VARIANTS)
CONTROL = "plain"  # a tenant without a fault, but for caches that are set up wrongly
EVERY_TENANT = [CONTROL, "another"]  # of a fleet of such caches
# Copies that outlive their second are what stale answers are made of.
ONE_SECOND = "proxy_ignore_headers Cache-Control Expires; proxy_cache_valid 200 1s;"


def stale(cause: str) -> Verdict:
    return Verdict("stale", cause)


def mismatch(cause: str) -> Verdict:
    return Verdict("mismatch", cause)


def plant(kind: type[Fault], cache: str, tenant: str, verdict: Verdict, story: str,
          variants: Sequence[str] = BOTH, assets: Sequence[str] = ASSETS, **more: object) -> Fault:  # fmt: skip
    return kind(cache, [tenant], assets, variants, verdict, story, **more)


def on_each(caches: Sequence[str], kind: type[Fault], tenant: str, verdict: Verdict, story: str,
            variants: Sequence[str] = BOTH, assets: Sequence[str] = ASSETS, **more: object) -> list[Fault]:  # fmt: skip
    """The same fault at several caches, each for a tenant of its own."""
    return [plant(kind, cache, f"{tenant}-{number}", verdict, story, variants, assets, **more)
            for number, cache in enumerate(caches, 1)]  # fmt: skip


def everywhere(kind: type[Fault], cache: str, verdict: Verdict, story: str,
               variants: Sequence[str] = BOTH) -> Fault:  # fmt: skip
    """A fault of the cache itself, which every tenant has."""
    return kind(cache, EVERY_TENANT, ASSETS, variants, verdict, story)


def named_nginx(name: str, directory: Path, upstream: Address) -> Nginx:
    """Says in each answer which machine gave it."""
    return Nginx(name, directory, upstream, Nginx.Keying.ENCODING_IN_KEY,
                 extra=f"add_header X-Cache-Node {name} always;")  # fmt: skip


def holding_caches(directory: Path, replicas: Sequence[Address]) -> list[Cache]:
    first, second, own = replicas
    key = Nginx.Keying.ENCODING_IN_KEY
    members = [Nginx(f"member-{number}", directory, first, key) for number in (1, 2)]
    return [
        Nginx("nginx-key", directory, first, key),
        Nginx("nginx-vary", directory, second, Nginx.Keying.NATIVE_VARY),
        Nginx("nginx-gzip", directory, first, Nginx.Keying.GZIP_AT_EDGE),
        Varnish("varnish", directory, second),
        Varnish("varnish-raw", directory, first, has_gzip_support=False),
        TrafficServer("ats", directory, first),
        Squid("squid", directory, second),
        Haproxy("haproxy", directory, first),
        Apache("apache", directory, second),
        shielded_nginx("nginx-tier", directory, first),
        shielded(Varnish, "varnish-tier", directory, first),
        shielded(TrafficServer, "ats-tier", directory, first),
        Varnish("varnish-own", directory, own, has_gzip_support=False),
        Balanced(HaproxyBalancer("vip", directory, members, mode="tcp"),
                 "round robin over two nginx, a server for each connection"),
    ]  # fmt: skip


def holding_faults(caches: Sequence[Cache], replicas: Sequence[Address]) -> list[Fault]:
    every = [cache.name for cache in caches]
    dated = ["varnish", "ats", "squid", "haproxy", "apache"]
    behind_second = [cache.name for cache in caches if cache.upstream == replicas[1]]
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
    faults += on_each(["varnish-own"], RolledBack, "rolled-back", stale("version-rollback"),
                      "purged, and filled from a replica of the release before the last")  # fmt: skip
    return faults


def expiring_caches(directory: Path, replicas: Sequence[Address]) -> list[Cache]:
    first = replicas[0]
    device = Nginx.Keying.DEVICE_IN_KEY
    background = "proxy_cache_use_stale updating; proxy_cache_background_update on;"
    return [
        Nginx("nginx-device", directory, first, device),
        Nginx("nginx-background", directory, first, device, extra=f"{ONE_SECOND} {background}"),
        Nginx("nginx-revalidate", directory, first, device,
              extra=f"{ONE_SECOND} proxy_cache_revalidate on;"),
    ]  # fmt: skip


def expiring_faults(*_: object) -> list[Fault]:
    both = list(DEVICES)
    return [
        plant(OneKeyPurged, "nginx-device", "device", stale("cache-key-not-purged"),
              "the purge was for the key of desktops alone", ["mobile"]),
        plant(Healing, "nginx-background", "background", stale("stale-while-revalidate"),
              "expired, and refreshed behind the first visitor's back", both),
        plant(FrozenValidators, "nginx-revalidate", "frozen", stale("false-revalidation"),
              "expired, and confirmed by an origin that did not change its validators", both),
    ]  # fmt: skip


def broken_caches(directory: Path, replicas: Sequence[Address]) -> list[Cache]:
    first, _, own = replicas
    key, vary = Nginx.Keying.ENCODING_IN_KEY, Nginx.Keying.NATIVE_VARY
    drift = 'proxy_hide_header Cache-Control; add_header Cache-Control "public, max-age=31536000";'
    passing = "proxy_cache_bypass 1; proxy_no_cache 1;"
    on_error = f"{ONE_SECOND} proxy_cache_use_stale error timeout;"
    mislabelling = 'proxy_set_header Accept-Encoding ""; add_header Content-Encoding gzip;'
    substituting = 'SetOutputFilter SUBSTITUTE\nSubstitute "s/ release / Release /"'

    def ahead(name: str, directory: Path, upstream: Address) -> Cache:
        return TrafficServer(name, directory, upstream, environment=clock_ahead())

    return [
        Nginx("nginx-drift", directory, first, key, extra=drift),
        Nginx("nginx-pass", directory, first, key, extra=passing),
        Nginx("nginx-on-error", directory, own, key, extra=on_error),
        Nginx("nginx-mislabelling", directory, first, vary, extra=mislabelling),
        Nginx("nginx-rewriting", directory, first, vary, extra=REWRITING),
        Nginx("nginx-gone", directory, first, key),
        Haproxy("haproxy-frozen", directory, first),
        Nginx("nginx-limiting", directory, first, key, extra="limit_req zone=one; limit_req_status 429;",
              http="limit_req_zone $http_user_agent zone=one:1m rate=1r/m;"),
        Apache("apache-rewriting", directory, first, extra=substituting, further_modules=["substitute"]),
        Varnish("varnish-tagging", directory, first, has_gzip_support=False,
                deliver='set resp.http.ETag = {""of-this-machine""};'),
        # Its own error page would ask for five seconds of peace after each request.
        Varnish("varnish-orphaned", directory, own, further="sub vcl_backend_error { return (deliver); }"),
        rewritten(Varnish, "varnish-optimised", directory, first),
        rewritten(ahead, "ats-ahead-optimised", directory, first),
        Varnish("varnish-right", directory, first),
    ]  # fmt: skip


def broken_faults(*_: object) -> list[Fault]:
    return [
        everywhere(Misconfigured, "nginx-drift", mismatch("header-drift"), "sends a Cache-Control of its own"),
        everywhere(Misconfigured, "nginx-pass", mismatch("not-cached"), "passes everything through"),
        everywhere(Misconfigured, "varnish-tagging", mismatch("validator-drift"), "sends an ETag of its own"),
        everywhere(Mislabelled, "nginx-mislabelling", mismatch("transformed"), "calls gzip what is not"),
        everywhere(Rewritten, "apache-rewriting", mismatch("etag-reuse"),
                   "rewrites bodies under the ETag of the origin's", ["identity"]),
        everywhere(ClockAhead, "ats-ahead-optimised", mismatch("clock-skew"),
                   "its clock is ahead, and what is behind it rewrites bodies"),
        everywhere(Rewritten, "varnish-optimised", stale("unknown-version"), "what is behind it rewrites bodies"),
        everywhere(Rewritten, "nginx-rewriting", Verdict("inconclusive", "no-age"),
                   "rewrites bodies, and says nothing of their age"),
        everywhere(DeadUpstream, "nginx-on-error", stale("stale-if-error"), "expired, and its origin replica is dead"),
        everywhere(PurgedBeforeDeadUpstream, "varnish-orphaned", Verdict("error", "status-5xx"),
                   "purged, and its origin replica is dead"),
        everywhere(Frozen, "haproxy-frozen", Verdict("error", "timeout"), "takes connections and answers nothing"),
        everywhere(Misconfigured, "nginx-limiting", Verdict("error", "rate-limited"),
                   "takes one request a minute of whom names himself"),
        everywhere(Gone, "nginx-gone", Verdict("error", "refused"), "stopped after the purge"),
    ]  # fmt: skip


def moving_caches(directory: Path, replicas: Sequence[Address]) -> list[Cache]:
    first = replicas[0]
    key = Nginx.Keying.ENCODING_IN_KEY
    servers = [Nginx(f"taking-turns-{number}", directory, first, key) for number in (1, 2)]
    # It gives every exchange an id, as the provider does that the manifest names.
    marking = Nginx("proxied-edge", directory, first, key, tells_status=False,
                    extra="add_header X-Amz-Cf-Id $request_id always;")  # fmt: skip
    proxied = Tiered(
        Varnish("proxied", directory, marking.address, has_gzip_support=False, deliver="unset resp.http.X-Cache;"),
        marking,
    )
    proxied.provider = "cloudfront"
    return [
        Varnish("varnish-spelling", directory, first),
        TrafficServer("ats-spelling", directory, first),
        Haproxy("haproxy-spelling", directory, first),
        Apache("apache-spelling", directory, first),
        Nginx("nginx-spelling", directory, first, key),
        Standby(*(named_nginx(f"nginx-{word}", directory, first) for word in ("there", "returned"))),
        Standby(*(Apache(f"apache-{word}", directory, first) for word in ("there", "returned"))),
        Balanced(HaproxyTakeover("taking-turns", directory, servers), "two nginx, of which one takes over"),
        proxied,
    ]  # fmt: skip


def moving_faults(caches: Sequence[Cache], _: Sequence[Address]) -> list[Fault]:
    spelling = [cache.name for cache in caches if cache.name.endswith("-spelling")]
    faults = on_each(spelling, NeverPurged, "spelling", stale("alias-not-purged"),
                     "purged under another order of the query's parameters", assets=SPELLINGS[1:])  # fmt: skip
    faults += on_each(["nginx-there", "apache-there"], Returned, "returned", stale("absent-during-purge"),
                      "purged; then a server takes its place that was away, with what its disk has",
                      assets=SPELLINGS)  # fmt: skip
    faults += on_each(["taking-turns"], TakenOver, "turn", stale("regression"),
                      "the server that was purged answers once, then one that was not", assets=SPELLINGS)  # fmt: skip
    faults += on_each(["proxied"], InnerOnlyPurged, "proxied", Verdict("inconclusive", "downstream-cache"),
                      "purged, but for a cache between the edge and the verifier", assets=SPELLINGS)  # fmt: skip
    return faults


def refusing_caches(directory: Path, replicas: Sequence[Address]) -> list[Cache]:
    first, gzip = replicas[0], Nginx.Keying.GZIP_AT_EDGE
    return [
        Varnish("varnish-open", directory, first),
        TrafficServer("ats-open", directory, first),
        Nginx("nginx-open", directory, first, gzip),
        Varnish("varnish-shut", directory, first, receive='if (req.method == "PURGE") { return (synth(403)); }'),
        TrafficServer("ats-shut", directory, first, methods="[GET, HEAD]"),
        Nginx("nginx-shut", directory, first, gzip, purgers="deny all;"),
        Nginx("nginx-away", directory, first, gzip),
    ]


def refusing_faults(*_: object) -> list[Fault]:
    refused = "refused the purge, by the journal"
    return [
        *(everywhere(NeverPurged, cache, stale("purge-failed"), refused)
          for cache in ("varnish-shut", "ats-shut", "nginx-shut")),
        everywhere(AwayDuringPurge, "nginx-away", stale("purge-failed"),
                   "not there when the purge came, by the journal, and back with what its disk has"),
    ]  # fmt: skip


def pair_of(word: str) -> Callable[[Path, Sequence[Address]], list[Cache]]:
    """Two caches, each in front of a replica of its own."""
    return lambda directory, replicas: [
        Varnish(f"varnish-{word}", directory, replicas[0]),
        Nginx(f"nginx-{word}", directory, replicas[1], Nginx.Keying.ENCODING_IN_KEY),
    ]


def early_faults(caches: Sequence[Cache], _: Sequence[Address]) -> list[Fault]:
    names = [cache.name for cache in caches]
    return on_each(names, NeverPurged, "early", Verdict("inconclusive", "within-propagation"),
                   "asked before the purge has to have arrived")  # fmt: skip


def unarmed_faults(caches: Sequence[Cache], _: Sequence[Address]) -> list[Fault]:
    return [everywhere(Misconfigured, cache.name, Verdict("inconclusive", "no-baseline"),
                       "purged, where proof is asked for and nobody looked before") for cache in caches]  # fmt: skip


def bare_faults(caches: Sequence[Cache], _: Sequence[Address]) -> list[Fault]:
    return [everywhere(Misconfigured, cache.name, Verdict("inconclusive", "no-validator"),
                       "purged; the origin sends no validators, and bodies are not hashed")
            for cache in caches]  # fmt: skip


def divided_faults(caches: Sequence[Cache], _: Sequence[Address]) -> list[Fault]:
    varnish, nginx = (cache.name for cache in caches)
    moved = Verdict("inconclusive", "origin-moved")
    story = "purged, while one replica has the new release and another the one before the last"
    return [plant(Misconfigured, varnish, "divided", moved, story), plant(RolledBack, nginx, "divided", moved, story)]


@dataclass(frozen=True)
class Part:
    """One scenario of the matrix; an origin of three replicas stands behind its caches."""

    name: str
    caches: Callable[[Path, Sequence[Address]], list[Cache]]  # in a directory, for the replicas
    faults: Callable[[Sequence[Cache], Sequence[Address]], list[Fault]]  # of the caches, for the replicas
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: ENCODING_VARIANTS)
    assets: Sequence[str] = field(default_factory=lambda: ASSETS)
    named_replicas: int = 2  # that the manifest knows of
    vary: str = "Accept-Encoding"
    has_validators: bool = True
    is_armed: bool = True
    settings: Mapping[str, object] = field(default_factory=dict)  # further fields of the manifest


PARTS = (
    Part("holding", holding_caches, holding_faults),
    Part("expiring", expiring_caches, expiring_faults, DEVICES, vary=""),
    Part("broken", broken_caches, broken_faults, named_replicas=3, settings={"timeout": "2s"}),
    # One question after the other: who answered first is what regression is about.
    Part("moving", moving_caches, moving_faults, assets=SPELLINGS, settings={"concurrency": 1}),
    Part("refusing", refusing_caches, refusing_faults, settings={"purge": "{provider: varnish}"}),
    Part("early", pair_of("early"), early_faults, settings={"propagation": "1h"}),
    Part("unarmed", pair_of("unarmed"), unarmed_faults, is_armed=False, settings={"gate": "{require_grade: proven}"}),
    Part("bare", pair_of("bare"), bare_faults, has_validators=False, settings={"body": "none"}),
    Part("divided", pair_of("divided"), divided_faults),
)
