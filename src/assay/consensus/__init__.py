"""From votes, adjudications and gold to one value per item and field, with its doubt."""
