//! The program as a whole: what it leaves, twice the same, and that its tables can be read from Python and R.

mod stopped;
mod support;
mod whole;
