"""Policies: what turns metrics into a learning rate. A fold, pure and repeatable.

`spec` has what people write, `policy` what all plateau policies share, `variants` the libraries'
own rules, `greedy` the one that is only simulated, `ledger` which metrics are decided on when
several workers report, `simulation` the whole of it on one list.
"""
