"""TIFF files of many kinds, for the tests of crates/stimuli, with the pixels that Pillow decodes from them.

Usage: python tiff_fixtures.py      (needs numpy and pillow; written with Pillow 13.0.0)

Writes assets/fixtures/tiff/*.tif and tiff.json. What Pillow does not write itself is put together tag by tag.
"""

import json
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

OUT = Path(__file__).parents[2] / "assets" / "fixtures"
WIDTH, HEIGHT = 21, 13  # Odd, so that rows of packed bits end within a byte.
SHORT, LONG = 3, 4


def levels(seed, channels, most=255):
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    parts = [(x * (5 + c) + y * (11 - 2 * c) + 37 * seed + 60 * c) % (most + 1) for c in range(channels)]
    return np.stack(parts, axis=-1).astype(np.uint16)


def smooth():
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return Image.fromarray(np.stack([30 + 9 * x, 50 + 12 * y, 220 - 4 * x - 5 * y], axis=-1).astype(np.uint8))


def packed(samples, bits, order):
    """Rows of samples, each row filled up to whole bytes."""
    if bits == 16:
        return samples.astype(order + "u2").tobytes()
    rows = samples.reshape(samples.shape[0], -1).astype(np.uint8)
    if bits == 8:
        return rows.tobytes()
    ones = np.unpackbits(rows[..., None], axis=-1)[..., 8 - bits :].reshape(rows.shape[0], -1)
    return np.packbits(ones, axis=-1).tobytes()


def differences(samples):
    """The horizontal predictor."""
    return np.concatenate([samples[:, :1], np.diff(samples.astype(np.int64), axis=1) % 256], axis=1)


def write(name, samples, photometric, bits=8, order="<", rows=5, deflate=False, predictor=False, planar=False,
          reverse=False, tags=()):
    """A TIFF file of strips of so many rows."""
    strips = []
    planes = [samples[..., c : c + 1] for c in range(samples.shape[2])] if planar else [samples]
    for plane in planes:
        for start in range(0, HEIGHT, min(rows, HEIGHT)):
            part = plane[start : start + min(rows, HEIGHT)]
            data = packed(differences(part) if predictor else part, bits, order)
            data = zlib.compress(data) if deflate else data
            strips.append(bytes(int(f"{b:08b}"[::-1], 2) for b in data) if reverse else data)
    offsets = np.cumsum([8] + [len(strip) for strip in strips])
    entries = {
        256: (SHORT, [WIDTH]), 257: (SHORT, [HEIGHT]), 258: (SHORT, [bits] * samples.shape[2]),
        259: (SHORT, [8 if deflate else 1]), 262: (SHORT, [photometric]), 266: (SHORT, [2 if reverse else 1]),
        273: (LONG, offsets[:-1].tolist()), 277: (SHORT, [samples.shape[2]]), 278: (LONG, [rows]),
        279: (LONG, [len(strip) for strip in strips]), 284: (SHORT, [2 if planar else 1]),
        317: (SHORT, [2 if predictor else 1]),
    }
    entries.update({tag: (SHORT, values) for tag, values in tags})
    start = int(offsets[-1]) + int(offsets[-1]) % 2
    late = start + 2 + 12 * len(entries) + 4
    directory, behind = struct.pack(order + "H", len(entries)), b""
    for tag, (kind, values) in sorted(entries.items()):
        data = struct.pack(order + str(len(values)) + ("H" if kind == SHORT else "I"), *values)
        if len(data) > 4:
            behind += b"\0" * (len(behind) % 2)
            data, behind = struct.pack(order + "I", late + len(behind)), behind + data
        directory += struct.pack(order + "HHI", tag, kind, len(values)) + data.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", start)
    body = (head + b"".join(strips)).ljust(start, b"\0")
    (OUT / "tiff" / name).write_bytes(body + directory + b"\0" * 4 + behind)


def palette(colours, seed):
    return [(i * (37 + 20 * c) + seed * 11 + 90 * c) % 256 * 257 for c in range(3) for i in range(colours)]


def write_by_tags():
    for bits, order in [(1, "<"), (2, ">"), (4, "<"), (8, ">")]:
        most = 2**bits - 1
        tags = [(320, palette(2**bits, bits))]
        write(f"palette{bits}.tif", levels(bits, 1, most), 3, bits, order, tags=tags)
        write(f"grey{bits}.tif", levels(bits + 3, 1, most), bits % 3 % 2, bits, order)
    write("palette8-deflate-predictor.tif", levels(1, 1), 3, deflate=True, predictor=True, tags=[(320, palette(256, 3))])
    write("palette8-reversed.tif", levels(1, 1), 3, reverse=True, tags=[(320, palette(256, 5))])
    write("palette8-extra.tif", levels(5, 2), 3, tags=[(320, palette(256, 7)), (338, [0])])
    write("grey8-white-is-zero.tif", levels(2, 1), 0)
    write("bilevel-reversed.tif", levels(2, 1, 1), 0, 1, reverse=True)
    write("grey-alpha.tif", levels(3, 2), 1, tags=[(338, [2])])
    write("rgb-planar.tif", levels(4, 3), 2, planar=True, deflate=True)
    write("rgb-extra-predictor.tif", levels(5, 4), 2, deflate=True, predictor=True, tags=[(338, [0])])
    write("rgb-alpha-planar.tif", levels(6, 4), 2, order=">", planar=True, tags=[(338, [2])])
    write("rgb-premultiplied.tif", levels(7, 4), 2, tags=[(338, [1])])
    write("rgb-reversed.tif", levels(8, 3), 2, deflate=False, reverse=True)
    write("rgb16-big-endian.tif", levels(9, 3) * 257, 2, 16, ">")
    write("rgb16-alpha.tif", levels(10, 4) * 257, 2, 16, tags=[(338, [2])])
    write("cmyk-alpha.tif", levels(12, 5), 5, deflate=True, predictor=True, tags=[(338, [0])])
    write("long-strip.tif", levels(13, 3), 2, rows=2**32 - 1)
    write("turned.tif", levels(14, 3), 2, tags=[(274, [6])])


def write_by_pillow():
    rgb, folder = smooth(), OUT / "tiff"
    rgb.save(folder / "jpeg.tif", compression="jpeg", quality=95)
    rgb.convert("L").save(folder / "grey-jpeg.tif", compression="jpeg", quality=95)
    rgb.quantize(32).save(folder / "palette-lzw.tif", compression="tiff_lzw")
    rgb.convert("CMYK").save(folder / "cmyk-packbits.tif", compression="packbits")
    rgb.save(folder / "big.tif", compression="tiff_deflate", big_tiff=True)
    y, x = np.mgrid[0:40, 0:50]
    circles = Image.fromarray(((x - 20) ** 2 + (y - 18) ** 2) % 300 < 150)
    circles.save(folder / "group4.tif", compression="group4")


def main():
    shutil.rmtree(OUT / "tiff", ignore_errors=True)
    (OUT / "tiff").mkdir()
    write_by_tags()
    write_by_pillow()
    expected = {}
    for path in sorted((OUT / "tiff").iterdir()):
        picture = Image.open(path)
        picture.load()
        picture = ImageOps.exif_transpose(picture).convert("RGB")
        expected[path.name] = {"size": picture.size, "rgb": np.asarray(picture).reshape(-1).tolist()}
    (OUT / "tiff.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
