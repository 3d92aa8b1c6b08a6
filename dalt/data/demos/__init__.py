"""What `dalt demo` opens: real or made data for each task, without a network."""
