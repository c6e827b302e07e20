"""The service's HTTP interface: the door, and behind it the documented routes.

`front` is what a server runs: `guard` turns away what is not proper, `known` answers what was answered before, and
`app` has the routes. `strict` reads what is sent, `negotiate` picks a format, `replies` and `problems` write what is
answered.
"""
