"""Ask a ClamAV daemon, where the city runs one: the file goes over a socket, nothing is executed here."""

import socket
import struct
import time

from cellcert.errors import N_, Refusal, Unusable

PIECE = 64 * 1024
SECONDS = 60.0


class ScannerDown(Refusal):
    """Nobody can say whether the file is clean; it is not taken until somebody can."""

    status = 429


def scan(address: str, name: str, data: bytes, wait: int) -> None:
    """Refuse an infected file; while the daemon is away, try for ``wait`` seconds and then refuse to take the file."""
    until = time.monotonic() + wait
    while True:
        try:
            answer = _ask(address, data)
        except OSError as error:
            if time.monotonic() >= until:
                sentence = N_("病毒检查暂时停用，“{name}”没有上传。请稍后再试；一直不行，请告知系统管理员。")
                raise ScannerDown(sentence, name=name) from error
            time.sleep(1)
            continue
        break
    if answer.endswith("FOUND"):
        raise Unusable(N_("“{name}”被检出病毒，没有上传。请先在您的电脑上杀毒。"), name=name)
    if not answer.endswith("OK"):
        sentence = N_("病毒检查没有完成，“{name}”没有上传。请稍后再试；一直不行，请告知系统管理员。")
        raise ScannerDown(sentence, name=name)


def _ask(address: str, data: bytes) -> str:
    """The INSTREAM command: pieces with their length before them, an empty one at the end."""
    with _connect(address) as line:
        line.sendall(b"zINSTREAM\0")
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            line.sendall(struct.pack("!I", len(piece)) + piece)
        line.sendall(struct.pack("!I", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < PIECE:
            more = line.recv(4096)
            if not more:
                break
            answer += more
    if not answer:
        raise ConnectionError("no answer")
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _connect(address: str) -> socket.socket:
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(SECONDS)
        try:
            line.connect(address)
        except OSError:
            line.close()
            raise
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), SECONDS)
