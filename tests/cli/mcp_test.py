#!/usr/bin/env python3
"""`cachewitness mcp` as a client sees it: both eras, real calls on a lab, cancellation, and an orderly end."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

from lab import Lab
from program import BINARY, DEADLINE_S, ProgramTest, main
from raw_server import RawServer, page
from small_fleet import small_fleet

MODERN = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


class Client:
    """One server as a child, spoken to in lines."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.child = subprocess.Popen([BINARY, "mcp", *options], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]})
        self.lines: queue.Queue[str] = queue.Queue()
        self.notifications: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._last = 0

    def _read(self) -> None:
        for line in self.child.stdout:
            self.lines.put(line)

    def send(self, message: dict[str, Any]) -> None:
        self.child.stdin.write(json.dumps(message) + "\n")
        self.child.stdin.flush()

    def ask(self, method: str, params: dict[str, Any]) -> int:
        self._last += 1
        self.send({"jsonrpc": "2.0", "id": self._last, "method": method, "params": params})
        return self._last

    def next(self) -> dict[str, Any]:
        return json.loads(self.lines.get(timeout=DEADLINE_S))

    def answer(self, number: int) -> dict[str, Any]:
        while True:
            message = self.next()
            if message.get("id") == number:
                return message
            self.notifications.append(message)

    def call(self, tool: str, meta: dict[str, Any] | None = None, **arguments: Any) -> dict[str, Any]:
        return self.answer(self.ask("tools/call", {"name": tool, "arguments": arguments, "_meta": meta or {}}))["result"]

    def close(self) -> int:
        self.child.stdin.close()
        code = self.child.wait(timeout=DEADLINE_S)
        self._reader.join(DEADLINE_S)
        self.child.stdout.close()
        self.child.stderr.close()
        return code


class McpTest(ProgramTest):
    def client(self, *options: str) -> Client:
        client = Client(self.folder, *options)
        self.addCleanup(lambda: client.child.poll() is None and client.close())
        return client

    def lab(self) -> Lab:
        lab = Lab(self.folder, "--tenants", "12", "--regions", "2")
        self.addCleanup(lab.close)
        return lab

    def test_a_whole_deploy_through_tools(self) -> None:
        lab = self.lab()
        client = self.client()
        client.answer(client.ask("initialize", {"protocolVersion": "2025-11-25", "capabilities": {},
                                                "clientInfo": {"name": "test", "version": "1"}}))
        client.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        checked = client.call("manifest_check")
        self.assertIn("good;", checked["structuredContent"]["text"])
        planned = client.call("manifest_plan", tenants=lab.tenants[0])
        self.assertGreater(planned["structuredContent"]["plan"]["cells"], 0)
        armed = client.call("arm")
        self.assertEqual(armed["structuredContent"]["exit_code"], 0, armed)
        self.assertTrue((self.folder / "cachewitness-mcp" / "baseline.jsonl").exists())
        lab.deploy(2)
        verified = client.call("verify", {"progressToken": "bar", **MODERN}, baseline="baseline.jsonl",
                               evidence="after.jsonl", report="report.json")
        content = verified["structuredContent"]
        self.assertEqual((content["exit_code"], content["meaning"]), (1, "the gate failed: something was found"))
        self.assertFalse(verified["isError"])
        self.assertEqual(content["report"]["schema"], "cachewitness.report/v1")
        self.assertEqual(json.loads(verified["content"][0]["text"]), content)
        self.assertEqual(verified["resultType"], "complete")
        whole = json.loads((self.folder / "cachewitness-mcp" / "report.json").read_text())
        self.assertEqual(whole["run_id"], content["report"]["run_id"])
        judged = client.call("judge", evidence="after.jsonl")["structuredContent"]
        self.assertEqual(judged["report"]["outcome"], content["report"]["outcome"])
        told = client.call("explain", evidence="after.jsonl", most=1)["structuredContent"]["text"]
        self.assertIn("never-purged", told)
        self.assertEqual(client.close(), 0)

    def test_results_are_bounded_and_say_so(self) -> None:
        lab = self.lab()
        client = self.client("--max-result-bytes", "8000")
        client.call("arm")
        lab.deploy(2)
        result = client.call("verify", baseline="baseline.jsonl", report="whole.json")
        self.assertLessEqual(len(result["content"][0]["text"]), 8000)
        whole = json.loads((self.folder / "cachewitness-mcp" / "whole.json").read_text())
        truncated = result["structuredContent"]["truncated"]
        self.assertTrue(truncated)
        for path, length in truncated.items():
            held = {"report": whole}
            for key in path.split("."):
                held = held[key]
            self.assertEqual(len(held), length, path)

    def test_progress_grows(self) -> None:
        # Each answer takes longer than two reports of progress lie apart.
        def answer_slowly(peer: socket.socket) -> None:
            server.over.wait(0.15)
            peer.sendall(page(b"new page\n", b"Age: 3"))

        server = RawServer(answer_slowly)
        self.addCleanup(server.close)
        self.fleet(server, tenants=8)
        client = self.client()
        verified = client.call("verify", {"progressToken": 5})
        self.assertEqual(verified["structuredContent"]["report"]["summary"]["cells"]["total"], 8)
        steps = [n["params"] for n in client.notifications]
        self.assertGreaterEqual(len(steps), 2)
        self.assertTrue(all(step["progressToken"] == 5 for step in steps))
        done = [step["progress"] for step in steps]
        self.assertEqual(done, sorted(set(done)))

    def silent_fleet(self) -> None:
        server = RawServer(lambda peer: server.over.wait(DEADLINE_S))
        self.addCleanup(server.close)
        self.fleet(server)

    def fleet(self, server: RawServer, tenants: int = 1) -> None:
        self.write("cachewitness.yaml", small_fleet(
            server.address, {"edge": server.address}, tenants=[f"t{i}" for i in range(tenants)], policy="propagation: 0s",
            limits="concurrency: 1, timeout: 100s, total: 100s"))

    def test_cancelled_calls_stop_and_are_not_answered(self) -> None:
        self.silent_fleet()
        client = self.client()
        running = client.ask("tools/call", {"name": "verify", "arguments": {"evidence": "kept.jsonl"}})
        waiting = client.ask("tools/call", {"name": "manifest_check"})
        self.assertEqual(client.answer(client.ask("ping", {}))["result"], {}, "the server listens while a call runs")
        for number in (waiting, running):
            client.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}})
        after = client.ask("tools/call", {"name": "manifest_check"})
        self.assertEqual(client.next()["id"], after, "neither of the two was answered")
        self.assertEqual(client.close(), 0)

    def test_cancelling_ends_the_programs_of_a_call(self) -> None:
        server = RawServer(page(b"new page\n", b"Age: 3"))
        self.addCleanup(server.close)
        self.fleet(server)
        path = self.folder / "cachewitness.yaml"
        path.write_text(path.read_text() + "checks: [{name: slow, timeout: 10m, result: exit-code, "
                        "run: [sh, -c, 'echo $$ > started; exec sleep 600']}]\n")
        client = self.client()
        number = client.ask("tools/call", {"name": "verify", "arguments": {}})
        started = self.folder / "started"
        self.wait_until(lambda: started.exists() and started.read_text().endswith("\n"), "the check never started")
        client.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}})
        after = client.call("manifest_check")
        self.assertEqual(after["structuredContent"]["exit_code"], 0)
        self.assertFalse(Path("/proc", started.read_text().strip()).exists(), "the check is still running")

    def test_ends_with_its_client_and_by_signal(self) -> None:
        self.silent_fleet()
        client = self.client()
        client.ask("tools/call", {"name": "verify", "arguments": {}})
        client.answer(client.ask("ping", {}))
        self.assertEqual(client.close(), 0)
        client = self.client()
        client.answer(client.ask("ping", {}))
        client.child.send_signal(signal.SIGTERM)
        self.assertEqual(client.close(), 143)

    def test_faults_of_the_manifest_are_told(self) -> None:
        self.write("cachewitness.yaml", "version: 1\nprojekt: shop\n")
        result = self.client().call("verify")
        self.assertTrue(result["isError"])
        self.assertEqual(result["structuredContent"]["exit_code"], 2)
        self.assertIn("cachewitness.yaml:2:1", " ".join(result["structuredContent"]["diagnostics"]))

    def test_purges_only_where_a_person_said_so(self) -> None:
        purged = self.folder / "purged"
        server = RawServer(page(b"new page\n", b"Age: 3"))
        self.addCleanup(server.close)
        self.fleet(server)
        path = self.folder / "cachewitness.yaml"
        driver = self.write("driver.py", "import json, sys\nasked = json.load(sys.stdin)\n"
                            f"open({str(purged)!r}, 'a').write(json.dumps(asked))\n"
                            "print(json.dumps({'accepted': asked['items'], 'id': '1'}))\n")
        path.write_text(path.read_text().replace(
            "    regions:", f"    purge: {{provider: driver, run: [/usr/bin/python3, {driver}]}}\n    regions:"))
        refused = self.client()
        answer = refused.answer(refused.ask("tools/call", {"name": "purge", "arguments": {}}))
        self.assertEqual(answer["error"]["code"], -32602)
        self.assertIn("--allow-purge", answer["error"]["message"])
        allowed = self.client("--allow-purge")
        looked = allowed.call("purge", dry_run=True)["structuredContent"]
        self.assertEqual(looked["exit_code"], 0, looked)
        self.assertFalse(purged.exists())
        done = allowed.call("purge", urls=["http://t0.example.com/asset.js"])["structuredContent"]
        self.assertEqual(done["exit_code"], 0, done)
        self.assertIn("t0.example.com", purged.read_text())
        self.assertTrue((self.folder / "cachewitness-mcp" / "purge.jsonl").exists())


if __name__ == "__main__":
    main()
