"""The worker's and the operator's side of the service: pydantic and httpx, no server and no framework.

`locate` finds the `place`, its address and token; `call` says what may be asked, `answer` what came back (a `refusal`,
where it is one), `retry` when to ask again. `transport` asks, over `connections` of the standard library, `atransport`
over httpx. `events` reads streams.

A training's side: `run` is what it calls, `join` how it begins, `contact` what it waits for and `talk` the thread that
asks; `held` is what a worker knows (a `grant`, and by `outage` what it goes by without one), `shelf` where it is kept,
`launch` which rank of which launch this is.
"""
