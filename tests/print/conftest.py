from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cellcert.certificate.press import CertificateFields
from cellcert.certificate.signing import LocalSigner, make_local_key
from tests.print.examples import FIELDS


@pytest.fixture
def fields() -> Callable[..., CertificateFields]:
    """Printed fields of a fictitious unit, some of them changed."""
    return lambda **changes: replace(FIELDS, **changes)


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_local_key(folder, "示例市“无废城市”建设工作领导小组办公室")
    return folder


@pytest.fixture(scope="session")
def signer(key_folder: Path) -> LocalSigner:
    return LocalSigner(key_folder / "signing.p12")
