"""What people are told without having asked: of which entries, in which words, about whom."""
