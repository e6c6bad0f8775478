"""TLS as a real server speaks it: names, authorities, and edges that prove neither."""

from __future__ import annotations

import json

from rig.cachewitness import Report

from .case import Release, SurpriseTest


class Tls(SurpriseTest):
    async def _verify_release(self, release: Release) -> Report:
        await release.arm()
        release.deploy()
        await self.cache("member-1").purge([self.resource()])
        await self.cache("member-2").purge([self.resource()])
        return await release.verify()

    async def test_an_edge_is_verified_through_tls(self) -> None:
        """With the environment's authority and the tenant's name, a TLS edge is judged like any other."""
        release = self.release_on("tls-edge", is_tls=True, authority=self.rig.authority)
        self.assert_all_fresh(await self._verify_release(release))
        lines = (self.program.directory / f"{self.tenant}.jsonl").read_text().splitlines()
        versions = {
            evidence["path"]["tls_version"]
            for evidence in map(json.loads, lines)
            if evidence["type"] == "probe"
        }
        self.assertEqual(versions, {"TLSv1.3"})

    async def test_an_unknown_authority_is_an_error(self) -> None:
        """Without the authority nothing that the edge says counts."""
        release = self.release_on("tls-edge", is_tls=True)
        release.deploy()
        report = await release.verify()
        for variant in release.variants:
            self.assert_verdict(report, release.cell(variant), "error", "tls")
        self.assertEqual(report.exit_code, 3)

    async def test_a_certificate_for_another_name_is_an_error(self) -> None:
        """The certificate must cover the tenant's name, also where its authority is trusted."""
        release = self.release_on("tls-other", is_tls=True, authority=self.rig.authority)
        release.deploy()
        report = await release.verify()
        for variant in release.variants:
            self.assert_verdict(report, release.cell(variant), "error", "tls")
