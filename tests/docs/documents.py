"""What the documents say must be so: relative links lead somewhere, each `cachewitness` command names a command
and options that the program has, and each YAML block is a manifest, or a part of one, that the program takes."""

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.S | re.M)
COMMAND = re.compile(r"(?:^|[\s(;&|`])cachewitness ((?:\\\n|\"[^\"\n]*\"|[^\n`;&|#)])+)")
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]*|-[a-z])\b")
# What a part of a manifest needs around it to be a whole one.
FRAME = {
    "version": "version: 1\n",
    "tenants": "tenants: [{id: tenant-abc, host: abc.example.com, base: /abc}]\n",
    "assets": "assets: [/asset.js]\n",
    "environments": 'environments: {production: {url: "https://{tenant.host}{asset}", '
                    'origin: {replicas: ["https://o1.example.net"]}, '
                    'regions: {us: {edges: [{name: us-1, address: "203.0.113.10:443"}]}}}}\n',
}


def anchor(title):
    """As GitHub makes one of a heading."""
    return re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()).replace(" ", "-")


def anchors(path):
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    return {anchor(title) for title in re.findall(r"^#+ (.+)$", text, re.M)}


def link_faults(path, text):
    for target in LINK.findall(FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        file = (path.parent / name) if name else path
        if not file.exists():
            yield "the link %s leads nowhere" % target
        elif fragment and file.suffix == ".md" and fragment not in anchors(file):
            yield "%s has no heading #%s" % (file.name, fragment)


def code_of(text):
    """Blocks and what stands between backticks: in prose, the program's name is no command, and in a programming
    language it is a module."""
    blocks = [block for language, block in FENCE.findall(text) if language not in ("python", "go", "cpp")]
    return "\n".join(blocks + re.findall(r"`([^`\n]+)`", FENCE.sub("", text)))


class Program:
    def __init__(self, binary):
        self.binary = binary

    @functools.lru_cache(maxsize=None)
    def help(self, *words):
        return subprocess.run([self.binary, *words, "--help"], capture_output=True, text=True, check=False)

    def command_faults(self, line):
        words = line.replace("\\\n", " ").split()
        command = [words[0]]
        top = self.help().stdout
        if words[0].startswith("-"):
            command = []
        elif not re.search(r"^  %s\b" % re.escape(words[0]), top.partition("Subcommands:")[2], re.M):
            yield "there is no command '%s'" % words[0]
            return
        # `check|schema|plan` and `check` alike.
        if words[0] in ("manifest", "skill", "log") and len(words) > 1:
            for word in words[1].replace("\\", "").split("|"):
                if re.fullmatch(r"[a-z]+", word) and not re.search(
                        r"^  %s\b" % word, self.help(words[0]).stdout.partition("Subcommands:")[2], re.M):
                    yield "there is no command '%s %s'" % (words[0], word)
            if re.fullmatch(r"[a-z]+", words[1]):
                command.append(words[1])
        known = set(OPTION.findall(self.help(*command).stdout.partition("\nExamples:")[0]))
        for option in OPTION.findall(re.sub(r'"[^"]*"', "", " ".join(words))):
            if option not in known and option != "--help":
                yield "'%s' has no option %s" % (" ".join(command), option)

    def manifest_faults(self, block):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("tenants.csv", "id,host\ntenant-abc,abc.example.com\n"), ("corp-ca.pem", "")):
                Path(folder, name).write_text(text, encoding="utf-8")
            given = set(re.findall(r"^([a-z_]+):", block, re.M))
            frame = "" if "version" in given else "".join(
                text for key, text in FRAME.items() if key not in given)
            file = Path(folder, "cachewitness.yaml")
            file.write_text(frame + block, encoding="utf-8")
            environment = dict(os.environ, FASTLY_TOKEN="x", BETA_COOKIE="x")
            checked = subprocess.run([self.binary, "manifest", "check", str(file)], capture_output=True, text=True,
                                     env=environment, check=False)
            if checked.returncode != 0:
                yield "a YAML block is refused:\n%s%s" % (block, checked.stderr)


    def workflow_faults(self, block):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "skill").mkdir()
            Path(folder, "skill", "workflow.yaml").write_text(block, encoding="utf-8")
            Path(folder, "skill", "SKILL.md").write_text(
                "---\nname: skill\ndescription: d\nmetadata:\n  cachewitness.workflow: workflow.yaml\n---\n",
                encoding="utf-8")
            checked = subprocess.run([self.binary, "skill", "check", str(Path(folder, "skill"))], capture_output=True,
                                     text=True, check=False)
            if checked.returncode != 0:
                yield "a workflow is refused:\n%s%s" % (block, checked.stderr)


def faults_of(path, program):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        yield from link_faults(path, text)
        for language, block in FENCE.findall(text):
            if language == "yaml" and re.search(r"^steps:", block, re.M):
                yield from program.workflow_faults(block)
            elif language == "yaml" and re.match(r"([a-z_]+:|#)", block):
                yield from program.manifest_faults(block)
        text = code_of(text)
    else:
        text = re.sub(r"^ *# ?", "", text, flags=re.M)  # in examples, commands stand in comments
    for line in COMMAND.findall(text):
        yield from program.command_faults(line)


def self_test(program):
    """A check that finds nothing must be one that could have found something."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.md")
        page.write_text("# Title\n[a](gone.md) [b](#title) [c](#untitled)\n```sh\ncachewitness verfy\n"
                        "cachewitness arm --baseline \\\n  x --evidenc y\n```\nRun `cachewitness manifest chek`.\n"
                        "In prose cachewitness is a name.\n"
                        "```yaml\npolicy: {bod: hash}\n```\n"
                        "```yaml\nversion: 1\nsteps: [{id: a, runn: [x]}]\n```\n", encoding="utf-8")
        found = "\n".join(faults_of(page, program))
    for expected in ("gone.md", "#untitled", "'verfy'", "no option --baseline", "no option --evidenc",
                     "manifest chek", "did you mean", "a workflow is refused"):
        assert expected in found, "the check does not find %r in:\n%s" % (expected, found)
    assert len(re.findall("leads nowhere|no heading|no command|no option|refused", found)) == 8, found


def main(root, binary):
    if not shutil.which(binary):
        sys.exit("%s cannot be run" % binary)
    program = Program(binary)
    self_test(program)
    listed = subprocess.run(["git", "-C", root, "ls-files", "*.md", "examples/*.yml", "examples/*.yaml"],
                            capture_output=True, text=True, check=False).stdout.split()
    paths = [Path(root, name) for name in listed] or [
        path for pattern in ("*.md", "docs/**/*.md", "examples/*.y*ml") for path in Path(root).glob(pattern)]
    faults = ["%s: %s" % (path.relative_to(root), fault)
              for path in paths if path.exists() for fault in faults_of(path, program)]
    print("\n".join(faults) or "%d documents, 0 faults" % len(paths))
    return 1 if faults or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
