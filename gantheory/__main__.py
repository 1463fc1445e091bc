"""`python -m gantheory` is the command `gantheory`."""

from gantheory.cli import main

if __name__ == "__main__":
    main()
