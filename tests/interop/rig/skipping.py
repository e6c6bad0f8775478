"""What to do where a server cannot start: skip loudly on a developer's machine, fail in CI."""

from __future__ import annotations

import os
import sys

SKIPPED = 77


def skip_or_fail(reason: str) -> int:
    """Prints why and returns the exit code: 77 (ctest's skip), or 1 where CI is set."""
    is_ci = os.environ.get("CI", "").lower() in ("1", "true", "yes")
    verb = "FAILED" if is_ci else "SKIPPED"
    print(f"\n*** {verb}: the real caches cannot run here ***\n{reason}", file=sys.stderr)
    print(
        "scripts/deps installs them: nginx, its cache_purge module, varnish, varnish-modules, trafficserver, squid, "
        "haproxy, apache2, apache2-utils, libfaketime, openssl.",
        file=sys.stderr,
    )
    return 1 if is_ci else SKIPPED
