"""The command `setpoint`.

`main` finds the command in the table of `commands`, `dispatch` runs its module, which has `arguments` (what it adds to
its parser) and `run`. What several share: `source` is where a schedule comes from, `extent` which epochs, `columns` and
`picture` how they are shown. A module is imported only when its command is named: none waits for what another needs.
"""
