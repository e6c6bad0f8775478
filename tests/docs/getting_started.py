"""Pastes the lab's part of docs/getting-started.md into a shell, as a newcomer does, and holds the program to what
the document says will be seen. Ports are moved to free ones; nothing else is changed."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PORTS = 10  # of the document's lab, from 18080 on
STARTS_WITHIN_SECONDS = 30


def free_port_base():
    """The first of several consecutive ports that nobody uses just now."""
    for _ in range(100):
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            base = first.getsockname()[1]
        sockets = []
        try:
            for port in range(base, base + PORTS):
                sockets.append(socket.socket())
                sockets[-1].bind(("127.0.0.1", port))
            return base
        except (OSError, OverflowError):
            continue
        finally:
            for opened in sockets:
                opened.close()
    sys.exit("no free ports")


def blocks_of(document, base):
    section = document.partition("\n## 2. ")[2].partition("\n## 3. ")[0]
    moved = re.sub(r"\b180(\d\d)\b", lambda port: str(base + int(port.group(1)) - 80), section)
    return re.findall(r"^```sh\n(.*?)^```", moved, re.S | re.M)


def run(block, folder, environment):
    """Each command ends as it ends; what is printed is what the newcomer reads."""
    done = subprocess.run(["bash", "-c", block], cwd=folder, env=environment, capture_output=True, text=True,
                          timeout=120, check=False)
    return done.stdout + done.stderr


def expect(text, *words):
    for word in words:
        if word not in text:
            sys.exit("%r is not in:\n%s" % (word, text))


def follow(blocks, folder, environment):
    start_lab, prove, repair = blocks
    make_folder, lab = start_lab.strip().split("\n", 1)
    run(make_folder, folder, environment)
    with subprocess.Popen(["bash", "-c", "exec " + lab], cwd=folder, env=environment, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as running:
        try:
            manifest = Path(folder, "lab", "cachewitness.yaml")
            deadline = time.monotonic() + STARTS_WITHIN_SECONDS
            while not manifest.exists():
                if running.poll() is not None or time.monotonic() > deadline:
                    sys.exit("the lab does not run: %s" % running.stderr.read())
                time.sleep(0.02)
            expect(run(prove, folder, environment), "PARTIAL_SUCCESS - 3/4 tenants verified. Flagged 1 for retry.",
                   "never-purged", "us-east-2", "tenant-xyz", "exit code 1\n")
            expect(run(repair, folder, environment), "Verdict: stale, never-purged",
                   "SUCCESS - 4/4 tenants verified.", "32 of 32 cells fresh (32 proven")
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(10)


def main(root, binary):
    document = Path(root, "docs", "getting-started.md").read_text(encoding="utf-8")
    environment = dict(os.environ, PATH=os.path.dirname(binary) + os.pathsep + os.environ["PATH"])
    with tempfile.TemporaryDirectory() as folder:
        follow(blocks_of(document, free_port_base()), folder, environment)
    print("the guide tells what happens")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
