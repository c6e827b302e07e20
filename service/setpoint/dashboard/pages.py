"""The pages and their files: read once, sent without their comments, with headers that keep everything else out."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from setpoint.dashboard.frame import STATIC, framed

PAGES = {"/": "runs.html", "/designer": "designer.html", "/sign-in": "sign-in.html"}

_COMMENT = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*$", re.MULTILINE | re.DOTALL)
"""One that has its lines to itself: a sixth of what is sent, for those who read the repository."""
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_GUARDED = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    # A page is asked for anew each time, and is not sent again where it is the same: an upgrade shows at once.
    "cache-control": "no-cache",
    "vary": "accept-encoding",
}


@dataclass(frozen=True)
class File:
    """One file, in both forms that it is sent in."""

    plain: bytes
    headers: dict[str, str]

    @cached_property
    def packed(self) -> bytes:
        """Made when it is first asked for: to pack them all would take a part of the service's start."""
        return gzip.compress(self.plain, mtime=0)

    async def answer(self, request: Request) -> Response:
        if request.headers.get("if-none-match") == self.headers["etag"]:
            return Response(status_code=304, headers=self.headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.packed, headers={**self.headers, "content-encoding": "gzip"})
        return Response(self.plain, headers=self.headers)


def routes() -> list[Route]:
    """Each page at its address, and each file that they need under /static/."""
    return [Route(address, file.answer, methods=["GET"]) for address, file in _files()]


def _files() -> Iterator[tuple[str, File]]:
    for address, name in PAGES.items():
        yield address, _file(framed((STATIC / name).read_text(encoding="utf-8"), address), ".html")
    for path in sorted(STATIC.rglob("*")):
        if path.suffix in _TYPES and path.suffix != ".html":
            yield f"/static/{path.relative_to(STATIC).as_posix()}", _file(path.read_text(encoding="utf-8"), path.suffix)


def _file(text: str, suffix: str) -> File:
    plain = (uncommented(text) if suffix in (".js", ".css") else text).encode()
    etag = f'W/"{blake2b(plain, digest_size=12).hexdigest()}"'  # weak: it stands for both forms
    headers = {**_GUARDED, "content-type": _TYPES[suffix], "etag": etag}
    return File(plain, headers)


def uncommented(code: str) -> str:
    """`code` without its comments. Every line stays where it is, so that an error's place is the one in the file."""
    return _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), code)
