//! Tables as CSV, read by pandas and Polars: every number is the same float, and every column of the same kind.
//!
//! What the readers do was measured with pandas 1.5.3, 2.3.3, 3.0.6, 3.1.0 and 3.1.1 and with Polars 2.1.0: Polars, and
//! pandas from 3.1 on, read every float as it was. The default parser of earlier versions of pandas is off by up to 1e-12
//! of the number in a third of all cells; `float_precision="round_trip"` makes it exact.

use std::process::Command;

use tidy::{Column, Table, to_csv};

/// Rows by which readers guess what a column holds; Polars takes 100.
const GUESSED_FROM: usize = 150;
/// How far the default parser of pandas before 3.1 may be off, relative to the number.
const OLD_PANDAS: f64 = 1e-11;

/// Whole numbers first, then numbers of every size.
fn numbers() -> Vec<f64> {
    let whole = (0..GUESSED_FROM).map(|row| (row % 3) as f64);
    let sizes = [0.1 + 0.2, -100.0 / 3.0, f64::from(0.1f32), 5e-324, 1.234567890123457e-20, 1e16, f64::MAX, -0.0];
    let random = (0..2000u64).map(|row| {
        let mixed = (row + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let share = (mixed >> 11) as f64 / (1u64 << 53) as f64;
        share * 10f64.powi((row % 40) as i32 - 30)
    });
    whole.chain(sizes).chain(random).collect()
}

fn table() -> Table {
    let numbers = numbers();
    let some = |row: usize, number: f64| (row % 7 != 1).then_some(number);
    let with_gaps = numbers.iter().enumerate().map(|(row, &number)| some(row, number)).collect();
    let counts = (0..numbers.len()).map(|row| Some(row as i64)).collect();
    let columns = [
        ("value", Column::Number(numbers.into_iter().map(Some).collect())),
        ("gaps", Column::Number(with_gaps)),
        ("count", Column::Integer(counts)),
    ];
    Table { columns: columns.map(|(name, column)| (name.to_string(), column)).into() }
}

/// What a reader makes of the table: its version, and a line per column with its kind and its numbers in bits, `-` where
/// there is none. Nothing where Python or the reader is not installed.
fn read_by(reader: &str, precision: &str) -> Option<(String, Vec<Vec<String>>)> {
    let place = tempfile::tempdir().expect("a temporary folder");
    let file = place.path().join("table.csv");
    std::fs::write(&file, to_csv(&table()).expect("writes")).expect("writable");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/csv_readers.py");
    let python = std::env::var("GAINLAB_PYTHON").unwrap_or_else(|_| "python3".into());
    let output = Command::new(&python).arg(script).arg(reader).arg(&file).arg(precision).output();
    let Some(output) = output.ok().filter(|output| output.status.code() != Some(77)) else {
        eprintln!("skipped: {reader} ({python} or {reader} is not there; GAINLAB_PYTHON names another Python)");
        return None;
    };
    assert!(output.status.success(), "{reader}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let words = |line: &str| line.split(' ').map(String::from).collect();
    let mut lines = text.lines();
    Some((lines.next().expect("a version").to_string(), lines.map(words).collect()))
}

fn check_exact(columns: &[Vec<String>], reader: &str) {
    let bits = |number: f64| format!("{:016x}", number.to_bits());
    let numbers = numbers();
    let [value, gaps, count] = columns else { panic!("{reader}: three columns") };
    assert_eq!([&value[0], &gaps[0], &count[0]], ["float", "float", "integer"], "{reader}");
    for (row, &number) in numbers.iter().enumerate() {
        assert_eq!(value[row + 1], bits(number), "{reader}: {number:?} in row {row}");
        let gap = if row % 7 == 1 { "-".into() } else { bits(number) };
        assert_eq!(gaps[row + 1], gap, "{reader}: row {row}");
    }
}

#[test]
fn polars_reads_every_float_as_it_was() {
    if let Some((version, columns)) = read_by("polars", "") {
        check_exact(&columns, &format!("polars {version}"));
    }
}

#[test]
fn pandas_reads_every_float_as_it_was_if_it_is_told_to() {
    if let Some((version, columns)) = read_by("pandas", "round_trip") {
        check_exact(&columns, &format!("pandas {version}"));
    }
}

#[test]
fn pandas_reads_floats_as_they_were_from_3_1_on_and_nearly_before() {
    let Some((version, columns)) = read_by("pandas", "") else { return };
    let mut parts = version.split('.').map_while(|part| part.parse::<u32>().ok());
    if (parts.next(), parts.next()) >= (Some(3), Some(1)) {
        return check_exact(&columns, &format!("pandas {version}"));
    }
    // The very smallest have no digits to spare.
    for (number, bits) in numbers().into_iter().zip(&columns[0][1..]).filter(|(number, _)| number.abs() != 5e-324) {
        let found = f64::from_bits(u64::from_str_radix(bits, 16).expect("bits"));
        assert!((found - number).abs() <= OLD_PANDAS * number.abs(), "pandas {version}: {number:?} is {found:?}");
    }
}
