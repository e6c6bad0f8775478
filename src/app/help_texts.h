// What `--help` says below the options: examples to copy, and what the exit codes mean.
#pragma once

#include <string_view>

namespace cachewitness::app {

inline constexpr std::string_view examples = R"(Examples:
  See it work, with a CDN of its own on loopback:
    cachewitness demo
  Record what every edge holds, before the deploy:
    cachewitness arm -m shop.yaml --evidence before.jsonl
  Prove the purge, gate the deployment:
    cachewitness verify -m shop.yaml --baseline before.jsonl --purged-at 2026-11-23T14:32:18Z

)";
inline constexpr std::string_view exit_codes =
    R"(Exit codes: 0 the gate passed; 1 it failed; 2 the command or the manifest is wrong;
            3 too little evidence to say; 4 the program could not do its work; 130/143 interrupted.
)";

inline constexpr std::string_view arm_examples = R"(Examples:
  cachewitness arm -m shop.yaml --evidence before.jsonl.zst
  cachewitness arm -e production --regions 'us-*' --dry-run

)";
inline constexpr std::string_view purge_examples = R"(Examples:
  Look first, then ask for every planned URL of some tenants:
    cachewitness purge -e production --tenants 'tenant-a*' --dry-run
    cachewitness purge -e production --tenants 'tenant-a*'
  By tag, softly:
    cachewitness purge -e production --tag release-41 --tag shop --soft
  Purge, verify, purge again what is flagged:
    cachewitness purge -e production --baseline before.jsonl --verify --report report.json
  After a crash:
    cachewitness purge --resume --journal purge.jsonl

)";
inline constexpr std::string_view purge_exit_codes =
    R"(Exit codes: 0 all was taken; 1 something was refused; 2 the command, the manifest or what the provider can do;
            3 something is unknown or was not sent, or the origin was not ready; 4 the journal could not be written;
            130/143 interrupted. With --verify: the gate's, as of verify.
)";
inline constexpr std::string_view verify_examples = R"(Examples:
  Prove a purge of production:
    cachewitness verify -e production --baseline before.jsonl --purged-at 2026-11-23T14:32:18Z
  One edge, some tenants, every finding:
    cachewitness verify --tenants 'tenant-a*' --edges us-west-1 -v
  Verify a journaled purge, and purge what is flagged again, twice at most:
    cachewitness verify -e production --purged-at journal --repurge 2
  In a pipeline:
    cachewitness verify --format github --junit junit.xml --report report.json

)";
inline constexpr std::string_view parity_examples = R"(Examples:
  cachewitness parity -e staging,production
  cachewitness parity -e dev,staging,production --report parity.json --evidence parity.jsonl
  What changed since, and the same comparison without the network:
    cachewitness parity -e staging,production --against parity.json
    cachewitness parity --from parity.jsonl --html parity.html

)";
inline constexpr std::string_view judge_examples = R"(Examples:
  cachewitness judge after.jsonl
  cachewitness judge after.jsonl.zst --html report.html

)";
inline constexpr std::string_view explain_examples = R"(Examples:
  cachewitness explain after.jsonl
  cachewitness explain after.jsonl --tenants tenant-xyz --edges us-west-1 --variants gzip
)";
inline constexpr std::string_view manifest_examples = R"(Examples:
  cachewitness manifest check shop.yaml
  cachewitness manifest schema
  cachewitness manifest plan shop.yaml -e staging
)";
inline constexpr std::string_view mcp_examples = R"(Examples:
  What a client's configuration says:
    cachewitness mcp --manifest /srv/shop/cachewitness.yaml --directory /srv/shop/witness
  With the tool that purges:
    cachewitness mcp -m shop.yaml --allow-purge
  Tools: manifest_check, manifest_plan, arm, verify, parity, judge, explain, purge.

)";
inline constexpr std::string_view run_examples = R"(Examples:
  Look first, then run it:
    cachewitness run skills/verify-cdn-invalidation manifest=shop.yaml --dry-run
    cachewitness run skills/verify-cdn-invalidation manifest=shop.yaml --yes
  After a crash or an interrupt:
    cachewitness run --resume last

)";
inline constexpr std::string_view run_exit_codes =
    R"(Exit codes: 0 every step ended well; 1 a step failed or a gate did; 2 the command, the skill or
            an input is wrong; 3 too little evidence, or its time was up; 4 a program could not be
            started or a file not be written; 130/143 interrupted.
)";
inline constexpr std::string_view skill_examples = R"(Examples:
  cachewitness skill check skills/deploy-gate
  cachewitness skill schema > workflow.schema.json
  cachewitness skill list
  cachewitness skill trust skills/deploy-gate
  cachewitness skill approve skills/verify-cdn-invalidation --for 30m --approval ok.json
  cachewitness skill log last -v
)";
inline constexpr std::string_view log_examples = R"(Examples:
  cachewitness log show execution.json
  cachewitness log show ~/.local/state/cachewitness/runs/run-20261123T143218Z-9f3c01ab -v
)";
inline constexpr std::string_view lab_examples = R"(Examples:
  cachewitness lab --directory /tmp/lab --tls
  cachewitness lab --faults node-not-purged@us-west-1/tenant-xyz,slow@us-east-2
)";
inline constexpr std::string_view demo_examples = R"(Examples:
  cachewitness demo
  cachewitness demo --tenants 100 --directory /tmp/demo -v
)";

}  // namespace cachewitness::app
