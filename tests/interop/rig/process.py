"""A server as a child process: started as an unprivileged user, watched, stopped by its id."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

START_SECONDS = 20.0
STOP_SECONDS = 5.0
LOG_TAIL_LINES = 15


class ServerTrouble(Exception):
    """A server is missing, did not start, or did not do what it was told; says why."""


def unprivileged_user() -> str | None:
    """The user to run servers as, or none where the rig has no power to choose."""
    return "nobody" if os.geteuid() == 0 else None


def hand_over(path: Path) -> None:
    """Gives a path to the user that the servers run as."""
    user = unprivileged_user()
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def find_program(name: str) -> str:
    """The full path of a program; /usr/sbin is searched too, where Debian keeps most servers."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        raise ServerTrouble(f"{name} is not installed")
    return found


class Process:
    """One server process in the foreground, in a session of its own."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self.directory = directory
        self._child: subprocess.Popen[bytes] | None = None
        self._log = directory / "output.log"
        self._stop_signal = signal.SIGTERM

    @property
    def pid(self) -> int:
        assert self._child is not None, f"{self.name} was not started"
        return self._child.pid

    def spawn(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Starts the command.

        The kernel sends it `stop_signal` if the rig dies. That signal is tied to the *thread*
        that forks, so this is for the main thread only.
        """
        self._stop_signal = stop_signal
        die_with_the_rig = [
            find_program("setpriv"), "--pdeathsig", stop_signal.name.removeprefix("SIG"), "--",
        ]
        user = unprivileged_user()
        credentials = {"user": user, "group": "nogroup", "extra_groups": []} if user else {}
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                [*die_with_the_rig, find_program(command[0]), *command[1:]],
                cwd=self.directory,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **credentials,
            )

    def wait_until(self, is_ready: Callable[[], bool]) -> None:
        """Waits for the server to be ready; fails with the end of its log where it is not."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if is_ready():
                return
            assert self._child is not None
            if self._child.poll() is not None:
                raise ServerTrouble(
                    f"{self.name} ended with status {self._child.returncode}\n{self.log_tail()}"
                )
            time.sleep(0.02)
        raise ServerTrouble(f"{self.name} was not ready in {START_SECONDS:.0f} s\n{self.log_tail()}")

    def begin_stop(self) -> None:
        """Tells the server to stop; `finish_stop` waits. Apart, so that a fleet stops at once."""
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGCONT)
            self._child.send_signal(self._stop_signal)

    def finish_stop(self) -> None:
        if self._child is None:
            return
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            # Its session is its process group: what it forked ends with it.
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
        self._child = None

    def log_tail(self) -> str:
        """The last lines of every log in the server's directory."""
        lines: list[str] = []
        for log in sorted(self.directory.rglob("*.log")):
            text = log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
            lines += [f"{self.name} {log.name}: {line}" for line in text]
        return "\n".join(lines)
