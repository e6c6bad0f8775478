#!/usr/bin/env python3
"""What a run must survive: signals, a sudden death, a full disk, a reader that went away, a dead DNS server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

from program import BINARY, DEADLINE_S, ProgramTest, main
from raw_server import RawServer, page
from small_fleet import small_fleet

PAGE = page(b"new page\n", b"Cache-Control: max-age=60", b"Age: 3")


class RunTest(ProgramTest):
    """A fleet of one edge that answers and one that never does."""

    def setUp(self) -> None:
        super().setUp()
        self.good = RawServer(PAGE)
        self.silent = RawServer(lambda peer: self.silent.over.wait(DEADLINE_S))
        for server in (self.good, self.silent):
            self.addCleanup(server.close)
        self.write("cachewitness.yaml", small_fleet(
            self.good.address, {"good": self.good.address, "silent": self.silent.address}, limits="timeout: 20s"))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        child = subprocess.Popen([BINARY, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"]})
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def wait_for_line(self, name: str, words: str) -> None:
        """Until the file holds `words`: the evidence must come to the disk while the run still waits."""
        path = self.folder / name
        self.wait_until(lambda: path.exists() and words in path.read_text(), f"{name} never held {words}")

    def report(self, name: str) -> dict:
        return json.loads((self.folder / name).read_text())


class Signals(RunTest):
    """A run that is ended early."""

    def assert_ends_early(self, number: int, code: int) -> None:
        child = self.start("verify", "--report", "r.json", "--html", "r.html", "--junit", "r.xml", "--log", "l.json",
                           "--evidence", "e.jsonl")
        self.wait_for_line("e.jsonl", '"edge":"good"')
        asked_at = time.monotonic()
        child.send_signal(number)
        out, _ = child.communicate(timeout=DEADLINE_S)
        self.assertLess(time.monotonic() - asked_at, 5)
        self.assertEqual(child.returncode, code, out)
        self.assertIn("interrupted", out.splitlines()[0])
        self.assertFalse(self.report("r.json")["complete"])
        self.assertTrue((self.folder / "r.html").read_text().rstrip().endswith("</html>"))
        self.report("l.json")
        judged = self.run_program("judge", "e.jsonl", "--report", "again.json")
        self.assertEqual(judged.code, 3)
        self.assertEqual((self.folder / "r.json").read_bytes(), (self.folder / "again.json").read_bytes())

    def test_an_interrupt_leaves_whole_files_behind(self) -> None:
        self.assert_ends_early(signal.SIGINT, 130)

    def test_a_termination_leaves_whole_files_behind(self) -> None:
        self.assert_ends_early(signal.SIGTERM, 143)

    def test_an_interrupt_during_a_check_is_no_failed_check(self) -> None:
        path = self.folder / "cachewitness.yaml"
        path.write_text(path.read_text() + "checks: [{name: slow, run: [sh, -c, 'touch started; exec sleep 60']}]\n")
        child = self.start("verify", "--edges", "good", "--report", "r.json")
        self.wait_until((self.folder / "started").exists, "the check never started")
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=DEADLINE_S)
        self.assertEqual(child.returncode, 130, out)
        report = self.report("r.json")
        self.assertFalse(report["complete"])
        self.assertEqual(report["checks"], [])

    def test_a_killed_run_leaves_what_it_had_seen(self) -> None:
        child = self.start("verify", "--evidence", "e.jsonl")
        self.wait_for_line("e.jsonl", '"edge":"good"')
        child.kill()
        child.communicate(timeout=DEADLINE_S)
        judged = self.run_program("judge", "e.jsonl", "--format", "json")
        self.assertEqual(judged.code, 3, judged)
        report = json.loads(judged.out)
        self.assertFalse(report["complete"])
        self.assertEqual(report["summary"]["cells"]["fresh"], 1)
        self.assertIn("killed before it ended); 1 cells left out", report["outcome"])

    def test_a_line_that_was_cut_by_the_kill_costs_that_line_alone(self) -> None:
        self.start("verify", "--evidence", "e.jsonl")
        self.wait_for_line("e.jsonl", '"edge":"good"')
        lines = (self.folder / "e.jsonl").read_text().splitlines(keepends=True)
        self.write("cut.jsonl", "".join(lines) + lines[-1][:40])
        judged = self.run_program("judge", "cut.jsonl", "--format", "json")
        self.assertEqual(judged.code, 3, judged)
        self.assertEqual(json.loads(judged.out)["summary"]["cells"]["fresh"], 1)


class Output(RunTest):
    """Files and streams that cannot be written."""

    def assert_broken(self, *arguments: str, stdout: str | None = None) -> None:
        with open(stdout or os.devnull, "wb") as out:
            ended = subprocess.run([BINARY, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.PIPE, text=True, timeout=DEADLINE_S, check=False)
        self.assertEqual(ended.returncode, 4, (arguments, ended.stderr))
        lines = ended.stderr.splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("No space left on device", lines[0])
        self.assertIn("[unwritable-file]", lines[0])

    def test_a_full_disk_is_one_clear_line(self) -> None:
        for output in ("--report", "--html", "--junit", "--log", "--evidence"):
            with self.subTest(output):
                self.assert_broken("verify", "--edges", "good", output, "/dev/full")
        self.assert_broken("arm", "--edges", "good", "--evidence", "/dev/full")

    def test_a_full_standard_output_is_one_clear_line(self) -> None:
        self.run_program("verify", "--edges", "good", "--evidence", "e.jsonl")
        for arguments in (["verify", "--edges", "good"], ["verify", "--edges", "good", "--format", "json"],
                          ["arm", "--edges", "good"], ["judge", "e.jsonl"], ["explain", "e.jsonl", "--edges", "good"],
                          ["manifest", "check"], ["manifest", "schema"], ["manifest", "plan"], ["verify", "--dry-run"],
                          ["--help"], ["verify", "--help"], ["--version"]):
            with self.subTest(arguments):
                self.assert_broken(*arguments, stdout="/dev/full")

    def test_a_reader_that_went_away_is_one_clear_line(self) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "wb") as out:
            ended = subprocess.run([BINARY, "verify", "--edges", "good", "--report", "r.json"], cwd=self.folder,
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, text=True,
                                   timeout=DEADLINE_S, check=False)
        self.assertEqual(ended.returncode, 4)
        self.assertEqual(len(ended.stderr.splitlines()), 1, ended.stderr)
        self.assertIn("its reader has gone", ended.stderr)
        self.assertTrue(self.report("r.json")["gate"]["passed"])

    def test_a_report_on_standard_output_stands_there_alone(self) -> None:
        ended = self.run_program("verify", "--edges", "good", "--report", "-")
        self.assertEqual(ended.code, 0, ended)
        self.assertTrue(json.loads(ended.out)["gate"]["passed"])

    def test_evidence_on_standard_output_stands_there_alone(self) -> None:
        ended = self.run_program("arm", "--edges", "good", "--evidence", "-")
        self.assertEqual(ended.code, 0, ended)
        for line in ended.out.splitlines():
            json.loads(line)
        self.assertIn("ARMED", ended.err)


class Time(RunTest):
    """Deadlines, and times that cannot be."""

    def test_the_total_deadline_holds(self) -> None:
        ended = self.run_program("verify", "--timeout", "1s", "--report", "deadline.json")
        self.assertEqual(ended.code, 3, ended)
        self.assertIn("total deadline", ended.out.splitlines()[0])
        # Of the run itself: how long a program takes to start is not the deadline's affair.
        report = json.loads((self.folder / "deadline.json").read_text())
        self.assertGreaterEqual(report["summary"]["duration_ms"], 1000)
        self.assertLess(report["summary"]["duration_ms"], 1250)

    def test_a_deadline_that_has_no_length_is_refused(self) -> None:
        ended = self.run_program("verify", "--timeout", "0s")
        self.assertEqual(ended.code, 2, ended)
        self.assertIn("--timeout", ended.err)

    def test_a_purge_in_the_future_is_refused(self) -> None:
        ended = self.run_program("verify", "--edges", "good", "--purged-at", f"{time.time() + 3600:.0f}")
        self.assertEqual(ended.code, 2, ended)
        self.assertIn("future", ended.err)

    def test_a_wait_counts_what_it_asks_again_and_no_more(self) -> None:
        old = RawServer(page(b"old page\n", b"Cache-Control: max-age=60", b"Age: 9000").replace(b'"v2"', b'"v1"'))
        self.addCleanup(old.close)
        path = self.folder / "cachewitness.yaml"
        path.write_text(path.read_text().replace(self.silent.address, old.address).replace("n: 0s}", "n: 700ms}"))
        ended = self.run_program("verify", "--purged-at", f"{time.time():.3f}", "--progress", "always")
        self.assertEqual(ended.code, 1, ended)
        self.assertIn("one cell is still old within the propagation deadline", ended.err)
        self.assertIn("waiting for the propagation deadline", ended.err)
        self.assertNotRegex(ended.err, r"[2-9] of 1\b")


class Choices(ProgramTest):
    """Options that take one of a few words."""

    def test_choices_and_defaults_are_named(self) -> None:
        text = self.run_program("verify", "--help").out
        for words in ("text, json or github (default: text)", "auto, always or never (default: auto)"):
            self.assertIn(words, text)

    def test_a_choice_that_is_none_names_those_there_are(self) -> None:
        ended = self.run_program("verify", "--format", "xml")
        self.assertEqual(ended.code, 2)
        self.assertIn("xml", ended.err.splitlines()[0])
        self.assertIn("text, json, github", ended.err.splitlines()[0])


if __name__ == "__main__":
    main()
