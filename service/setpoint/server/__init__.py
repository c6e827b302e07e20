"""The service as a process: wired together, listening, and ended in good order."""
