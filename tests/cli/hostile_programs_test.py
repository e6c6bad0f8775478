#!/usr/bin/env python3
"""Programs of the user's that mean harm, as checks of a run: each fails the gate with a clear reason, none outlives it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from program import BINARY, DEADLINE_S, Outcome, ProgramTest, main
from raw_server import RawServer, page
from small_fleet import small_fleet

PAGE = page(b"new page\n", b"Cache-Control: max-age=60", b"Age: 3")
DAEMON = """\
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    os.closerange(0, 3)
    time.sleep(600)
os.wait()
"""

# Kills the process that watches over it, and means to live on with a daemon of its own.
MURDERER = """\
import ctypes, signal
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)  # PR_SET_PDEATHSIG: not to die with its parent
supervisor = os.getppid()
"""


def running_with(entry: str) -> list[int]:
    """Whoever has this entry in its environment and is no zombie."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if entry.encode() in (process / "environ").read_bytes().split(b"\0") and \
                    (process / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX":
                found.append(int(process.name))
        except OSError:
            continue  # no process, or it ended meanwhile
    return found


class HostileCheckTest(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.edge = RawServer(PAGE)
        self.addCleanup(self.edge.close)
        self.mark = f"{os.getpid()}-{self._testMethodName}"

    def manifest(self, *checks: str) -> None:
        lines = "".join(f"  - {check}\n" for check in checks)
        self.write("cachewitness.yaml", small_fleet(self.edge.address, {"edge": self.edge.address},
                                                    more=f"checks:\n{lines}"))

    def script(self, name: str, text: str) -> str:
        self.write(name, text)
        return f"run: [/usr/bin/python3, {name}], env: [HOSTILE]"

    def verify(self, *options: str) -> Outcome:
        ended = self.run_program("verify", "--report", "report.json", *options, environment={"HOSTILE": self.mark})
        self.assertEqual(running_with(f"HOSTILE={self.mark}"), [], "left running")
        return ended

    def details(self) -> dict[str, str]:
        return {check["name"]: check["detail"] for check in json.loads((self.folder / "report.json").read_text())["checks"]}

    def test_each_fails_for_a_reason_that_is_told(self) -> None:
        self.manifest(
            "{name: hangs, " + self.script("hangs.py", "import time\ntime.sleep(600)") + ", timeout: 300ms}",
            "{name: deaf, " + self.script("deaf.py", "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                                          "time.sleep(600)") + ", timeout: 300ms}",
            "{name: chatty, " + self.script("chatty.py", "while True: print('x' * 65536)") + ", timeout: 60s}",
            "{name: mute, " + self.script("mute.py", "import os, time\nos.closerange(0, 3)\ntime.sleep(600)")
            + ", timeout: 300ms}",
            "{name: crashes, " + self.script("crashes.py", "import os\nos.kill(os.getpid(), 11)") + "}",
            "{name: daemon, " + self.script("daemon.py", DAEMON + "raise SystemExit(3)") + "}",
            "{name: murders, " + self.script("murders.py", DAEMON + MURDERER + "os.kill(supervisor, 9)\ntime.sleep(600)")
            + ", timeout: 10m}",
            "{name: paralyses, " + self.script("paralyses.py", DAEMON + MURDERER + "os.kill(supervisor, 19)\ntime.sleep(600)")
            + ", timeout: 300ms}",
            "{name: paints, " + self.script("paints.py", "import sys\nsys.stderr.write('\\x1b]0;owned\\x07\\x1b[2J')\n"
                                            "raise SystemExit(4)") + "}")
        began = time.monotonic()
        ended = self.verify("-v")
        self.assertEqual(ended.code, 1, ended.err)
        self.assertLess(time.monotonic() - began, DEADLINE_S / 2)
        told = self.details()
        self.assertIn("did not end within 300 ms", told["hangs"])
        self.assertIn("did not end within 300 ms", told["deaf"])
        self.assertIn("wrote more than 4,194,304 bytes to standard output", told["chatty"])
        self.assertIn("did not end within 300 ms", told["mute"])
        self.assertIn("was ended by signal 11 (Segmentation fault)", told["crashes"])
        self.assertIn("exited with code 3", told["daemon"])
        self.assertIn("was ended, because the process that watches over it was killed", told["murders"])
        self.assertIn("did not end within 300 ms", told["paralyses"])
        self.assertIn("\\x1b]0;owned", told["paints"])
        for text in (ended.out, ended.err, (self.folder / "report.json").read_text()):
            self.assertNotIn("\x1b", text)

    def test_a_daemon_does_not_outlive_a_check_that_passes(self) -> None:
        self.manifest("{name: daemon, result: exit-code, " + self.script("daemon.py", DAEMON) + "}")
        self.assertEqual(self.verify().code, 0)

    def test_killing_us_ends_what_we_started(self) -> None:
        self.manifest("{name: daemon, result: exit-code, timeout: 10m, " +
                      self.script("daemon.py", DAEMON + "open('started', 'w').close()\ntime.sleep(600)") + "}")
        with subprocess.Popen([BINARY, "verify"], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "HOSTILE": self.mark}) as child:
            self.wait_until(lambda: (self.folder / "started").exists(), "the check never started")
            child.send_signal(signal.SIGKILL)
        self.wait_until(lambda: not running_with(f"HOSTILE={self.mark}"), "something was left running")


if __name__ == "__main__":
    main()
