"""What moved an answer, and whether that map deserves belief."""
