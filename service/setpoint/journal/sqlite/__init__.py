"""The embedded engine: one file, one process, one thread that writes, and many commands on one fsync."""
