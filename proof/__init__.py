"""The promise, put to the proof: histories under crashes, power losses, broken disks, flipped bits, and mutants.

Each proof is a module whose `run` takes how much of it is wanted and returns figures; `python -m proof` runs them in
full and prints one table, `tests/proof` runs a part of each on every commit. All seeds are printed.
"""
