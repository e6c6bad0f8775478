"""Skills as their users run them: real programs, real processes, a CDN of its own where a command needs one."""

from __future__ import annotations

import calendar
import json
import os
import shlex
import signal
import subprocess
import time
from pathlib import Path

from lab import Lab
from program import BINARY, DEADLINE_S, Outcome, ProgramTest, main

SKILL = """---
name: {name}
description: A skill of the tests. Use it nowhere else.
metadata:
  cachewitness.workflow: assets/workflow.yaml
---
# {name}
"""


class SkillTest(ProgramTest):
    """A skill called demo in the test's folder; runs are kept below it."""

    def setUp(self) -> None:
        super().setUp()
        self.state = {"XDG_STATE_HOME": str(self.folder / "state")}

    def skill(self, workflow: str, scripts: dict[str, str] | None = None, name: str = "demo") -> Path:
        root = self.folder / "skills" / name
        (root / "assets").mkdir(parents=True, exist_ok=True)
        (root / "scripts").mkdir(exist_ok=True)
        (root / "SKILL.md").write_text(SKILL.format(name=name), encoding="utf-8")
        (root / "assets" / "workflow.yaml").write_text("version: 1\n" + workflow, encoding="utf-8")
        for file, text in (scripts or {}).items():
            path = root / "scripts" / file
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755)
        return root

    def cachewitness(self, *arguments: str, **variables: str) -> Outcome:
        return self.run_program(*arguments, environment={**self.state, **variables})

    def run_skill(self, root: Path, *arguments: str, **variables: str) -> tuple[Outcome, dict]:
        done = self.cachewitness("run", str(root), "--format", "json", *arguments, **variables)
        return done, json.loads(done.out) if done.out.startswith("{") else {}

    def runs(self) -> list[Path]:
        return sorted((self.folder / "state" / "cachewitness" / "runs").iterdir())


class RunTest(SkillTest):
    def test_steps_pass_json_to_each_other(self) -> None:
        root = self.skill("""
inputs: {urls: {type: list, default: [a]}, n: {type: count}}
steps:
  - id: ask
    run: ["${skill.directory}/scripts/ask.py"]
    with: {urls: "${inputs.urls}", n: "${inputs.n}"}
    outputs: {id: text, twice: count}
  - id: say
    needs: [ask]
    run: [echo, "${steps.ask.outputs.id}", "${inputs.urls}", "${steps.ask.outputs.twice}"]
    if: steps.ask.outputs.twice > 6
""", {"ask.py": "#!/usr/bin/env python3\nimport json, os, sys\nr = json.load(sys.stdin)\n"
                "assert os.getcwd() == r['work'], r\nassert r['schema'] == 'cachewitness.step/v1'\n"
                "print(json.dumps({'id': '-'.join(r['with']['urls']), 'twice': 2 * r['with']['n'], 'detail': 'asked'}))"})
        done, log = self.run_skill(root, "urls=x,y z", "n=4")
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(log["outcome"], "SUCCESS - 2/2 steps complete.")
        self.assertEqual([s["detail"] for s in log["steps"]], ["asked", "exit code 0"])
        self.assertEqual(log["steps"][1]["argv"][1:], ["x-y z", "x", "y z", "8"])
        said = Path(log["steps"][1]["stdout"]["path"])
        self.assertEqual(said.read_text(encoding="utf-8"), "x-y z x y z 8\n")
        self.assertEqual(said.stat().st_mode & 0o777, 0o600)
        kept = json.loads((self.runs()[0] / "log.json").read_text(encoding="utf-8"))
        self.assertEqual(kept["steps"], log["steps"])
        for key in ("task", "agent", "execution_id", "timestamp", "steps", "total_duration_ms", "outcome"):
            self.assertIn(key, log)

    def test_what_is_wrong_is_told_before_anything_runs(self) -> None:
        root = self.skill("inputs: {n: {type: count}}\nsteps:\n  - {id: a, run: [touch, ran]}\n")
        for arguments, fault in ((["n=x"], "must be a whole number"), ([], "input 'n' is missing"),
                                 (["n=1", "m=2"], "unknown input 'm'"), (["n"], "write name=value")):
            done, _ = self.run_skill(root, *arguments)
            self.assertEqual(done.code, 2)
            self.assertIn(fault, done.err)
        self.skill("steps:\n  - {id: a, run: [no-such-program-here]}\n")
        done, _ = self.run_skill(root)
        self.assertEqual(done.code, 2)
        self.assertIn("workflow.yaml:3:5: step \"a\": no program \"no-such-program-here\" on PATH", done.err)
        self.assertFalse((self.folder / "state").exists())

    def test_a_plain_skill_is_described_and_not_guessed_at(self) -> None:
        root = self.skill("steps: []\n")
        (root / "SKILL.md").write_text("---\nname: demo\ndescription: Read me.\n---\n```sh\ntouch ran\n```\n",
                                       encoding="utf-8")
        done = self.cachewitness("run", str(root))
        self.assertEqual(done.code, 2)
        self.assertIn("demo: Read me.", done.out)
        self.assertIn("It is for reading", done.out)
        self.assertIn("skill-not-runnable", done.err)

    def test_steps_in_fenced_blocks_run(self) -> None:
        root = self.skill("steps: []\n")
        (root / "SKILL.md").write_text("---\nname: demo\ndescription: Run me.\n---\n```yaml inputs\nwho: {type: text}\n"
                                       "```\n```sh step=hello\necho 'hello  there' \"${inputs.who}\"\n```\n"
                                       "```sh\ntouch ran\n```\n", encoding="utf-8")
        done, log = self.run_skill(root, "who=$(id) *")
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(log["steps"][0]["argv"][1:], ["hello  there", "$(id) *"])
        self.assertEqual(len(log["steps"]), 1)

    def test_a_failure_stops_the_run_and_gives_the_exit_code(self) -> None:
        root = self.skill("""
steps:
  - {id: bad, run: ["${skill.directory}/scripts/bad.sh"], retry: {times: 2, wait: 0s}}
  - {id: never, run: [touch, ran], needs: [bad]}
  - {id: clean, run: [touch, cleaned], needs: [never], if: always()}
""", {"bad.sh": "#!/bin/sh\necho tried >> tries\necho sorry >&2\nexit 7\n"})
        done, log = self.run_skill(root)
        self.assertEqual(done.code, 1, done.err)
        self.assertEqual([s["status"] for s in log["steps"]], ["failed", "skipped", "complete"])
        self.assertEqual(log["outcome"], "FAILURE - step bad failed: exit code 7; it said: sorry")
        work = self.runs()[0] / "work"
        self.assertEqual((work / "tries").read_text(encoding="utf-8"), "tried\n" * 3)
        self.assertEqual(sorted(p.name for p in work.iterdir()), ["cleaned", "tries"])

    def test_a_failure_cancels_what_runs_beside_it(self) -> None:
        root = self.skill("""
steps:
  - {id: bad, run: [./scripts/bad.sh]}
  - {id: slow, run: [./scripts/slow.sh], retry: {times: 3, wait: 0s}, on_failure: continue}
  - {id: deaf, run: [./scripts/deaf.sh]}
  - {id: after, run: [touch, after], needs: [slow]}
  - {id: clean, run: [touch, cleaned], needs: [after, deaf], if: always()}
""", {"bad.sh": "#!/bin/sh\nwhile ! [ -e slow ] || ! [ -e deaf ]; do sleep 0.05; done\nexit 7\n",
                "slow.sh": "#!/bin/sh\ntrap 'touch told; exit 0' TERM\ntouch slow\nwhile :; do sleep 0.05; done\n",
                "deaf.sh": "#!/bin/sh\ntrap '' TERM\ntouch deaf\nwhile :; do sleep 0.05; done\n"})
        began = time.monotonic()
        done, log = self.run_skill(root)
        self.assertLess(time.monotonic() - began, DEADLINE_S / 2)
        self.assertEqual(done.code, 1, done.err)
        steps = {step["id"]: step for step in log["steps"]}
        self.assertEqual({name: step["status"] for name, step in steps.items()},
                         {"bad": "failed", "slow": "failed", "deaf": "failed", "after": "skipped", "clean": "complete"})
        for name in ("slow", "deaf"):
            self.assertEqual(steps[name]["detail"], 'cancelled, because step "bad" failed')
        self.assertEqual((steps["slow"].get("exit_code"), steps["deaf"].get("signal")), (0, 9))
        self.assertTrue(log["outcome"].startswith("FAILURE - step bad failed"), log["outcome"])
        self.assertEqual(sorted(p.name for p in (self.runs()[0] / "work").iterdir()), ["cleaned", "deaf", "slow", "told"])

    def test_time_that_is_up_leaves_some_for_clean_ups(self) -> None:
        root = self.skill("""
steps:
  - {id: slow, run: [sleep, "600"]}
  - {id: next, run: [touch, next], needs: [slow]}
  - {id: clean, run: [touch, cleaned], needs: [next], if: always()}
""")
        done, log = self.run_skill(root, "--timeout", "1s")
        self.assertEqual(done.code, 3, done.err)
        self.assertEqual([(s["status"], s["detail"]) for s in log["steps"]], [
            ("failed", "ended, because the run's time was up"), ("skipped", "not run, because the run was broken off"),
            ("complete", "exit code 0")])
        self.assertTrue((self.runs()[0] / "work" / "cleaned").exists())

    def test_steps_run_beside_each_other(self) -> None:
        # Each waits for the other, which only ends where both run at once.
        wait = "#!/bin/sh\ntouch $1\nfor i in $(seq 600); do [ -e $2 ] && exit 0; sleep 0.1; done\nexit 1\n"
        root = self.skill("steps:\n  - {id: a, run: [./scripts/wait.sh, a, b]}\n  - {id: b, run: [./scripts/wait.sh, b, a]}\n",
                          {"wait.sh": wait})
        done, log = self.run_skill(root)
        self.assertEqual(done.code, 0, (done.err, log))

    def test_escapes_of_a_step_reach_no_terminal(self) -> None:
        root = self.skill("steps:\n  - {id: a, run: [./scripts/red.py], outputs: {x: text}}\n",
                          {"red.py": "#!/usr/bin/env python3\nimport sys\n"
                                     "sys.stderr.write('\\x1b[31mred\\x07')\n"
                                     "print('{\"x\": \"\\\\u001b[2J\", \"detail\": \"\\\\u001b[2J\\u202e\"}')\n"
                                     "sys.exit(3)\n"})
        done = self.cachewitness("run", str(root), "-v")
        self.assertEqual(done.code, 1)
        for byte in ("\x1b", "\x07", "\u202e"):
            self.assertNotIn(byte, done.out + done.err)
        self.assertIn("\\x1b[31mred", done.err)

    def test_secrets_are_masked_in_all_that_is_kept(self) -> None:
        root = self.skill("""
steps:
  - id: a
    run: ["${skill.directory}/scripts/leak.py"]
    secrets: {TOKEN: {env: MY_TOKEN}}
    outputs: {said: text}
""", {"leak.py": "#!/usr/bin/env python3\nimport json, os, sys\nt = os.environ['TOKEN']\nprint(t, file=sys.stderr)\n"
                 "assert 'MY_TOKEN' not in os.environ\nprint(json.dumps({'said': t, 'detail': 'it is ' + t}))"})
        done, log = self.run_skill(root, MY_TOKEN="canary-55d1f0")
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(log["steps"][0]["detail"], "it is ***")
        for path in self.folder.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"canary-55d1f0", path.read_bytes(), path)
        done, _ = self.run_skill(root)
        self.assertEqual(done.code, 2)
        self.assertIn("MY_TOKEN", done.err + done.out)

    def test_a_step_writes_to_its_own_directories_only(self) -> None:
        outside = self.folder / "outside"
        outside.mkdir()
        root = self.skill(f"steps:\n  - {{id: a, run: [touch, inside, {outside}/file]}}\n"
                          f"  - {{id: b, run: [touch, {outside}/told], writes: ['{outside}'], needs: [a], if: always()}}\n")
        done, log = self.run_skill(root)
        if not log["steps"][0]["sandbox"].startswith("landlock"):
            self.skipTest("this kernel has no Landlock")
        self.assertEqual(done.code, 1)
        self.assertEqual([p.name for p in outside.iterdir()], ["told"])


class ApprovalTest(SkillTest):
    WORKFLOW = "steps:\n  - {id: change, run: [touch, changed], mutates: true}\n"

    def test_what_mutates_needs_a_yes(self) -> None:
        root = self.skill(self.WORKFLOW)
        done, _ = self.run_skill(root)
        self.assertEqual(done.code, 2)
        self.assertIn("change; look with --dry-run", done.err)
        self.assertEqual(self.run_skill(root, "--yes")[0].code, 0)

    def test_an_approval_is_for_one_plan_and_a_time(self) -> None:
        root = self.skill(self.WORKFLOW)
        plan = json.loads(self.run_skill(root, "--dry-run")[0].out)
        good = {"schema": "cachewitness.approval/v1", "plan": "sha256:" + plan["plan_sha256"], "approved_by": "on call",
                "until": "2099-01-01T00:00:00Z"}
        for change, fault in (({"plan": "sha256:" + "0" * 64}, "approves another plan"), ({"until": "2020-01-01T00:00:00Z"},
                              "it was good until"), ({"approved_by": ""}, "who approved"), ({"schema": "x"}, "no approval")):
            path = self.write("approval.json", json.dumps({**good, **change}))
            done, _ = self.run_skill(root, "--approval", str(path))
            self.assertEqual(done.code, 2)
            self.assertIn(fault, done.err)
        path = self.write("approval.json", json.dumps(good))
        done, _ = self.run_skill(root, "--approval", str(path))
        self.assertEqual(done.code, 0, done.err)
        self.assertIn('"approved_by":"on call"', (self.runs()[-1] / "run.jsonl").read_text(encoding="utf-8"))

    def approve(self, root: Path, *arguments: str, **variables: str) -> Outcome:
        return self.cachewitness("skill", "approve", str(root), "--approval", "ok.json", *arguments, **variables)

    def approval(self) -> dict:
        return json.loads((self.folder / "ok.json").read_text(encoding="utf-8"))

    def test_approve_writes_the_record_that_run_takes(self) -> None:
        root = self.skill("inputs: {n: {type: count}}\n" + self.WORKFLOW)
        plan = json.loads(self.run_skill(root, "n=1", "--dry-run")[0].out)["plan_sha256"]
        before = time.time()
        done = self.approve(root, "n=1", USER="mira")
        self.assertEqual(done.code, 0, done.err)
        self.assertIn("MUTATES", done.out)
        self.assertIn("approved by mira until ", done.out)
        record = self.approval()
        self.assertEqual((record["schema"], record["plan"], record["approved_by"]),
                         ("cachewitness.approval/v1", "sha256:" + plan, "mira"))
        until = calendar.timegm(time.strptime(record["until"], "%Y-%m-%dT%H:%M:%SZ"))
        self.assertTrue(before + 3599 <= until <= time.time() + 3600, record)
        # The command that it shows is the one to paste.
        shown = shlex.split(done.out.splitlines()[-1])
        self.assertEqual(shown[0], "cachewitness")
        done = self.cachewitness(*shown[1:])
        self.assertEqual(done.code, 0, done.err)
        self.assertIn('"approved_by":"mira"', (self.runs()[-1] / "run.jsonl").read_text(encoding="utf-8"))

    def test_what_was_approved_is_nothing_else(self) -> None:
        workflow = "inputs: {n: {type: count}, f: {type: path}}\nsteps:\n  - {id: a, run: [./scripts/a.sh], mutates: true}\n"
        root = self.skill(workflow, {"a.sh": "#!/bin/sh\n"})
        given = self.write("given", "1")
        self.assertEqual(self.approve(root, "n=1", "f=given", "--by", "on call").code, 0)
        record = self.approval()

        def refused(*inputs: str) -> str:
            done, _ = self.run_skill(root, *inputs, "--approval", "ok.json")
            self.assertEqual(done.code, 2)
            self.assertIn("run-not-approved", done.err)
            return done.err

        self.assertIn("approves another plan", refused("n=2", "f=given"))
        given.write_text("2", encoding="utf-8")
        self.assertIn("approves another plan", refused("n=1", "f=given"))
        given.write_text("1", encoding="utf-8")
        script = root / "scripts" / "a.sh"
        script.write_text("#!/bin/sh\ntrue\n", encoding="utf-8")
        self.assertIn("approves another plan", refused("n=1", "f=given"))
        script.write_text("#!/bin/sh\n", encoding="utf-8")
        self.write("ok.json", json.dumps({**record, "until": "2020-01-01T00:00:00Z"}))
        self.assertIn("it was good until", refused("n=1", "f=given"))
        for text in ("", "{", "[]", json.dumps({**record, "until": 5}), json.dumps({**record, "plan": None})):
            self.write("ok.json", text)
            refused("n=1", "f=given")
        self.assertFalse((self.folder / "state").exists())
        self.write("ok.json", json.dumps(record))
        self.assertEqual(self.run_skill(root, "n=1", "f=given", "--approval", "ok.json")[0].code, 0)

    def test_approve_refuses_what_nobody_could_have_meant(self) -> None:
        root = self.skill(self.WORKFLOW)
        for arguments, fault in ((["--until", "2020-01-01T00:00:00Z", "--by", "x"], "is over already"),
                                 (["--until", "soon", "--by", "x"], "is no time"),
                                 (["--for", "0s", "--by", "x"], "leaves no time"),
                                 (["--for", "1h", "--until", "2099-01-01T00:00:00Z", "--by", "x"], "--until"),
                                 (["--by", "a\u202eb"], "--by NAME"), ([], "--by NAME"), (["--by", " "], "--by NAME"),
                                 (["m=1", "--by", "x"], "unknown input 'm'"),
                                 (["--plan", "sha256:" + "0" * 64, "--by", "x"], "look at it again"),
                                 (["--require-trust", "--by", "x"], "is not pinned")):
            done = self.approve(root, *arguments)
            self.assertEqual(done.code, 2, (arguments, done))
            self.assertIn(fault, done.err)
            self.assertFalse((self.folder / "ok.json").exists(), arguments)
        plan = json.loads(self.run_skill(root, "--dry-run")[0].out)["plan_sha256"]
        self.assertEqual(self.approve(root, "--by", "x", "--plan", plan, "--until", "2099-01-01T00:00:00Z").code, 0)
        self.assertEqual(self.approval()["until"], "2099-01-01T00:00:00Z")
        done = self.cachewitness("skill", "approve", str(root), "--by", "x", "--approval", "-")
        self.assertEqual(json.loads(done.out)["plan"], "sha256:" + plan)
        done = self.cachewitness("skill", "approve", str(root), "--by", "x", "--approval", "no/such/folder.json")
        self.assertEqual(done.code, 4)

    def test_a_dry_run_runs_nothing(self) -> None:
        root = self.skill(self.WORKFLOW)
        done = self.cachewitness("run", str(root), "--dry-run")
        self.assertEqual(done.code, 0)
        self.assertIn("touch changed", done.out)
        self.assertIn("MUTATES", done.out)
        self.assertFalse((self.folder / "state").exists())


class TrustTest(SkillTest):
    def test_a_pinned_skill_that_has_changed_does_not_run(self) -> None:
        root = self.skill("steps:\n  - {id: a, run: [./scripts/a.sh]}\n", {"a.sh": "#!/bin/sh\n", "b.sh": "#!/bin/sh\n"})
        done, _ = self.run_skill(root, "--require-trust")
        self.assertEqual(done.code, 2)
        self.assertIn("is not pinned", done.err)
        self.assertEqual(self.cachewitness("skill", "trust", str(root)).code, 0)
        self.assertEqual(self.run_skill(root, "--require-trust")[0].code, 0)
        (root / "scripts" / "a.sh").write_text("#!/bin/sh\ntrue\n", encoding="utf-8")
        (root / "scripts" / "b.sh").unlink()
        (root / "new").touch()
        done, _ = self.run_skill(root)
        self.assertEqual(done.code, 2)
        self.assertIn("new is new; scripts/a.sh has changed; scripts/b.sh is gone", done.err)
        self.assertIn("changed", self.cachewitness("skill", "list", str(root.parent)).out)
        self.assertEqual(self.cachewitness("skill", "trust", "--remove", str(root)).code, 0)
        self.assertEqual(self.run_skill(root)[0].code, 0)

    def test_links_are_refused(self) -> None:
        root = self.skill("steps:\n  - {id: a, run: [echo]}\n")
        (root / "link").symlink_to("/etc/passwd")
        done, _ = self.run_skill(root)
        self.assertEqual(done.code, 2)
        self.assertIn("link: a link or a device", done.err)


class CheckTest(SkillTest):
    def test_every_fault_of_a_workflow_is_told(self) -> None:
        root = self.skill("steps:\n  - {id: a, run: [x], timeut: 3s}\n  - {id: b, action: verfy}\n")
        done = self.cachewitness("skill", "check", str(root))
        self.assertEqual(done.code, 2)
        self.assertIn("workflow.yaml:3:23: unknown key \"timeut\"; did you mean \"timeout\"?", done.err)
        root = self.skill("steps:\n  - {id: b, action: verify, with: {manifes: x}}\n")
        done = self.cachewitness("skill", "check", str(root))
        self.assertIn("verify has no option \"manifes\"; did you mean \"manifest\"?", done.err)

    def test_flags_of_commands_are_true_or_left_out(self) -> None:
        root = self.skill("steps:\n  - {id: b, action: verify, with: {fail-fast: true, no-origin-gate: false, tenants: [a, b]}}\n")
        plan = json.loads(self.run_skill(root, "--dry-run")[0].out)
        self.assertEqual(plan["steps"][0]["argv"][1:], ["verify", "--fail-fast", "--tenants=a", "--tenants=b"])
        root = self.skill("steps:\n  - {id: b, action: verify, with: {fail-fast: [x]}}\n")
        self.assertIn('"fail-fast": expected true or false', self.cachewitness("skill", "check", str(root)).err)

    def test_strict_where_run_is_lenient(self) -> None:
        root = self.skill("steps:\n  - {id: b, run: [echo]}\n")
        path = root / "SKILL.md"
        path.write_text(path.read_text(encoding="utf-8").replace("metadata:", "model: fast\nmetadata:"), encoding="utf-8")
        self.assertEqual(self.cachewitness("skill", "check", str(root)).code, 2)
        done, _ = self.run_skill(root)
        self.assertEqual(done.code, 0)
        self.assertIn("warning: ", done.err)
        self.assertIn("unknown key \"model\"", done.err)


class ResumeTest(SkillTest):
    WORKFLOW = """
steps:
  - {id: first, run: [./scripts/note.sh, first]}
  - {id: slow, run: [./scripts/slow.sh], needs: [first]}
  - {id: last, run: [./scripts/note.sh, last], needs: [slow]}
"""
    SCRIPTS = {"note.sh": "#!/bin/sh\necho $1 >> notes\n",
               "slow.sh": "#!/bin/sh\necho slow >> notes\n[ -e go ] || { touch waiting; sleep 600; }\n"}

    def start(self, root: Path, *arguments: str) -> tuple[subprocess.Popen, Path]:
        """A run that waits in its second step."""
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **self.state}
        child = subprocess.Popen([BINARY, "run", str(root), *arguments], cwd=self.folder, env=environment,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        runs = self.folder / "state" / "cachewitness" / "runs"
        waiting: list[Path] = []

        def is_reached() -> bool:
            waiting[:] = [run / "work" for run in runs.glob("*") if (run / "work" / "waiting").exists()]
            return bool(waiting)

        self.wait_until(is_reached, "the second step was never reached")
        return child, waiting[0]

    def left(self, work: Path) -> list[str]:
        """Processes that work in a run's directory."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(process / "cwd") == str(work):
                    found.append((process / "cmdline").read_bytes().decode())
            except OSError:
                continue
        return found

    def test_an_interrupt_ends_all_and_resume_goes_on(self) -> None:
        for sign, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            root = self.skill(self.WORKFLOW, self.SCRIPTS)
            child, work = self.start(root)
            child.send_signal(sign)
            self.assertEqual(child.wait(DEADLINE_S), code)
            self.assertEqual(self.left(work), [])
            log = json.loads((work.parent / "log.json").read_text(encoding="utf-8"))
            self.assertTrue(log["outcome"].startswith("INCOMPLETE - 1/3 steps complete"), log["outcome"])
            (work / "go").touch()
            done = self.cachewitness("run", "--resume", "last", "--format", "json")
            self.assertEqual(done.code, 0, done.err)
            self.assertEqual((work / "notes").read_text(encoding="utf-8").split(), ["first", "slow", "slow", "last"])
            self.assertEqual([s["id"] for s in json.loads(done.out)["steps"]], ["first", "slow", "last"])
            (work / "waiting").unlink()

    CLEANING = WORKFLOW + "  - {id: clean, run: [./scripts/clean.sh], needs: [last], if: always()}\n"

    def wait_for(self, path: Path) -> None:
        end = time.monotonic() + DEADLINE_S
        while not path.exists():
            self.assertLess(time.monotonic(), end, path)
            time.sleep(0.05)

    def test_an_interrupt_leaves_clean_ups_to_run(self) -> None:
        root = self.skill(self.CLEANING, {**self.SCRIPTS, "clean.sh": "#!/bin/sh\necho cleaned >> notes\n"})
        child, work = self.start(root)
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(DEADLINE_S), 143)
        log = json.loads((work.parent / "log.json").read_text(encoding="utf-8"))
        self.assertEqual([(s["id"], s["status"]) for s in log["steps"]],
                         [("first", "complete"), ("slow", "failed"), ("last", "skipped"), ("clean", "complete")])
        self.assertEqual([s["detail"] for s in log["steps"]][1:3], ["interrupted", "not run, because the run was broken off"])
        # It is clean, and still to be gone on with; what goes on is cleaned up after too.
        (work / "go").touch()
        done = self.cachewitness("run", "--resume", "last", "--format", "json")
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual((work / "notes").read_text(encoding="utf-8").split(), ["first", "slow", "cleaned", "slow", "last", "cleaned"])

    def test_clean_ups_have_their_time_and_no_more(self) -> None:
        root = self.skill(self.CLEANING, {**self.SCRIPTS, "clean.sh": "#!/bin/sh\ntrap '' TERM\ntouch cleaning\n"
                                          "while :; do sleep 1; done\n"})
        child, work = self.start(root)
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(DEADLINE_S), 130)
        self.assertEqual(self.left(work), [])
        log = json.loads((work.parent / "log.json").read_text(encoding="utf-8"))
        self.assertEqual((log["steps"][-1]["id"], log["steps"][-1]["status"]), ("clean", "failed"))

    def test_a_second_interrupt_ends_at_once(self) -> None:
        root = self.skill(self.CLEANING, {**self.SCRIPTS, "clean.sh": "#!/bin/sh\ntrap '' TERM\ntouch cleaning\n"
                                          "while :; do sleep 1; done\n"})
        child, work = self.start(root)
        child.send_signal(signal.SIGINT)
        self.wait_for(work / "cleaning")
        began = time.monotonic()
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(DEADLINE_S), -signal.SIGINT)
        self.assertLess(time.monotonic() - began, 10)
        self.wait_until(lambda: not self.left(work), "processes of the run are left")

    def test_a_run_that_was_killed_is_cleaned_up_and_resumed(self) -> None:
        root = self.skill(self.WORKFLOW, self.SCRIPTS)
        child, work = self.start(root)
        child.kill()
        child.wait(DEADLINE_S)
        log = json.loads((work.parent / "log.json").read_text(encoding="utf-8"))
        self.assertEqual([s["id"] for s in log["steps"]], ["first"])
        (work / "go").touch()
        done = self.cachewitness("run", "--resume", "last", "--format", "json")
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual((work / "notes").read_text(encoding="utf-8").split(), ["first", "slow", "slow", "last"])
        self.wait_until(lambda: not self.left(work), "processes of the run are left")

    def test_what_a_killed_run_left_is_ended_by_the_next_whatever_it_runs(self) -> None:
        child, work = self.start(self.skill(self.WORKFLOW, self.SCRIPTS))
        # Its supervisors with it, so that nobody is left who could notice.
        watching = [child.pid, *(int(pid) for task in Path(f"/proc/{child.pid}/task").iterdir()
                                 for pid in (task / "children").read_text().split())]
        for sign in (signal.SIGSTOP, signal.SIGKILL):
            for pid in watching:
                os.kill(pid, sign)
        child.wait(DEADLINE_S)
        self.assertTrue(self.left(work))
        done, _ = self.run_skill(self.skill("steps:\n  - {id: a, run: [touch, done]}\n", name="other"))
        self.assertEqual(done.code, 0, done.err)
        self.wait_until(lambda: not self.left(work), "processes of the run are left")
        self.assertIn("that earlier runs had left behind", done.err)

    def test_a_change_forbids_to_go_on(self) -> None:
        root = self.skill(self.WORKFLOW, self.SCRIPTS)
        child, work = self.start(root)
        child.terminate()
        child.wait(DEADLINE_S)
        (root / "scripts" / "note.sh").write_text("#!/bin/sh\n", encoding="utf-8")
        done = self.cachewitness("run", "--resume", work.parent.name)
        self.assertEqual(done.code, 2)
        self.assertIn("has changed since", done.err)

    def test_a_step_that_mutates_is_not_repeated_unasked(self) -> None:
        root = self.skill(self.WORKFLOW.replace("needs: [first]", "needs: [first], mutates: true"), self.SCRIPTS)
        child, work = self.start(root, "--yes")
        child.kill()
        child.wait(DEADLINE_S)
        (work / "go").touch()
        done = self.cachewitness("run", "--resume", "last")
        self.assertEqual(done.code, 2)
        self.assertIn("--repeat slow", done.err)
        self.assertEqual(self.cachewitness("run", "--resume", "last", "--repeat", "slow").code, 0)


class LabTest(SkillTest):
    """Commands as steps, against a CDN of its own."""

    WORKFLOW = """
task: detect_edge_cdn_cache_invalidation
inputs: {manifest: {type: path, default: cachewitness.yaml}, control: {type: text}, tenants: {type: list}}
outcome: "${steps.verify.outputs.outcome}"
steps:
  - id: baseline
    action: arm
    with: {manifest: "${inputs.manifest}", evidence: before.jsonl}
  - id: release
    as: releasing_and_purging
    needs: [baseline]
    run: [./scripts/release.py]
    with: {control: "${inputs.control}", tenants: "${inputs.tenants}"}
    outputs: {purged_at: text}
    mutates: true
  - id: verify
    action: verify
    needs: [release]
    on_failure: continue
    with: {manifest: "${inputs.manifest}", baseline: before.jsonl, evidence: after.jsonl, report: report.json,
           purged-at: "${steps.release.outputs.purged_at}"}
  - id: again
    action: judge
    needs: [verify]
    if: steps.verify.outputs.stale > 0
    on_failure: continue
    with: {evidence: "${steps.verify.outputs.evidence}"}
  - {id: tell, needs: [verify], run: [echo, "${steps.verify.outputs.affected_tenants}"]}
"""
    RELEASE = """#!/usr/bin/env python3
import http.client, json, sys, time, urllib.request
given = json.load(sys.stdin)["with"]
def ask(method, path):
    return json.load(urllib.request.urlopen(urllib.request.Request(given["control"] + path, method=method), timeout=60))
ask("POST", "/deploy?release=2")
for edge in ask("GET", "/")["edges"]:
    for tenant in given["tenants"]:
        connection = http.client.HTTPConnection(edge["address"], timeout=60)
        connection.request("PURGE", f"/{tenant}/asset.js", headers={"Host": f"cdn-{edge['region']}.example.com"})
        assert connection.getresponse().status == 200
        connection.close()
print(json.dumps({"purged_at": "%.3f" % time.time(), "detail": "Released version 2 and purged it"}))
"""

    def test_commands_are_steps_and_their_log_is_the_runs(self) -> None:
        lab = Lab(self.folder, "--tenants", "5", "--regions", "2", "--edges-per-region", "2")
        self.addCleanup(lab.close)
        lab.plant("node-not-purged", "us-east-2", "tenant-xyz")
        root = self.skill(self.WORKFLOW, {"release.py": self.RELEASE})
        done, log = self.run_skill(root, "control=" + lab.control, "tenants=" + ",".join(lab.tenants), "--yes", "--log", "execution.json")
        self.assertEqual(done.code, 0, (done.err, log))
        self.assertEqual([s["action"] for s in log["steps"]], [
            "arm", "releasing_and_purging", "analyzing_tenant_manifest", "provisioning_probe_sidecars",
            "executing_cache_header_validation", "running_python_coherency_check", "generating_verification_report",
            *sorted(["judge", "exec"], key=[s["action"] for s in log["steps"][7:]].index)])
        self.assertEqual(log["task"], "detect_edge_cdn_cache_invalidation")
        self.assertEqual(log["outcome"], "PARTIAL_SUCCESS - 4/5 tenants verified. Flagged 1 for retry.")
        validation = log["steps"][4]
        self.assertEqual((validation["id"], validation["affected_tenants"]), ("verify", ["tenant-xyz"]))
        self.assertEqual(log["steps"][6]["exit_code"], 1)
        told = next(s for s in log["steps"] if s["id"] == "tell")
        self.assertEqual(told["argv"][1:], ["tenant-xyz"])
        work = self.runs()[0] / "work"
        self.assertEqual(json.loads((work / "report.json").read_text(encoding="utf-8"))["affected_tenants"], ["tenant-xyz"])
        self.assertEqual(json.loads((self.folder / "execution.json").read_text(encoding="utf-8")), log)


class LogTest(SkillTest):
    def test_logs_are_shown_to_people(self) -> None:
        root = self.skill("steps:\n  - {id: a, run: [echo, hi], as: greeting_somebody}\n")
        self.run_skill(root)
        run = self.runs()[0]
        for words in (("log", "show", str(run / "log.json")), ("log", "show", str(run)), ("skill", "log", "last")):
            done = self.cachewitness(*words)
            self.assertEqual(done.code, 0, done.err)
            self.assertIn("1 complete  greeting_somebody", done.out)
        self.assertIn(run.name, self.cachewitness("skill", "log").out)
        hostile = self.write("log.json", json.dumps({"task": "\x1b[2J", "steps": [
            {"step": 1, "action": "a\u202e", "status": "complete", "x\x1b": ["\x1b"]}]}))
        shown = self.cachewitness("log", "show", "-v", str(hostile)).out
        self.assertNotIn("\x1b", shown)
        self.assertNotIn("\u202e", shown)
        self.assertEqual(self.cachewitness("log", "show", str(self.write("no.json", "{}"))).code, 2)


if __name__ == "__main__":
    main()
