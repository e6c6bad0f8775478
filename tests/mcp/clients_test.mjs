// The protocol's own clients against `cachewitness mcp`: what they accept is what it must be. Exits 77 where they are
// not installed (`scripts/deps test` installs them), which ctest shows as skipped.
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';

const binary = process.env.CACHEWITNESS_BINARY;
const folder = mkdtempSync(join(tmpdir(), 'cachewitness-mcp-'));
process.on('exit', () => rmSync(folder, {recursive: true, force: true}));

async function load(...names) {
  try {
    return await Promise.all(names.map((name) => import(name)));
  } catch (missing) {
    console.error(`SKIPPED: ${missing.message}\nrun scripts/deps test to install the clients`);
    process.exit(77);
  }
}

const [legacy, legacyStdio, modern, modernStdio] = await load(
    '@modelcontextprotocol/sdk/client/index.js', '@modelcontextprotocol/sdk/client/stdio.js',
    '@modelcontextprotocol/client', '@modelcontextprotocol/client/stdio');

// An address that refuses, because whoever listened there is gone: a run ends at once, and every cell is an error.
const address = await new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const {port} = server.address();
    server.close(() => resolve(`127.0.0.1:${port}`));
  });
});
writeFileSync(join(folder, 'cachewitness.yaml'), `\
version: 1
project: shop
tenants: {inline: [{id: tenant-abc, host: abc.example.com}]}
assets: [/asset.js]
environments:
  production:
    url: "http://{tenant.host}{asset}"
    origin: {replicas: ["http://${address}"]}
    regions: {us-west: {edges: [{name: edge, address: "${address}"}]}}
limits: {timeout: 2s, total: 20s}
`);

const generations = [
  {
    name: 'sdk 1.32.2, which knows no revision after 2025-11-25',
    make: () => new legacy.Client({name: 'test', version: '1'}),
    transport: legacyStdio.StdioClientTransport,
    version: '2025-11-25',
  },
  {
    name: 'client 2.4.0 as it comes, which begins with initialize',
    make: () => new modern.Client({name: 'test', version: '1'}),
    transport: modernStdio.StdioClientTransport,
    version: '2025-11-25',
  },
  {
    name: 'client 2.4.0 told to find out, which asks server/discover',
    make: () => new modern.Client({name: 'test', version: '1'}, {versionNegotiation: {mode: 'auto'}}),
    transport: modernStdio.StdioClientTransport,
    version: '2026-07-28',
  },
];

for (const {name, make, transport: Transport, version} of generations) {
  test(name, {timeout: 120_000}, async () => {
    const client = make();
    await client.connect(new Transport({command: binary, args: ['mcp'], cwd: folder, stderr: 'inherit'}));
    try {
      const spoken = client.getNegotiatedProtocolVersion?.() ?? client.transport?._protocolVersion;
      if (spoken !== undefined) assert.equal(spoken, version);
      assert.equal(client.getServerVersion().name, 'cachewitness');
      assert.match(client.getInstructions(), /arm before it/);
      const {tools} = await client.listTools();
      assert.deepEqual(tools.map((tool) => tool.name),
                       ['manifest_check', 'manifest_plan', 'arm', 'verify', 'parity', 'judge', 'explain']);

      const checked = await client.callTool({name: 'manifest_check', arguments: {}});
      assert.match(checked.structuredContent.text, /good; 1 environment, 1 edge, 1 tenant/);

      const steps = [];
      const verify = {name: 'verify', arguments: {evidence: `${version}.jsonl`, tenants: 'tenant-*'}};
      const progress = {onprogress: (step) => steps.push(step.progress), resetTimeoutOnProgress: true};
      const verified = Transport === legacyStdio.StdioClientTransport ?
          await client.callTool(verify, undefined, progress) : await client.callTool(verify, progress);
      assert.equal(verified.isError ?? false, false);
      assert.equal(verified.structuredContent.report.schema, 'cachewitness.report/v1');
      assert.deepEqual(steps, [...new Set(steps)].sort((a, b) => a - b));

      const explained = await client.callTool({name: 'explain', arguments: {evidence: `${version}.jsonl`}});
      assert.match(explained.structuredContent.text, /refused/);

      const wrong = await client.callTool({name: 'verify', arguments: {evidence: '../outside'}});
      assert.equal(wrong.isError, true);
      assert.match(wrong.content[0].text, /plain name of a file/);
      await assert.rejects(client.callTool({name: 'purge', arguments: {}}), /--allow-purge/);
    } finally {
      await client.close();
    }
  });
}
