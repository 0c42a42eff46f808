"""What drivers share: the contract, framing, quantities, strict parsing. No driver stands here."""
