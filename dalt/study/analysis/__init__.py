"""What assistance does to labels and their times: the statistics behind the report.

These are pure functions on a plain frame with one row per label event, or on events of the store;
they know no project.  `units` reads, `matching` says what may be compared, `speed`, `accuracy`,
`shifts` and `stages` compare, `findings` combines everything, and `answer` has the one sentence.
"""
