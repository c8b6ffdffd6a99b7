"""Golden values for what crates/stats says of many classes: SIMPLS, t-SNE, clusters of confusions, top-k, analyses of variance.

Run:   python tests/golden/emonet_stats.py        (writes emonet_stats.json beside this file)
Needs: numpy, scipy, scikit-learn, statsmodels, pandas; R with the packages pls and car. Versions stand in the file.
"""

import csv
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import pandas
import scipy
import scipy.optimize
import scipy.spatial
import scipy.stats
import sklearn
import sklearn.decomposition
import statsmodels
import statsmodels.api
import statsmodels.formula.api
from scipy.cluster.hierarchy import fcluster, ward
from scipy.stats import binom, norm
from sklearn.manifold import TSNE
from sklearn.manifold._t_sne import _joint_probabilities
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, roc_auc_score, top_k_accuracy_score

RANDOM = np.random.default_rng(20190724)


def r(program, **tables):
    """Runs an R program that reads NAME.csv for each table and prints CSV; its numbers as an array."""
    with tempfile.TemporaryDirectory() as folder:
        for name, table in tables.items():
            np.savetxt(pathlib.Path(folder, name + ".csv"), table, delimiter=",", fmt="%.17g")
        done = subprocess.run(["Rscript", "-e", program], cwd=folder, check=True, capture_output=True, text=True)
    return np.array([[float(cell) for cell in row] for row in csv.reader(done.stdout.splitlines())])


SIMPLS = """
read <- function(name) as.matrix(read.csv(name, header = FALSE))
x <- read("x.csv"); y <- read("y.csv")
fit <- pls::simpls.fit(x, y, ncomp = %d)
b <- fit$coefficients[, , %d]
dim(b) <- c(ncol(x), ncol(y))
intercept <- fit$Ymeans - fit$Xmeans %%*%% b
write.table(format(rbind(b, intercept), digits = 17), sep = ",", row.names = FALSE, col.names = FALSE, quote = FALSE)
"""


def n_space(x, y, components):
    """SIMPLS with scores only: weights are X'u for u in the space of the rows, and scores are made orthogonal there."""
    x0, y0 = x - x.mean(axis=0), y - y.mean(axis=0)
    kernel, left = x0 @ x0.T, y0.copy()
    scores, rows = np.zeros((len(x), 0)), np.zeros((len(x), 0))
    for _ in range(components):
        # S = X'left; its first left singular vector is X'left w, with w the first eigenvector of left' K left.
        u = left @ np.linalg.eigh(left.T @ kernel @ left)[1][:, -1]
        t = kernel @ u
        u, t = u / np.linalg.norm(t), t / np.linalg.norm(t)
        scores, rows = np.column_stack([scores, t]), np.column_stack([rows, u])
        # S without the loadings X'T, as X'(left − T solve(T'KT, T'K left)).
        left = y0 - scores @ np.linalg.solve(scores.T @ kernel @ scores, scores.T @ kernel @ y0)
    return x0.T @ rows @ scores.T @ y0


def simpls_fit(x, y, components):
    found = r(SIMPLS % (components, components), x=x, y=y)
    assert np.allclose(n_space(x, y, components), found[:-1], atol=1e-10), "R and the n-space algorithm differ"
    if components == x.shape[1]:
        design = np.column_stack([x, np.ones(len(x))])
        assert np.allclose(np.linalg.lstsq(design, y, rcond=None)[0], found, atol=1e-10), "least squares"
    return {"components": components, "coefficients": found.tolist()}


def simpls():
    def table(rows, columns):
        return (64 * RANDOM.normal(3, 1, (rows, columns)) * RANDOM.uniform(0.3, 2, columns)).round() / 64

    tall, wide = table(30, 6), table(12, 40)
    y = (tall @ RANDOM.normal(size=(6, 3)) + RANDOM.normal(size=(30, 3))).round(3)
    classes = np.eye(5)[RANDOM.permutation(np.arange(30) % 5)]
    cases = [(tall, y, (1, 2, 4, 6)), (tall, classes, (3,)), (wide, y[:12], (1, 7))]
    return [{"x": x.tolist(), "y": y.tolist(), "fits": [simpls_fit(x, y, a) for a in numbers]} for x, y, numbers in cases]


def clusters_of_points(points, groups, columns):
    centres = RANDOM.normal(0, 3, (groups, columns))
    # Multiples of 1/64 are the same in single precision.
    return (64 * (centres[np.arange(points) % groups] + RANDOM.normal(size=(points, columns)))).round() / 64


def descend(p, y, settings):
    """The first iterations of van der Maaten's and Hinton's algorithm 1, written from the paper."""
    moved, gains = np.zeros_like(y), np.ones_like(y)
    for iteration in range(settings["iterations"]):
        difference = y[:, None] - y[None]
        weight = 1 / (1 + (difference**2).sum(axis=2))
        np.fill_diagonal(weight, 0)
        factor = settings["exaggeration"] if iteration < settings["exaggerated"] else 1
        gradient = 4 * (((factor * p - weight / weight.sum()) * weight)[:, :, None] * difference).sum(axis=1)
        gains = np.maximum(np.where(np.sign(gradient) != np.sign(moved), gains + 0.2, gains * 0.8), 0.01)
        momentum = 0.5 if iteration < settings["switch"] else 0.8
        moved = momentum * moved - settings["learning_rate"] * gains * gradient
        y = y + moved
        y = y - y.mean(axis=0)
    return y


def tsne():
    points = clusters_of_points(240, 6, 8)
    distances = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    p = scipy.spatial.distance.squareform(_joint_probabilities(distances, 30, 0))
    exact = affinities(distances, 30)
    assert np.abs(p - exact).max() < 1e-7
    start = (1e-4 * RANDOM.normal(size=(240, 2))).round(7)
    early = {"iterations": 12, "exaggeration": 4, "exaggerated": 5, "switch": 8, "learning_rate": 500}
    divergences = []
    for first in (0, 1, 2):
        model = TSNE(method="exact", perplexity=30, early_exaggeration=4, learning_rate=500, init=np.roll(start, first, axis=0),
                     max_iter=1000)
        model.fit(points)
        divergences.append(model.kl_divergence_)
    return {"points": points.tolist(), "affinities": p[:3].tolist(), "start": start.tolist(), "early": early,
            "map": descend(exact, start, early).tolist(), "divergences": divergences}


def affinities(distances, perplexity):
    """Joint probabilities whose rows have the perplexity to machine precision."""
    n = len(distances)
    p = np.zeros((n, n))
    for i in range(n):
        d = np.delete(distances[i], i)

        def entropy(log_beta):
            q = np.exp(-np.exp(log_beta) * (d - d.min()))
            q /= q.sum()
            return -(q * np.log(np.maximum(q, 1e-300))).sum() - np.log(perplexity)

        beta = np.exp(scipy.optimize.brentq(entropy, -30, 30, xtol=1e-14))
        q = np.exp(-beta * (d - d.min()))
        p[i, np.arange(n) != i] = q / q.sum()
    return (p + p.T) / (2 * n)


def first_seen(labels):
    names = {}
    return [names.setdefault(int(label), len(names)) for label in labels]


def significant(truth, predicted, k, pairwise):
    counts = confusion_matrix(truth, predicted, labels=range(k))
    sizes, p_values, passed = counts.sum(axis=1), [], 0
    for cluster in range(k):
        hits, trials, share = counts[cluster, cluster], sizes[cluster], sizes[cluster] / sizes.sum()
        if pairwise:
            others = counts[cluster].astype(float)
            others[cluster] = -1
            rival = int(others.argmax())
            trials = hits + counts[cluster, rival]
            share = sizes[cluster] / (sizes[cluster] + sizes[rival])
        p = min(1, 2 * min(binom.cdf(hits, trials, share), binom.sf(hits - 1, trials, share)))
        p_values.append(p)
        passed += bool(p < 0.05 and hits / trials > share)
    return p_values, passed


def confusions():
    # A seed with which the two rules choose differently, and neither chooses all classes.
    random = np.random.default_rng(0)
    classes, n = 12, 600
    truth = random.integers(0, classes, n)
    # Confusions within threes, a bias to class 0, and five classes that are hardly recognised at all.
    own = random.random(n) < np.where(truth < 7, 0.35, 0.06)
    near = (truth // 3) * 3 + random.integers(0, 3, n)
    anywhere = np.where(random.random(n) < 0.3, 0, random.integers(0, classes, n))
    predicted = np.where(own, truth, np.where(random.random(n) < 0.5, near, anywhere))
    shares = confusion_matrix(truth, predicted, normalize="true", labels=range(classes))
    distances = 1 - (shares + shares.T) / 2
    np.fill_diagonal(distances, 0)
    tree = ward(scipy.spatial.distance.squareform(distances))
    cuts = []
    for k in range(2, classes + 1):
        labels = np.array(first_seen(fcluster(tree, k, "maxclust")))
        assert labels.max() == k - 1
        cut = {"labels": labels.tolist()}
        for name, pairwise in (("against_all", False), ("pairwise", True)):
            p_values, passed = significant(labels[truth], labels[predicted], k, pairwise)
            cut[name] = {"p": p_values, "significant": passed}
        cuts.append(cut)
    shares_passed = [cut["against_all"]["significant"] / (k + 2) for k, cut in enumerate(cuts)]
    best = 2 + len(cuts) - 1 - int(np.argmax(shares_passed[::-1]))
    all_passed = [k + 2 for k, cut in enumerate(cuts) if cut["pairwise"]["significant"] == k + 2]
    assert best < classes and all_passed and best != max(all_passed), "both rules choose, and differently"
    return {"truth": truth.tolist(), "predicted": predicted.tolist(), "classes": classes, "shares": shares.tolist(),
            "tree": tree.tolist(), "cuts": cuts, "best": best, "best_pairwise": max(all_passed)}


def top_k():
    classes, n = 7, 60
    truth = np.concatenate([np.arange(classes), RANDOM.choice(classes, n - classes, p=[0.4, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05])])
    scores = RANDOM.random((n, classes))
    scores[np.arange(n), truth] += 0.3
    scores = scores.round(9)
    assert len(np.unique(scores)) == scores.size, "no ties, which scikit-learn resolves otherwise"
    areas = [roc_auc_score(truth == c, scores[:, c]) for c in range(classes)]
    return {"truth": truth.tolist(), "scores": scores.tolist(),
            "plain": [top_k_accuracy_score(truth, scores, k=k) for k in range(1, classes)],
            "balanced": balanced_accuracy_score(truth, scores.argmax(axis=1)),
            "auc": areas, "d": [float(np.sqrt(2) * norm.ppf(area)) for area in areas]}


def components():
    table = RANDOM.normal(size=(50, 9)) @ np.diag(0.6 ** np.arange(9)) @ RANDOM.normal(size=(9, 9))
    model = sklearn.decomposition.PCA().fit(table)
    shares = model.explained_variance_ratio_
    wanted = [0.5, 0.8, 0.9, 0.95, 0.99]
    return {"table": table.tolist(), "shares": shares.tolist(), "wanted": wanted,
            "components": [int(np.searchsorted(shares.cumsum(), share) + 1) for share in wanted]}


TYPE_II = """
data <- read.csv("data.csv", header = FALSE)
data$V2 <- factor(data$V2); data$V3 <- factor(data$V3)
table <- car::Anova(lm(V1 ~ V2 * V3, data = data), type = 2)
write.table(format(as.matrix(table)[1:3, ], digits = 17), sep = ",", row.names = FALSE, col.names = FALSE, quote = FALSE)
"""


def anova_case(levels, cells, interaction):
    a, b = np.array([(i, j) for (i, j), size in cells.items() for _ in range(size)]).T
    order = RANDOM.permutation(len(a))
    a, b = a[order], b[order]
    effect = RANDOM.normal(0, 0.7, levels)
    y = (64 * (RANDOM.normal(5, 1, (len(a), 3)) + effect[a, b][:, None])).round() / 64
    formula = "y ~ C(a) * C(b)" if interaction else "y ~ C(a) + C(b)"
    responses = []
    for column in y.T:
        data = pandas.DataFrame({"y": column, "a": a, "b": b})
        fitted = statsmodels.formula.api.ols(formula, data).fit()
        table = statsmodels.api.stats.anova_lm(fitted, typ=2)
        squares, freedom = table["sum_sq"].to_numpy(), table["df"].to_numpy()
        if interaction:
            other = r(TYPE_II, data=np.column_stack([column, a, b]))
            assert np.allclose(other[:, 0], squares[:3], rtol=1e-9), "car::Anova differs from statsmodels"
        error, total = squares[-1], ((column - column.mean()) ** 2).sum()
        mean_square = error / freedom[-1]
        responses.append({
            "sum_of_squares": squares.tolist(), "freedom": freedom.tolist(),
            "f": table["F"].to_numpy()[:-1].tolist(), "p": table["PR(>F)"].to_numpy()[:-1].tolist(),
            "partial_eta_squared": (squares[:-1] / (squares[:-1] + error)).tolist(),
            "omega_squared": ((squares[:-1] - freedom[:-1] * mean_square) / (total + mean_square)).tolist(),
        })
    return {"a": a.tolist(), "b": b.tolist(), "levels": levels, "interaction": interaction, "y": y.tolist(), "responses": responses}


def anova():
    full = {(i, j): int(RANDOM.integers(2, 7)) for i in range(3) for j in range(4)}
    equal = {(i, j): 3 for i in range(2) for j in range(3)}
    missing = dict(full)
    del missing[0, 1], missing[2, 3]
    return [anova_case((3, 4), full, True), anova_case((2, 3), equal, True), anova_case((3, 4), missing, False)]


def ratings():
    x = RANDOM.normal(size=80).round(3)
    y = (0.7 * x + RANDOM.normal(size=80)).round(3)
    return {"x": x.tolist(), "y": y.tolist(), "r": scipy.stats.pearsonr(x, y).statistic,
            "rmse": float(np.sqrt(((x - y) ** 2).mean()))}


def main():
    car, pls = subprocess.run(["Rscript", "-e", 'cat(as.character(packageVersion("car")), as.character(packageVersion("pls")))'],
                              check=True, capture_output=True, text=True).stdout.split()
    values = {
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__,
                     "statsmodels": statsmodels.__version__, "pandas": pandas.__version__, "R car": car, "R pls": pls},
        "simpls": simpls(),
        "tsne": tsne(),
        "confusions": confusions(),
        "top_k": top_k(),
        "components": components(),
        "anova": anova(),
        "ratings": ratings(),
    }
    path = pathlib.Path(__file__).with_name("emonet_stats.json")
    path.write_text(json.dumps(values, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
