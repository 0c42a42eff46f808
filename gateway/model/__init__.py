"""What things are: home, alert, point, and the contracts of leaves. Floor of everything that thinks."""
