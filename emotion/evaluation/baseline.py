"""The linear baseline beside every model: TF-IDF with balanced logistic regression on the same split."""

from collections.abc import Sequence

import numpy as np

from emotion.errors import DataError
from emotion.sets.labelled import LabelledSet, Targets
from emotion.text.tokens import Tokenizer

LARGE = 1000  # texts from which on words met in one text alone are left out


class Baseline:
    """TF-IDF of words and word pairs, and a logistic regression a label; texts are cleaned as the network's are."""

    def __init__(self, tokenizer: Tokenizer, train: LabelledSet) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.multiclass import OneVsRestClassifier

        self._tokenizer = tokenizer
        self._vectorizer = TfidfVectorizer(
            tokenizer=str.split,
            token_pattern=None,
            lowercase=False,
            ngram_range=(1, 2),
            min_df=2 if len(train) >= LARGE else 1,
            sublinear_tf=True,
        )
        self.labels = train.labels
        self._share = train.flags.mean(axis=0)
        self._varies = (self._share > 0) & (self._share < 1)  # of a label that all carry or none there is no line
        if not self._varies.any():
            raise DataError(f"The baseline has nothing to tell apart: all {len(train)} texts are labelled alike.")
        features = self._vectorizer.fit_transform(self._cleaned(train.texts))
        regression = LogisticRegression(class_weight="balanced", max_iter=1000, random_state=0, solver="liblinear")
        carried = train.flags[:, self._varies].astype(np.int64)
        self._model = OneVsRestClassifier(regression)
        self._model.fit(features, carried if train.multi else carried.argmax(axis=1))

    def scores(self, rows: LabelledSet) -> Targets:
        """Probabilities (N, L) in the order of the training set's labels."""
        chances = np.repeat(self._share[None], len(rows), axis=0)
        found = self._model.predict_proba(self._vectorizer.transform(self._cleaned(rows.texts)))
        chances[:, self._varies] = found[:, -int(self._varies.sum()) :]  # of one label both answers come
        return np.asarray(chances, np.float32)

    def scores_of(self, labels: Sequence[str], rows: LabelledSet) -> Targets:
        """Probabilities (N, L) of these labels; 0 for one that the training set does not know."""
        known = np.concatenate((self.scores(rows), np.zeros((len(rows), 1), np.float32)), axis=1)
        return known[:, [self.labels.index(label) if label in self.labels else -1 for label in labels]]

    def _cleaned(self, texts: Sequence[str]) -> list[str]:
        return [" ".join(self._tokenizer.tokens(text)) for text in texts]
