"""The command line that the programs of this folder share."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path


def parse(description: str) -> tuple[argparse.Namespace, list[str]]:
    """The options, and what is left for a test runner."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--binary", type=Path, required=True, help="the cachewitness program")
    parser.add_argument("--source", type=Path, required=True, help="the project's source folder")
    parser.add_argument("--work", type=Path, help="keeps manifests, reports and evidence here")
    parser.add_argument("--write-docs", action="store_true", help="brings docs/interop.md up to date")
    return parser.parse_known_args()


@contextlib.contextmanager
def working_directory(wanted: Path | None, name: str) -> Iterator[Path]:
    """Where the program's files go: kept where asked for, else gone with the run."""
    if wanted is not None:
        directory = wanted / name
        directory.mkdir(parents=True, exist_ok=True)
        yield directory.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="cw-interop-files-") as directory_name:
        yield Path(directory_name)
