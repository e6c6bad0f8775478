"""What cachewitness.evidence promises."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from cachewitness import EvidenceFile, LeakStep, UnreadableError, read_evidence

from .lines import FOOTER, HEADER, failed_probe, probe, write

ROOT = Path(__file__).resolve().parents[3]


class Evidence(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = self.folder / "evidence.jsonl"

    def read(self, *lines: dict[str, Any], end: str = "") -> tuple[EvidenceFile, list[Any]]:
        with read_evidence(write(self.path, *lines, end=end)) as evidence:
            return evidence, list(evidence)

    def test_gives_header_observations_and_footer(self) -> None:
        evidence, seen = self.read(HEADER, probe(), failed_probe("refused"), FOOTER)
        self.assertEqual((evidence.header.purpose, evidence.header.project), ("verify", "shop"))
        assert evidence.header.purge and evidence.footer
        self.assertEqual(evidence.header.purge.acknowledged_at_ns - evidence.header.purge.requested_at_ns, 1_500_000_000)
        self.assertEqual(evidence.header.started_at_ns % 1000, 1)
        self.assertTrue(evidence.is_complete)
        first, second = seen
        self.assertEqual((first.cell.edge, first.response.status, first.response.body.decoded_bytes), ("us-west-1", 200, 2))
        self.assertEqual(first.response.headers["etag"], '"v"')
        self.assertIsNone(first.failure)
        self.assertEqual((second.failure.cause, second.response, second.first_byte_at_ns), ("refused", None, None))

    def test_brackets_the_time_of_generation_with_the_probers_clock(self) -> None:
        _, [seen] = self.read(HEADER, probe(), FOOTER)
        after, not_after = seen.generated_between_ns
        self.assertEqual(seen.sent_at_ns - after, 6_000_000_000)
        self.assertEqual(seen.received_at_ns - not_after, 5_000_000_000)
        for age in (None, "-1", "5, 5", "", "1" * 12):
            headers = {} if age is None else {"age": age}
            _, [seen] = self.read(HEADER, probe(headers=headers), FOOTER)
            self.assertIsNone(seen.generated_between_ns, age)

    def test_reads_names_that_are_not_utf_8_and_the_origin(self) -> None:
        odd = probe(type="origin", region=None, edge=None, replica="https://o1.example.net", tenant=None,
                    tenant_base64="dP8=")
        _, [seen] = self.read(HEADER, odd, FOOTER)
        self.assertEqual((seen.role, seen.cell.tenant, seen.cell.edge, seen.replica),
                         ("origin", "t\\xff", "", "https://o1.example.net"))

    def test_of_a_killed_run_is_whole_but_for_its_last_line(self) -> None:
        evidence, seen = self.read(HEADER, probe(), end='{"type": "pro')
        self.assertEqual((len(seen), evidence.footer, evidence.is_complete), (1, None, False))

    def test_ignores_members_that_it_does_not_know(self) -> None:
        _, [seen] = self.read(dict(HEADER, new=1), probe(new={"x": []}), FOOTER)
        self.assertEqual(seen.values["new"], {"x": []})

    def test_passes_over_the_line_of_a_round(self) -> None:
        evidence, seen = self.read(HEADER, probe(), {"type": "round", "round": 1}, probe(round=1), FOOTER)
        self.assertEqual([one.round for one in seen], [0, 1])
        self.assertTrue(evidence.is_complete)

    def test_gives_the_steps_of_leak_checks(self) -> None:
        tried = {"check": "poisoning", "step": "prime", "header": "x-forwarded-host", "canary": "cw-1.invalid"}
        crossed = {"check": "cross_tenant", "step": "other", "other_tenant_base64": "dP8="}
        _, seen = self.read(HEADER, probe(), probe(type="leak", leak=tried), probe(type="leak", leak=crossed), FOOTER)
        self.assertEqual([one.role for one in seen], ["probe", "leak", "leak"])
        self.assertEqual([one.leak for one in seen],
                         [None, LeakStep("poisoning", "prime", "x-forwarded-host", "cw-1.invalid", ""),
                          LeakStep("cross_tenant", "other", "", "", "t\\xff")])
        with self.assertRaisesRegex(UnreadableError, ':2: "leak" is not there'):
            self.read(HEADER, probe(type="leak"), FOOTER)

    def test_knows_every_type_of_line_that_the_schema_has(self) -> None:
        schema = json.loads((ROOT / "schemas" / "evidence.v1.schema.json").read_text(encoding="utf-8"))
        types = [line["properties"]["type"] for line in schema["definitions"].values() if "type" in line.get("properties", {})]
        known = {word for each in types for word in each.get("enum", [each.get("const")])}
        self.assertIn("probe", known)
        leak = {"check": "poisoning", "step": "ask"}
        for kind in known - {"header", "footer"}:
            with self.subTest(kind):
                evidence, _ = self.read(HEADER, probe(type=kind, leak=leak), FOOTER)
                self.assertTrue(evidence.is_complete)

    def test_refuses_what_it_cannot_read_whole_and_says_where(self) -> None:
        for name, lines, expected in (
                ("another schema", [dict(HEADER, schema="cachewitness.evidence/v2")], ":1: no header of"),
                ("no header", [probe()], ":1: no header of"),
                ("an unknown line", [HEADER, {"type": "dream"}, FOOTER], ":2: unknown type of line 'dream'"),
                ("a wrong type", [HEADER, probe(sample="0"), FOOTER], ':2: "sample" is not a whole number'),
                ("a missing member", [HEADER, probe(tenant=None), FOOTER], ':2: "tenant" is not there'),
                ("no time", [HEADER, probe(sent_at="yesterday"), FOOTER], ':2: "sent_at" is not a time'),
                ("more after the end", [HEADER, FOOTER, probe()], ":3: a line after the footer")):
            with self.subTest(name), self.assertRaises(UnreadableError) as raised:
                self.read(*lines)
            self.assertIn(expected, str(raised.exception), name)
        self.path.write_text(json.dumps(HEADER) + "\nnonsense\n" + json.dumps(FOOTER) + "\n", encoding="utf-8")
        with self.assertRaisesRegex(UnreadableError, ":2: not JSON"), read_evidence(self.path) as evidence:
            list(evidence)
        self.path.write_text("", encoding="utf-8")
        with self.assertRaisesRegex(UnreadableError, "is empty"):
            read_evidence(self.path)
        with self.assertRaises(OSError):
            read_evidence(self.folder / "none.jsonl")


@unittest.skipUnless(shutil.which("zstd"), "zstd is not installed")
class CompressedEvidence(Evidence):
    """The same file, compressed."""

    def read(self, *lines: dict[str, Any], end: str = "") -> tuple[EvidenceFile, list[Any]]:
        plain = write(self.path, *lines, end=end)
        subprocess.run(["zstd", "-qf", str(plain)], check=True)
        with read_evidence(str(plain) + ".zst") as evidence:
            return evidence, list(evidence)

    def test_of_a_killed_run_may_be_cut_anywhere(self) -> None:
        self.read(HEADER, *[probe(id="e%d" % i) for i in range(1000)], FOOTER)
        path = Path(str(self.path) + ".zst")
        path.write_bytes(path.read_bytes()[:-7])
        with read_evidence(path) as evidence:
            list(evidence)
            self.assertFalse(evidence.is_complete)

    def test_is_no_place_for_nonsense(self) -> None:
        path = self.folder / "evidence.jsonl.zst"
        path.write_bytes(b"nonsense")
        with self.assertRaisesRegex(UnreadableError, "zstd cannot decompress it"):
            read_evidence(path)

    def test_tells_what_to_do_where_zstd_is_missing(self) -> None:
        path = self.folder / "evidence.jsonl.zst"
        path.write_bytes(b"")
        with mock.patch.dict(os.environ, PATH=str(self.folder)), self.assertRaisesRegex(UnreadableError, "install zstd"):
            read_evidence(path)


if __name__ == "__main__":
    unittest.main()
