"""JUnit files are well-formed XML, and every suite's counts are those of its test cases."""

import sys
import xml.etree.ElementTree as ElementTree

COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def faults_of(path):
    root = ElementTree.parse(path).getroot()
    for suite in root.findall("testsuite"):
        cases = suite.findall("testcase")
        counts = {"tests": len(cases)}
        for attribute, tag in COUNTED.items():
            counts[attribute] = sum(1 for case in cases if case.find(tag) is not None)
        for attribute, count in counts.items():
            if suite.get(attribute) != str(count):
                yield "%s: %s=%s, counted %d" % (suite.get("name"), attribute, suite.get(attribute), count)
    if not root.findall("testsuite"):
        yield "no suites"


def main(paths):
    faults = [fault for path in paths for fault in faults_of(path)]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
