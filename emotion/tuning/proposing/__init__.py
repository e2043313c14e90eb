"""Who says what is tried next: chance, a grid, or Optuna. Nothing here knows Ray."""
