"""A ClamAV daemon is asked where there is one; what it cannot say is not taken for clean."""

import socket
import struct
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from cellcert.config import BadSettings, Settings, read_settings
from cellcert.criteria.programme import EvidenceLimits
from cellcert.errors import Refusal, Unusable
from cellcert.evidence.checking import check
from cellcert.evidence.clamd import ScannerDown
from tests.evidence import files

LIMITS = EvidenceLimits(20, 300, ("pdf",))


class Daemon:
    """Speaks INSTREAM as clamd does, and remembers what it was given."""

    def __init__(self, listener: socket.socket, answer: bytes) -> None:
        self.listener, self.answer, self.given = listener, answer, b""
        listener.listen()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        line, _ = self.listener.accept()
        with line, line.makefile("rb") as sent:
            assert sent.read(10) == b"zINSTREAM\0"
            while length := struct.unpack("!I", sent.read(4))[0]:
                self.given += sent.read(length)
            line.sendall(self.answer)

    def close(self) -> None:
        self.thread.join(10)
        self.listener.close()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        yield made


def with_daemon(listener: socket.socket, **more: object) -> Settings:
    return Settings.model_validate({"clamd": f"127.0.0.1:{listener.getsockname()[1]}", "clamd_wait": 0} | more)


@pytest.mark.parametrize(
    ("answer", "refusal", "sentence"),
    [
        (b"stream: Eicar-Test-Signature FOUND\0", Unusable, "“a.pdf”被检出病毒，没有上传。请先在您的电脑上杀毒。"),
        (
            b"INSTREAM size limit exceeded. ERROR\0", ScannerDown,
            "病毒检查没有完成，“a.pdf”没有上传。请稍后再试；一直不行，请告知系统管理员。",
        ),
    ],
)  # fmt: skip
def test_an_infected_file_is_refused_and_an_unclear_answer_is_no_leave(
    listener: socket.socket, answer: bytes, refusal: type[Refusal], sentence: str
) -> None:
    daemon = Daemon(listener, answer)
    with pytest.raises(refusal) as caught:
        check("a.pdf", BytesIO(files.pdf()), LIMITS, with_daemon(listener))
    daemon.close()
    assert str(caught.value) == sentence
    assert daemon.given == files.pdf()


def test_a_clean_file_goes_on_to_the_other_checks(listener: socket.socket) -> None:
    daemon = Daemon(listener, b"stream: OK\0")
    assert check("a.pdf", BytesIO(files.pdf()), LIMITS, with_daemon(listener)).data == files.pdf()
    daemon.close()


def test_a_daemon_on_a_socket_of_this_machine_is_asked(tmp_path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "clamd"))
    daemon = Daemon(listener, b"stream: OK\0")
    settings = Settings(clamd=str(tmp_path / "clamd"))
    assert check("a.pdf", BytesIO(files.pdf()), LIMITS, settings).extension == "pdf"
    daemon.close()


def test_while_the_daemon_is_away_nothing_is_taken(listener: socket.socket) -> None:
    settings = with_daemon(listener, clamd_wait=1)
    with pytest.raises(ScannerDown, match=r"病毒检查暂时停用，“a\.pdf”没有上传"):
        check("a.pdf", BytesIO(files.pdf()), LIMITS, settings)


@pytest.mark.parametrize("address", ["clamd", "host:", ":3310", "host:99999", "host:x"])
def test_an_address_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("CELLCERT_CLAMD", address)
    with pytest.raises(BadSettings, match=r"CELLCERT_CLAMD: .*HOST:PORT"):
        read_settings()
