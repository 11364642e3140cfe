"""What each paper says: plain values out of its subjects. A template reads nothing else."""
