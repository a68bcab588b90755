"""The API's description of itself: OpenAPI 3.1, and a page that needs nothing from elsewhere."""

import re
from typing import get_args

import aiohttp
from openapi_spec_validator import OpenAPIV31SpecValidator

from satchel.errors import ERRORS
from satchel.inventory.actions import Action
from tests.integration.api.conftest import Service
from tests.openapi import Spec


async def test_document_is_valid_openapi_3_1(service: Service, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{service.url}/openapi.json") as response:
        document = await response.json()

    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    assert document["openapi"] == "3.1.0"


async def test_document_needs_no_token_and_names_every_route_that_is_served(service: Service, spec: Spec) -> None:
    from satchel.api.routes import Routes

    satchel = service.satchel
    parts = (None, None, service.readiness, satchel.metrics, satchel.vault)
    routes = Routes(satchel.dispatcher, *parts).all()  # type: ignore[arg-type]
    served = {(route.path, method.lower()) for route in routes for method in (route.methods or set()) - {"HEAD"}}
    named = {(path, method) for path, methods in spec.document["paths"].items() for method in methods}

    assert named == served | {("/inventory/action", "post")}


async def test_page_loads_nothing_from_elsewhere(service: Service, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{service.url}/docs") as response:
        page = await response.text()

    assert response.headers["Content-Type"].startswith("text/html")
    assert re.findall(r"(?:src|href|url|import)\s*[=(]\s*[\"']?(?!#|openapi\.json)[^\"'\s>)]+", page) == []
    assert "<script" not in page
    assert "<link" not in page


async def test_page_tells_every_route_every_action_and_every_error(
    service: Service, http: aiohttp.ClientSession, spec: Spec
) -> None:
    async with http.get(f"{service.url}/docs") as response:
        page = await response.text()

    expected = [*spec.document["paths"], *ERRORS, *(f"{action.__name__}Alone" for action in get_args(Action))]
    assert [name for name in expected if name not in page] == []


def test_every_link_of_a_schema_leads_somewhere(spec: Spec) -> None:
    schemas = spec.document["components"]["schemas"]

    assert set(re.findall(r"#/components/schemas/(\w+)", str(spec.document))) <= schemas.keys()
