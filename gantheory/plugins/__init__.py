"""What pytest and Hypothesis load of their own accord where the package is installed."""

__all__: list[str] = []
