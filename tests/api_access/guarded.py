"""A service that asks for tokens, and those who have one."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.api_runs.process import Process

ANY_PLAN = {"If-Match": "*"}


class Holder:
    """Somebody with a token."""

    def __init__(self, http: httpx.Client, secret: str, told: dict[str, Any]) -> None:
        self.secret = secret
        self.told = told
        self.headers = {"Authorization": f"Bearer {secret}"}
        self._http = http

    def ask(self, method: str, address: str, body: object = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent: dict[str, Any] = {} if body is None else {"json": body}
        return self._http.request(method, address, headers=self.headers | named, **sent)

    def get(self, address: str) -> httpx.Response:
        return self.ask("GET", address)

    def put(self, address: str, body: object) -> httpx.Response:
        return self.ask("PUT", address, body)

    def post(self, address: str, body: object = None) -> httpx.Response:
        return self.ask("POST", address, body, **ANY_PLAN)

    def delete(self, address: str) -> httpx.Response:
        return self.ask("DELETE", address)


class Guarded:
    """`setpoint serve --auth`."""

    def __init__(self, data: Path, *flags: str) -> None:
        self.data = data
        self.process = Process(data, "--auth", *flags)
        self.http = self.process.http
        self.admin = self.holder((data / "token").read_text().strip())

    def holder(self, secret: str, told: dict[str, Any] | None = None) -> Holder:
        return Holder(self.http, secret, told or {})

    def made(self, name: str, scope: str, *runs: str, **more: object) -> Holder:
        body = {"name": name, "scope": scope} | ({"runs": list(runs)} if runs else {}) | more
        told = self.admin.post("/v1/tokens", body)
        assert told.status_code == 201, told.text
        return self.holder(told.json()["secret"], told.json())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.__exit__(kind, error, at)
