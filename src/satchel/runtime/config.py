"""Settings: from `SATCHEL_*` variables and a `.env` file, checked at start, with errors that name the variable."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from dotenv import dotenv_values
from msgspec import Meta

from satchel.errors import ConfigError

__all__ = ["Settings", "data_directory", "load_settings", "service_token"]

PREFIX = "SATCHEL_"
SECRET = ("service_token", "postgres_dsn", "redis_url", "bot_token", "bot_webhook_secret")
MASK = "********"
TOKEN_LENGTH_MIN = 16

Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings. The variable of `api_port` is `SATCHEL_API_PORT`, and so on.

    Without `postgres_dsn` or `redis_url`, `satchel up` starts servers of its own below `data_dir`.
    """

    data_dir: str = ".satchel"
    api_host: str = "127.0.0.1"
    api_port: Annotated[int, Meta(ge=0, le=65_535)] = 8080
    service_token: Annotated[str, Meta(min_length=TOKEN_LENGTH_MIN)] | None = None
    postgres_dsn: Annotated[str, Meta(pattern="^postgres(ql)?://")] | None = None
    redis_url: Annotated[str, Meta(pattern="^(redis|rediss|unix)://")] | None = None
    catalogue: str | None = None
    game: str | None = None
    namespace: Annotated[str, Meta(pattern="^[a-zA-Z0-9_.-]{1,32}$")] = "satchel"
    appendfsync: Literal["always", "everysec"] = "always"
    postgres_connections_max: Annotated[int, Meta(ge=1, le=1_000)] = 8
    session_ttl_s: Seconds = 900.0
    flush_delay_s: Annotated[float, Meta(ge=0, le=60)] = 0.5
    flush_lag_max_s: Seconds = 30.0
    drain_deadline_s: Seconds = 20.0
    drain_grace_s: Annotated[float, Meta(ge=0, le=60)] = 0.2
    local_sessions_max: Annotated[int, Meta(ge=1, le=10_000_000)] = 10_000
    bot_token: Annotated[str, Meta(min_length=1)] | None = None
    bot_api_url: Annotated[str, Meta(pattern="^https?://")] = "https://api.telegram.org"
    bot_webhook_url: Annotated[str, Meta(pattern="^https?://[^/]+/.+")] | None = None
    bot_webhook_secret: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{16,256}$")] | None = None
    bot_demo: bool = False
    bot_texts: str | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


def load_settings(environment: Mapping[str, str] | None = None, env_file: Path | None = None) -> Settings:
    """Read the settings: the environment first, then `.env` in the working directory.

    Raises:
        ConfigError: With every variable that is wrong or unknown.
    """
    environment = os.environ if environment is None else environment
    file = _read_env_file(env_file or Path(".env"))
    given = {name: value for name, value in {**file, **environment}.items() if name.startswith(PREFIX) and value}
    values: dict[str, object] = {}
    problems: list[str] = []
    fields = {PREFIX + field.name.upper(): field for field in msgspec.structs.fields(Settings)}
    for name, text in given.items():
        field = fields.get(name)
        if field is None:
            # An unknown variable may be of a test or of a later release, unless it looks like a misspelt setting.
            problems += _misspelt(name, list(fields))
            continue
        try:
            values[field.name] = msgspec.convert(text, field.type, strict=False)
        except msgspec.ValidationError as error:
            shown = MASK if field.name in SECRET else repr(text)
            problems.append(f"{name}: {str(error)[:1].lower()}{str(error)[1:]}, got {shown}")
    problems = problems or _wrong_places(values)
    if problems:
        raise ConfigError(problems)
    return Settings(**values)  # type: ignore[arg-type]


def data_directory(settings: Settings) -> Path:
    """Get the data directory, made if it is missing.

    Raises:
        ConfigError: It cannot be made, or is none.
    """
    path = Path(settings.data_dir)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError([f"SATCHEL_DATA_DIR: {path} cannot be a directory of ours: {error.strerror}"]) from error
    return path


def service_token(settings: Settings) -> str:
    """Get the service token: the one that is set, else one made once and kept in the data directory.

    Raises:
        ConfigError: The file that keeps it cannot be read or written, or holds none.
    """
    if settings.service_token is not None:
        return settings.service_token
    path = data_directory(settings) / "service_token"
    try:
        if not path.exists():
            _keep(path, "satchel_" + secrets.token_urlsafe(24))
        token = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"SATCHEL_DATA_DIR: {path} cannot be used: {error}"]) from error
    if len(token) < TOKEN_LENGTH_MIN:
        raise ConfigError([f"SATCHEL_DATA_DIR: {path} holds no token; remove it, and a new one is made"])
    return token


def _keep(path: Path, secret: str) -> None:
    """Write a secret in one step: nobody ever reads half of it, and the first of several who write it wins."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secret + "\n")
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _read_env_file(path: Path) -> dict[str, str]:
    try:
        return {name: value for name, value in dotenv_values(path).items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path} cannot be read: {error}"]) from error


def _wrong_places(values: Mapping[str, object]) -> list[str]:
    """Look closer at what the types cannot say; a secret is never repeated."""
    problems = []
    for name in ("postgres_dsn", "redis_url"):
        try:
            parts = urlsplit(str(values.get(name, "")))
            _ = parts.port  # raises if it is not a number
            if name == "redis_url" and parts.scheme != "unix":
                int(parts.path.strip("/") or 0)
        except ValueError:
            form = "redis://host:port/number" if name == "redis_url" else "postgresql://user@host:port/database"
            problems.append(f"{PREFIX}{name.upper()}: not a URL like {form}, got {MASK}")
    catalogue = values.get("catalogue")
    if catalogue is not None and not Path(str(catalogue)).is_dir():
        problems.append(f"SATCHEL_CATALOGUE: there is no directory {str(catalogue)!r}")
    game = values.get("game")
    if game is not None and [bool(part) for part in str(game).split(":")] != [True, True]:
        problems.append(f"SATCHEL_GAME: expected module:name, got {str(game)!r}")
    return problems


def _misspelt(name: str, known: list[str]) -> list[str]:
    from difflib import get_close_matches

    close = get_close_matches(name, known, 1, 0.8)
    return [f"{name}: no such setting; did you mean {close[0]}?"] if close else []
