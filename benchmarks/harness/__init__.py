"""What the benchmarks have in common: goals and their table, servers in processes of their own, what those spend."""
