"""docs.aws.amazon.com/cloudfront/latest/APIReference, CreateInvalidation and GetInvalidation of 2020-05-31."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from .api import Api, Cdn
from .messages import Call, Eviction, Refused, Reply
from .signatures import check_sigv4

DISTRIBUTION, TENANT = "distribution/D1", "distribution-tenant/dt_1"
NAMESPACE = "{http://cloudfront.amazonaws.com/doc/2020-05-31/}"
MOST_PATHS, MOST_WILDCARDS, LONGEST_PATH, LONGEST_TAG = 3000, 15, 4000, 256


@dataclass
class Invalidation:
    id: str
    reference: str
    paths: list[str]
    polls_left: int

    @property
    def status(self) -> str:
        return "InProgress" if self.polls_left > 0 else "Completed"


class CloudFront(Api):
    prefixes = ("/2020-05-31/",)

    def __init__(self, cdn: Cdn) -> None:
        super().__init__(cdn)
        self.polls_until_done = 0
        self._invalidations: dict[str, Invalidation] = {}

    def serve(self, call: Call, fault: Any) -> Reply:
        check_sigv4(call, "us-east-1", "cloudfront")
        found = re.fullmatch(r"/2020-05-31/([^/]+/[^/]+)/invalidation(?:/([^/]+))?", call.path)
        if found is None or found[1] not in (DISTRIBUTION, TENANT):
            raise Refused(404, "The specified distribution does not exist.", "NoSuchDistribution")
        if call.method == "GET" and found[2]:
            invalidation = self._invalidations.get(found[2])
            if invalidation is None:
                raise Refused(404, "The specified invalidation does not exist.", "NoSuchInvalidation")
            invalidation.polls_left -= 1
            return self._reply(200, invalidation)
        if call.method != "POST" or found[2]:
            raise Refused(405, "no such operation", "MethodNotAllowed")
        return self._create(call)

    def _create(self, call: Call) -> Reply:
        reference, paths = self._batch(call)
        for earlier in self._invalidations.values():
            if earlier.reference == reference:
                if earlier.paths != paths:
                    raise Refused(400, "same reference, other paths", "InvalidationBatchAlreadyExists")
                return self._reply(201, earlier)
        under_way = [path for each in self._invalidations.values() if each.polls_left > 0 for path in each.paths]
        wildcards = sum(path.endswith("*") for path in under_way + paths)
        if len(under_way) + len(paths) - wildcards > MOST_PATHS or wildcards > MOST_WILDCARDS:
            raise Refused(400, "too many invalidations in progress", "TooManyInvalidationsInProgress")
        made = Invalidation(f"I{len(self._invalidations) + 1}", reference, paths, self.polls_until_done)
        self._invalidations[made.id] = made
        for path in paths:
            self.cdn.evict(self._eviction(path))
        reply = self._reply(201, made)
        reply.headers["Location"] = f"https://cloudfront.amazonaws.com{call.path}/{made.id}"
        return reply

    @staticmethod
    def _batch(call: Call) -> tuple[str, list[str]]:
        try:
            batch = ElementTree.fromstring(call.body)
        except ElementTree.ParseError as error:
            raise Refused(400, str(error), "MalformedXML") from error
        quantity = batch.findtext(f"{NAMESPACE}Paths/{NAMESPACE}Quantity")
        paths = [each.text or "" for each in batch.iterfind(f"{NAMESPACE}Paths/{NAMESPACE}Items/{NAMESPACE}Path")]
        reference = batch.findtext(f"{NAMESPACE}CallerReference")
        if batch.tag != f"{NAMESPACE}InvalidationBatch" or not reference:
            raise Refused(400, "no batch with a reference", "InvalidArgument")
        if quantity != str(len(paths)):
            raise Refused(400, f"Quantity says {quantity}", "InconsistentQuantities")
        if len(paths) > MOST_PATHS:
            raise Refused(413, "too many paths", "BatchTooLarge")
        for path in paths:
            is_tag = path.startswith("#")
            if is_tag and (len(path) > LONGEST_TAG + 1 or not re.fullmatch(r"#[!-+\--~]+", path)):
                raise Refused(400, f"no such tag: {path}", "InvalidArgument")
            if not is_tag and (not re.fullmatch(r"/[^*\s]*\*?", path) or len(path) > LONGEST_PATH):
                raise Refused(400, f"no such path: {path}", "InvalidArgument")
        return reference, paths

    @staticmethod
    def _eviction(path: str) -> Eviction:
        if path.startswith("#"):
            return Eviction("tag", tag=path[1:])
        if path == "/*":
            return Eviction("everything")
        return Eviction("prefix", target=path[:-1]) if path.endswith("*") else Eviction("url", target=path)

    @staticmethod
    def _reply(status: int, made: Invalidation) -> Reply:
        items = "".join(f"<Path>{escape(path)}</Path>" for path in made.paths)
        return Reply(status, (
            '<?xml version="1.0"?>\n<Invalidation xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">'
            f"<Id>{made.id}</Id><Status>{made.status}</Status><CreateTime>2026-11-27T00:00:00Z</CreateTime>"
            f"<InvalidationBatch><Paths><Quantity>{len(made.paths)}</Quantity><Items>{items}</Items></Paths>"
            f"<CallerReference>{escape(made.reference)}</CallerReference></InvalidationBatch></Invalidation>").encode(),
            {"Content-Type": "text/xml"})

    def refuse(self, refused: Refused) -> Reply:
        code = refused.code or ("Throttling" if refused.status == 429 else "ServiceUnavailable")
        status = 400 if code == "Throttling" else refused.status
        return Reply(status, (
            '<?xml version="1.0"?>\n<ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error>'
            f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(refused.message)}</Message></Error>"
            "<RequestId>r1</RequestId></ErrorResponse>").encode(), {"Content-Type": "text/xml"})
