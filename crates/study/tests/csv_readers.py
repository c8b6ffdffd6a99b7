"""What a reader makes of a CSV table, for csv_readers.rs: its version, then a line per column.

    python csv_readers.py pandas|polars TABLE PRECISION

A line is the column's kind and every number in bits, `-` where there is none. Exit status 77: the reader is not installed.
"""

import struct
import sys

reader, path, precision = sys.argv[1:]
try:
    library = __import__(reader)
except ImportError:
    sys.exit(77)


def bits(number):
    return "-" if number is None or number != number else struct.pack(">d", number).hex()


print(library.__version__)
if reader == "polars":
    table = library.read_csv(path)
else:
    table = library.read_csv(path, float_precision=precision or None)
for name in table.columns:
    column = table[name]
    kind = {"float64": "float", "int64": "integer"}.get(str(column.dtype).lower(), str(column.dtype))
    print(kind, *map(bits, column.to_list()))
