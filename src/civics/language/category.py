"""A classifier of short Chinese texts that fits in seconds and answers in a fraction of a millisecond.

Lives here: `CategoryModel` and its one-file format. Does not live here: the solver and the calibration
(`fitting`), the grams (`features`), the tree of categories, training from orders.

The model is linear over character grams: one row of weights per gram, one column per label. A suggestion is
a lookup of the text's grams in a sorted array and one small matrix product, so neither scikit-learn nor scipy
is imported to answer.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from civics.language.features import Floats, Keys, text_keys

FORMAT = "civics-category-model/1"
#: A text with few known grams is not to be trusted: its scores shrink by known / (known + this).
FEW_GRAMS = 6.0


class CategoryModel:
    """Suggests labels for texts; made by `fit` or `load`, never changed afterwards."""

    def __init__(
        self,
        labels: Sequence[str],
        priors: NDArray[np.float64],
        sharpness: float,
        grams: Keys,
        importance: Floats,
        weights: Floats,
    ) -> None:
        """Labels K, priors (K,), grams (V,) sorted, importance (V,), weights (V, K). Use `fit` or `load`."""
        self.labels = tuple(labels)
        self._log_priors = np.log(priors)
        self._priors = priors
        self._sharpness = sharpness
        self._grams = grams
        self._importance = importance
        self._weights = weights

    @classmethod
    def fit(cls, texts: Sequence[str], labels: Sequence[str]) -> CategoryModel:
        """Learn from texts (raw or segmented with spaces; the title first) and one label each.

        Deterministic. Raises ValueError when nothing can be learned: no texts, lengths that differ, an empty
        label, fewer than two labels, or no gram that occurs in two texts.
        """
        from civics.language.fitting import learn

        texts, labels = list(texts), list(labels)
        if not texts:
            raise ValueError("nothing to learn from: no texts")
        if len(texts) != len(labels):
            raise ValueError(
                f"{len(texts)} texts but {len(labels)} labels: each text needs exactly one label"
            )
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("every text must be a string")
        if not all(isinstance(label, str) and label.strip() for label in labels):
            raise ValueError("every label must be a string that is not empty")
        names = sorted(set(labels))
        if len(names) < 2:
            raise ValueError(f"only one label ({names[0]}): a choice needs at least two")
        place = {name: i for i, name in enumerate(names)}
        answers = np.array([place[label] for label in labels], dtype=np.intp)
        learned = learn([text_keys(text) for text in texts], answers, len(names))
        return cls(
            names, learned.priors, learned.sharpness, learned.grams, learned.importance, learned.weights
        )

    def probabilities(self, text: str) -> NDArray[np.float64]:
        """The probability of each label, in the order of `labels`; adds up to 1."""
        keys, counts = text_keys(text)
        if len(keys):
            at = self._grams.searchsorted(keys)
            at[at == len(self._grams)] = 0
            known = self._grams[at] == keys
            at, counts = at[known], counts[known]
        if not len(keys) or not len(at):
            return self._priors.copy()
        values = counts * self._importance[at]
        scores = (values @ self._weights[at]).astype(np.float64) / np.sqrt(values @ values)
        trust = len(at) / (len(at) + FEW_GRAMS)
        logits = self._sharpness * trust * scores + (1.0 - trust) * self._log_priors
        odds = np.exp(logits - logits.max())
        chances: NDArray[np.float64] = odds / odds.sum()
        return chances

    def suggest(self, text: str, n: int = 2) -> list[tuple[str, float]]:
        """The `n` most likely labels with their probabilities, best first.

        A text without any known gram (also an empty one) is answered by how frequent the labels were.
        """
        if n < 1:
            raise ValueError("n must be at least 1")
        chances = self.probabilities(text)
        order = np.argsort(-chances, kind="stable")[:n]
        return [(self.labels[i], float(chances[i])) for i in order]

    def save(self, path: str | Path) -> None:
        """Write the model as one file (a zip of a JSON head and plain arrays; no pickle)."""
        head = {"format": FORMAT, "labels": self.labels, "sharpness": self._sharpness}
        with Path(path).open("wb") as out:
            np.savez_compressed(
                out,
                head=np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), dtype=np.uint8),
                priors=self._priors,
                grams=self._grams,
                importance=self._importance,
                weights=self._weights,
            )

    @classmethod
    def load(cls, path: str | Path) -> CategoryModel:
        """Read a saved model. ValueError when it is not one or is damaged; OSError when it is not there."""
        try:
            with Path(path).open("rb") as source, np.load(source, allow_pickle=False) as stored:
                head = json.loads(stored["head"].tobytes().decode())
                if head["format"] != FORMAT:
                    raise ValueError(f"format {head['format']!r}, expected {FORMAT!r}")
                labels = [str(label) for label in head["labels"]]
                sharpness = float(head["sharpness"])
                priors, grams = stored["priors"], stored["grams"]
                importance, weights = stored["importance"], stored["weights"]
            size, kinds = len(grams), len(labels)
            if (
                (kinds < 2 or len(set(labels)) != kinds or size < 1)
                or (priors.shape, priors.dtype) != ((kinds,), np.float64)
                or (grams.shape, grams.dtype) != ((size,), np.uint64)
                or (importance.shape, importance.dtype) != ((size,), np.float32)
                or (weights.shape, weights.dtype) != ((size, kinds), np.float32)
            ):
                raise ValueError("its parts do not fit together")
            if not (np.isfinite(weights).all() and np.isfinite(importance).all() and np.isfinite(sharpness)):
                raise ValueError("it holds values that are not numbers")
            if not ((priors > 0).all() and (grams[1:] > grams[:-1]).all() and (importance > 0).all()):
                raise ValueError("its values are out of range")
        except OSError:
            raise
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            EOFError,
            IndexError,
            zipfile.BadZipFile,
        ) as fault:
            raise ValueError(f"{path} is not a usable category model: {fault}") from fault
        except Exception as fault:  # zlib.error, NotImplementedError …: whatever a damaged archive can raise
            raise ValueError(f"{path} is not a usable category model: {fault}") from fault
        return cls(labels, priors, sharpness, grams, importance, weights)
