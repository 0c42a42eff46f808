"""What is learned of this home: the core at work, what it is fed with and what is kept from it."""
