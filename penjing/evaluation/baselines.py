"""What one gets without a network: simple learners on flat inputs, by scikit-learn. No torch."""

import numpy as np


def simple_learners(x: np.ndarray, y: np.ndarray, queries: np.ndarray) -> dict[str, np.ndarray]:
    """Labels of queries by the most frequent class, the nearest neighbour, and an SVM with a Gaussian kernel.

    Args:
        x: (N, ...) training inputs of one size; flattened, and compared as they are.
        y: (N,) integers, their labels.
        queries: (M, ...) inputs of the same size.

    Returns:
        (M,) labels by name of the learner.
    """
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    flat, asked = (np.asarray(values, dtype=np.float64).reshape(len(values), -1) for values in (x, queries))
    scale = max(float(np.abs(flat).max()), 1e-12)
    return {
        "majority": np.full(len(queries), np.bincount(y).argmax()),
        "nearest neighbour": KNeighborsClassifier(1).fit(flat / scale, y).predict(asked / scale),
        "SVM": SVC().fit(flat / scale, y).predict(asked / scale),
    }
