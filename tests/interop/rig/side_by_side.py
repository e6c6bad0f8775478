"""Tests of servers, and a runner that has them side by side: most of their time they wait for clocks and servers."""

from __future__ import annotations

import asyncio
import time
import unittest
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed


class AsyncTest(unittest.IsolatedAsyncioTestCase):
    """Without the loop's debug mode, which doubles what a request costs and tells of every callback that waited."""

    async def asyncSetUp(self) -> None:
        asyncio.get_running_loop().set_debug(False)


class SideBySide:
    """A runner for `unittest.main`. Its tests must not share what they change."""

    def __init__(self, threads: int) -> None:
        self._threads = threads

    def run(self, test: unittest.TestSuite | unittest.TestCase) -> unittest.TestResult:
        whole = unittest.TestResult()
        with ThreadPoolExecutor(self._threads) as pool:
            for outcome in as_completed([pool.submit(_run, one) for one in _tests_of(test)]):
                _add(outcome.result(), whole)
        print(f"{whole.testsRun} tests, {len(whole.failures)} failed, {len(whole.errors)} in error")
        return whole


def _tests_of(test: unittest.TestSuite | unittest.TestCase) -> Iterator[unittest.TestCase]:
    if isinstance(test, unittest.TestCase):
        yield test
        return
    for one in test:
        yield from _tests_of(one)


def _run(test: unittest.TestCase) -> unittest.TestResult:
    result = unittest.TestResult()
    started = time.monotonic()
    test.run(result)
    wrong = [*result.failures, *result.errors, *((one, "succeeds") for one in result.unexpectedSuccesses)]
    word = "ok" if result.wasSuccessful() else "FAILED"
    lines = [f"{test.id().partition('.')[2]} ... {word} ({time.monotonic() - started:.1f} s)",
             *(f"{one}\n{text}" for one, text in wrong)]  # fmt: skip
    print("\n".join(lines), flush=True)
    return result


def _add(one: unittest.TestResult, whole: unittest.TestResult) -> None:
    whole.testsRun += one.testsRun
    whole.failures += one.failures
    whole.errors += one.errors
    whole.skipped += one.skipped
    whole.unexpectedSuccesses += one.unexpectedSuccesses
