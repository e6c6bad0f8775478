#!/usr/bin/env python3
"""House rules that a compiler does not check: layers, banned calls, sizes, names. Run by ctest as `tidy`.

Prints one line a fault, file:line: what and what to do instead, and exits 1 where there is any.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

# What a layer may include of other layers, and which third-party headers its sources may use.
LAYERS = {
    "base": (set(), {"fmt"}),
    "http": ({"base"}, {"fmt"}),
    "ports": ({"base"}, set()),
    "manifest": ({"base", "http"}, {"fmt", "libfyaml.h", "boost/json", "boost/system", "re2"}),
    "evidence": ({"base", "http", "manifest"}, {"fmt", "simdjson.h"}),
    "plan": ({"base", "http", "manifest", "evidence"}, {"fmt", "boost/json"}),
    "verdict": ({"base", "http", "manifest", "evidence", "plan"}, {"fmt"}),
    "parity": ({"base", "http", "manifest", "evidence"}, {"fmt"}),
    "report": ({"base", "http", "manifest", "evidence", "verdict", "parity"}, {"fmt", "boost/json"}),
    "purge": ({"base", "http", "manifest"}, {"fmt", "boost/json", "boost/system"}),
    "mcp": ({"base"}, {"fmt", "boost/json", "boost/system"}),
    "skill": ({"base", "manifest", "evidence", "report"}, {"fmt", "cmark.h", "boost/json"}),
    "probe": ({"base", "http", "manifest", "evidence", "plan", "ports"},
              {"fmt", "openssl", "zlib.h", "brotli", "zstd.h", "re2"}),
    "quic": ({"base", "http", "manifest", "evidence", "plan", "ports", "probe"},
             {"fmt", "ngtcp2", "nghttp3", "gnutls"}),
    "adapters": ({"base", "http", "ports"}, {"fmt", "openssl", "curl", "zstd.h", "ares.h", "liburing.h", "seccomp.h"}),
    "lab": ({"base", "http", "manifest", "ports"}, {"fmt", "openssl", "zlib.h"}),
    "app": ({"base", "http", "manifest", "evidence", "plan", "verdict", "parity", "report", "ports", "purge", "mcp", "skill", "probe", "quic",
             "adapters", "lab"},
            {"fmt", "CLI", "boost/json", "boost/system", "openssl"}),
    "library": ({"cachewitness", "base", "evidence", "verdict", "report", "ports", "adapters", "app"}, {"fmt"}),
}
# May show third-party types, for none but .cpp files of their own layer include them.
PRIVATE_HEADERS = {"evidence/json_object.h", "mcp/read_arguments.h"}
PURE = {"base", "http", "manifest", "evidence", "plan", "verdict", "parity", "report", "purge", "mcp", "skill"}
THIRD_PARTY = re.compile(r'#include <((?:fmt|openssl|boost/\w+|brotli|CLI|gtest|gmock|nghttp2|ngtcp2|nghttp3|gnutls|curl|re2)(?=[/.])|libfyaml\.h|cmark\.h|zlib\.h|zstd\.h|ares\.h|liburing\.h|seccomp\.h|simdjson\.h)')
# In pure layers: (pattern, what to do instead).
IMPURE = [
    (re.compile(r"\b(system|steady|high_resolution)_clock::now\b"), "pass the time in (ports/clock.h)"),
    (re.compile(r"\b(getenv|random_device|mt19937|srand|time\(nullptr\))"), "use a port"),
    (re.compile(r"std::(thread|jthread|mutex|atomic|async)\b"), "pure layers have no threads"),
    (re.compile(r"std::(ifstream|ofstream|fstream|cout|cerr)|\bfopen\(|\bprintf\(|\bsocket\(|::open\("),
     "I/O belongs behind a port"),
    (re.compile(r"#include <(thread|mutex|fstream|iostream|filesystem|random|sys/|unistd)"), "I/O belongs behind a port"),
]
# Everywhere in src.
BANNED = [
    (re.compile(r"\busing namespace\b"), "name what you use"),
    (re.compile(r"\bco_(await|return|yield)\b"), "g++ 12 miscompiles coroutines; write a session"),
    (re.compile(r"\b(system|popen)\("), "use ports::Processes with an argv"),
    (re.compile(r"\b(TODO|FIXME|XXX|HACK)\b"), "finish it, or open an issue"),
    (re.compile(r"^\s*throw\b"), "return a Result; our code does not throw"),
    (re.compile(r'#include "\.\.'), "write the layer: #include \"base/result.h\""),
    (re.compile(r"\bnew [A-Za-z_:]+[({]"), "std::make_unique"),
]
NEW_ALLOWED = re.compile(r"std::(unique|shared)_ptr<[\w:]+>( \w+)?\(new ")  # a private constructor
BAD_NAMES = re.compile(r"(^|_)(util|utils|helper|helpers|manager|common|misc)(_|\.|$)")
MAX_LINES, MAX_TEST_LINES, MAX_FUNCTION_LINES, MAX_COLUMNS = 500, 800, 60, 120

Fault = tuple[Path, int, str]


def tracked(root: Path) -> list[Path]:
    """Every file that git tracks or would track."""
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True)
    names = out.stdout.splitlines() if out.returncode == 0 else [str(p.relative_to(root)) for p in root.rglob("*")]
    return [root / name for name in names if (root / name).is_file()]


def check_layers(path: Path, layer: str, lines: list[str]) -> list[Fault]:
    faults = []
    layers, libraries = LAYERS[layer]
    is_test = path.name.endswith("_test.cpp")
    for number, line in enumerate(lines, 1):
        own = re.match(r'#include "([a-z_]+)/', line)
        if own and own[1] not in layers | {layer} and not (is_test and own[1] in {"support", "contract"} | set(LAYERS)):
            faults.append((path, number, f"layer {layer} must not include {own[1]}/ (ARCHITECTURE.md, dependencies)"))
        for private in PRIVATE_HEADERS:
            if f'#include "{private}"' in line and (path.suffix == ".h" or not private.startswith(f"{layer}/")):
                faults.append((path, number, f"{private} is for .cpp files of its own layer"))
        third = THIRD_PARTY.match(line)
        if not third or is_test:
            continue
        if path.suffix == ".h" and "/".join(path.parts[-2:]) not in PRIVATE_HEADERS:
            faults.append((path, number, f"{third[1]} in a header; keep third-party types in .cpp files"))
        elif third[1] not in libraries:
            faults.append((path, number, f"layer {layer} does not use {third[1]}"))
    return faults


def check_code(path: Path, lines: list[str], is_pure: bool) -> list[Fault]:
    faults = []
    for number, line in enumerate(lines, 1):
        code = line.split("//")[0]
        for pattern, instead in BANNED + (IMPURE if is_pure else []):
            text = line if "TODO" in pattern.pattern else code
            statement = (lines[number - 2].rstrip() if number > 1 else "") + code.strip()
            if pattern.search(text) and not NEW_ALLOWED.search(statement):
                faults.append((path, number, f"{pattern.search(text)[0].strip()}: {instead}"))
    return faults


def check_functions(path: Path, lines: list[str]) -> list[Fault]:
    """Bodies of namespace-level functions, as clang-format lays them out: '{' ends a line at column 0's
    definition, '}' alone at column 0 closes it."""
    faults = []
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and line.endswith("{") and not line.startswith((" ", "namespace", "}", "struct", "class", "enum")):
            start = number if "(" in "".join(lines[max(0, number - 4):number]) else None
        elif start is not None and line.startswith("}"):
            if number - start - 1 > MAX_FUNCTION_LINES:
                faults.append((path, start, f"a function of {number - start - 1} lines; {MAX_FUNCTION_LINES} at most"))
            start = None
    return faults


def check_own_header(root: Path, path: Path, lines: list[str]) -> list[Fault]:
    """A header that its own source includes first stands alone: cmake/layer.cmake counts on it."""
    header = path.with_name(path.stem.removesuffix("_test") + ".h")
    if header.with_suffix(".cpp").is_file() and path.name.endswith("_test.cpp"):
        return []  # the source itself does
    own = f'#include "{header.relative_to(root / "src").as_posix()}"'
    first = next(((number, line) for number, line in enumerate(lines, 1) if line.startswith("#include")), (1, ""))
    return [(path, first[0], f"begin with {own}")] if header.is_file() and first[1] != own else []


def check_text(path: Path, lines: list[str]) -> list[Fault]:
    faults = []
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            faults.append((path, number, "white space at the end of the line"))
        if "\t" in line:
            faults.append((path, number, "a tab"))
        if len(line) > MAX_COLUMNS and path.suffix in {".cpp", ".h"}:
            faults.append((path, number, f"{len(line)} columns; {MAX_COLUMNS} at most"))
    return faults


def check_file(root: Path, path: Path) -> list[Fault]:
    relative = path.relative_to(root)
    lines = path.read_text(encoding="utf-8").split("\n")
    faults: list[Fault] = check_text(path, lines)
    if BAD_NAMES.search(path.name):
        faults.append((path, 1, "name the noun that it defines"))
    limit = MAX_TEST_LINES if "test" in path.name or relative.parts[0] == "tests" else MAX_LINES
    if len(lines) - 1 > limit:
        faults.append((path, 1, f"{len(lines) - 1} lines; {limit} at most: a room that wants a wall"))
    if path.suffix == ".h" and "#pragma once" not in lines:
        faults.append((path, 1, "#pragma once is missing"))
    if path.suffix == ".h" and not lines[0].startswith("//"):
        faults.append((path, 1, "a header opens with what it is for"))
    if relative.parts[0] == "src" and len(relative.parts) > 2 and path.suffix in {".h", ".cpp"}:
        layer = relative.parts[1]
        faults += check_layers(path, layer, lines)
        if not path.name.endswith("_test.cpp"):
            faults += check_code(path, lines, layer in PURE)
            faults += check_functions(path, lines)
        if path.suffix == ".cpp":
            faults += check_own_header(root, path, lines)
    return faults


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    checked = [p for p in tracked(root) if p.suffix in {".h", ".cpp", ".py", ".cmake"} or p.name == "CMakeLists.txt"]
    faults = [fault for path in checked for fault in check_file(root, path)]
    for path, number, message in faults:
        print(f"{path.relative_to(root)}:{number}: {message}")
    print(f"tidy: {len(checked)} files, {len(faults)} faults")
    return 1 if faults or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
