#!/usr/bin/env python3
"""Runs the tests of the surprises that real caches hold; options that it does not know go to unittest.

Exit status: 0 all met; 1 one is not; 77 a server cannot start here (1 where CI is set).
"""

from __future__ import annotations

import re
import sys
import unittest
from collections.abc import Iterator
from pathlib import Path

from rig import arguments
from rig.cachewitness import Cachewitness
from rig.certificates import Authority
from rig.document import replace_section, table
from rig.fleet import Directory, Fleet
from rig.origin import Origin
from rig.process import ServerTrouble
from rig.side_by_side import SideBySide
from rig.skipping import skip_or_fail
from surprise import errors, headers, probing, purging, tls
from surprise.case import Rig, SurpriseTest, surprising_caches

# Every test case here is loaded by its name, so that `surprises.py Headers` runs some only.
Probing = probing.Probing
Purging = purging.Purging
Headers = headers.Headers
Errors = errors.Errors
Tls = tls.Tls
CASES = (Probing, Purging, Headers, Errors)
SURPRISES = 21
TESTS_AT_ONCE = 8


def documentation_rows() -> Iterator[tuple[str, str, str]]:
    for case in CASES:
        for name in unittest.defaultTestLoader.getTestCaseNames(case):
            found = re.match(r"test_(\d+)_", name)
            story = getattr(case, name).__doc__
            assert found is not None and story is not None, name
            yield str(int(found.group(1))), story.strip(), f"`{case.__name__}.{name}`"


def write_documentation(path: Path) -> None:
    rows = list(documentation_rows())
    missing = set(map(str, range(1, SURPRISES + 1))) - {number for number, _, _ in rows}
    assert not missing, f"no test meets surprise {sorted(missing)}"
    replace_section(path, "surprises", table(("", "surprise", "test"), rows))


def _fleet(directory: Path, origin: Origin, authority: Authority) -> Fleet:
    return surprising_caches(directory, [each.address for each in origin.replicas], authority)


def main() -> int:
    options, rest = arguments.parse("Tests what is surprising about real caches.")
    try:
        with (
            Directory() as directory,
            Origin(replicas=4) as origin,
            _fleet(directory, origin, authority := Authority(directory)) as fleet,
            arguments.working_directory(options.work, "surprises") as files,
        ):
            SurpriseTest.rig = Rig(
                origin, fleet, Cachewitness(options.binary, files), authority.certificate
            )
            outcome = unittest.main(argv=[sys.argv[0], *rest], exit=False, testRunner=SideBySide(TESTS_AT_ONCE)).result
    except ServerTrouble as trouble:
        return skip_or_fail(str(trouble))
    if options.write_docs and not rest and outcome.wasSuccessful():
        write_documentation(options.source / "docs" / "interop.md")
    return 0 if outcome.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
