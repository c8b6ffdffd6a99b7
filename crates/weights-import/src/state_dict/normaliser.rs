//! A normaliser among the tensors: a mean and a standard deviation for each colour, which the network subtracts and
//! divides by before its first convolution. It is the one thing in a state dict that proves a preprocessing.

use crate::arithmetic::Affine;
use crate::error::Flaw;
use crate::preprocessing::Evidence;
use crate::state_dict::table::Table;

/// Looks for a normaliser among the names that no layer uses; gives what it proves, and the names that remain.
///
/// # Errors
/// Two normalisers that differ.
pub(super) fn find(table: &Table, unread: Vec<String>) -> Result<(Option<Evidence>, Vec<String>), Flaw> {
    let mut found: Option<(String, Affine)> = None;
    let mut used = Vec::new();
    for mean in unread.iter().filter(|name| last(name).contains("mean")) {
        let parent = mean.len() - last(mean).len();
        let beside = |name: &&String| name[..].starts_with(&mean[..parent]) && !name[parent..].contains('.');
        let mut spreads = unread.iter().filter(beside).filter(|name| is_spread(last(name)));
        let (Some(sd), None) = (spreads.next(), spreads.next()) else { continue };
        let (Some(means), Some(sds)) = (colours(table, mean)?, colours(table, sd)?) else { continue };
        let affine = Affine::normalised(means, sds);
        if let Some((other, known)) = &found
            && *known != affine
        {
            return Err(Flaw::deviation(format!("normaliser {mean}"), format!("the numbers of {other}"), "others"));
        }
        found.get_or_insert((format!("tensors \"{mean}\" and \"{sd}\""), affine));
        used.extend([mean.clone(), sd.clone()]);
    }
    let rest = unread.into_iter().filter(|name| !used.contains(name)).collect();
    Ok((found.map(|(at, affine)| Evidence::Arithmetic { at, affine }), rest))
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn is_spread(name: &str) -> bool {
    name.contains("std") || name.split('_').any(|word| word == "sd")
}

/// Three numbers, or one for all three colours.
fn colours(table: &Table, name: &str) -> Result<Option<[f64; 3]>, Flaw> {
    let Some(tensor) = table.floats(name).filter(|_| matches!(table.count(name), 1 | 3)) else { return Ok(None) };
    let values = tensor.clone().into_floats()?.into_iter().map(f64::from).collect::<Vec<f64>>();
    Ok(match values[..] {
        [one] => Some([one; 3]),
        [a, b, c] => Some([a, b, c]),
        _ => None,
    })
}
