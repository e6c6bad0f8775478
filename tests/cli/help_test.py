"""What --help prints is for a person: no machinery of the parser, no control byte, a text for each option, and no
line that a terminal of 100 columns would break."""

import os
import re
import subprocess
import sys

COMMANDS = ([], ["demo"], ["arm"], ["verify"], ["parity"], ["judge"], ["explain"], ["lab"], ["mcp"], ["run"], ["skill"], ["skill", "check"],
            ["skill", "list"], ["skill", "schema"], ["skill", "trust"], ["skill", "approve"], ["skill", "log"], ["log"], ["log", "show"], ["manifest"], ["manifest", "check"],
            ["manifest", "schema"], ["manifest", "plan"])
MACHINERY = ("->", "{", "}", " OR ", "UINT", "INT in", "TEXT:")


def faults_of(text):
    for byte in sorted(set(re.findall(r"[^\n -~]", text))):
        yield "holds %r" % byte
    for word in MACHINERY:
        if word in text:
            yield "holds %r" % word
    for line in text.splitlines():
        if len(line) > 100:
            yield "is too wide: %s" % line
    lines = text.splitlines()
    for number, line in enumerate(lines):
        is_option = re.match(r"  (-|--)[a-z]", line)
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if is_option and not re.search(r" {2,}[A-Z]", line[4:]) and not re.match(r" {20,}[A-Z]", following):
            yield "has no text: %s" % line


def main(program):
    bad = "  --progress WHEN:value in {auto-> \x01} OR { }\n  --port\n"
    assert len(list(faults_of(bad))) >= 6, list(faults_of(bad))
    faults = []
    for words in COMMANDS:
        done = subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=False)
        name = " ".join(words) or "the program"
        if done.returncode != 0 or done.stderr:
            faults.append("%s: --help ends with %d and says %r" % (name, done.returncode, done.stderr))
        faults += ["%s: %s" % (name, fault) for fault in faults_of(done.stdout)]
        if words and "with a CDN of its own on loopback:" in done.stdout:
            faults.append("%s: repeats the program's examples" % name)
    print("\n".join(faults) or "%d pages, 0 faults" % len(COMMANDS))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(os.environ["CACHEWITNESS_BINARY"]))
