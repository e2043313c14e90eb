"""Which terms mark a group: log-odds with an informative Dirichlet prior (Monroe et al. 2008, section 3.5).

For a term w and a group i against all others j, with y counts of tweets that hold w, n their sums over all terms, and a
prior of A counts shared out as w's share of everything, a = A (y_i + y_j) / (n_i + n_j):

    d = log((y_i + a) / (n_i + A - y_i - a)) - log((y_j + a) / (n_j + A - y_j - a))
    variance = 1 / (y_i + a) + 1 / (y_j + a)
    z = d / sqrt(variance)

A is a tenth of all counts, at most 500.
"""

import numpy as np
from numpy.typing import NDArray

PRIOR = 500.0  # A at most
FEWEST = 5  # a term in fewer tweets is not ranked
LEAST = 1.96  # a term of a lower score marks nothing: 5 in 100 come that far by chance


def log_odds(counts: NDArray[np.int64], totals: NDArray[np.int64]) -> NDArray[np.float64]:
    """z-scores (W, G) from the counts (W, G) of W terms in G groups and the sums (G,) over all terms, ranked or not."""
    y = counts.astype(np.float64)
    rest, n = y.sum(axis=1, keepdims=True) - y, totals.astype(np.float64)
    others = n.sum() - n
    weight = min(PRIOR, n.sum() / 10)
    prior = weight * y.sum(axis=1, keepdims=True) / max(n.sum(), 1.0)
    difference = _log_odds(y, n, prior, weight) - _log_odds(rest, others, prior, weight)
    variance = 1 / (y + prior) + 1 / (rest + prior)
    return np.asarray(difference / np.sqrt(variance))


def _log_odds(
    y: NDArray[np.float64], n: NDArray[np.float64], prior: NDArray[np.float64], weight: float
) -> NDArray[np.float64]:
    return np.asarray(np.log(y + prior) - np.log(np.maximum(n + weight - y - prior, 1e-9)))
