"""docs/man/cachewitness.1 is what the command line says of itself, names every command and option that `--help`
does, and is read by man(1) without a complaint."""

import re
import shutil
import subprocess
import sys
from pathlib import Path


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def help_of(binary, *words):
    return run(binary, *words, "--help").stdout.partition("\nExamples:")[0]


def commands_below(binary, *words):
    """Every command that does something, as its words."""
    listed = help_of(binary, *words).partition("Subcommands:")[2]
    names = re.findall(r"^  ([a-z][a-z-]*)", listed, re.M)
    if not names:
        return [words]
    return [command for name in names for command in commands_below(binary, *words, name)]


def sections(page):
    """What the page says of each command, without roff's escapes."""
    text = re.sub(r"\\f[BIR]", "", page).replace("\\-", "-")
    parts = re.split(r"^\.SS (.+)$", re.split(r"^\.SH EXIT STATUS$", text, flags=re.M)[0], flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def faults_of(page, binary):
    told = sections(page)
    commands = {" ".join(words): words for words in commands_below(binary)}
    yield from ("tells of no command '%s'" % name for name in commands if name not in told)
    yield from ("tells of '%s', which is no command" % name for name in told if name not in commands)
    for name, words in commands.items():
        if name in told:
            known = set(re.findall(r"^  (?:-[a-z],)?(--[a-z][a-z-]*)", help_of(binary, *words), re.M)) - {"--help"}
            entries = set(re.findall(r"--[a-z][a-z-]*", " ".join(re.findall(r"^\.TP\n(.+)$", told[name], re.M))))
            yield from ("%s: %s is missing" % (name, option) for option in sorted(known - entries))
            yield from ("%s: there is no %s" % (name, option) for option in sorted(entries - known))


def roff_faults(path):
    if shutil.which("groff") is None:  # no part of what a build or a test needs
        return ""
    return run("groff", "-man", "-Tutf8", "-ww", "-z", str(path)).stderr


def main(writer, path, binary):
    page = run(writer).stdout
    # A check that finds nothing must be one that could have found something.
    broken = page.replace("\\-\\-repurge", "\\-\\-repurged").replace(".SS judge", ".SS judged")
    found = "\n".join(faults_of(broken, binary))
    for expected in ("verify: --repurge is missing", "verify: there is no --repurged", "no command 'judge'",
                     "'judged', which is no"):
        assert expected in found, "the check does not find %r in:\n%s" % (expected, found)
    faults = list(faults_of(page, binary))
    if Path(path).read_text(encoding="utf-8") != page:
        faults.append("%s is not what the command line says; build man_page_update" % path)
    faults += filter(None, [roff_faults(path)])
    print("\n".join(faults) or "%d commands, 0 faults" % len(sections(page)))
    return 1 if faults or not sections(page) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
