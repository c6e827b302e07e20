"""The worker's and the operator's side of the service: pydantic and httpx, no server and no framework.

`locate` finds the address and the token; `call` says what may be asked, `answer` what came back, `retry` when to ask
again. `transport` and `atransport` ask, and are the only ones that know httpx. `events` reads streams.
"""
