"""Settings: environment variables ``CELLCERT_…`` and a ``.env`` file, read once, all faults named at once."""

import os
import re
import secrets
from email.utils import parseaddr
from pathlib import Path
from typing import Literal, Self

import click
from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from cellcert.paths import criteria_folder

PREFIX = "CELLCERT_"
KNOWN_SECRETS = {"dev", "secret", "changeme", "cellcert", "password"}


class BadSettings(click.ClickException):
    """The program cannot start; the text names each setting and what to write. A command shows it and ends."""


class Settings(BaseModel):
    """Every setting with its default; the table in docs/operations.md is this class."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: Literal["development", "demo", "production"] = "development"
    data_folder: Path = Path("var")
    database_url: str = ""
    criteria: Path = Field(default_factory=criteria_folder)
    secret_key: str = ""
    public_base_url: str = "http://127.0.0.1:8000"
    trusted_hosts: str = ""
    proxies: int = Field(default=0, ge=0, le=5)
    mail_url: str = ""
    mail_from: str = "cellcert@localhost"
    signing_p12: str = ""
    signing_password: str = ""
    signer: str = ""
    signing_certificates: str = ""
    timestamp_url: str = ""
    store: str = ""
    store_endpoint: str = ""
    store_region: str = "us-east-1"
    store_key: str = ""
    store_secret: str = ""
    store_path_style: bool = True
    clamd: str = ""
    clamd_wait: int = Field(default=10, ge=0, le=60)
    threads: int = Field(default=8, ge=1, le=64)
    workers: int = Field(default=1, ge=1, le=32)
    worker_inside: bool = True
    invitation_days: int = Field(default=7, ge=1, le=60)
    export_days: int = Field(default=7, ge=1, le=60)
    objections_per_address: int = Field(default=5, ge=0)
    objections_per_notice: int = Field(default=100, ge=0)
    codes_per_address: int = Field(default=10, ge=0)
    registrations_per_address: int = Field(default=30, ge=0)
    lookups_per_address: int = Field(default=300, ge=0)
    idle_minutes: int = Field(default=30, ge=1)
    session_hours: int = Field(default=12, ge=1)
    footer_icp: str = ""
    footer_police: str = ""

    @field_validator("database_url")
    @classmethod
    def _psycopg(cls, url: str) -> str:
        for scheme in ("postgres://", "postgresql://"):
            if url.startswith(scheme):
                return "postgresql+psycopg://" + url.removeprefix(scheme)
        return url

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        try:
            known = not url or make_url(url).drivername in {"sqlite", "postgresql+psycopg"}
        except ArgumentError:
            known = False
        if not known:
            raise ValueError("write it as sqlite:///FILE or postgresql://USER@HOST/NAME")
        return url

    @field_validator("mail_url")
    @classmethod
    def _known_mail(cls, url: str) -> str:
        if url and not url.startswith(("file:", "smtp://", "smtps://", "smtp+starttls://")):
            raise ValueError("write it as file:FOLDER, smtp://, smtp+starttls:// or smtps://HOST:PORT")
        return url

    @field_validator("store")
    @classmethod
    def _known_store(cls, address: str) -> str:
        if address and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]+(/[A-Za-z0-9._-]+)*/?", address):
            raise ValueError("write it as s3://BUCKET/PREFIX, or leave it out for the data folder")
        return address

    @field_validator("store_endpoint", "timestamp_url")
    @classmethod
    def _http_or_none(cls, url: str) -> str:
        return cls._http(url) if url else ""

    @model_validator(mode="after")
    def _keys_of_the_store(self) -> Self:
        if self.store and not (self.store_key and self.store_secret):
            raise ValueError("CELLCERT_STORE needs CELLCERT_STORE_KEY and CELLCERT_STORE_SECRET")
        return self

    @field_validator("mail_from")
    @classmethod
    def _known_sender(cls, sender: str) -> str:
        local, _, domain = parseaddr(sender)[1].rpartition("@")
        if not (local and domain and sender.isprintable()):
            raise ValueError("write it as name@host, or as NAME <name@host>")
        return sender

    @field_validator("clamd")
    @classmethod
    def _known_clamd(cls, address: str) -> str:
        host, _, port = address.rpartition(":")
        if address and not address.startswith("/") and not (host and port.isdecimal() and 0 < int(port) < 65536):
            raise ValueError("write it as HOST:PORT, or as the path of a socket")
        return address

    @field_validator("signer")
    @classmethod
    def _known_signer(cls, address: str) -> str:
        if address.startswith("pkcs11:"):
            named = all(part in address for part in ("object=", "token=", "module-path="))
        else:
            named = not address or address.startswith(("http://", "https://"))
        if not named:
            raise ValueError(
                "write it as pkcs11:token=NAME;object=LABEL?module-path=/…/library.so, or as the https:// address of a "
                "sealing service"
            )
        return address

    @model_validator(mode="after")
    def _certificates_of_the_service(self) -> Self:
        if self.signer and not self.signing_certificates:
            raise ValueError(
                "CELLCERT_SIGNER needs CELLCERT_SIGNING_CERTIFICATES, the PEM file of its certificates, its own first"
            )
        return self

    @field_validator("signing_p12", "signing_certificates")
    @classmethod
    def _there(cls, path: str) -> str:
        if path and not Path(path).is_file():
            raise ValueError(f"no such file: {path}")
        return path

    @field_validator("public_base_url")
    @classmethod
    def _http(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("write it with http:// or https://")
        return url.rstrip("/")

    @property
    def database(self) -> str:
        """The database's address; by default an SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{(self.data_folder / 'cellcert.db').resolve()}"

    @property
    def mail(self) -> str:
        return self.mail_url or f"file:{(self.data_folder / 'mail').resolve()}"


def read_settings(**overrides: object) -> Settings:
    """Read the environment over ``.env``; a ``…_FILE`` variable names a file that holds the value."""
    found: dict[str, object] = {}
    for name, value in {**dotenv_values(".env"), **os.environ}.items():
        if not name.startswith(PREFIX) or value is None:
            continue
        key = name.removeprefix(PREFIX).lower()
        if key.startswith("test_") or key == "port":
            continue
        if key.endswith("_file"):
            try:
                found[key.removesuffix("_file")] = Path(value).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise BadSettings(f"{name}: cannot read {value} ({error.strerror}).") from error
        else:
            found[key] = value
    try:
        settings = Settings.model_validate(found | overrides)
    except ValidationError as error:
        faults = [f"{_variable(e['loc'])}{e['msg']}" for e in error.errors()]
        raise BadSettings("\n".join(faults)) from None
    if settings.profile == "production" and (faults := list(_production_faults(settings))):
        raise BadSettings("\n".join(faults))
    return settings


def _variable(loc: tuple[int | str, ...]) -> str:
    return f"{PREFIX}{'_'.join(map(str, loc)).upper()}: " if loc else ""


def _production_faults(settings: Settings) -> list[str]:
    faults = []
    if len(settings.secret_key) < 32 or settings.secret_key.lower() in KNOWN_SECRETS:
        faults.append("CELLCERT_SECRET_KEY: give at least 32 random characters (or CELLCERT_SECRET_KEY_FILE).")
    if not settings.public_base_url.startswith("https://"):
        faults.append("CELLCERT_PUBLIC_BASE_URL: production needs an https:// address; it is printed in QR codes.")
    if settings.signer:
        if settings.signer.startswith("http://"):
            faults.append("CELLCERT_SIGNER: production needs an https:// address.")
    elif not settings.signing_p12:
        faults.append("CELLCERT_SIGNING_P12: name the PKCS#12 file that signs certificates.")
    elif Path(settings.signing_p12).stat().st_mode & 0o077:
        faults.append("CELLCERT_SIGNING_P12: the key is readable by others; chmod 600 it.")
    if settings.store_endpoint and not settings.store_endpoint.startswith("https://"):
        faults.append("CELLCERT_STORE_ENDPOINT: production needs an https:// address.")
    if not settings.trusted_hosts:
        faults.append("CELLCERT_TRUSTED_HOSTS: name the host names people use, separated by commas.")
    return faults


def make_data_folder(settings: Settings) -> None:
    """The data folder, made where it is missing; one that cannot be written to is said before anything begins."""
    folder = settings.data_folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSettings(f"CELLCERT_DATA_FOLDER: cannot make {folder} ({error.strerror}).") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BadSettings(f"CELLCERT_DATA_FOLDER: {folder} cannot be written to.")


def secret_key(settings: Settings) -> str:
    """The configured key, or one made once and kept in the data folder (never in production)."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.data_folder / "keys" / "secret"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text(encoding="utf-8")
