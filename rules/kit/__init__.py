"""What rules share: the contract, the catalogue, signs of life, doors. No rule stands here."""
