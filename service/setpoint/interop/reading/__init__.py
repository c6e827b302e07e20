"""From a library's call to a spec: one module a library, one class a scheduler.

A class has the scheduler's arguments as its fields, with the library's names and defaults; its docstring is the
library's formula, in the library's letters: `b` the learning rate of the group, `t` the epoch.
"""
