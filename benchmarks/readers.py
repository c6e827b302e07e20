"""What a sealed learning rate costs over HTTP, beside what else hands a value to many readers: nginx and etcd.

    python -m benchmarks readers [--json FILE]

nginx serves the same answer as a static file, from one worker process; etcd has it under a key, which is read through
its JSON gateway. What counts is the CPU time per request, the least of several rounds (peers take turns): where a core
is busy with nothing else, a rate of 0.5 is 1 / 0.5 of the time.
"""

import base64
import json
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path

from benchmarks.harness import servers
from benchmarks.harness.cost import Client, get
from benchmarks.harness.goals import Row, main, warn
from benchmarks.harness.servers import Server

ROUNDS = 9
SEALED = 64
RUN = {"schedule": {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}, "unit": "step"}
ANSWER = (
    b'{"run":"resnet50","attempt":1,"epoch":12,"lr":0.025,"groups":{},"hyperparameters":{},"sealed":true,'
    b'"plan_version":1}'
)
NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log stderr crit;
events {{ }}
http {{
    access_log off; keepalive_requests 10000000; sendfile on; tcp_nopush on;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    server {{ listen 127.0.0.1:{port}; root {folder}; default_type application/json; }}
}}
"""

Ask = Callable[[], bytes]


def measured() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        found = {
            "ours": stack.enter_context(_setpoint(Path(folder))),
            "nginx": stack.enter_context(_nginx(Path(folder, "nginx"))),
            "etcd": stack.enter_context(_etcd(Path(folder, "etcd"))),
        }
        peers = {name: (Client(each[0]), each[1]) for name, each in found.items() if each is not None}
        rounds = [{name: client.spent_on(ask) for name, (client, ask) in peers.items()} for _ in range(ROUNDS)]
    cost = {name: min(one[name] for one in rounds[1:]) for name in peers}
    for name, what, goal in (("nginx", "nginx, a static file", 0.5), ("etcd", "etcd's JSON gateway", 5.0)):
        if name in cost:
            ratio = cost[name] / cost["ours"]
            yield Row(f"a sealed learning rate / {what}", "us", cost["ours"], cost[name], ratio, at_least=goal)
        else:
            warn(f"{name} is not on this machine (apt-get install {name.replace('etcd', 'etcd-server')}): not measured")


@contextmanager
def _setpoint(folder: Path) -> Generator[tuple[Server, Ask]]:
    epochs = cycle(range(SEALED))
    with servers.setpoint(folder / "setpoint") as server:
        server.put("/v1/runs/resnet50", RUN)
        server.put("/v1/runs/resnet50/workers/rank0", {"epoch": 0, "lookahead": SEALED - 1})
        yield server, lambda: get(f"/v1/runs/resnet50/lr?epoch={next(epochs)}")


@contextmanager
def _nginx(folder: Path) -> Generator[tuple[Server, Ask] | None]:
    folder.mkdir()
    (folder / "lr.json").write_bytes(ANSWER)

    def flags(port: int) -> list[str]:
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port), encoding="utf-8")
        return ["-p", str(folder), "-c", str(folder / "nginx.conf")]

    with servers.installed("nginx", flags) as server:
        yield None if server is None else (server, lambda: get("/lr.json"))


@contextmanager
def _etcd(folder: Path) -> Generator[tuple[Server, Ask] | None]:
    def flags(port: int) -> list[str]:
        told, among = (f"http://127.0.0.1:{each}" for each in (port, servers.free_port()))
        addresses = ["--listen-client-urls", told, "--advertise-client-urls", told, "--listen-peer-urls", among]
        return [*addresses, "--data-dir", str(folder), "--log-level", "error"]

    key = {"key": base64.b64encode(b"resnet50/12").decode()}
    with servers.installed("etcd", flags) as server:
        if server is None:
            yield None
        else:
            _posted(server.port, "/v3/kv/put", {**key, "value": base64.b64encode(ANSWER).decode()})
            yield server, lambda: _post("/v3/kv/range", key)


def _posted(port: int, path: str, body: Mapping[str, str]) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", path, json.dumps(body))
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    connection.close()


def _post(path: str, body: Mapping[str, str]) -> bytes:
    content = json.dumps(body)
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n\r\n{content}".encode()


if __name__ == "__main__":
    sys.exit(main(__doc__, measured))
