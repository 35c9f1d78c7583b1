"""A small S3 service for tests: checks the signature of every request by the published rules (AWS Signature V4)."""

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

KEY, SECRET, REGION = "the-key", "the-secret", "city-1"


class Bucket:
    """What lies in the service, and how it behaves."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.fail: list[int] = []  # statuses of the next answers
        self.wait = 0.0  # seconds before each answer
        self.cut = False  # answer with half of the bytes
        self.address = ""


def _signature(request: BaseHTTPRequestHandler, body: bytes) -> str:
    """What the signature of this request has to be."""
    url, said = urlsplit(request.path), request.headers["Authorization"]
    fields = dict(part.strip().split("=", 1) for part in said.split(" ", 1)[1].split(","))
    day, region = fields["Credential"].split("/")[1:3]
    scope = f"{day}/{region}/s3/aws4_request"
    assert fields["Credential"] == f"{KEY}/{scope}"
    assert region == REGION
    sent = request.headers["x-amz-content-sha256"]
    assert sent == hashlib.sha256(body).hexdigest(), "the bytes themselves are signed"
    query = "&".join(
        f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}"
        for k, v in sorted(parse_qsl(url.query, keep_blank_values=True))
    )
    names = fields["SignedHeaders"].split(";")
    headers = "".join(f"{name}:{' '.join((request.headers[name] or '').split())}\n" for name in names)
    plain = "\n".join([request.command, url.path, query, headers, ";".join(names), sent])
    text = "\n".join(
        ["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, hashlib.sha256(plain.encode()).hexdigest()]
    )
    key = f"AWS4{SECRET}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return f"{fields['Signature']} {hmac.digest(key, text.encode(), 'sha256').hex()}"


@contextmanager
def serving() -> Iterator[Bucket]:
    """The service on a port of its own; one bucket, ``evidence``."""
    bucket = Bucket()

    class Service(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self, status: int, body: bytes = b"", length: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            bucket.asked.append(f"{self.command} {self.path}")
            sleep(bucket.wait)
            given, right = _signature(self, body).split()
            if not hmac.compare_digest(given, right):
                return self._answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
            if bucket.fail:
                return self._answer(bucket.fail.pop(0), b"<Error><Code>SlowDown</Code></Error>")
            if not self.path.startswith("/evidence/"):
                return self._answer(404, b"<Error><Code>NoSuchBucket</Code></Error>")
            if self.command == "PUT":
                bucket.held[self.path] = body
                return self._answer(200)
            if self.path not in bucket.held:
                return self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            data = bucket.held[self.path]
            if bucket.cut:
                self.close_connection = True
                return self._answer(200, data[: len(data) // 2], len(data))
            return self._answer(200, data)

        do_GET = do_PUT = _serve  # noqa: N815

        def log_message(self, *_words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever)
    thread.start()
    bucket.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield bucket
    server.shutdown()
    server.server_close()
    thread.join()
