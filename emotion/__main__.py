"""`python -m emotion …` is `emotion …`."""

from emotion.cli import main

if __name__ == "__main__":
    main()
