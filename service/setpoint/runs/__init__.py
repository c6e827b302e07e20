"""What a run is and what may happen to it: pure. `decide` makes events of a command, `evolve` makes runs of events."""
