"""Imported last by the process that kernels are forked from: it freezes what is loaded.

A later garbage collection would write to the pages of memory that kernels share with it.
"""

import gc

gc.collect()
gc.freeze()
