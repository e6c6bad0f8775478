"""Where access tokens are fetched: Google's for service accounts (RFC 7523), Azure's for applications (RFC 6749 4.4)."""

from __future__ import annotations

import base64
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from .api import Api, Cdn
from .messages import Call, Refused, Reply

ACCOUNT, KEY_ID = "purger@p1.iam.gserviceaccount.com", "key-1"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
DIRECTORY, CLIENT_ID, CLIENT_SECRET = "d1", "app1", "a~secret/of+the&app"


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Tokens(Api):
    """`issued` counts; each is another one, and good until it is taken from the CDN's."""

    def __init__(self, cdn: Cdn) -> None:
        super().__init__(cdn)
        self.issued = 0
        self.has_outage = False

    def is_purge(self, call: Call) -> bool:
        return False

    def form(self, call: Call) -> dict[str, str]:
        if call.method != "POST" or call.header("content-type") != "application/x-www-form-urlencoded":
            raise Refused(400, "expected a form", "invalid_request")
        if self.has_outage:
            raise Refused(503, "come again later", "temporarily_unavailable")
        return {name: values[0] for name, values in parse_qs(call.body.decode(), True).items()}

    def issue(self) -> Reply:
        self.issued += 1
        token = f"issued-token-{type(self).__name__}-{self.issued}"
        self.cdn.tokens.add(token)
        return Reply.of_json(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3599})

    def refuse(self, refused: Refused) -> Reply:
        return Reply.of_json(refused.status, {"error": refused.code, "error_description": refused.message})


class GoogleTokens(Tokens):
    prefixes = ("/google/token",)

    def __init__(self, cdn: Cdn) -> None:
        super().__init__(cdn)
        self._public_key = ""

    def make_key_file(self, api: str) -> str:
        """What `gcloud iam service-accounts keys create` writes, for a key of this moment."""
        private = subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
                                 check=True, capture_output=True, text=True).stdout
        self._public_key = subprocess.run(["openssl", "pkey", "-pubout"], input=private, check=True, capture_output=True,
                                          text=True).stdout
        return json.dumps({"type": "service_account", "private_key_id": KEY_ID, "private_key": private,
                           "client_email": ACCOUNT, "token_uri": f"{api}/google/token"}, indent=2)

    def serve(self, call: Call, fault: Any) -> Reply:
        form = self.form(call)
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            raise Refused(400, "unknown grant", "unsupported_grant_type")
        head, claims, signature = form.get("assertion", "..").split(".")
        if json.loads(_decoded(head)) != {"alg": "RS256", "typ": "JWT", "kid": KEY_ID}:
            raise Refused(400, "Invalid JWT header", "invalid_grant")
        what = json.loads(_decoded(claims))
        now = time.time()
        is_good = (what.get("iss") == ACCOUNT and what.get("scope") == SCOPE
                   and what.get("aud") == f"http://{call.header('host')}/google/token"
                   and abs(what.get("iat", 0) - now) < 60 and now < what.get("exp", 0) <= what["iat"] + 3600)
        if not is_good or not self._is_signed(f"{head}.{claims}", _decoded(signature)):
            raise Refused(400, "Invalid JWT Signature.", "invalid_grant")
        return self.issue()

    def _is_signed(self, text: str, signature: bytes) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            key, file = Path(folder, "key.pem"), Path(folder, "signature")
            key.write_text(self._public_key, encoding="utf-8")
            file.write_bytes(signature)
            verified = subprocess.run(["openssl", "dgst", "-sha256", "-verify", str(key), "-signature", str(file)],
                                      input=text.encode(), capture_output=True, check=False)
        return verified.returncode == 0


class AzureTokens(Tokens):
    prefixes = (f"/{DIRECTORY}/oauth2/v2.0/token",)

    def serve(self, call: Call, fault: Any) -> Reply:
        form = self.form(call)
        if form != {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
                    "scope": "https://management.azure.com/.default"}:
            raise Refused(401, "AADSTS7000215: Invalid client secret provided.", "invalid_client")
        return self.issue()
