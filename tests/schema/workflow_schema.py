"""The JSON Schema of workflows, as `skill schema` prints it, against the parser: what ships and what the reference shows
are taken by both, a fault of structure is refused by both.

Usage: workflow_schema.py PROGRAM ROOT
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema
import yaml

from manifest_schema import Yaml12Loader

# Every key that a step may have, and every form that a value may have.
GOOD = """
version: 1
inputs:
  regions: {type: list, default: [eu]}
  n: {type: count, default: 5}
  empty: {default: ""}
env: [A]
concurrency: 2
timeout: 1h30m
outcome: "${steps.a.stdout}"
steps:
  - id: a
    run: [echo, "", 5, 1.5, true, "${inputs.n}"]
    with: {deep: [{a: null}, 1], text: ""}
    if: true
    outputs: {x: text, y: {type: json, from: a.b}}
    timeout: 500ms
    max_output: 1MiB
    limits: {cpu: 1m, memory: 1GiB, file_size: 1024, processes: 3}
    writes: ["${run.directory}/x"]
    retry: {times: 2, wait: 0s, factor: 1.5, most: 10s}
    on_failure: rollback
    rollback: {run: [echo, 7], timeout: 3s}
    mutates: true
    env: [B]
    secrets: {TOKEN: {env: TOKEN}, KEY: {file: key}, OTHER: {command: [x]}}
    input: none
    as: naming
  - {id: b, run: [echo], needs: [a], matrix: {region: [eu, us], x: "${inputs.regions}"}, if: "steps.a.exit_code == 0"}
  - {id: c, run: [echo], matrix: {region: {manifest: shop.yaml}}}
  - {id: d, action: check, run: [x], result: exit-code, with: {evidence: e.jsonl}}
  - {id: e, action: verify, with: {manifest: shop.yaml, environment: [a, b], fail-fast: true}}
"""

STEP = "version: 1\nsteps:\n  - {id: a, run: [x]%s}\n"
BAD = {
    "no version": "steps:\n  - {id: a, run: [x]}\n",
    "another version": "version: 2\nsteps:\n  - {id: a, run: [x]}\n",
    "no steps": "version: 1\n",
    "an empty list of steps": "version: 1\nsteps: []\n",
    "no id": "version: 1\nsteps:\n  - {run: [x]}\n",
    "an id with a blank": "version: 1\nsteps:\n  - {id: 'a b', run: [x]}\n",
    "an unknown key": STEP % ", tiemout: 3s",
    "an unknown key at the top": "version: 1\ntasks: x\nsteps:\n  - {id: a, run: [x]}\n",
    "a shell line": "version: 1\nsteps:\n  - {id: a, run: 'x | y'}\n",
    "an argument that is a list": "version: 1\nsteps:\n  - {id: a, run: [x, [y]]}\n",
    "an argument that is nothing": "version: 1\nsteps:\n  - {id: a, run: [x, null]}\n",
    "no duration": STEP % ", timeout: 5",
    "no size": STEP % ", max_output: 5 MB",
    "too many retries": STEP % ", retry: {times: 21}",
    "a retry without times": STEP % ", retry: {wait: 1s}",
    "an unknown word": STEP % ", on_failure: ignore",
    "an unknown type of an output": STEP % ", outputs: {x: txt}",
    "an output without type": STEP % ", outputs: {x: {from: a}}",
    "an unknown type of an input": "version: 1\ninputs: {a: {type: txt}}\nsteps:\n  - {id: a, run: [x]}\n",
    "a literal secret": STEP % ", secrets: {T: abc}",
    "a rollback without a program": STEP % ", mutates: true, rollback: {timeout: 3s}",
    "a matrix of no list": STEP % ", matrix: {region: eu}",
    "a matrix of steps": STEP % ", matrix: {region: '${steps.b.outputs.l}'}",
    "an empty matrix": STEP % ", matrix: {region: []}",
    "needs that are no list": STEP % ", needs: a",
    "too much at once": "version: 1\nconcurrency: 65\nsteps:\n  - {id: a, run: [x]}\n",
    "a text where a truth is meant": STEP % ", mutates: 'yes'",
}


def parser_takes(program, text):
    """Whether `skill check` takes it as the workflow of a skill."""
    with tempfile.TemporaryDirectory() as folder:
        skill = Path(folder, "demo")
        (skill / "assets").mkdir(parents=True)
        (skill / "SKILL.md").write_text("---\nname: demo\ndescription: A skill of the tests.\nmetadata:\n"
                                        "  cachewitness.workflow: assets/workflow.yaml\n---\n# Demo\n", encoding="utf-8")
        (skill / "assets" / "workflow.yaml").write_text(text, encoding="utf-8")
        done = subprocess.run([program, "skill", "check", str(skill)], capture_output=True, text=True, check=False)
        return done.returncode == 0, done.stderr


def main(program, root):
    schema = json.loads(subprocess.run([program, "skill", "schema"], check=True, capture_output=True).stdout)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    good = {str(path): path.read_text(encoding="utf-8") for path in sorted(Path(root, "skills").glob("*/assets/workflow.yaml"))}
    reference = Path(root, "docs/skills.md").read_text(encoding="utf-8")
    good["docs/skills.md"] = next(block for block in re.findall(r"^```yaml\n(.*?)^```$", reference, re.S | re.M)
                                  if block.startswith("version: 1"))
    good["every key"] = GOOD
    wrong = []
    for name, text in good.items():
        errors = list(validator.iter_errors(yaml.load(text, Loader=Yaml12Loader)))
        wrong += ["%s: refused by the schema: %s: %s" % (name, error.json_path, error.message) for error in errors]
        is_taken, said = parser_takes(program, text)
        wrong += [] if is_taken else ["%s: refused by the parser: %s" % (name, said)]
    for name, text in BAD.items():
        if validator.is_valid(yaml.load(text, Loader=Yaml12Loader)):
            wrong.append("%s: accepted by the schema" % name)
        if parser_takes(program, text)[0]:
            wrong.append("%s: accepted by the parser" % name)
    if len(good) < 7:
        wrong.append("only %d good workflows were tried" % len(good))
    print("\n".join(wrong) or "%d workflows accepted, %d refused" % (len(good), len(BAD)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
