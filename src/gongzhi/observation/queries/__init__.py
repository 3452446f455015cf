"""What can be asked of this window: numbers from the rooms, numbers of the board, maps, briefs and plans."""
