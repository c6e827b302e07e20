"""The catalogue of problems: a page of the service for each, and an entry in the documentation."""

import re
from pathlib import Path

import pytest

from setpoint.api import explained, problems
from tests.api.service import Service, code

DOCUMENT = (Path(__file__).parents[2] / "docs/problems.md").read_text(encoding="utf-8")
ENTRIES = {
    entry.partition("`")[0]: " ".join(entry.split()) for entry in re.split(r"^### `", DOCUMENT, flags=re.MULTILINE)[1:]
}
CATALOGUE = explained.catalogue()
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
service = Service()


def test_the_documentation_has_an_entry_for_every_problem_and_for_no_other() -> None:
    assert ENTRIES.keys() == CATALOGUE.keys()


@pytest.mark.parametrize("name", CATALOGUE)
def test_an_entry_says_the_status_what_it_is_and_what_to_do(name: str) -> None:
    kind = CATALOGUE[name]

    assert f"**{problems.status(kind)}** {kind.title}." in ENTRIES[name]
    assert kind.advice in ENTRIES[name]
    assert f"{{#{name}}}" in ENTRIES[name]


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_type_of_a_problem_leads_to_its_explanation(name: str) -> None:
    kind = CATALOGUE[name]
    text = service.get(problems.reference(kind))
    page = service.get(problems.reference(kind), accept=BROWSER)

    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.text.startswith(f"{kind.title} ({problems.status(kind)} {name})\n\n{kind.advice}\n")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f"<code>{name}</code>" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_all_problems_are_listed_with_links_that_lead_somewhere() -> None:
    page = service.get("/problems", accept=BROWSER).text

    links = re.findall(r'href="(/problems/[a-z-]+)"', page)
    assert links == [f"/problems/{name}" for name in CATALOGUE]
    assert service.get("/problems").text.count("\n") == len(CATALOGUE)


def test_a_problem_that_there_is_not_is_not_found() -> None:
    assert code(service.get("/problems/too-tired")) == "not-found"


def test_what_is_worth_sending_again_is_said() -> None:
    assert "may be sent again" in service.get("/problems/storage-full").text
    assert "answered the same." in service.get("/problems/invalid-schedule").text
    assert "mistake of the service" in service.get("/problems/unexpected").text
