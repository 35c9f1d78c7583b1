"""A browser as lean as can be: one connection that stays open, and cookies."""

import http.client
import re
import socket
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from cellcert.demo.city import PASSWORD
from tests.builders import hidden


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    body: bytes
    location: str

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(slots=True)
class Browser:
    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    line: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Answered:
        return self.ask("GET", path)

    def post(self, path: str, fields: Mapping[str, str]) -> Answered:
        return self.ask(
            "POST", path, urlencode(fields, doseq=True).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        )

    def upload(self, path: str, fields: Mapping[str, str], name: str, media_type: str, data: bytes) -> Answered:
        """One file as the upload script sends it."""
        mark = uuid.uuid4().hex
        parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
        parts.append(
            f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            f"Content-Type: {media_type}\r\n\r\n"
        )
        body = b"".join([*(part.encode() for part in parts), data, f"\r\n--{mark}--\r\n".encode()])
        head = {"Content-Type": f"multipart/form-data; boundary={mark}", "X-Requested-With": "XMLHttpRequest"}
        return self.ask("POST", path, body, head)

    def ask(self, method: str, path: str, body: bytes | None = None, head: Mapping[str, str] | None = None) -> Answered:
        """One request; on a connection the server closed meanwhile it is sent once more, as browsers do."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {**(head or {}), **({"Cookie": cookies} if cookies else {})}
        for again in (True, False):
            kept, self.line = self.line, self.line or self._connected()
            try:
                self.line.request(method, path, body, headers)
                answer = self.line.getresponse()
                read = answer.read()
            except (http.client.HTTPException, OSError):
                self.close()
                if kept is None or not again:
                    raise
                continue
            for cookie in answer.headers.get_all("Set-Cookie") or []:
                if found := re.match(r"([^=]+)=([^;]*)", cookie):
                    self.cookies[found[1]] = found[2]
            return Answered(answer.status, read, answer.headers.get("Location", ""))
        raise AssertionError("not reached")

    def _connected(self) -> http.client.HTTPConnection:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        line.connect()
        line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line

    def close(self) -> None:
        if self.line is not None:
            self.line.close()
        self.line = None

    def sign_in(self, login: str) -> None:
        answer = self.post("/sign-in", hidden(self.get("/sign-in").text) | {"login": login, "password": PASSWORD})
        assert answer.status == 303, answer.text
