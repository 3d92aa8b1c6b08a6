"""The store: `store` has its methods, the others its tables and statements."""
