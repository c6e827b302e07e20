"""Schedules as other libraries spell them: read into a spec, and written back as code.

`call` is how one is spelt (scheduler, arguments), `registry` finds who understands it, `reading` has a module for
each library. Nothing here imports a library: what each one does is written down from its source, and held against it
in the tests.
"""
