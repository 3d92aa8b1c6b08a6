"""How a picture is looked at; belongs to the room `dalt.regions`."""
