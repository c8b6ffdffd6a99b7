"""Golden values for class scores on frozen features (crates/vgg-core/src/head/{sgd,softmax}.rs), from PyTorch and
scikit-learn.

Run:   python tests/golden/readout.py      (writes readout.json beside this file)
Needs: numpy, scikit-learn, torch; the versions that were used stand in the file.
"""

import json
import pathlib

import numpy as np
import sklearn
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

RANDOM = np.random.default_rng(20190724)
UNITS, CLASSES = 7, 3


def pictures(counts):
    labels = RANDOM.permutation(np.repeat(range(CLASSES), counts))
    means = np.array([[1.0, 0, 0, 0, 0.5, 0, 0], [0, 1.0, 0, 0, 0.5, 0, 0], [0, 0, 1.0, 0, 0, 0, 0]])
    features = np.maximum(RANDOM.normal(0.3, 1.0, (len(labels), UNITS)) + means[labels], 0)
    return features.round(3), labels


def descend(train, start, weighted):
    features, labels = (torch.tensor(part) for part in train)
    layer = torch.nn.Linear(UNITS, CLASSES, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(start[:-1].T))
        layer.bias.copy_(torch.tensor(start[-1]))
    weights = 1.0 / (CLASSES * np.bincount(labels) / len(labels)) if weighted else np.ones(CLASSES)
    groups = [{"params": [layer.weight], "weight_decay": 1e-2}, {"params": [layer.bias], "weight_decay": 0.0}]
    descent = torch.optim.SGD(groups, lr=0.05, momentum=0.9)
    for _ in range(40):
        losses = torch.nn.functional.cross_entropy(layer(features), labels, reduction="none")
        # The mean over pictures, and not over their weights as reduction="mean" has it.
        loss = (losses * torch.tensor(weights)[labels]).mean()
        descent.zero_grad()
        loss.backward()
        descent.step()
    return np.concatenate([layer.weight.detach().numpy().T.ravel(), layer.bias.detach().numpy()])


def converged(train, inverse_penalty):
    # Features are divided by their root mean square, as the program does.
    scale = np.sqrt(np.mean(train[0] ** 2))
    model = LogisticRegression(C=inverse_penalty, tol=1e-10, max_iter=10_000)
    model.fit(train[0] / scale, train[1])
    return lambda features: model.predict_proba(features / scale)


def main():
    train, validation = pictures([30, 20, 10]), pictures([12, 8, 6])
    train, validation = ((features.astype(np.float32).astype(np.float64), labels) for features, labels in (train, validation))
    start = RANDOM.normal(0, 0.1, (UNITS + 1, CLASSES)).round(3)
    penalties = [10.0**power for power in range(-6, 1)]
    losses = [log_loss(validation[1], converged(train, c)(validation[0]), labels=range(CLASSES)) for c in penalties]
    values = {
        "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__, "torch": torch.__version__},
        "train": {"features": train[0].tolist(), "labels": train[1].tolist()},
        "validation": {"features": validation[0].tolist(), "labels": validation[1].tolist()},
        "start": start.ravel().tolist(),
        "sgd": descend(train, start, False).tolist(),
        "sgd_weighted": descend(train, start, True).tolist(),
        "softmax_0.01": converged(train, 0.01)(validation[0]).tolist(),
        "softmax_1": converged(train, 1.0)(validation[0]).tolist(),
        "best_inverse_penalty": penalties[int(np.argmin(losses))],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(values, indent=1) + "\n")


main()
