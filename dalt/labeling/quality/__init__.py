"""How good suggestions and labels are, and what several annotators say together."""
