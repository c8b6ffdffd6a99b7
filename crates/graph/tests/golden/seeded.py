"""Numbers that Python and Rust compute alike from a name, so that golden files need not hold weights."""

import numpy as np

MIX = [(30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)]


def uniform(name, count):
    """Multiples of 2^-24 in [0, 1): SplitMix64 from the FNV-1a hash of the name."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + (np.arange(1, count + 1, dtype=np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        for shift, factor in MIX:
            z = (z ^ (z >> np.uint64(shift))) * np.uint64(factor)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / 2**24


def signed(name, shape, bound):
    count = int(np.prod(shape))
    return ((2.0 * uniform(name, count) - 1.0) * bound).reshape(shape)


def tensor(name, shape):
    """The numbers of a tensor of a state dict."""
    if name.endswith("running_var") or (name.endswith("weight") and len(shape) == 1):
        return (0.5 + uniform(name, shape[0])).reshape(shape)
    if name.endswith("weight"):
        return signed(name, shape, np.sqrt(6.0 / int(np.prod(shape[1:]))))
    return signed(name, shape, 0.125)
