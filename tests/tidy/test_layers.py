"""Imports follow an allow-list, make no circle, and each library stays in the package that it belongs to."""

from collections.abc import Iterable, Iterator

import pytest

from tests.tidy.source import Import, modules

ALLOWED = {
    "errors": "",
    "ids": "",
    "telemetry": "",
    "clock": "",
    "version": "",
    "failpoints": "errors",
    "embedded": "errors",
    "inventory": "errors ids",
    "access": "errors ids",
    "turns": "errors ids",
    "sharing": "ids",
    "texts": "errors inventory",
    "catalogue": "errors inventory",
    "hook": "errors inventory telemetry",
    "ports": "ids inventory",
    "client": "access clock errors inventory",
    "game": "errors hook inventory",
    "vault": "errors failpoints ids inventory ports",
    "session": "errors failpoints ids inventory ports telemetry",
    "orchestrator": "errors failpoints ids inventory ports sharing telemetry turns",
    "bot": "client clock errors ids inventory telemetry texts",
    "worker": "errors failpoints ids orchestrator ports telemetry",
    "dispatcher": "access errors ids inventory orchestrator",
    "api": "access dispatcher errors failpoints ids inventory orchestrator ports telemetry version",
    "runtime": (
        "access api catalogue client clock dispatcher embedded errors failpoints game inventory orchestrator "
        "ports session telemetry vault worker"
    ),
    "testing": "catalogue client clock errors game ids inventory ports runtime session vault",
    "admin": "catalogue clock errors ids inventory orchestrator ports runtime session vault",
    "satchel": "access catalogue client errors game inventory runtime testing version",
    "demos": "admin bot catalogue client embedded errors ids inventory runtime testing vault",
    "cli": (
        "access admin api bot catalogue client demos embedded errors failpoints ids inventory runtime session "
        "telemetry vault"
    ),
    "__main__": "cli",
}
"""Each package below `satchel`, with the other packages that it may import. What is not listed is forbidden."""

HOMES = {
    "hiredis": {"session", "testing"},  # the fake answers with its errors
    "asyncpg": {"vault", "demos"},  # the demo prints the rows as anybody would see them
    "sqlalchemy": {"vault"},
    "alembic": {"vault"},
    "starlette": {"api"},
    "uvicorn": {"api", "runtime"},
    "aiogram": {"bot", "testing"},  # the fake Bot API speaks its types
    "fluent": {"texts"},
    "lupa": {"testing"},
    "click": {"cli"},
    "jwt": {"api"},
    "prometheus_client": {"telemetry", "api"},
}
"""Library to the packages that may import it."""

PURE_FORBIDDEN = ("asyncio", "time", "random", "secrets", "uuid", "logging", "os", "pathlib", "datetime", "socket")

PLANTED = (
    ("satchel.bot.orchestrator", "satchel.session.keys"),
    ("satchel.api.reads", "satchel.vault.queries"),
    ("satchel.client.client", "satchel.vault"),
    ("satchel.orchestrator", "satchel.session.manager"),
    ("satchel.inventory.service", "satchel.ports"),
    ("satchel.session.manager", "satchel.vault.postgres"),
    ("satchel.runtime.serve", "satchel.bot.webhook"),
    ("satchel.bot.main", "satchel.runtime.config"),
)
"""Imports that the tables of layers of earlier releases let pass, or nearly did."""


def _package(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def _imports() -> Iterator[Import]:
    for module in modules("src"):
        yield from module.imports()


def _forbidden(imports: Iterable[Import]) -> list[str]:
    return [
        f"{found.importer} imports {found.name}"
        for found in imports
        if found.name.split(".")[0] == "satchel"
        and _package(found.name) != _package(found.importer)
        and _package(found.name) not in ALLOWED[_package(found.importer)].split()
    ]


def _graph(imports: Iterable[Import], known: set[str]) -> dict[str, set[str]]:
    """Module to the modules it imports; `from package import module` counts as an import of the module."""
    graph: dict[str, set[str]] = {name: set() for name in known}
    for found in imports:
        for name in found.targets:
            if name in known and name != found.importer:
                graph[found.importer].add(name)
    return graph


def _circles(graph: dict[str, set[str]]) -> set[tuple[str, ...]]:
    """Groups of modules that reach one another."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        ahead = list(graph[start])
        while ahead:
            name = ahead.pop()
            if name not in seen:
                seen.add(name)
                ahead += graph[name]
        return seen

    reach = {name: reached(name) for name in graph}
    return {
        tuple(sorted(other for other in reach[name] if name in reach[other])) for name in graph if name in reach[name]
    }


def test_every_import_is_on_the_allow_list() -> None:
    assert _forbidden(_imports()) == []


def test_the_allow_list_names_no_import_that_nobody_makes() -> None:
    made = {(_package(found.importer), _package(found.name)) for found in _imports()}
    idle = {(importer, name) for importer, names in ALLOWED.items() for name in names.split()} - made

    assert idle == set()


@pytest.mark.parametrize(("importer", "name"), PLANTED)
def test_a_planted_import_is_found(importer: str, name: str) -> None:
    assert _forbidden([*_imports(), Import(importer, name, (name,), 1)]) == [f"{importer} imports {name}"]


def test_every_package_is_on_the_allow_list() -> None:
    assert {_package(module.name) for module in modules("src")} == set(ALLOWED)


def test_imports_make_no_circle() -> None:
    graph = _graph(_imports(), {module.name for module in modules("src")})

    assert _circles(graph) == set()


def test_a_planted_circle_is_found() -> None:
    planted = Import("satchel.errors", "satchel.worker", ("satchel.worker",), 1)
    graph = _graph([*_imports(), planted], {module.name for module in modules("src")})

    assert any({"satchel.errors", "satchel.worker"} <= set(circle) for circle in _circles(graph))


def test_each_library_stays_in_its_package() -> None:
    wrong = [
        f"{found.importer}:{found.line} imports {found.name}"
        for found in _imports()
        if _package(found.importer) not in HOMES.get(found.name.split(".")[0], {_package(found.importer)})
    ]

    assert wrong == []


def test_rules_have_no_clock_no_chance_and_no_io() -> None:
    inventory = [module for module in modules("src") if _package(module.name) == "inventory"]
    wrong = [
        f"{module.path}:{found.line} imports {found.name}"
        for module in inventory
        for found in module.imports()
        if found.name.split(".")[0] in PURE_FORBIDDEN
    ]
    wrong += [str(module.path) for module in inventory if "await " in module.text or "async def" in module.text]

    assert inventory
    assert wrong == []
