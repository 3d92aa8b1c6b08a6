"""What `dalt.store` is made of: the tables and the statements inside its transactions."""
