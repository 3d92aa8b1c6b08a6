"""The parts of the model server (`dalt.api`)."""
