"""What the pages have in common: their head, with all modules to fetch at once, and the way from each to the others."""

import re
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath

STATIC = Path(__file__).with_name("static")
PLACES = {"/": "Runs", "/designer": "Designer", "/docs": "API"}

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/static/icon.svg">
<link rel="stylesheet" href="/static/style.css">
"""
_SCRIPT = re.compile(r'<script type="module" src="/static/([^"]+)">')
_IMPORTED = re.compile(r'^import [^"]* from "(\.[^"]+)";$', re.MULTILINE)


def framed(page: str, address: str) -> str:
    """The file of a page as it is sent from its `address`: with the head and the links that it asks for."""
    modules = set[str]()
    for script in _SCRIPT.findall(page):
        _gather(script, modules)
    preloads = (f'<link rel="modulepreload" href="/static/{module}">\n' for module in sorted(modules))
    return page.replace("<!-- head -->\n", _HEAD + "".join(preloads)).replace("<!-- pages -->", _links(address))


def _gather(module: str, found: set[str]) -> None:
    """Add what `module` imports, and what that imports: a browser would find them out one after the other."""
    for name in _imported(module):
        if name not in found:
            found.add(name)
            _gather(name, found)


@cache
def _imported(module: str) -> list[str]:
    code = (STATIC / module).read_text(encoding="utf-8")
    return [normpath(join(dirname(module), name)) for name in _IMPORTED.findall(code)]


def _links(address: str) -> str:
    here = {address: ' aria-current="page"'}
    links = "".join(f'<a href="{place}"{here.get(place, "")}>{name}</a>' for place, name in PLACES.items())
    return f'<a class="brand" href="/">Setpoint</a>\n  <nav aria-label="Pages">{links}</nav>'
