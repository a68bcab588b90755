"""Imports point one way, and each library stays in the package that it belongs to."""

from tests.tidy.source import modules

LAYERS = (
    ("errors", "failpoints"),
    ("inventory",),
    ("ports", "catalogue"),
    ("telemetry",),
    ("session", "vault"),
    ("orchestrator",),
    ("dispatcher", "worker"),
    ("transport",),
    ("api", "client", "bot", "embedded", "config"),
    ("app",),
    ("serve", "welcome", "bot_process", "doctor", "operations", "testing"),
    ("demo", "bot_demo"),
    ("cli",),
    ("__main__",),
)
"""From the ground up: a module imports from its own layer's package or from lower layers."""

SAME_LAYER_ALLOWED = {
    ("bot", "client"),  # the bot knows only the client, and its settings
    ("bot", "config"),
}

SIBLINGS = (("session", "vault"), ("api", "bot"))
"""Pairs that never meet."""

HOMES = {
    "hiredis": {"session", "testing"},  # the fake answers with its errors
    "asyncpg": {"vault", "demo"},  # the demo prints the rows as anybody would see them
    "sqlalchemy": {"vault"},
    "alembic": {"vault"},
    "starlette": {"api"},
    "uvicorn": {"api", "serve"},
    "aiogram": {"bot"},
    "fluent": {"bot"},
    "lupa": {"testing"},
    "click": {"cli", "operations"},
    "jwt": {"api"},
    "prometheus_client": {"telemetry", "api"},
}
"""Library to the packages that may import it."""

PURE_FORBIDDEN = ("asyncio", "time", "random", "secrets", "uuid", "logging", "os", "pathlib", "datetime", "socket")


def _package(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def test_imports_point_from_upper_to_lower_layers() -> None:
    rank = {package: number for number, layer in enumerate(LAYERS) for package in layer}
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in modules("src")
        for name, line in module.imports()
        if name.startswith("satchel.")
        and _package(name) != _package(module.name)
        and rank[_package(name)] >= rank[_package(module.name)]
        and (_package(module.name), _package(name)) not in SAME_LAYER_ALLOWED
    ]

    assert wrong == []


def test_siblings_never_meet() -> None:
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in modules("src")
        for name, line in module.imports()
        for one, other in (*SIBLINGS, *(pair[::-1] for pair in SIBLINGS))
        if _package(module.name) == one and name.startswith(f"satchel.{other}")
    ]

    assert wrong == []


def test_every_package_has_a_layer() -> None:
    known = {package for layer in LAYERS for package in layer} | {"__init__"}

    assert {_package(module.name) for module in modules("src")} <= known


def test_each_library_stays_in_its_package() -> None:
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in modules("src")
        for name, line in module.imports()
        if _package(module.name) not in HOMES.get(name.split(".")[0], {_package(module.name)})
    ]

    assert wrong == []


def test_rules_have_no_clock_no_chance_and_no_io() -> None:
    inventory = [module for module in modules("src") if _package(module.name) == "inventory"]
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in inventory
        for name, line in module.imports()
        if name.split(".")[0] in PURE_FORBIDDEN
    ]
    wrong += [str(module.path) for module in inventory if "await " in module.text or "async def" in module.text]

    assert inventory
    assert wrong == []
