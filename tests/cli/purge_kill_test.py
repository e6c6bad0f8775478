"""kill -9 at 50 points of a purge of 1,000 items: none is lost, and none is doubted silently."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from program import BINARY, DEADLINE_S, ProgramTest, main
from providers.emulator import TOKEN, Emulator
from providers.manifest import manifest, urls

SEED = int(os.environ.get("SEED", "20261127"))
KILLS = 50
TENANTS = 500  # with two assets each
MOST_CALLS_BEFORE_A_KILL = 40


class Journal:
    """What one says, read without the program. A last line that a kill cut off says nothing."""

    def __init__(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        lines = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
        self.urls = {line["call"]: line["items"][0]["item"] for line in lines if line["type"] == "call"}
        self.is_ready = any(line["type"] == "ready" for line in lines)
        self.is_complete = any(line["type"] == "end" and line["complete"] for line in lines)
        self.asked = Counter(self.urls[line["call"]] for line in lines if line["type"] == "request")
        answers = [line for line in lines if line["type"] == "answer"]
        self.answered = Counter(self.urls[line["call"]] for line in answers)
        self.taken = {self.urls[line["call"]] for line in answers if line["outcome"] in ("accepted", "completed")}


class PurgeKillTest(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        # A killed process leaves its files whatever they lie on, and in memory thousands of fdatasync take no time.
        if Path("/dev/shm").is_dir():
            memory = tempfile.TemporaryDirectory(prefix="cachewitness-test-", dir="/dev/shm")
            self.addCleanup(memory.cleanup)
            self.folder = Path(memory.name)
        self.emulator = Emulator()
        self.emulator.is_limiting = False  # a purge that is begun so often has more calls than an account
        self.addCleanup(self.emulator.close)
        purge = (f'{{provider: cloudflare, zone: z1, api: "{self.emulator.api}", token: {{env: TOKEN}}, batch: 1, '
                 "rate: 1000000}")
        self.write("cachewitness.yaml", manifest(purge, TENANTS))
        self.journal = self.folder / "purge.jsonl"
        self.wanted = set(urls(TENANTS))

    def begin(self) -> subprocess.Popen[bytes]:
        resume = ["--resume"] if self.journal.exists() else []
        return subprocess.Popen([BINARY, "purge", "--no-origin-gate", "--quiet", *resume], cwd=self.folder, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "TOKEN": TOKEN})

    def check(self) -> None:
        """What holds at every moment, whatever was killed when."""
        journal = Journal(self.journal)
        reached = Counter(self.emulator.purged)
        self.assertLessEqual(journal.taken, set(reached), "the journal says that something was taken, and it was not")
        # What goes out is in the journal before.
        self.assertEqual({url: count for url, count in reached.items() if count > journal.asked[url]}, {})

    def finish(self) -> dict[str, Any]:
        ended = self.run_program("purge", "--no-origin-gate", "--resume", "--format", "json", environment={"TOKEN": TOKEN})
        self.assertEqual(ended.code, 0, ended.out + ended.err)
        return json.loads(ended.out)

    def start_anew(self) -> None:
        self.journal.unlink(missing_ok=True)
        self.emulator.evictions.clear()

    def check_end(self) -> None:
        journal = Journal(self.journal)
        self.assertTrue(journal.is_complete)
        self.assertEqual(set(self.emulator.purged), self.wanted, "an item is lost")
        self.assertEqual(journal.taken, self.wanted)

    def test_fifty_kills_lose_nothing(self) -> None:
        draw = random.Random(SEED)
        kills = 0
        while kills < KILLS:
            stage = draw.choice(("arrived", "effected"))
            after = draw.randint(1, MOST_CALLS_BEFORE_A_KILL)
            with self.subTest(seed=SEED, kill=kills, stage=stage, after=after):
                child = self.begin()
                arrived = 0

                def kill_in_time(_: int, at: str) -> None:
                    nonlocal arrived
                    arrived += at == "arrived"
                    if at == stage and arrived == after:
                        os.kill(child.pid, signal.SIGKILL)

                self.emulator.on_purge = kill_in_time
                code = child.wait(timeout=DEADLINE_S)
                self.emulator.on_purge = lambda _, at: None
                self.assertIn(code, (0, -signal.SIGKILL))
                kills += code != 0
                self.check()
                if code == 0:
                    self.check_end()
                    self.start_anew()
        result = self.finish()
        self.assertEqual((result["items"]["accepted"], result["items"]["unknown"]), (1000, 0))
        self.check_end()

    def test_what_was_sent_and_not_answered_is_told_and_sent_again(self) -> None:
        child = self.begin()
        self.emulator.on_purge = lambda number, at: (os.kill(child.pid, signal.SIGKILL)
                                                     if (number, at) == (100, "effected") else None)
        self.assertEqual(child.wait(timeout=DEADLINE_S), -signal.SIGKILL)
        self.emulator.on_purge = lambda _, at: None
        journal = Journal(self.journal)
        in_doubt = {url for url in self.wanted if journal.asked[url] > journal.answered[url]}
        self.assertGreater(len(in_doubt), 0)
        ended = self.run_program("purge", "--no-origin-gate", "--resume", environment={"TOKEN": TOKEN})
        self.assertEqual(ended.code, 0, ended.err)
        self.assertIn(f"{len(in_doubt)} calls were sent and not answered; they are sent again", ended.err)
        again = Journal(self.journal)
        self.assertEqual({url for url in in_doubt if again.asked[url] == journal.asked[url]}, set())
        self.check_end()

    def test_a_kill_while_the_plan_is_written_sends_nothing(self) -> None:
        child = self.begin()
        while not self.journal.exists() and child.poll() is None:
            pass
        child.kill()
        child.wait(timeout=DEADLINE_S)
        if not Journal(self.journal).is_ready:
            self.assertEqual(self.emulator.calls, [])
            ended = self.run_program("purge", "--no-origin-gate", "--resume", environment={"TOKEN": TOKEN})
            self.assertEqual(ended.code, 2, ended.err)
            self.assertIn("nothing was sent; remove it and purge anew", ended.err)
            self.start_anew()
            self.assertEqual(self.run_program("purge", "--no-origin-gate", environment={"TOKEN": TOKEN}).code, 0)
        else:
            self.finish()
        self.check_end()


if __name__ == "__main__":
    main()
