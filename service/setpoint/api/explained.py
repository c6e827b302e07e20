"""What a problem's `type` is about: a page for browsers, text for everybody else."""

from collections.abc import Mapping
from html import escape

from setpoint import errors
from setpoint.api import problems, replies
from setpoint.api.asgi import Headers
from setpoint.api.replies import Reply
from setpoint.errors import SetpointError, kinds

_AGAIN = "It may be sent again as it is, after the time that Retry-After names."
_NOT_AGAIN = "Sent again as it is, it is answered the same."
_UNTIL = "Sent again as it is, it is answered the same for as long as the run stands as it does."
_OURS = "It is a mistake of the service, not of the request."


def catalogue() -> Mapping[str, type[SetpointError]]:
    """Every problem that is answered over HTTP, by its code, in the order of their statuses."""
    own = [kind for kind in kinds(SetpointError) if kind.__module__ == errors.__name__ and "code" in vars(kind)]
    told = [kind for kind in own if kind is not SetpointError]
    return {kind.code: kind for kind in sorted(told, key=problems.status)}


def again(kind: type[SetpointError]) -> str:
    """Whether to send the request again."""
    if problems.status(kind) in (429, 503):
        return _AGAIN
    if problems.status(kind) in (409, 412):
        return _UNTIL
    return _OURS if problems.status(kind) == 500 else _NOT_AGAIN


def one(kind: type[SetpointError], accept: str) -> Reply:
    """About one problem."""
    if "text/html" not in accept:
        text = f"{kind.title} ({problems.status(kind)} {kind.code})\n\n{kind.advice}\n{again(kind)}\n"
        return replies.lasting(text.encode(), replies.TEXT)
    rows = [
        f"<h1>{escape(kind.title)}</h1>",
        f"<p><code>{kind.code}</code> · HTTP status {problems.status(kind)}</p>",
        f"<h2>What to do</h2><p>{escape(kind.advice)}</p>",
        f"<h2>Sending it again</h2><p>{again(kind)}</p>",
        '<p><a href="/problems">All problems</a></p>',
    ]
    return _page(kind.title, "\n".join(rows))


def every(accept: str) -> Reply:
    """All of them, each with its page."""
    known = catalogue().items()
    if "text/html" not in accept:
        lines = [f"{problems.status(kind)}  /problems/{code:22}  {kind.title}\n" for code, kind in known]
        return replies.lasting("".join(lines).encode(), replies.TEXT)
    rows = [
        f'<tr><td>{problems.status(kind)}</td><td><a href="/problems/{code}"><code>{code}</code></a></td>'
        f"<td>{escape(kind.title)}</td></tr>"
        for code, kind in known
    ]
    head = "<thead><tr><th>Status</th><th>Problem</th><th>What it is</th></tr></thead>"
    return _page("Problems", f"<h1>Problems</h1><table>{head}<tbody>{''.join(rows)}</tbody></table>")


_HEADERS: Headers = [
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'"),
    (b"x-content-type-options", b"nosniff"),
]


def _page(title: str, body: str) -> Reply:
    html = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} · Setpoint</title>
<link rel="icon" href="/static/icon.svg">
<link rel="stylesheet" href="/static/style.css">
</head>
<body>
<header class="top">
  <a class="brand" href="/">Setpoint</a>
  <nav aria-label="Pages"><a href="/">Runs</a><a href="/designer">Designer</a><a href="/docs">API</a></nav>
</header>
<main>
{body}
</main>
</body>
</html>
"""
    content = html.encode()
    return replies.of(content, "text/html", headers=[*replies.keepable(replies.tag(content)), *_HEADERS])
