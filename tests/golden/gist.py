"""Golden values for experiments/exp-selectivity/src/low_level/gist.rs: the GIST descriptor, written with NumPy after the paper
(Oliva & Torralba 2001) and the settings of its authors' program (LMgist: 256 × 256, 4 scales of 8 orientations, 4 × 4 fields,
prefilter of 4 cycles, 32 pixels of extension).

Run:   python tests/golden/gist.py       (writes gist.json beside this file)
Needs: numpy; the version that was used stands in the file.

Pictures follow from whole numbers (`picture`), so that nothing but the descriptors is kept. All is computed in float64.
"""

import json
import pathlib

import numpy as np

SIDE, FIELDS, ORIENTATIONS, SCALES = 256, 4, 8, 4
CYCLES, EDGE, EXTENSION = 4.0, 5, 32


def picture(kind):
    """[3, 256, 256] with values from 0 to 1."""
    channel, y, x = np.meshgrid(np.arange(3), np.arange(SIDE), np.arange(SIDE), indexing="ij")
    if kind == "plain":
        return np.full((3, SIDE, SIDE), 0.5)
    if kind == "stripes":
        return ((x * 3 + y) % 32 + channel * 7) / 64.0
    disc = ((x - 90) ** 2 + (y - 150) ** 2 < 3600) * 120
    return ((x * y // 7 + x * 5 + y * 3 + channel * 40) % 131 + disc) / 255.0


def frequencies(side):
    """Cycles per picture, zero first, by row and by column."""
    line = np.fft.fftfreq(side, 1 / side)
    return np.meshgrid(line, line, indexing="ij")


def filtered(values, transfer):
    return np.fft.ifft2(np.fft.fft2(values) * transfer)


def prefiltered(grey):
    """Whitened, and divided by the local standard deviation."""
    values = np.pad(np.log(grey + 1), EDGE, mode="symmetric")
    fy, fx = frequencies(values.shape[0])
    low = np.exp(-(fx**2 + fy**2) * np.log(2) / CYCLES**2)
    values = values - filtered(values, low).real
    deviation = np.sqrt(np.abs(filtered(values**2, low)))
    return (values / (0.2 + deviation))[EDGE:-EDGE, EDGE:-EDGE]


def transfers(side):
    fy, fx = frequencies(side)
    radius, angle = np.hypot(fx, fy) / side, np.angle(fx + 1j * fy)
    # Along the edge of the spectrum the highest frequency is a negative one; angles are those of that convention.
    for scale in range(SCALES):
        for orientation in range(ORIENTATIONS):
            turned = angle + np.pi / ORIENTATIONS * orientation
            turned = turned - 2 * np.pi * (turned > np.pi)
            yield np.exp(-3.5 * (radius / (0.3 / 1.85**scale) - 1) ** 2 - 2 * np.pi * turned**2)


def gist(rgb):
    grey = 255 * rgb.mean(axis=0)
    grey = grey - grey.min()
    grey = 255 * grey / max(1.0, grey.max())
    values = np.pad(prefiltered(grey), EXTENSION, mode="symmetric")
    found = []
    for transfer in transfers(values.shape[0]):
        size = np.abs(filtered(values, transfer))[EXTENSION:-EXTENSION, EXTENSION:-EXTENSION]
        fields = size.reshape(FIELDS, SIDE // FIELDS, FIELDS, SIDE // FIELDS).mean(axis=(1, 3))
        found.extend(fields.T.ravel())
    return found


def main():
    found = {kind: [float(f"{value:.9g}") for value in gist(picture(kind))] for kind in ["plain", "stripes", "disc"]}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"numpy": np.__version__, "pictures": found}) + "\n")
    print({kind: max(values) for kind, values in found.items()})


if __name__ == "__main__":
    main()
