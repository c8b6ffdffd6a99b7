"""Fixtures that Rust cannot write easily, for the tests of crates/stimuli. All ids, words and ratings are invented.

Usage: python stimuli_fixtures.py      (needs numpy, pillow, xlwt, odfpy, openpyxl, xlsxwriter)

Writes into assets/fixtures/: a NAPS-like legacy workbook with three header rows, a NAPS-ERO-like workbook, IAPS-like
tables as .xls and .ods, a workbook of frames, workbooks with several sheets, hidden sheets, dates and formulas without results, and small
pictures in unusual forms with the RGB pixels that Pillow decodes from them.
"""

import datetime
import json
from pathlib import Path

import numpy as np
import openpyxl
import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from PIL import Image

OUT = Path(__file__).parents[2] / "assets" / "fixtures"

IAPS = [
    ["desc", "IAPS", "valmn", "valsd", "aromn", "arosd", "dom1mn", "dom1sd", "dom2mn", "dom2sd", "set"],
    ["Kite", 1050.0, 7.25, 1.5, 4.5, 2.0, 5.5, 2.0, ".", ".", 1],
    ["Kettle", 2055.1, 5.0, 1.5, 3.0, 2.0, 0.0, 0.0, ".", ".", 3],
    ["Wasp", 6570.0, 2.75, 1.5, 6.0, 2.0, ".", ".", 3.5, 2.0, 12],
]


def naps_rows():
    groups = [""] * 5 + ["Women"] + [""] * 5 + ["Men"] + [""] * 5 + ["All"] + [""] * 5
    scales = [""] * 5 + ["Valence", "", "Approach-avoidance", "", "Arousal", ""] * 3
    names = ["ID", "Category", "Nr", "V/H", "Description"] + ["M", "SD"] * 9
    names += ["Width", "Height", "Luminance", "Contrast", "JPEG_size80", "LABL", "LABA", "LABB", "Entropy"]
    pictures = [
        # Women's and men's valence differ from that of all, so a wrong column gives a wrong category.
        ("Animals_001_h", "Animals", 1, "h", "invented frog", 8.1, 2.9, 7.0, 5.0, 6.2, 4.4),
        ("Faces_002_v", "Faces", 2, "v", "invented; face", 4.0, 6.0, 5.1, 4.9, 3.0, 3.5),
        ("Objects_003_h", "Objects", 3, "h", "invented lamp", 6.9, 1.4, 2.2, 3.0, 7.0, 6.6),
    ]
    rows = [groups, scales, names]
    for name, category, number, form, words, women, men, everyone, approach, arousal_w, arousal in pictures:
        ratings = [women, 1.0, approach, 1.0, arousal_w, 1.0, men, 1.0, approach, 1.0, arousal_w, 1.0]
        ratings += [everyone, 1.0, approach, 1.0, arousal, 1.0]
        rows.append([name, category, number, form, words] + ratings + [1600, 1200, 120.5, 60.2, 300000, 50, 1, 2, 7.5])
    return rows


def write_xls(path, sheets, dates=None):
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, datetime.date):
                    sheet.write(r, c, value, dates)
                elif value != "":
                    sheet.write(r, c, value)
    book.save(path)


def write_ods(path, rows):
    document = OpenDocumentSpreadsheet()
    table = Table(name="AllSubjects")
    for row in rows:
        line = TableRow()
        for value in row:
            if isinstance(value, str):
                cell = TableCell(valuetype="string")
                cell.addElement(P(text=value))
            elif isinstance(value, datetime.date):
                cell = TableCell(valuetype="date", datevalue=value.isoformat())
                cell.addElement(P(text=value.strftime("%d. %b")))
            else:
                cell = TableCell(valuetype="float", value=value)
                cell.addElement(P(text=str(value)))
            line.addElement(cell)
        table.addElement(line)
    document.spreadsheet.addElement(table)
    document.save(path)


def write_xlsx(path, sheets, hidden=None):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name == hidden else "visible"
    book.active = len(book.worksheets) - 1
    book.save(path)


RATINGS = [["path", "valence"], ["fox.png", 7.5], ["jug.png", 5.25], ["tar.png", 2.0]]
TYPED = datetime.date(2025, 5, 12)  # what Excel makes of a typed 12.5 where points part days from months


def changed(row, value):
    """The ratings with another valence in that row, counted from 1."""
    return [[cells[0], value if number == row else cells[1]] for number, cells in enumerate(RATINGS, start=1)]


def write_sheets():
    groups = {"women": changed(2, 3.0), "men": changed(4, 8.0), "all": RATINGS}
    sheets = {"read me": [["Invented ratings", "of nothing"]]}
    sheets |= {name: [[f"Ratings, {name}"]] + rows for name, rows in groups.items()}
    write_xlsx(OUT / "sheets.xlsx", sheets)
    write_xls(OUT / "sheets.xls", sheets)
    write_xlsx(OUT / "hidden.xlsx", {"old": changed(2, 3.0), "new": RATINGS}, hidden="old")


def write_frames():
    """Frames whose clips a spreadsheet has made numbers of: 0001.mp4 is 1."""
    clips = {"a": ("Joy", 1, "train"), "b": ("Joy", 2, "test"), "c": ("Fear", 13, "train"), "d": ("Fear", 104, "test")}
    rows = [[f"{name}{frame}.png", *clip] for name, clip in clips.items() for frame in (1, 2)]
    write_xlsx(OUT / "frames.xlsx", {"frames": [["path", "label", "group", "split"], *rows], "notes": [["Invented"]]})


def write_dates():
    rows = changed(3, TYPED)
    write_xlsx(OUT / "dates.xlsx", {"Sheet1": rows})
    write_xls(OUT / "dates.xls", {"Sheet1": rows}, xlwt.easyxf(num_format_str="D. MMM"))
    write_ods(OUT / "dates.ods", rows)


def write_formulas():
    """openpyxl stores no result of a formula, XlsxWriter stores 0."""
    rows = [["path", "valence", "tenths"]]
    rows += [[name, f"=C{row}/10", 10 * value] for row, (name, value) in enumerate(RATINGS[1:], start=2)]
    write_xlsx(OUT / "formulas.xlsx", {"Sheet1": rows})
    with xlsxwriter.Workbook(OUT / "formulas-zero.xlsx") as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)


def colours(width=24, height=16):
    """A smooth picture, so that JPEG's chroma subsampling changes little."""
    y, x = np.mgrid[0:height, 0:width]
    red, green = 40 + x * 8, 60 + y * 9
    return Image.fromarray(np.stack([red, green, 230 - x * 4 - y * 3], axis=-1).astype(np.uint8), "RGB")


def write_pictures(folder):
    folder.mkdir(exist_ok=True)
    rgb = colours()
    alpha = Image.fromarray((np.arange(24 * 16).reshape(16, 24) % 256).astype(np.uint8), "L")
    rgba = rgb.copy()
    rgba.putalpha(alpha)
    exif = Image.Exif()
    exif[0x0112] = 6  # Turn by 90 degrees clockwise to see it upright.
    rgb.convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    rgb.convert("L").save(folder / "grey.jpg", quality=95)
    rgb.save(folder / "progressive.jpg", quality=95, progressive=True)
    rgb.save(folder / "turned.jpg", quality=95, exif=exif)
    rgba.save(folder / "alpha.png")
    rgb.quantize(16).save(folder / "palette.png")
    rgb.save(folder / "plain.webp", lossless=True)
    rgb.save(folder / "plain.tiff", compression="tiff_lzw")
    rgb.save(folder / "plain.bmp")
    expected = {}
    for path in sorted(folder.iterdir()):
        picture = Image.open(path).convert("RGB")
        expected[path.name] = {"size": picture.size, "rgb": np.asarray(picture).reshape(-1).tolist()}
    (folder.parent / "pictures.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    write_xls(OUT / "naps.xls", {"Sheet1": naps_rows()})
    write_xls(OUT / "iaps.xls", {"AllSubjects": [["Invented ratings, not those of IAPS"], []] + IAPS})
    write_ods(OUT / "iaps.ods", IAPS)
    groups = ["Image", "HeF valence M", "HeF arousal M", "HeM valence M", "HeM arousal M"]
    parameters = [["Image", "Width", "Height"], ["Couple_001_h", 1600, 1200]]
    write_xlsx(OUT / "naps-ero.xlsx", {"Image parameters": parameters, "Ratings": [groups, ["Couple_001_h", 6, 5, 7, 6]]})
    write_sheets()
    write_frames()
    write_dates()
    write_formulas()
    write_pictures(OUT / "pictures")


if __name__ == "__main__":
    main()
