"""A store in a bucket that speaks S3: each object is named by the SHA-256 of its bytes below a prefix."""

import hashlib
import logging
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from cellcert.config import BadSettings, Settings
from cellcert.storage import Away, Damaged, named, whole

CONNECT_SECONDS = 5
READ_SECONDS = 20
TRIES = 3  # of one request; the library waits a little longer each time
log = logging.getLogger("cellcert.storage")


class S3Store:
    """An object is there whole or not at all: the service checks the bytes it gets against their signed SHA-256."""

    def __init__(self, settings: Settings) -> None:
        try:
            import botocore.session  # noqa: F401
        except ImportError:
            raise BadSettings("CELLCERT_STORE: s3:// needs one more package: pip install cellcert[s3].") from None
        address = urlsplit(settings.store)
        self.bucket, self.prefix = address.netloc, address.path.strip("/")
        self._settings, self._lock = settings, Lock()
        self._made: Any = None

    def put(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        self._ask("put_object", sha256, Body=data, ContentType="application/octet-stream")
        return sha256

    def get(self, sha256: str) -> bytes:
        return whole(sha256, self._ask("get_object", sha256))

    def _ask(self, act: str, sha256: str, **more: object) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

        key = f"{self.prefix}/{named(sha256)}".lstrip("/")
        try:
            answer = getattr(self._client(), act)(Bucket=self.bucket, Key=key, **more)
            return bytes(answer["Body"].read()) if "Body" in answer else b""
        except ClientError as error:
            if error.response["Error"].get("Code") == "NoSuchKey":
                raise Damaged(f"{sha256}: missing") from None
            log.error("%s %s: %s", act, key, error)
            raise Away from error
        except (BotoCoreError, HTTPClientError) as error:
            log.error("%s %s: %s", act, key, error)
            raise Away from error

    def _client(self) -> Any:  # noqa: ANN401 - the library has no types
        """Made at first use, in the process that uses it; its connections serve all threads."""
        from botocore.config import Config
        from botocore.session import get_session

        with self._lock:
            if self._made is None:
                given = self._settings
                self._made = get_session().create_client(
                    "s3",
                    region_name=given.store_region,
                    endpoint_url=given.store_endpoint or None,
                    aws_access_key_id=given.store_key,
                    aws_secret_access_key=given.store_secret,
                    config=Config(
                        connect_timeout=CONNECT_SECONDS,
                        read_timeout=READ_SECONDS,
                        retries={"mode": "standard", "total_max_attempts": TRIES},
                        max_pool_connections=given.threads + 2,
                        # what stores that are not Amazon's do not all know
                        request_checksum_calculation="when_required",
                        response_checksum_validation="when_required",
                        s3={
                            "addressing_style": "path" if given.store_path_style else "virtual",
                            "payload_signing_enabled": True,
                        },
                    ),
                )
        return self._made
