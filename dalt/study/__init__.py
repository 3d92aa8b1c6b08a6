"""What labels and their times say: studies, simulation, certified finish, estimates, the card."""
