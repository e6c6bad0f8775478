"""Processes of the laboratory: pinned to a core, their own use of the processor and of memory taken from the system."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = CORES[0]
CLIENT_CORE = CORES[-1]


class Wrong(Exception):
    """A run that does not count: it failed, or did not do what was asked. A fast wrong run is a failure."""


class Unavailable(Exception):
    """A case that this machine or this binary cannot run; the reason is the message."""


@dataclass(frozen=True)
class Usage:
    """What one process cost and said. CPU is user and system time of the whole process and its children."""

    code: int
    wall_s: float
    user_s: float
    system_s: float
    peak_bytes: int
    out: str
    err: str

    @property
    def cpu_s(self) -> float:
        return self.user_s + self.system_s


def pinned_to(*cores: int):
    return lambda: os.sched_setaffinity(0, cores)


def run_client(argv: list[str], folder: Path, deadline_s: float, environment: dict[str, str] | None = None,
               cores: tuple[int, ...] = (CLIENT_CORE,)) -> Usage:
    """Runs a client to its end on the clients' core, or on several."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        child = subprocess.Popen(argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                 env={**os.environ, **(environment or {})}, preexec_fn=pinned_to(*cores))
        timer = threading.Timer(deadline_s, child.kill)
        timer.start()
        try:
            _, status, used = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            os.wait4(child.pid, 0)
            raise
        finally:
            timer.cancel()
        wall_s = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode(errors="replace"))
    return Usage(child.returncode, wall_s, used.ru_utime, used.ru_stime, used.ru_maxrss * 1024, *texts)


class Server:
    """A child on the servers' core, from `with` to the end of it."""

    def __init__(self, argv: list[str], folder: Path) -> None:
        self.folder = folder
        self.log = tempfile.TemporaryFile()
        self.child = subprocess.Popen(argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=self.log, preexec_fn=pinned_to(SERVER_CORE))

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.child.stdout.close()
        self.log.close()

    def words(self) -> str:
        self.log.seek(0)
        return self.log.read().decode(errors="replace").strip()
