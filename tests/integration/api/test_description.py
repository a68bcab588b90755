"""The API's description of itself: OpenAPI 3.1, and a page that needs nothing from elsewhere."""

import re

import aiohttp
from openapi_spec_validator import OpenAPIV31SpecValidator

from satchel.api.endpoints import ENDPOINTS
from satchel.errors import API_ERRORS
from satchel.inventory.book import BUILT_IN
from tests.integration.api.conftest import TOKEN, Service
from tests.openapi import Spec


async def test_document_is_valid_openapi_3_1(service: Service, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{service.url}/openapi.json") as response:
        document = await response.json()

    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    assert document["openapi"] == "3.1.0"


async def test_every_endpoint_of_the_table_is_served_and_asks_for_its_scope(
    service: Service, http: aiohttp.ClientSession
) -> None:
    statuses = {}
    for endpoint in ENDPOINTS:
        path = endpoint.path.format(char_id=1, item_id="x")
        async with http.request(endpoint.method, service.url + path) as response:
            statuses[endpoint.method, path, endpoint.scope is None] = response.status

    assert {key: status for key, status in statuses.items() if status != (200 if key[2] else 401)} == {}


def test_document_names_every_endpoint_but_those_of_the_documentation(spec: Spec) -> None:
    named = {(path, method.upper()) for path, methods in spec.document["paths"].items() for method in methods}

    assert named == {(endpoint.path, endpoint.method) for endpoint in ENDPOINTS if endpoint.part != "docs"}


async def test_what_is_not_for_players_tells_them_so(service: Service, http: aiohttp.ClientSession) -> None:
    closed = [endpoint for endpoint in ENDPOINTS if endpoint.not_for_players]
    headers = {"Authorization": f"Bearer {TOKEN}", "X-Satchel-Acting-For": "tg:1"}

    assert closed
    for endpoint in closed:
        async with http.request(endpoint.method, service.url + endpoint.path.format(char_id=1), headers=headers) as got:
            assert (got.status, (await got.json())["code"]) == (403, "forbidden")


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

    expected = [
        *spec.document["paths"],
        *API_ERRORS,
        *(f"{entry.action.__name__}Alone" for entry in BUILT_IN.asked_for),
    ]
    assert [name for name in expected if name not in page] == []


def test_every_link_of_a_schema_leads_somewhere(spec: Spec) -> None:
    schemas = spec.document["components"]["schemas"]

    assert set(re.findall(r"#/components/schemas/(\w+)", str(spec.document))) <= schemas.keys()
