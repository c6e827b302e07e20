"""Where events are kept: their form on disk, the chain that shows damage, and the engines."""
