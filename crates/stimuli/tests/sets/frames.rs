//! Sets of labelled frames: what is read, what is refused, and what always holds.

mod lists;
mod properties;
mod reading;
mod refusals;
mod support;
