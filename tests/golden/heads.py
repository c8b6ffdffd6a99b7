"""Golden values of the recognition heads.

Writes heads.json beside this file: two units trained by PyTorch's Adam from given weights (full batches, so that no
order of pictures enters), and logistic regressions of scikit-learn on features divided by their root mean square.

    python tests/golden/heads.py        (numpy, torch, scikit-learn)
"""

import json
import pathlib

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

rng = np.random.default_rng(7)
PICTURES, UNITS = 24, 10

# Rectified, like the features of fc7.
features = np.maximum(rng.normal(0.3, 1.0, (PICTURES, UNITS)), 0).astype(np.float32)
targets = (features[:, 0] + 0.5 * features[:, 1] + rng.normal(0, 0.6, PICTURES)) > 0.9
start = rng.uniform(-0.3, 0.3, (2, UNITS + 1))

linear = torch.nn.Linear(UNITS, 2).double()
with torch.no_grad():
    linear.weight.copy_(torch.tensor(start[:, :UNITS]))
    linear.bias.copy_(torch.tensor(start[:, UNITS]))
optimiser = torch.optim.Adam(linear.parameters(), lr=1e-2)
x, y = torch.tensor(features, dtype=torch.float64), torch.tensor(targets, dtype=torch.long)
for _ in range(30):
    optimiser.zero_grad()
    torch.nn.functional.cross_entropy(linear(x), y).backward()
    optimiser.step()
trained = np.concatenate([linear.weight.detach().numpy(), linear.bias.detach().numpy()[:, None]], axis=1)

scaled = features.astype(np.float64) / np.sqrt(np.mean(features.astype(np.float64) ** 2))
logistic = []
for inverse_penalty in [1e-4, 1e-2, 1.0, 10.0]:
    model = LogisticRegression(C=inverse_penalty, tol=1e-12, max_iter=100_000).fit(scaled, targets)
    logistic.append({"inverse_penalty": inverse_penalty, "margins": model.decision_function(scaled).tolist()})

golden = {
    "features": features.tolist(),
    "targets": targets.tolist(),
    "adam": {"learning_rate": 1e-2, "epochs": 30, "start": start.tolist(), "trained": trained.tolist()},
    "logistic": logistic,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, indent=1) + "\n")
print(f"{path}: torch {torch.__version__}, targets {int(targets.sum())} of {PICTURES}")
