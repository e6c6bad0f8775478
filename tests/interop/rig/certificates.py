"""A certificate authority for one run, and the certificates that servers of the rig show."""

from __future__ import annotations

import subprocess
from pathlib import Path

from .process import ServerTrouble, find_program, hand_over

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Authority:
    """Signs certificates with a key that exists as long as its directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "authority"
        self._directory.mkdir(mode=0o755)
        self.certificate = self._directory / "ca.pem"
        self._key = self._directory / "ca.key"
        _openssl(
            "req", "-x509", *_KEY, "-days", "2", "-subj", "/CN=interop test authority",
            "-keyout", self._key, "-out", self.certificate,
        )  # fmt: skip

    def issue(self, name: str) -> Path:
        """A file with certificate and key for a DNS name, which may be a wildcard."""
        stem = name.replace("*", "wildcard")
        request, leaf, key, extensions, both = (
            self._directory / f"{stem}.{suffix}" for suffix in ("csr", "crt", "key", "ext", "pem")
        )
        _openssl("req", "-new", *_KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        extensions.write_text(f"subjectAltName=DNS:{name}\n")
        _openssl(
            "x509", "-req", "-days", "2", "-in", request, "-CA", self.certificate,
            "-CAkey", self._key, "-CAcreateserial", "-extfile", extensions, "-out", leaf,
        )  # fmt: skip
        both.write_bytes(leaf.read_bytes() + key.read_bytes())
        both.chmod(0o600)
        hand_over(both)
        return both


def _openssl(*words: str | Path) -> None:
    done = subprocess.run(
        [find_program("openssl"), *map(str, words)],
        capture_output=True, text=True, check=False, timeout=20,
    )  # fmt: skip
    if done.returncode != 0:
        raise ServerTrouble(f"openssl {words[0]}: {done.stderr.strip()}")
