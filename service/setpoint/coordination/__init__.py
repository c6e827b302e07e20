"""Commands of one run in order, commands of all runs side by side, and nothing told before it is durable."""
