"""A clock of their own for servers, by libfaketime."""

from __future__ import annotations

from pathlib import Path

from .process import ServerTrouble

CLOCK_AHEAD_MINUTES = 37


def clock_ahead() -> dict[str, str]:
    """The environment of a server whose clock runs ahead, found wherever Debian puts the library."""
    libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not libraries:
        raise ServerTrouble("libfaketime is not installed")
    return {
        "LD_PRELOAD": str(libraries[0]),
        "FAKETIME": f"+{CLOCK_AHEAD_MINUTES}m",
        "DONT_FAKE_MONOTONIC": "1",
    }
