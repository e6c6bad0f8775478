#!/usr/bin/env python3
"""Coherency check for cachewitness: do all edges of all regions serve the same thing?

Reads a check's input (`cachewitness.check/v1`, one JSON object) from standard input, the evidence lines
that it names, and answers with one JSON object on standard output. Standard library only, Python 3.9+.

Two questions, answered apart from the verdicts of cachewitness itself, from the same evidence:

1. Agreement. For each tenant, asset and variant: do all edges hold the same content? Content is the digest
   of the decoded body, else the ETag without its weakness mark and coding suffix, else the status. What the
   origin serves is the truth; where the evidence has none, the majority of the edges is.
2. Generations. A copy was generated (or validated) at the time of the request minus its Age, by the
   prober's clock. Where one region's copies are from after the purge and another's from before it, the
   purge reached one region and not the other, and the finding names both.

The parity score is the share of cells that agree with the truth; the metrics have it for tenants and for each region
too, and how long after the purge each region's first copy was generated. Below `--min-parity` (0.95) the check fails;
above it a cell that disagrees is a warning, since the gate of cachewitness judges each stale cell by itself. Exit code:
0 if the question could be answered, whatever the answer is; anything else means that there is no answer.
"""

import argparse
import json
import math
import re
import subprocess
import sys
from collections import Counter
from datetime import datetime, timezone

SCHEMA = "cachewitness.check/v1"
EVIDENCE_SCHEMA = "cachewitness.evidence/v1"
MAX_FINDINGS = 100
MAX_REGIONS_IN_METRICS = 28  # an answer has at most 100 metrics
# Age counts whole seconds (RFC 9111 section 5.1), and what lies between two clocks' ticks proves nothing.
AGE_SLACK_SECONDS = 1.0
CODING_SUFFIX = re.compile(r'[-;](?:gzip|br|zstd|deflate|df|gz)(?="?$)')


class Unanswerable(Exception):
    """The check has no input that it could judge."""


def seconds_since_epoch(text):
    """RFC 3339 in UTC, nanoseconds and all, as cachewitness writes it."""
    moment, _, fraction = text.rstrip("Z").partition(".")
    whole = datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc).timestamp()
    return whole + (float("0." + fraction) if fraction else 0.0)


class Moments:
    """Parses times; the date's part of a run is the same minute again and again, so it is remembered."""

    def __init__(self):
        self._minutes = {}

    def parse(self, text):
        minute = text[:17]
        base = self._minutes.get(minute)
        if base is None:
            base = self._minutes[minute] = seconds_since_epoch(minute + "00Z")
        return base + float(text[17:].rstrip("Z"))


def content_of(line):
    """What version this answer is, or None where it says nothing about content."""
    if "status" not in line:
        return None
    status = line["status"]
    body = line.get("body") or {}
    if status == 200 and body.get("sha256"):
        return "sha256:" + body["sha256"]
    etag = (line.get("headers") or {}).get("etag")
    if etag and status == 200:
        return "etag:" + CODING_SUFFIX.sub("", etag[2:] if etag.startswith("W/") else etag)
    return "status:%d" % status


def age_of(line):
    text = (line.get("headers") or {}).get("age", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def open_lines(path):
    """The lines of an evidence file as they come; a million of them must not be in memory at once."""
    if not path.endswith(".zst"):
        with open(path, encoding="utf-8", errors="replace") as lines:
            yield from lines
        return
    try:
        child = subprocess.Popen(["zstd", "-dcq", "--", path], stdout=subprocess.PIPE)
    except OSError as error:
        raise Unanswerable("%s is compressed and zstd cannot be run (%s): install zstd, or write plain lines with "
                           "--evidence FILE.jsonl" % (path, error.strerror))
    with child.stdout:
        for line in child.stdout:
            yield line.decode("utf-8", errors="replace")
    if child.wait() != 0:
        raise Unanswerable("zstd could not decompress %s" % path)


def name_in(line, key):
    """Names that are not UTF-8 stand under another key, and are as good for telling cells apart."""
    return line.get(key) or line.get(key + "_base64") or ""


def intern(table, value):
    """One number a distinct value: a cell then costs a few words, not a few strings."""
    return table.setdefault(value, len(table))


class Evidence:
    """What the check keeps of an evidence file: the last word of each cell."""

    def __init__(self, environments):
        self.environments = environments  # empty = all
        self.edges = {}      # (region, edge) -> number
        self.contents = {}   # content -> number
        # (environment, tenant, asset, variant) -> {edge number: (content number, generated at or None)}
        self.combinations = {}
        self.truths = {}     # the same -> Counter of content numbers over the origin's replicas
        self.purged_at = None
        self.probes = 0
        self.failures = 0
        self._moments = Moments()

    def read(self, path):
        has_header = False
        broken = None
        for number, text in enumerate(open_lines(path), 1):
            if broken is not None:
                raise Unanswerable("%s:%d: not JSON" % (path, broken))
            try:
                line = json.loads(text)
            except ValueError:
                broken = number  # forgiven on the last line only: a killed run cuts it short
                continue
            kind = line.get("type") if isinstance(line, dict) else None
            if not has_header:
                if kind != "header" or line.get("schema") != EVIDENCE_SCHEMA:
                    raise Unanswerable("%s does not begin with a header of %s" % (path, EVIDENCE_SCHEMA))
                has_header = True
                purge = line.get("purge")
                self.purged_at = seconds_since_epoch(purge["requested_at"]) if purge else None
            elif kind in ("probe", "origin") and (not self.environments or line.get("environment") in self.environments):
                self._take(kind, line)
        if not has_header:
            raise Unanswerable("%s is empty" % path)

    def _take(self, kind, line):
        content = content_of(line)
        environment, region, edge_name, *rest = (name_in(line, key) for key in (
            "environment", "region", "edge", "tenant", "asset", "variant"))
        combination = (environment, *rest)
        if kind == "origin":
            if content is not None:
                self.truths.setdefault(combination, Counter())[intern(self.contents, content)] += 1
            return
        self.probes += 1
        if content is None:
            self.failures += 1
            return
        age = age_of(line)
        generated_at = None if age is None else self._moments.parse(line["sent_at"]) - age
        if len(self.environments) != 1:
            region = "%s/%s" % (environment, region)  # both may have a us-west
        edge = intern(self.edges, (region, edge_name))
        self.combinations.setdefault(combination, {})[edge] = (intern(self.contents, content), generated_at)


def truth_of(cells, origin):
    """The content that the origin serves, else that most edges hold. Ties go to what was seen first."""
    votes = origin if origin else Counter(content for content, _ in cells.values())
    return max(votes.items(), key=lambda vote: vote[1])[0]


def generations(cells, edges, purged_at):
    """For each region, when its oldest and its newest copy were generated: seconds since the purge, negative before."""
    spans = {}
    for edge, (_, generated_at) in cells.items():
        if generated_at is not None:
            since = generated_at - purged_at
            oldest, newest = spans.get(edges[edge][0], (since, since))
            spans[edges[edge][0]] = (min(oldest, since), max(newest, since))
    return spans


def regions_apart(spans):
    """The regions with a copy from before the purge, and those whose copies are all from after it."""
    before = sorted(region for region, (oldest, _) in spans.items() if oldest < -AGE_SLACK_SECONDS)
    return before, sorted(set(spans) - set(before))


class Region:
    """What all cells of one region come to."""

    def __init__(self):
        self.cells = 0
        self.agreeing = 0
        self.first_after_purge = None  # seconds
        self.copies_before_purge = 0

    def correlate(self, since):
        if since < -AGE_SLACK_SECONDS:
            self.copies_before_purge += 1
        elif self.first_after_purge is None or since < self.first_after_purge:
            self.first_after_purge = max(0.0, since)  # a moment before the purge is the slack of Age

    def parity(self):
        return self.agreeing / self.cells if self.cells else 0.0


def name_of(combination):
    return dict(zip(("environment", "tenant", "asset", "variant"), combination))


class Answer:
    """Counts everything and keeps the first findings."""

    def __init__(self):
        self.findings = []
        self.findings_total = 0
        self.cells = 0
        self.agreeing = 0
        self.split_regions = 0
        self.tenants = set()
        self.tenants_apart = set()
        self.regions = {}  # name -> Region

    def count(self, region, agrees, since_purge):
        counted = self.regions.setdefault(region, Region())
        self.cells += 1
        counted.cells += 1
        if agrees:
            self.agreeing += 1
            counted.agreeing += 1
        if since_purge is not None:
            counted.correlate(since_purge)

    def find(self, finding):
        self.findings_total += 1
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(finding)

    def parity(self):
        return self.agreeing / self.cells if self.cells else 0.0


def judge(evidence):
    answer = Answer()
    edges = list(evidence.edges)
    contents = list(evidence.contents)
    for combination, cells in evidence.combinations.items():
        answer.tenants.add(combination[:2])
        truth = truth_of(cells, evidence.truths.get(combination))
        apart = [edge for edge, (content, _) in cells.items() if content != truth]
        for edge, (content, generated_at) in cells.items():
            is_dated = generated_at is not None and evidence.purged_at is not None
            answer.count(edges[edge][0], content == truth, generated_at - evidence.purged_at if is_dated else None)
        if apart:
            answer.tenants_apart.add(combination[:2])
            answer.find(dict(name_of(combination), kind="content", expected=contents[truth],
                             edges=[{"region": edges[edge][0], "edge": edges[edge][1],
                                     "observed": contents[cells[edge][0]]} for edge in sorted(apart)]))
        if evidence.purged_at is None:
            continue
        spans = generations(cells, edges, evidence.purged_at)
        before, after = regions_apart(spans)
        if before and after:
            answer.split_regions += 1
            answer.find(dict(name_of(combination), kind="generation", regions_before_purge=before,
                             regions_after_purge=after,
                             seconds_since_purge={region: [round(oldest, 3), round(newest, 3)]
                                                  for region, (oldest, newest) in sorted(spans.items())}))
    return answer


def status_of(answer, min_parity):
    if answer.cells == 0 or answer.parity() < min_parity:
        return "fail"
    return "warn" if answer.split_regions or answer.agreeing < answer.cells else "pass"


def detail_of(answer, evidence):
    if answer.cells == 0:
        return "no cell could be compared: the evidence holds no answer of an edge%s" % (
            " in environment %s" % ", ".join(evidence.environments) if evidence.environments else "")
    regions = {region for region, _ in evidence.edges}
    text = "%d of %d cells agree over %d edges in %d regions (Python %d.%d)" % (
        answer.agreeing, answer.cells, len(evidence.edges), len(regions), *sys.version_info[:2])
    if answer.tenants_apart:
        name, worst = min(answer.regions.items(), key=lambda region: region[1].parity())
        text += "; %d of %d tenants disagree, most in %s (%.1f%% agree)" % (
            len(answer.tenants_apart), len(answer.tenants), name, math.floor(worst.parity() * 1000) / 10)
    if answer.split_regions:
        text += "; %d objects are from before the purge in some regions and from after it in others" % (
            answer.split_regions)
    return text


def metrics_of(answer, evidence):
    metrics = {"cells": answer.cells, "agreeing": answer.agreeing, "probes": evidence.probes,
               "failures": evidence.failures, "edges": len(evidence.edges), "tenants": len(answer.tenants),
               "tenants_apart": len(answer.tenants_apart), "split_regions": answer.split_regions,
               "findings_total": answer.findings_total}
    if answer.tenants:
        metrics["tenant_parity"] = 1 - len(answer.tenants_apart) / len(answer.tenants)
    for name, region in sorted(answer.regions.items(), key=lambda region: (region[1].parity(), region[0]))[
            :MAX_REGIONS_IN_METRICS]:
        metrics["parity.%s" % name] = region.parity()
        if evidence.purged_at is not None:
            metrics["copies_before_purge.%s" % name] = region.copies_before_purge
        if region.first_after_purge is not None:
            metrics["first_copy_after_purge_s.%s" % name] = round(region.first_after_purge, 3)
    return metrics


def check(request, min_parity):
    if not isinstance(request, dict) or request.get("schema") != SCHEMA:
        raise Unanswerable("the input is not a %s object" % SCHEMA)
    path = request.get("evidence")
    if not isinstance(path, str):
        raise Unanswerable("the input names no evidence file; set `input: evidence` for this check")
    evidence = Evidence([name for name in (request.get("environment") or "").split(",") if name])
    evidence.read(path)
    purge = request.get("purge") or {}
    if purge.get("requested_at"):
        evidence.purged_at = seconds_since_epoch(purge["requested_at"])
    answer = judge(evidence)
    return {
        "schema": SCHEMA,
        "status": status_of(answer, min_parity),
        "detail": detail_of(answer, evidence),
        "parity_score": answer.parity(),
        "findings": answer.findings,
        "metrics": metrics_of(answer, evidence),
    }


def main():
    parser = argparse.ArgumentParser(description="Coherency check for cachewitness; reads its input from stdin.")
    parser.add_argument("--min-parity", type=float, default=0.95, metavar="SHARE",
                        help="fail below this share of agreeing cells, 0 to 1 (default: 0.95)")
    arguments = parser.parse_args()
    try:
        request = json.load(sys.stdin)
        answer = check(request, arguments.min_parity)
    except (Unanswerable, OSError) as error:
        print("cdn-verify: %s" % error, file=sys.stderr)
        return 1
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        print("cdn-verify: unusable input: %s: %s" % (type(error).__name__, error), file=sys.stderr)
        return 1
    json.dump(answer, sys.stdout)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
