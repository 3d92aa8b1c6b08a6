"""The parts of the facade: what goes in, what comes out, and the rooms between."""
