"""Signatures checked by code of their own: what the program signs is recomputed from what arrived.

AWS: docs.aws.amazon.com, Signature Version 4. Akamai: techdocs.akamai.com, EdgeGrid."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import re
from urllib.parse import quote, unquote

from .messages import Call, Refused

AWS_KEY_ID, AWS_SECRET = "AKIDEMULATED", "a-secret/access+key"
AKAMAI = {"client_token": "akab-client-emulated", "access_token": "akab-access-emulated", "client_secret": "client+secret="}
MOST_SKEW_S = {"aws": 300, "akamai": 30}


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _check_time(text: str, pattern: str, who: str) -> None:
    try:
        then = datetime.datetime.strptime(text, pattern).replace(tzinfo=datetime.timezone.utc)
    except ValueError as error:
        raise Refused(403, f"the time of the signature is no time: {text}", "SignatureDoesNotMatch") from error
    if abs((datetime.datetime.now(datetime.timezone.utc) - then).total_seconds()) > MOST_SKEW_S[who]:
        raise Refused(403, "the signature's time is too far away", "RequestExpired")


def check_sigv4(call: Call, region: str, service: str) -> None:
    found = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, "
        r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})", call.header("authorization"))
    if found is None:
        raise Refused(403, "no signature of version 4", "MissingAuthenticationToken")
    key_id, date, its_region, its_service, names, signature = found.groups()
    if (key_id, its_region, its_service) != (AWS_KEY_ID, region, service):
        raise Refused(403, "unknown key, region or service", "InvalidClientTokenId")
    signed = names.split(";")
    if signed != sorted(signed) or not {"host", "x-amz-date"} <= set(signed):
        raise Refused(403, "host and x-amz-date must be signed, and names sorted", "SignatureDoesNotMatch")
    time = call.header("x-amz-date")
    _check_time(time, "%Y%m%dT%H%M%SZ", "aws")
    path, _, query = call.target.partition("?")
    pairs = sorted((quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~"))
                   for name, _, value in (each.partition("=") for each in query.split("&") if each))
    canonical = "\n".join([
        call.method, quote(path, safe="/-_.~"), "&".join(f"{name}={value}" for name, value in pairs),
        *(f"{name}:{' '.join(call.header(name).split())}" for name in signed), "", names,
        hashlib.sha256(call.body).hexdigest()])
    scope = f"{date}/{region}/{service}/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", time, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = b"AWS4" + AWS_SECRET.encode()
    for part in (date, region, service, "aws4_request"):
        key = _mac(key, part)
    if date != time[:8] or not hmac.compare_digest(_mac(key, to_sign).hex(), signature):
        raise Refused(403, "the signature does not match", "SignatureDoesNotMatch")


def check_edgegrid(call: Call, seen_nonces: set[str], most_body: int = 131_072) -> None:
    authorization = call.header("authorization")
    found = re.fullmatch(
        r"(EG1-HMAC-SHA256 client_token=([^;]+);access_token=([^;]+);timestamp=([^;]+);nonce=([^;]+);)"
        r"signature=([A-Za-z0-9+/=]+)", authorization)
    if found is None:
        raise Refused(401, "no EdgeGrid signature")
    unsigned, client, access, time, nonce, signature = found.groups()
    if (client, access) != (AKAMAI["client_token"], AKAMAI["access_token"]):
        raise Refused(401, "unknown token")
    _check_time(time, "%Y%m%dT%H:%M:%S+0000", "akamai")
    if nonce in seen_nonces:
        raise Refused(401, "this nonce was used before")
    seen_nonces.add(nonce)
    content = b"" if call.method != "POST" or not call.body else hashlib.sha256(call.body[:most_body]).digest()
    data = "\t".join([call.method, "http", call.header("host").lower(), call.target, "",
                      base64.b64encode(content).decode(), unsigned])
    key = base64.b64encode(_mac(AKAMAI["client_secret"].encode(), time))
    if not hmac.compare_digest(base64.b64encode(_mac(key, data)).decode(), signature):
        raise Refused(401, "the signature does not match")
